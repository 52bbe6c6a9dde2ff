// SPDX-License-Identifier: GPL-2.0-only
//
// See triage.h, and `dmafuzz triage` below.
#include "cli/triage.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "cli/checks.h"
#include "cli/command.h"
#include "cli/inputs.h"
#include "cli/process.h"
#include "cli/replay.h"
#include "cli/storage.h"
#include "cli/terminal.h"
#include "report/parse.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 4> kEndings = {"the same", "the same with other numbers", "another finding",
                                                      "no finding"};

std::string_view word(Ending ending) {
  return kEndings.at(static_cast<std::size_t>(ending));
}

// What the report says in its first line, but for the addresses of code and stack, which differ from run to run.
std::string words_of(const std::string& output) {
  for (std::size_t at = 0; at < output.size();) {
    const std::size_t end = std::min(output.find('\n', at), output.size());
    const std::string line = output.substr(at, end - at);
    at = end + 1;
    if (!begins_report(line)) continue;
    const std::size_t error = std::min(line.find("ERROR"), line.find("runtime error"));
    const std::string words = error == std::string::npos ? line : line.substr(error);
    return words.substr(0, std::min(words.find(" at pc "), words.find(" (pc ")));
  }
  return {};
}

class Experiment {
 public:
  Experiment(const Build& build, const Target& target, const TriageOptions& options)
      : build_(build), target_(target), options_(options), deadline_(Clock::now() + options.limit) {}

  Triage run(const LifeFile& life) {
    Triage result;
    const fs::path values = scratch_.path() / "values";
    write_file(input_, print_life(life));
    const ReplayResult first = once(fmt::format("--device-values={}", values.native()));
    if (first.clean()) throw Trouble("the input runs clean: there is nothing to explain");
    result.finding = *first.finding;
    words_ = words_of(first.output);
    identity_ = first.finding->identity();

    result.degree = result.needed = static_cast<Degree>(life.life.config.degree);
    for (std::uint8_t milder_degree = 0; milder_degree < life.life.config.degree; ++milder_degree) {
      const auto degree = static_cast<Degree>(milder_degree);
      LifeFile milder = life;
      milder.life.config.degree = milder_degree;
      write_file(input_, print_life(milder));
      const Trial trial = judge(once({}));
      result.degrees.emplace_back(degree, trial);
      if (trial.ending != Ending::kSame && trial.ending != Ending::kOtherWords) continue;
      result.needed = degree;
      break;
    }
    write_file(input_, print_life(life));
    change_values(read(values), result);
    return result;
  }

 private:
  ReplayResult once(const std::string& argument) const {
    ReplayOptions how = {.arguments = options_.arguments};
    if (!argument.empty()) how.arguments.push_back(argument);
    return replay(build_, target_, std::array{input_}, how).front();
  }

  Trial judge(const ReplayResult& result) const {
    Trial trial;
    if (result.clean()) {
      trial.ending = Ending::kNone;
    } else if (result.finding->identity() != identity_) {
      trial.ending = Ending::kOther;
      trial.finding = result.finding->headline();
    } else if (words_of(result.output) != words_) {
      trial.ending = Ending::kOtherWords;
    }
    return trial;
  }

  static std::vector<DeviceValue> read(const fs::path& file) {
    std::vector<DeviceValue> values;
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);)
      values.push_back(device_value_from_json(nlohmann::ordered_json::parse(line)));
    return values;
  }

  // What is polled for is taken often by one place: its latest value stands for all.
  void change_values(std::vector<DeviceValue> values, Triage& result) const {
    result.values = values.size();
    std::set<std::tuple<std::string, std::string, int>> seen;
    std::vector<const DeviceValue*> latest;
    const std::vector<std::string> strip = build_.strip();
    for (auto value = values.rbegin(); value != values.rend(); ++value) {
      value->taken.file = std::string(without_prefix(value->taken.file, strip));
      if (seen.emplace(value->where, value->taken.file, value->taken.line).second) latest.push_back(&*value);
    }
    result.places = latest.size();
    for (const DeviceValue* value : latest) {
      if (result.tried == options_.most) break;
      if ((result.time_is_up = Clock::now() >= deadline_)) break;
      ++result.tried;
      Decider decider{.value = *value, .trials = {}};
      for (const std::uint64_t other : other_values(value->value, value->size)) {
        decider.trials.push_back(judge(once(fmt::format("--device-value={}:{:#x}", value->number, other))));
        decider.trials.back().value = other;
      }
      // What leads to another finding may come before this one or after it: that alone says nothing of this one.
      const auto gone = [](const Trial& trial) { return trial.ending == Ending::kNone; };
      if (decider.goes_in() || std::ranges::any_of(decider.trials, gone)) result.deciders.push_back(std::move(decider));
    }
  }

  const Build& build_;
  const Target& target_;
  const TriageOptions& options_;
  const Clock::time_point deadline_;
  const ScratchFolder scratch_;
  const fs::path input_ = scratch_.path() / "input.life";
  std::string identity_, words_;
};

