// SPDX-License-Identifier: GPL-2.0-only
//
// What dmaxx costs: the same sequences of a driver in C and in C++ (shims/cxx/cost), both without instrumentation, over
// the same kernel, in turns, in one process. Processor time, the best of many short rounds. ci/bench prints it.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "cxx/cost/cost.h"
#include "engine/machine.h"
#include "engine/raise.h"
#include "host.h"

using namespace dmafuzz;

namespace {

constexpr unsigned kRounds = 300;

double seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Row {
  const char* name;
  cost_sequence *c, *cxx;
  unsigned long times;
};
constexpr Row kRows[] = {
    {"streaming: map, hand over twice, unmap", cost_c_streaming, cost_cxx_streaming, 200},
    {"coherent: 64 descriptors", cost_c_coherent, cost_cxx_coherent, 100},
    {"pool: 16 blocks", cost_c_pool, cost_cxx_pool, 20},
};

// Microseconds of one sequence, by the best round of this call.
double round(cost_sequence* run, const Row& row) {
  dmaf_config config = {};
  config.coherent = 1;
  config.mask_bits = config.coherent_mask_bits = 64;
  auto* dev = static_cast<struct device*>(kernel_device_open(&config));
  void* bytes = cost_buffer();
  const double start = seconds();
  const unsigned long sum = run(dev, bytes, row.times);
  const double took = seconds() - start;
  if (!sum) std::fprintf(stderr, "%s: failed\n", row.name);
  cost_forget(bytes);
  kernel_device_close(dev);
  machine().reset();
  return took * 1e6 / static_cast<double>(row.times);
}

}  // namespace

int main() {
  machine().boot();
  raise_context().target = "dma_api";
  fmt::print("{:<44}{:>10}{:>10}{:>10}\n", "", "C, us", "C++, us", "ratio");
  for (const Row& row : kRows) {
    double c = 1e9, cxx = 1e9;
    for (unsigned i = 0; i < kRounds; ++i) {
      c = std::min(c, round(row.c, row));
      cxx = std::min(cxx, round(row.cxx, row));
    }
    fmt::print("{:<44}{:>10.3f}{:>10.3f}{:>10.2f}\n", row.name, c, cxx, cxx / c);
  }
  return 0;
}
