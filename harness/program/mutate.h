// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Mutation and crossover of DMA programs in their binary form, for LLVMFuzzerCustomMutator and
// LLVMFuzzerCustomCrossOver: by operation, operand and device knob, so that a program stays one.
#ifndef DMAFUZZ_PROGRAM_MUTATE_H
#define DMAFUZZ_PROGRAM_MUTATE_H

#include <cstddef>
#include <cstdint>

namespace dmafuzz {

// The engine's own mutation of plain bytes, as LLVMFuzzerMutate().
using ByteMutator = std::size_t (*)(std::uint8_t* data, std::size_t size, std::size_t max_size);

// Smallest room for a program of one operation.
inline constexpr std::size_t kMinRoom = 32;

// Changes the program in `data` and returns its new size, at most `max_size`: canonical, in the same mode, at least one
// operation. The same for the same arguments (if `fallback` is; it may be null). With room for less than one operation
// it returns `size` and changes nothing.
std::size_t mutate(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed,
                   ByteMutator fallback = nullptr);

// Writes a child of both programs to `out`, with the same promises; it takes the mode of the first. Returns 0 without
// room for one operation.
std::size_t crossover(const std::uint8_t* data1, std::size_t size1, const std::uint8_t* data2, std::size_t size2,
                      std::uint8_t* out, std::size_t max_size, unsigned seed);

}  // namespace dmafuzz

#endif
