// SPDX-License-Identifier: GPL-2.0-only
//
// Target dma_api: DMA programs through the C API. Below the fuzzed boundary: the kernel's DMA core, dmapool,
// scatterlist and IOMMU code; above it: the interpreter (backend c), the device and the reference model.
#include <cstddef>
#include <cstdint>

#include "engine/account.h"
#include "engine/executor.h"
#include "host.h"
#include "program/binary.h"

namespace {

dmafuzz::Executor& executor() {
  static dmafuzz::Executor the_executor(dmaf_backend_c, DMAFUZZ_TARGET);
  return the_executor;
}

}  // namespace

extern "C" {

int LLVMFuzzerInitialize(int*, char***) {
  executor();
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static dmafuzz::Program program;
  dmafuzz::decode({data, size}, program);
#ifdef DMAFUZZ_LAWFUL_ONLY
  // Its mutator keeps the mode of a program; engines without it make raw ones of anything, which say nothing of a bug.
  if (!program.lawful) return 0;
#endif
  dmafuzz::run_with_account(executor(), program);
  return 0;
}

}  // extern "C"
