// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Mutation and crossover of drivers' lives in their binary form, by operation and argument, for LLVMFuzzerCustomMutator
// and LLVMFuzzerCustomCrossOver.
#ifndef DMAFUZZ_LIFE_LIFE_MUTATE_H
#define DMAFUZZ_LIFE_LIFE_MUTATE_H

#include <cstddef>
#include <cstdint>
#include <optional>

#include "life/life.h"

namespace dmafuzz {

// Changes the life in `data` and returns its new size, at most `max_size`. The same for the same arguments. Without
// room for a configuration and one operation it returns `size` and changes nothing.
std::size_t mutate_life(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed);

// From now on lives are of a driver of disks: what a network would do is left out.
void live_with_disks();
// The same of a driver of a DMA engine.
void live_with_copies();
// The same of a driver whose device holds a file.
void live_with_files();

// Writes a child of both to `out`, with the same promises: the first's device and beginning, the second's end.
std::size_t crossover_lives(const std::uint8_t* data1, std::size_t size1, const std::uint8_t* data2, std::size_t size2,
                            std::uint8_t* out, std::size_t max_size, unsigned seed);

// From now on all that is made starts like this: for a process whose inputs all do (driver/executor.h). Nothing: as it
// comes.
void start_lives_as(const std::optional<LifeConfig>& config);

}  // namespace dmafuzz

#endif
