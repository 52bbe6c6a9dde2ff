// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz doctor`: proves that what a campaign relies on works here: tools, kernel tree, each sanitizer (by an error
// planted for it), instrumentation. A sanitizer that is silently off makes every run look clean.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/build.h"
#include "cli/command.h"
#include "cli/fuzz_status.h"
#include "cli/guest_machine.h"
#include "cli/kernel_tree.h"
#include "cli/process.h"
#include "cli/storage.h"
#include "cli/terminal.h"
#include "report/parse.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

constexpr auto kLimit = std::chrono::seconds(60);

enum class Health { kOk, kWarning, kBad };

std::string_view word(Health health) {
  switch (health) {
    case Health::kOk:
      return "ok";
    case Health::kWarning:
      return "warning";
    case Health::kBad:
      break;
  }
  return "NOT OK";
}

struct Check {
  std::string name;
  Health health = Health::kOk;
  std::string detail;
  std::string remedy;
};

Check good(std::string name, std::string detail) {
  return {.name = std::move(name), .health = Health::kOk, .detail = std::move(detail), .remedy = {}};
}
Check bad(std::string name, std::string detail, std::string remedy) {
  return {.name = std::move(name), .health = Health::kBad, .detail = std::move(detail), .remedy = std::move(remedy)};
}

Check check_tools() {
  std::string missing;
  for (std::string_view tool : {"clang-19", "clang++-19", "ld.lld-19", "cmake", "ninja", "bc"}) {
    if (find_program(tool).empty()) missing += fmt::format("{}{}", missing.empty() ? "" : ", ", tool);
  }
  if (!missing.empty()) return bad("tools", "missing: " + missing, "ci/setup");
  return good("tools", "clang 19, lld, cmake, ninja");
}

Check check_symbolizer() {
  const fs::path path = find_symbolizer();
  if (path.empty())
    return bad("symbolizer", "no llvm-symbolizer: reports would have no function names", "ci/setup (llvm-19)");
  return good("symbolizer", path);
}

Check check_tree(const Build& build) {
  const TreeState state = inspect_tree(build.kernel, build.source / "ci" / "kernel-files");
  if (!state.problem.empty()) return bad("kernel tree", state.problem, state.remedy);
  const std::string detail = fmt::format("Linux {} in {}", state.release, friendly(build.kernel));
  if (!state.warning.empty())
    return {.name = "kernel tree", .health = Health::kWarning, .detail = state.warning, .remedy = {}};
  if (state.release != build.release) {
    return bad("kernel tree", fmt::format("{}, but this build is of {}", detail, build.release), "build again");
  }
  return good("kernel tree", detail);
}

Check check_space(const Build& build) {
  std::error_code error;
  const auto space = fs::space(build.dir, error);
  const double gib = error ? 0 : static_cast<double>(space.available) / (1 << 30);
  const std::string detail = fmt::format("{:.1f} GiB free in {}", gib, friendly(build.dir));
  if (gib < 1)
    return {
        .name = "disk space", .health = Health::kWarning, .detail = detail, .remedy = "corpora and findings need room"};
  return good("disk space", detail);
}

// Not bad if it is missing: nothing but `dmafuzz confirm` needs it.
Check check_guest(const Build& build) {
  const std::string missing = find_guest(build).missing();
  if (missing.empty()) return good("guest (optional)", "QEMU and a kernel for dmafuzz confirm");
  return good("guest (optional)", missing);
}

// Nor is it if these are: only the targets qemu_* need them.
Check check_left_out(const Build& build) {
  constexpr const char* kName = "QEMU's devices (optional)";
  if (!build.left_out.empty()) return good(kName, fmt::format("no targets qemu_*: {}", build.left_out.front().second));
  for (const Target& target : build.targets) {
    if (!target.without.empty()) return good(kName, fmt::format("the targets qemu_* run here {}", target.without));
  }
  return good(kName, "the targets qemu_* run here, and each byte of DMA is seen");
}

// Plants an error and sees whether the right tool says so.
Check check_sanitizer(const Target& target, std::string_view name, std::string_view argument,
                      std::span<const std::string_view> tools, std::string_view id_part) {
  std::string output;
  const auto sink = [&](std::string_view line) { output.append(line).append("\n"); };
  const std::vector<std::string> argv = {target.replayer, fmt::format("--self-test={}", argument)};
  const Outcome outcome = run_process(argv, sanitizer_environment({.detect_leaks = true}), kLimit, sink);
  const std::string remedy =
      fmt::format("{} --self-test={} shows why; rebuild with clang 19", friendly(target.replayer), argument);
  if (outcome.timed_out) return bad(std::string(name), "the planted error hangs", remedy);
  const auto finding = parse_finding(output);
  if (!finding)
    return bad(std::string(name), fmt::format("the planted error was not reported ({})", outcome.exit.text()), remedy);
  if (outcome.exit.ok())
    return bad(std::string(name), "the planted error is reported but does not end the process", remedy);
  const bool right_tool = std::ranges::find(tools, std::string_view(finding->tool)) != tools.end();
  if ((!tools.empty() && !right_tool) || finding->id.find(id_part) == std::string::npos) {
    return bad(std::string(name), fmt::format("the planted error came out as {}: {}", finding->tool, finding->id),
               remedy);
  }
  return good(std::string(name), fmt::format("caught a planted {}", finding->id));
}

