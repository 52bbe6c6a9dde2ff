// SPDX-License-Identifier: GPL-2.0-only
//
// Backend cxx against backend c, on lawful programs: each runs on both under the reference model and DmaSan, and both
// must leave the same trace: results, addresses, segments, allocations, bytes that the device read, to the last event.
//
//   cxx_backend FILE.dma...      these programs
//   --random=N                   and N generated ones, for each path and coherence
//   --seed=N                     from this one on (default 0)
//   --refusals                   what it answers to mistakes, instead
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "backend/cxx/cxx.h"
#include "engine/executor.h"
#include "engine/trace.h"
#include "host.h"
#include "program/generate.h"
#include "program/shape.h"
#include "program/text.h"
#include "tests/cxx/refusals.h"

using namespace dmafuzz;

namespace {

constexpr std::size_t kOps = 24;

struct Both {
  Executor c{dmaf_backend_c, "dma_api"}, cxx{dmaf_backend_cxx, "dma_api"};
  unsigned long runs = 0, differ = 0;
  double seconds[2] = {};  // of processor time, in each

  std::string traced(Executor& executor, const Program& program) {
    std::string text;
    trace().set_text(&text);
    executor.run(program);
    trace().set_text(nullptr);
    return text;
  }

  static double timed(Executor& executor, const Program& program) {
    const std::clock_t start = std::clock();
    executor.run(program);
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  }

  void run(const Program& program, const std::string& name) {
    ++runs;
    for (const dmaf_op& op : program.ops) {
      const dmaf_s32 status = dmaf_cxx_offers(&op, &program.config);
      if (status == DMAF_ST_REFUSED_BY_TYPE) {
        fmt::print("{}: lawful, and said to be refused: {}\n", name, print_op(op));
        ++differ;
      }
    }
    // In turns: what runs second has warmer caches.
    uint64_t hash[2];
    for (unsigned turn = 0; turn < 2; ++turn) {
      const unsigned which = (runs ^ turn) & 1;
      seconds[which] += timed(which ? cxx : c, program);
      hash[which] = last_trace_hash();
    }
    if (hash[0] == hash[1]) return;
    ++differ;
    fmt::print("{}: the traces differ\n{}", name, print_text(program));
    std::string a = traced(c, program), b = traced(cxx, program);
    for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
      const std::size_t a_end = a.find('\n', i), b_end = b.find('\n', j);
      const std::string left = a.substr(i, a_end - i), right = b.substr(j, b_end - j);
      if (left != right) {
        fmt::print("# c:   {}\n# cxx: {}\n", left, right);
        break;
      }
      i = a_end + 1;
      j = b_end + 1;
    }
  }
};

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  unsigned long random = 0, first = 0;
  bool refusals = false;
  std::vector<std::string> files;
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    if (arg.starts_with("--random=")) {
      random = std::strtoul(argv[i] + 9, nullptr, 10);
    } else if (arg.starts_with("--seed=")) {
      first = std::strtoul(argv[i] + 7, nullptr, 10);
    } else if (arg == "--refusals") {
      refusals = true;
    } else if (arg.starts_with("--")) {
      fmt::print(stderr, "unknown option {}; known: --random=N --seed=N --refusals\n", arg);
      return 2;
    } else {
      files.emplace_back(arg);
    }
  }
  Both both;
  if (refusals) return wrong_refusals(both.cxx) ? 1 : 0;
  for (const std::string& path : files) {
    std::ifstream in(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    ProgramFile file;
    if (auto error = parse_text(text, file)) {
      fmt::print(stderr, "{}\n", error->str(path));
      return 2;
    }
    if (file.program.lawful) both.run(file.program, path);
  }
  for (unsigned path = 0; path < DMAF_PATHS; ++path) {
    for (unsigned coherent = 0; coherent < 2; ++coherent) {
      for (unsigned long seed = first; seed < first + random; ++seed) {
        Program program = random_program(seed, kOps);
        program.config.path = static_cast<dmaf_u8>(path);
        program.config.coherent = static_cast<dmaf_u8>(coherent);
        shape(program);
        both.run(program, fmt::format("seed {} on {}", seed, path_words()[path]));
      }
    }
  }
  fmt::print("{} programs on both, {} differences; c took {:.2f} s, cxx {:.2f} s\n", both.runs, both.differ,
             both.seconds[0], both.seconds[1]);
  if (!both.runs) {
    fmt::print(stderr, "nothing was run\n");
    return 2;
  }
  return both.differ ? 1 : 0;
}
