// SPDX-License-Identifier: GPL-2.0-only
//
// Target dma_wrappers: lawful DMA programs on the C API and on each wrapper of it that was built, in lock step. Below
// the fuzzed boundary: the wrappers and the DMA core; the oracles: the reference model on each side, and the sides on
// one another (engine/lockstep.h).
#include <cstddef>
#include <cstdint>

#include "engine/lockstep.h"
#include "host.h"
#include "program/binary.h"
#include "program/shape.h"
#include "wrappers.h"

namespace {

dmafuzz::Lockstep& lockstep() {
  static dmafuzz::Lockstep the_lockstep(DMAFUZZ_TARGET, dmaf_backend_c, dmafuzz::wrappers());
  return the_lockstep;
}

}  // namespace

extern "C" {

int LLVMFuzzerInitialize(int*, char***) {
  lockstep();
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static dmafuzz::Program program;
  dmafuzz::decode({data, size}, program);
#ifdef DMAFUZZ_LAWFUL_ONLY
  // Its mutator keeps the mode of a program; engines without it make raw ones of anything, which say nothing of a bug.
  if (!program.lawful) return 0;
#endif
  // A mistake need not come to the same everywhere: those are the misuse matrix's.
  if (!program.lawful) dmafuzz::shape(program);
  lockstep().run(program);
  return 0;
}

}  // extern "C"
