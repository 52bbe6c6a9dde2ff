// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz regress`: replays the reviewed corpora and compares each outcome with what the file itself expects: a seed
// or a regression that says nothing is to run clean.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/build.h"
#include "cli/checks.h"
#include "cli/command.h"
#include "cli/inputs.h"
#include "cli/replay.h"
#include "cli/storage.h"
#include "cli/terminal.h"
#include "report/junit.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

struct Options {
  std::vector<std::string> targets;
  bool json = false;
  std::string junit;
};

class Regression {
 public:
  explicit Regression(const Options& options) : options_(options), build_(this_build()) {}

  int run() {
    if (options_.targets.empty()) {
      for (const Target& target : build_.targets) {
        if (!target.added) one(build_.target(target.name));
      }
      for (const auto& [name, why] : build_.left_out) {
        if (!options_.json) fmt::print("{}: left out: {}\n", name, why);
        suites_.push_back({.name = name, .cases = {skipped("all", why)}});
      }
    } else {
      for (const std::string& name : options_.targets) one(build_.target(name));
    }
    if (options_.json) fmt::print("{}\n", list_.dump(2));
    if (!options_.junit.empty()) {
      write_file(options_.junit, to_junit(fmt::format("dmafuzz regress, Linux {}", build_.release), suites_));
    }
    return wrong_ ? kFindings : kClean;
  }

 private:
  static JunitCase skipped(std::string name, std::string why) {
    return {.name = std::move(name), .outcome = JunitCase::Outcome::kSkipped, .message = std::move(why)};
  }
  // corpora/<target>/<name>, which may be another target's.
  std::string case_name(const fs::path& file) const { return file.lexically_relative(build_.source / "corpora"); }

  void one(const Target& target) {
    std::vector<fs::path> reviewed = reviewed_files(target, "seeds");
    std::ranges::move(reviewed_files(target, "regressions"), std::back_inserter(reviewed));
    std::vector<fs::path> files;
    std::vector<std::string> expected;  // the finding, or nothing
    std::vector<JunitCase> passed_over;
    for (const fs::path& file : reviewed) {
      const Expectation expect = load_input(target, file).expect;
      if (!applies_to(expect, build_.release)) {
        passed_over.push_back(skipped(case_name(file), "for other kernel trees"));
        continue;
      }
      files.push_back(file);
      expected.push_back(expect.kind == Expectation::Kind::kFinding ? expect.finding : std::string());
    }
    const std::size_t skipped = reviewed.size() - files.size();
    std::size_t wrong = 0;
    suites_.push_back({.name = target.name, .cases = {}});
    const auto results = replay(build_, target, files);
    for (std::size_t i = 0; i < results.size(); ++i) wrong += judge(target, results[i], expected[i]) ? 0 : 1;
    wrong_ += wrong;
    std::ranges::move(passed_over, std::back_inserter(suites_.back().cases));
    if (options_.json) return;
    const std::string verdict =
        wrong ? paint(fmt::format("{} not as expected", wrong), Ink::kRed) : std::string("all as expected");
    fmt::print("{}: {}, {}{}\n", target.name,
               plural(files.size(), target.kind == InputKind::kBytes ? "input" : "program"),
               files.empty() ? "nothing to replay" : verdict,
               skipped ? fmt::format(" ({} for other kernel trees)", skipped) : "");
  }

  bool judge(const Target& target, const ReplayResult& result, const std::string& expected) {
    const std::string got = result.finding ? result.finding->id : std::string();
    const bool right = got == expected;
    JunitCase one{.name = case_name(result.file)};
    if (!right) {
      one.outcome = JunitCase::Outcome::kFailed;
      one.type = got.empty() ? "clean" : got;
      one.message = fmt::format("expected {}, got {}", expected.empty() ? "clean" : expected,
                                result.finding ? result.finding->headline() : "clean");
      if (result.finding) one.details = to_text(*result.finding);
    }
    suites_.back().cases.push_back(std::move(one));
    if (options_.json) {
      list_.push_back({{"target", target.name},
                       {"file", result.file.native()},
                       {"as_expected", right},
                       {"expected", expected.empty() ? "clean" : expected},
                       {"got", got.empty() ? "clean" : got},
                       {"finding", result.finding ? to_json(*result.finding) : nlohmann::ordered_json()}});
    } else if (!right) {
      fmt::print("{}: expected {}, got {}\n  to see it: {}\n", friendly(result.file),
                 expected.empty() ? "clean" : expected, result.finding ? result.finding->headline() : "clean",
                 reproduce_command(target, result.file));
    }
    return right;
  }

  const Options& options_;
  const Build build_;
  nlohmann::ordered_json list_ = nlohmann::ordered_json::array();
  std::vector<JunitSuite> suites_;
  std::size_t wrong_ = 0;
};

}  // namespace

void add_regress(CommandLine& app, Action& action) {
  auto options = std::make_shared<Options>();
  CommandLine sub =
      app.add_subcommand("regress", "Replay the reviewed corpora and compare with what each file expects");
  sub.add_option("TARGET", options->targets, "Which targets (default: all)");
  sub.add_flag("--json", options->json, "Print JSON: one entry a file");
  sub.add_option("--junit", options->junit, "Also write JUnit XML to this file: a case a file");
  add_checks_option(sub);
  sub.callback([options, &action] { action = [options] { return Regression(*options).run(); }; });
}

}  // namespace dmafuzz::cli
