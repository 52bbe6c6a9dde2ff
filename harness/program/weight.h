// SPDX-License-Identifier: GPL-2.0-only OR MIT
// How many bytes a program moves. Nearly all that an execution costs beyond the operations themselves is touching
// bytes, and a corpus drifts towards large objects if nothing pulls the other way.
#ifndef DMAFUZZ_PROGRAM_WEIGHT_H
#define DMAFUZZ_PROGRAM_WEIGHT_H

#include <cstdint>

#include "program/program.h"
#include "program/random.h"

namespace dmafuzz {

// What a program may weigh without paying for it: some pages of every size class, each touched by all operations.
inline constexpr std::uint64_t kLightWeight = 96 * 1024;

// Bytes that the operations name: allocated, mapped, synced, filled, checked and accessed.
std::uint64_t weight(const Program& program);

// Divides sizes and offsets above 8 KiB by the power of two that brings the program down to `budget`, or as near as
// 8 KiB an operation allows. Equal sizes stay equal, so that what fitted whole still does. A lawful program must be
// shaped again afterwards.
void lighten(Program& program, std::uint64_t budget);

// A budget for one new program: kLightWeight, doubled again and again with a chance of one in four each time, so that
// on average heavy programs take no more time than light ones.
std::uint64_t random_budget(Random& random);

}  // namespace dmafuzz

#endif
