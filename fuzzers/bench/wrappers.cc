// SPDX-License-Identifier: GPL-2.0-only
//
// How fast target dma_wrappers is in process, and what each implementation has of it: lawful programs of 16 operations
// on every path, each implementation alone on what it offers of them, recorded as in lock step, then all in lock step.
//
//   --seconds=S    how long each measurement takes (default 0.5)
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "dma_wrappers/wrappers.h"
#include "engine/executor.h"
#include "engine/lockstep.h"
#include "engine/offered.h"
#include "engine/recording.h"
#include "host.h"
#include "workload.h"

namespace {

using namespace dmafuzz;

struct Row {
  std::string name;
  double us = 0;          // a program
  double operations = 0;  // a program has, on average
};

Row alone(const dmaf_backend& backend, const std::vector<Program>& programs, double seconds) {
  Executor executor(backend, "dma_wrappers");
  Recording recording;
  std::vector<Program> offered = programs;
  Row row{.name = backend.name};
  std::uint64_t refused[4] = {};
  for (Program& program : offered) {
    if (backend.offers) keep_offered(program, backend.offers, refused);
    row.operations += static_cast<double>(program.ops.size()) / static_cast<double>(offered.size());
  }
  row.us = bench::cost(seconds, offered.size(), [&](std::size_t i) {
    recording.begin(nullptr, false);
    executor.set_observer(&recording);
    executor.run(offered[i]);
  });
  return row;
}

}  // namespace

int main(int argc, char** argv) {
  double seconds = 0.5;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]).starts_with("--seconds=")) seconds = std::atof(argv[i] + 10);
  }
  if (!(seconds > 0)) {
    std::fprintf(stderr, "bench.wrappers: --seconds takes a positive number\n");
    return 2;
  }
  std::vector<Program> programs;
  {
    Executor executor(dmaf_backend_c, "dma_wrappers");
    for (unsigned path = 0; path < DMAF_PATHS; ++path) {
      for (const bool coherent : {true, false}) {
        for (bench::Sample& s : bench::samples(executor, path, coherent)) {
          // Injected failures are not for those that allocate for themselves.
          std::erase_if(s.program.ops, [](const dmaf_op& op) { return op.code == DMAF_OP_FAIL_ALLOC; });
          programs.push_back(std::move(s.program));
        }
      }
    }
  }
  std::vector<Row> rows = {alone(dmaf_backend_c, programs, seconds)};
  for (const Lockstep::Wrapper& wrapper : wrappers()) rows.push_back(alone(*wrapper.backend, programs, seconds));
  Lockstep lockstep("dma_wrappers", dmaf_backend_c, wrappers());
  const double all = bench::cost(seconds, programs.size(), [&](std::size_t i) { lockstep.run(programs[i]); });

  double sum = 0;
  for (const Row& row : rows) sum += row.us;
  fmt::print("{:<26}{:>10}{:>9}{:>9}{:>14}\n", "dma_wrappers", "share", "exec/s", "us", "operations");
  for (const Row& row : rows) {
    fmt::print("{:<26}{:>9.0f}%{:>9.0f}{:>9.2f}{:>14.1f}\n", row.name + " alone", 100 * row.us / all, 1e6 / row.us,
               row.us, row.operations);
  }
  fmt::print("{:<26}{:>9.0f}%{:>9}{:>9.2f}\n", "c again, compared", 100 * std::max(0.0, all - sum) / all, "",
             std::max(0.0, all - sum));
  fmt::print("{:<26}{:>9.0f}%{:>9.0f}{:>9.2f}{:>14.1f}\n", "all in lock step", 100.0, 1e6 / all, all,
             rows[0].operations);
  fmt::print(
      "\nshare: of lock step; operations: of a program that the implementation was asked to do. Where something is "
      "not\n"
      "offered, c runs what is left once more, to be compared with.\n");
  return 0;
}
