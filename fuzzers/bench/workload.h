// SPDX-License-Identifier: GPL-2.0-only
//
// What the benchmark runs: lawful programs of 16 operations, the same on each machine, and what stands beside them as a
// ceiling.
#ifndef DMAFUZZ_BENCH_WORKLOAD_H
#define DMAFUZZ_BENCH_WORKLOAD_H

#include <algorithm>
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "backend/backend.h"
#include "engine/executor.h"
#include "engine/machine.h"
#include "engine/raise.h"
#include "program/binary.h"
#include "program/generate.h"
#include "program/program.h"

namespace dmafuzz::bench {

inline constexpr std::size_t kOps = 16;
inline constexpr std::size_t kPrograms = 64;  // a row: many, so that no single one is the figure

// Seconds of this process on a processor: what others do on the machine does not count.
inline double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Microseconds that one call of `once(i)` takes, i below n: the best of three measurements, since what else the machine
// does only ever makes it slower.
template <class Once>
double cost(double seconds, std::size_t n, Once once) {
  constexpr unsigned kRounds = 3;
  double best = 0;
  for (std::size_t i = 0; i < n; ++i) once(i);
  for (unsigned round = 0; round < kRounds; ++round) {
    const double start = cpu_seconds();
    double elapsed = 0;
    unsigned long turns = 0;
    // Whole turns, so that each counts the same.
    for (; elapsed < seconds / kRounds; ++turns) {
      for (std::size_t i = 0; i < n; ++i) once(i);
      elapsed = cpu_seconds() - start;
    }
    const double each = elapsed / static_cast<double>(turns * n) * 1e6;
    best = round ? std::min(best, each) : each;
  }
  return best;
}

// The same of two, in turns: what else the machine does hits both. The best turn of each.
template <class One, class Other>
std::pair<double, double> costs(double seconds, std::size_t n, One one, Other other) {
  double best[2] = {};
  const auto turn = [&](unsigned which, auto& once) {
    const double start = cpu_seconds();
    for (std::size_t i = 0; i < n; ++i) once(i);
    const double each = (cpu_seconds() - start) / static_cast<double>(n) * 1e6;
    best[which] = best[which] > 0 ? std::min(best[which], each) : each;
  };
  for (std::size_t i = 0; i < n; ++i) one(i), other(i);
  const double start = cpu_seconds();
  do {
    turn(0, one);
    turn(1, other);
  } while (cpu_seconds() - start < 2 * seconds);
  return {best[0], best[1]};
}

// One program, in the forms that the measurements need.
struct Sample {
  std::vector<std::uint8_t> bytes;  // as the fuzzer gets it
  Program program;
  Program raw;  // the same operations and those that close it, run without model
};

// Whether the program runs through without a report. Without the model nobody expects the kernel's warnings.
inline bool runs_silently(Executor& executor, const Program& program) {
  FindingTrap trap;
  if (sigsetjmp(trap.jump, 0) != 0) {
    machine().reset();
    return false;
  }
  arm_trap(&trap);
  executor.run(program);
  arm_trap(nullptr);
  return true;
}

// kPrograms programs of kOps operations for one device. The rest of the device (masks, limits) is as generated.
inline std::vector<Sample> samples(Executor& executor, unsigned path, bool coherent) {
  std::vector<Sample> out;
  for (std::uint64_t seed = 1; out.size() < kPrograms; ++seed) {
    Sample s;
    s.program = random_program(seed, kOps + 4);
    s.program.config.path = static_cast<dmaf_u8>(path);
    s.program.config.coherent = coherent;
    shape(s.program);
    if (s.program.ops.size() < kOps) continue;
    s.program.ops.resize(kOps);
    s.bytes = encode(s.program);
    s.raw = s.program;
    append_closing_ops(s.program, s.raw.ops);
    s.raw.lawful = false;
    if (runs_silently(executor, s.raw)) out.push_back(std::move(s));
  }
  return out;
}

// 16 times malloc and free, of sizes that a program could have: what an input of 16 operations costs at the very least.
inline void malloc_pairs(unsigned salt) {
  for (unsigned i = 0; i < kOps; ++i) {
    void* volatile p = __builtin_malloc(16u << ((salt + i) % 8));
    __builtin_free(p);
  }
}

}  // namespace dmafuzz::bench

#endif