struct Options {
  std::string target;
  std::string file;
  unsigned seconds = 60;
  unsigned most = 48;
  bool json = false;
  bool pass_known = false;
};

int run(const Options& options) {
  const Build build = this_build();
  const Target& target = build.target(options.target);
  if (target.kind != InputKind::kLife) throw Trouble(fmt::format("{} has no device: see dmafuzz targets", target.name));
  TriageOptions how = {.arguments = {}, .limit = std::chrono::seconds(options.seconds), .most = options.most};
  if (options.pass_known) how.arguments.emplace_back("--pass-known");
  const Triage result = triage(build, target, load_life(options.file), how);
  fmt::print("{}\n", options.json ? result.json().dump(2) : result.text());
  return kFindings;
}

}  // namespace

std::vector<std::uint64_t> other_values(std::uint64_t value, unsigned size) {
  const std::uint64_t ones = size < 8 ? (std::uint64_t{1} << 8 * size) - 1 : ~std::uint64_t{0};
  if (value == 0) return {1, ones};
  if (value == ones) return {0, value - 1};
  if (value == 1) return {0, 2};
  return {0, value - 1, value + 1};
}

bool Decider::goes_in() const {
  return std::ranges::any_of(trials, [](const Trial& trial) { return trial.ending == Ending::kOtherWords; });
}

std::string Triage::text() const {
  std::string out = fmt::format("finding: {}\n", finding.headline());
  out += fmt::format("device: {}", degree_words()[static_cast<std::size_t>(needed)]);
  if (needed != degree)
    out += fmt::format(" is enough, the input says {}", degree_words()[static_cast<std::size_t>(degree)]);
  for (const auto& [milder, trial] : degrees) {
    if (milder == needed) continue;
    out += fmt::format("; {}: {}", degree_words()[static_cast<std::size_t>(milder)],
                       trial.ending == Ending::kOther ? trial.finding : std::string(word(trial.ending)));
  }
  out += fmt::format("\nvalues from the device: {} in {} places, {} changed one at a time, latest first{}\n", values,
                     places, tried, time_is_up ? " (time is up: --time for more)" : "");
  for (const Decider& decider : deciders) {
    out += fmt::format("  #{} {}\n      {}", decider.value.number, decider.value.text(),
                       decider.goes_in() ? "goes into the finding" : "decides");
    for (const Trial& trial : decider.trials) {
      out += fmt::format("; {}: {}", decider.value.digits(trial.value),
                         trial.ending == Ending::kOther ? trial.finding : std::string(word(trial.ending)));
    }
    out += '\n';
  }
  if (!tried) {
    if (values) out += "  there was no time for any\n";
  } else if (deciders.empty()) {
    out += tried < places ? "  none of these matters\n"
                          : "  none matters: the finding does not hang on what the device answers\n";
  } else if (deciders.size() < tried) {
    out += fmt::format("  {} more do not matter to it\n", tried - deciders.size());
  }
  return out;
}

nlohmann::ordered_json Triage::json() const {
  const auto trial_json = [](const Trial& trial) -> nlohmann::ordered_json {
    return {{"ending", word(trial.ending)}, {"finding", trial.finding}};
  };
  nlohmann::ordered_json out = {{"finding", to_json(finding)},
                                {"degree", degree_words()[static_cast<std::size_t>(degree)]},
                                {"needed", degree_words()[static_cast<std::size_t>(needed)]},
                                {"values", values},
                                {"places", places},
                                {"tried", tried},
                                {"time_is_up", time_is_up},
                                {"deciders", nlohmann::ordered_json::array()}};
  for (const Decider& decider : deciders) {
    nlohmann::ordered_json entry = to_json(decider.value);
    entry["goes_in"] = decider.goes_in();
    for (const Trial& trial : decider.trials) {
      nlohmann::ordered_json with = trial_json(trial);
      with["value"] = decider.value.digits(trial.value);
      entry["trials"].push_back(std::move(with));
    }
    out["deciders"].push_back(std::move(entry));
  }
  return out;
}

Triage triage(const Build& build, const Target& target, const LifeFile& life, const TriageOptions& options) {
  return Experiment(build, target, options).run(life);
}

void add_triage(CommandLine& app, Action& action) {
  auto options = std::make_shared<Options>();
  CommandLine sub =
      app.add_subcommand("triage", "Say what a driver's finding hangs on: which device, which of its values");
  sub.add_option("TARGET", options->target, "Which target: one of a driver").required();
  sub.add_option("FILE", options->file, "The input").required();
  sub.add_flag("--json", options->json, "Print JSON");
  sub.add_flag("--pass-known", options->pass_known, "Go on where a campaign does, past what is known of a driver");
  sub.add_option("--time", options->seconds, "Seconds to spend at most").range(1u, 1000000u).show_default();
  sub.add_option("--values", options->most, "Values to change at most, latest first").show_default();
  add_checks_option(sub);
  sub.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace dmafuzz::cli
