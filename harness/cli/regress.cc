// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz regress`: replays the reviewed corpora and compares each outcome with what the file itself expects: a seed
// or a regression that says nothing is to run clean.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>

#include "cli/build.h"
#include "cli/checks.h"
#include "cli/command.h"
#include "cli/inputs.h"
#include "cli/replay.h"
#include "cli/side_by_side.h"
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
  unsigned jobs = processors();
};

// What a target's corpora came to.
struct Replayed {
  JunitSuite suite;
  nlohmann::ordered_json list = nlohmann::ordered_json::array();  // with --json only
  std::string text;                                               // without it
  std::size_t wrong = 0;
};

class Regression {
 public:
  explicit Regression(const Options& options) : options_(options), build_(this_build()) {}

  int run() {
    std::vector<const Target*> targets;
    for (const std::string& name : options_.targets) targets.push_back(&build_.target(name));
    const bool all = targets.empty();
    for (const Target& target : build_.targets) {
      if (all && !target.added) targets.push_back(&build_.target(target.name));  // which says if it is not built
    }

    // Shown in the order of the targets, each as soon as it and all before it are through.
    std::vector<std::optional<Replayed>> replayed(targets.size());
    std::size_t shown = 0;
    std::mutex mutex;
    side_by_side(options_.jobs, targets.size(), [&](std::size_t i) {
      Replayed one = replay_corpora(*targets[i]);
      const std::lock_guard lock(mutex);
      replayed[i] = std::move(one);
      for (; shown < replayed.size() && replayed[shown]; ++shown) fmt::print("{}", replayed[shown]->text);
      std::fflush(stdout);
    });

    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    std::vector<JunitSuite> suites;
    std::size_t wrong = 0;
    for (std::optional<Replayed>& one : replayed) {
      wrong += one->wrong;
      for (auto& entry : one->list) list.push_back(std::move(entry));
      suites.push_back(std::move(one->suite));
    }
    for (const auto& [name, why] : build_.left_out) {
      if (!all) break;
      if (!options_.json) fmt::print("{}: left out: {}\n", name, why);
      suites.push_back({.name = name, .cases = {skipped("all", why)}});
    }
    if (options_.json) fmt::print("{}\n", list.dump(2));
    if (!options_.junit.empty()) {
      write_file(options_.junit, to_junit(fmt::format("dmafuzz regress, Linux {}", build_.release), suites));
    }
    return wrong ? kFindings : kClean;
  }

 private:
  static JunitCase skipped(std::string name, std::string why) {
    return {.name = std::move(name), .outcome = JunitCase::Outcome::kSkipped, .message = std::move(why)};
  }
  // corpora/<target>/<name>, which may be another target's.
  std::string case_name(const fs::path& file) const { return file.lexically_relative(build_.source / "corpora"); }

  Replayed replay_corpora(const Target& target) const {
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
    Replayed out;
    out.suite.name = target.name;
    const auto results = replay_judged(target, files, expected);
    for (std::size_t i = 0; i < results.size(); ++i) judge(target, results[i], expected[i], out);
    const std::size_t left = passed_over.size();
    std::ranges::move(passed_over, std::back_inserter(out.suite.cases));
    if (options_.json) return out;
    const std::string verdict =
        out.wrong ? paint(fmt::format("{} not as expected", out.wrong), Ink::kRed) : std::string("all as expected");
    out.text += fmt::format(
        "{}: {}, {}{}\n", target.name, plural(files.size(), target.kind == InputKind::kBytes ? "input" : "program"),
        files.empty() ? "nothing to replay" : verdict, left ? fmt::format(" ({} for other kernel trees)", left) : "");
    return out;
  }

  // What is as expected is not shown, so its places need no names. The rest is replayed once more for them; what then
  // goes otherwise is shown without.
  std::vector<ReplayResult> replay_judged(const Target& target, std::span<const fs::path> files,
                                          std::span<const std::string> expected) const {
    std::vector<ReplayResult> results = replay(build_, target, files, {.symbolize = false});
    std::vector<fs::path> again;
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (id_of(results[i]) != expected[i]) again.push_back(files[i]);
    }
    auto named = replay(build_, target, again);
    for (std::size_t i = 0, next = 0; i < results.size(); ++i) {
      if (id_of(results[i]) == expected[i]) continue;
      ReplayResult& one = named[next++];
      if (id_of(one) == id_of(results[i])) results[i] = std::move(one);
    }
    return results;
  }

  static std::string id_of(const ReplayResult& result) { return result.finding ? result.finding->id : std::string(); }

  // Adds one input's result.
  void judge(const Target& target, const ReplayResult& result, const std::string& expected, Replayed& out) const {
    const std::string got = id_of(result);
    const bool right = got == expected;
    JunitCase one{.name = case_name(result.file)};
    if (!right) {
      ++out.wrong;
      one.outcome = JunitCase::Outcome::kFailed;
      one.type = got.empty() ? "clean" : got;
      one.message = fmt::format("expected {}, got {}", expected.empty() ? "clean" : expected,
                                result.finding ? result.finding->headline() : "clean");
      if (result.finding) one.details = to_text(*result.finding);
    }
    out.suite.cases.push_back(std::move(one));
    if (options_.json) {
      out.list.push_back({{"target", target.name},
                          {"file", result.file.native()},
                          {"as_expected", right},
                          {"expected", expected.empty() ? "clean" : expected},
                          {"got", got.empty() ? "clean" : got},
                          {"finding", !right && result.finding ? to_json(*result.finding) : nlohmann::ordered_json()}});
    } else if (!right) {
      out.text += fmt::format(
          "{}: expected {}, got {}\n  to see it: {}\n", friendly(result.file), expected.empty() ? "clean" : expected,
          result.finding ? result.finding->headline() : "clean", reproduce_command(target, result.file));
    }
  }

  const Options& options_;
  const Build build_;
};

}  // namespace

void add_regress(CommandLine& app, Action& action) {
  auto options = std::make_shared<Options>();
  CommandLine sub =
      app.add_subcommand("regress", "Replay the reviewed corpora and compare with what each file expects");
  sub.add_option("TARGET", options->targets, "Which targets (default: all)");
  sub.add_flag("--json", options->json, "Print JSON: one entry a file, with the finding if it is not the expected one");
  sub.add_option("-j", options->jobs, "Targets replayed at a time").range(1u, 256u);
  sub.add_option("--junit", options->junit, "Also write JUnit XML to this file: a case a file");
  add_checks_option(sub);
  sub.callback([options, &action] { action = [options] { return Regression(*options).run(); }; });
}

}  // namespace dmafuzz::cli
