// SPDX-License-Identifier: GPL-2.0-only
//
// Runs lawful programs on back end `rust`, with the reference model as for back end `c`: a finding ends the run.
//
//   rust_backend_test FILE.dma...         each operation of each must succeed; or what the file expects must be found
//   rust_backend_test --may-fail FILE...  each must be offered, and fail as the model says
//   rust_backend_test --random=N [SEED]   N random programs from that seed on, of which what is offered; each operation
//                                         must be one that is
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "backend/rust/offers.h"
#include "dmasan/checks.h"
#include "dmasan/dmasan.h"
#include "engine/executor.h"
#include "engine/machine.h"
#include "engine/offered.h"
#include "engine/raise.h"
#include "host.h"
#include "program/generate.h"
#include "program/text.h"

using namespace dmafuzz;

namespace {

constexpr std::size_t kOps = 24;
// Seeds of which a program is bent towards what is offered.
constexpr unsigned kBent = 4;

// A program that is to come to a finding.
int run_expecting(Executor& executor, const char* name, const ProgramFile& file) {
  static FindingTrap trap;  // does not go with the stack that is jumped over
  if (const auto error = parse_checks(file.expect.checks, dmasan().checks()); error) {
    fmt::print(stderr, "{}: {}\n", name, *error);
    return 2;
  }
  if (sigsetjmp(trap.jump, 0) == 0) {
    arm_trap(&trap);
    executor.set_rerun(true);
    executor.run(file.program);
    trap.id = "nothing";
  }
  arm_trap(nullptr);
  machine().reset();
  dmasan().checks() = CheckSet();
  fmt::print("{}: {}: {}\n", name, trap.id, trap.summary);
  return trap.id == file.expect.finding ? 0 : 1;
}

int run_file(Executor& executor, const char* name, bool may_fail) {
  std::ifstream in(name);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  ProgramFile file;
  if (const auto error = parse_text(text, file); error) {
    fmt::print(stderr, "{}:{}: {}\n", name, error->line, error->message);
    return 2;
  }
  if (file.expect.kind == Expectation::Kind::kFinding) return run_expecting(executor, name, file);
  executor.set_rerun(true);
  executor.run(file.program);
  for (std::size_t i = 0; i < file.program.ops.size(); ++i) {
    const int32_t status = executor.statuses()[i];
    if (status == 0 || (may_fail && (status < 0 || status == DMAF_ST_DEAD_HANDLE))) continue;
    fmt::print("{}: status {} of: {}\n", name, status, print_op(file.program.ops[i]));
    return 1;
  }
  fmt::print("{}: {} operations\n", name, file.program.ops.size());
  return 0;
}

int run_random(Executor& executor, unsigned long count, unsigned long seed) {
  std::array<std::uint64_t, DMAF_OP_COUNT> ran = {};
  std::array<std::uint64_t, 4> refused = {};
  for (unsigned long i = 0; i < count; ++i, ++seed) {
    Program program = random_program(seed, kOps);
    if (seed % kBent) bend_to_owning(program);
    keep_offered(program, dmaf_rust_offers, refused.data());
    executor.run(program);
    for (std::size_t at = 0; at < program.ops.size(); ++at) {
      const int32_t status = executor.statuses()[at];
      ran[program.ops[at].code] += status == 0;
      if (status != DMAF_ST_NOT_OFFERED && status != DMAF_ST_REFUSED_BY_TYPE) continue;
      fmt::print("seed {}: status {} of: {}\n{}", seed, status, print_op(program.ops[at]), print_text(program));
      return 1;
    }
  }
  fmt::print("{} programs; taken out: {} not offered, {} refused by type; ran:", count, refused[DMAF_ST_NOT_OFFERED],
             refused[DMAF_ST_REFUSED_BY_TYPE]);
  for (unsigned code = 0; code < DMAF_OP_COUNT; ++code) {
    if (ran[code]) fmt::print(" {}={}", op_info(code).name, ran[code]);
  }
  fmt::print("\n");
  // Lists and coherent memory are what this is about.
  const bool enough = ran[DMAF_OP_SG_MAP] && ran[DMAF_OP_SG_UNMAP] && ran[DMAF_OP_COH_ALLOC] && ran[DMAF_OP_COH_FREE] &&
                      ran[DMAF_OP_FILL] && ran[DMAF_OP_CHECK];
  return enough ? 0 : 1;
}

}  // namespace

// Findings that are expected jump over the harness's own frames and what they own.
extern "C" int __lsan_is_turned_off() {
  return 1;
}

int main(int argc, char** argv) {
  Executor executor(dmaf_backend_rust, "rust_backend_test");
  constexpr std::string_view kRandom = "--random=";
  if (argc > 1 && std::string_view(argv[1]).starts_with(kRandom)) {
    return run_random(executor, std::strtoul(argv[1] + kRandom.size(), nullptr, 0),
                      argc > 2 ? std::strtoul(argv[2], nullptr, 0) : 1);
  }
  const bool may_fail = argc > 1 && std::string_view(argv[1]) == "--may-fail";
  const int first = may_fail ? 2 : 1;
  for (int i = first; i < argc; ++i) {
    if (const int status = run_file(executor, argv[i], may_fail)) return status;
  }
  return argc > first ? 0 : 2;
}
