// SPDX-License-Identifier: GPL-2.0-only
//
// How the engine changes inputs of the targets whose whole input is a DMA program.
#include <cstddef>
#include <cstdint>

#include "program/mutate.h"

extern "C" {

// The engine's own; programs without an engine have none.
size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size) __attribute__((weak));

size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  return dmafuzz::mutate(data, size, max_size, seed, LLVMFuzzerMutate);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t* a, size_t a_size, const uint8_t* b, size_t b_size, uint8_t* out,
                                 size_t max_size, unsigned int seed) {
  return dmafuzz::crossover(a, a_size, b, b_size, out, max_size, seed);
}

}  // extern "C"
