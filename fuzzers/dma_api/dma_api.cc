// SPDX-License-Identifier: GPL-2.0-only
//
// Target dma_api: DMA programs through the C API. Below the fuzzed boundary: the kernel's DMA core, dmapool,
// scatterlist and IOMMU code; above it: the interpreter (backend c), the device and the reference model.
#include <cstddef>
#include <cstdint>

#include "engine/executor.h"
#include "host.h"
#include "program/binary.h"
#include "program/mutate.h"

namespace {

dmafuzz::Executor& executor() {
  static dmafuzz::Executor the_executor(dmaf_backend_c, DMAFUZZ_TARGET);
  return the_executor;
}

}  // namespace

extern "C" {

size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size) __attribute__((weak));

int LLVMFuzzerInitialize(int*, char***) {
  executor();
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static dmafuzz::Program program;
  dmafuzz::decode({data, size}, program);
  executor().run(program);
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  return dmafuzz::mutate(data, size, max_size, seed, LLVMFuzzerMutate);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t* a, size_t a_size, const uint8_t* b, size_t b_size, uint8_t* out,
                                 size_t max_size, unsigned int seed) {
  return dmafuzz::crossover(a, a_size, b, b_size, out, max_size, seed);
}

}  // extern "C"