Check check_instrumentation(const Target& target, const fs::path& scratch) {
  const std::string name = "fuzz " + target.name;
  std::uint64_t coverage = 0;
  std::uint64_t counters = 0;
  std::string last;
  const auto sink = [&](std::string_view line) {
    if (const auto status = parse_status(line)) coverage = std::max(coverage, status->coverage);
    if (line.starts_with("INFO: Loaded") && line.find("inline 8-bit counters") != std::string_view::npos) ++counters;
    if (!line.empty()) last = line;
  };
  const fs::path corpus = scratch / target.name;
  make_folder(corpus);
  // Whole lives over a socket take long.
  const unsigned runs = target.snapshots ? 100 : 3;
  const std::vector<std::string> argv = {target.fuzzer,
                                         fmt::format("-runs={}", runs),
                                         "-detect_leaks=0",
                                         "-seed=1",
                                         fmt::format("-artifact_prefix={}/", scratch.native()),
                                         corpus};
  const Outcome outcome = run_process(argv, sanitizer_environment(), kLimit, sink);
  const std::string remedy = fmt::format("{} -runs={} shows why", friendly(target.fuzzer), runs);
  if (outcome.timed_out) return bad(name, fmt::format("{} inputs take more than a minute", runs), remedy);
  if (counters == 0 || coverage == 0) {
    return bad(name, fmt::format("no coverage is counted ({}): {}", outcome.exit.text(), last), remedy);
  }
  return good(name, fmt::format("{} covered by {} inputs", plural(coverage, "edge"), runs));
}

class Doctor {
 public:
  explicit Doctor(bool json) : json_(json) {}

  int run() {
    const Build build = this_build();
    const ScratchFolder scratch;
    add(check_tools());
    add(check_symbolizer());
    add(check_tree(build));
    add(check_space(build));
    add(check_guest(build));
    add(check_left_out(build));
    if (build.targets.empty()) {
      add(bad("targets", "this build has none", "build again"));
      return finish();
    }
    static constexpr std::array<std::string_view, 1> kAsan = {"AddressSanitizer"};
    static constexpr std::array<std::string_view, 1> kUbsan = {"UndefinedBehaviorSanitizer"};
    // The sanitizers are the same in each target; one is enough.
    const Target& first = build.target(build.targets.front().name);
    add(check_sanitizer(first, "AddressSanitizer", "asan", kAsan, "heap-"));
    add(check_sanitizer(first, "UBSan", "ubsan", kUbsan, "shift"));
    // Whether LeakSanitizer or the modelled memory says so is the target's affair.
    add(check_sanitizer(first, "leaks", "leak", {}, "leak"));
    for (const Target& target : build.targets) add(check_instrumentation(build.target(target.name), scratch.path()));
    return finish();
  }

 private:
  void add(Check check) { checks_.push_back(std::move(check)); }

  int finish() const {
    const auto worst = std::ranges::max(checks_, {}, &Check::health).health;
    if (json_) {
      nlohmann::ordered_json list = nlohmann::ordered_json::array();
      for (const Check& check : checks_) {
        list.push_back({{"check", check.name},
                        {"health", word(check.health)},
                        {"detail", check.detail},
                        {"remedy", check.remedy}});
      }
      const nlohmann::ordered_json out = {{"healthy", worst != Health::kBad}, {"checks", std::move(list)}};
      fmt::print("{}\n", out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    } else {
      Table table;
      for (const Check& check : checks_) {
        const Ink ink = check.health == Health::kOk    ? Ink::kGreen
                        : check.health == Health::kBad ? Ink::kRed
                                                       : Ink::kYellow;
        table.row({check.name, std::string(word(check.health)), check.detail}, {Ink::kPlain, ink});
        if (!check.remedy.empty()) table.row({"", "", "-> " + check.remedy});
      }
      table.print();
    }
    return worst == Health::kBad ? kEnvironment : kClean;
  }

  const bool json_;
  std::vector<Check> checks_;
};

}  // namespace

void add_doctor(CommandLine& app, Action& action) {
  auto json = std::make_shared<bool>(false);
  CommandLine sub = app.add_subcommand("doctor", "Prove that tools, kernel tree, sanitizers and instrumentation work");
  sub.add_flag("--json", *json, "Print JSON");
  sub.callback([json, &action] { action = [json] { return Doctor(*json).run(); }; });
}

}  // namespace dmafuzz::cli
