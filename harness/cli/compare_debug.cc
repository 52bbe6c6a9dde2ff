// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz compare-debug`: replays programs and says of each check what DmaSan saw and what the kernel's own checker,
// kernel/dma/debug.c, saw (engine/comparison.h).
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/build.h"
#include "cli/checks.h"
#include "cli/command.h"
#include "cli/inputs.h"
#include "cli/replay.h"
#include "cli/terminal.h"
#include "dmasan/checks.h"
#include "report/sighting.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

struct Options {
  std::vector<std::string> words;  // a target, then files
  bool json = false;
};

struct Count {
  std::size_t both = 0, dmasan = 0, debug = 0;
};

// Of one file: what was seen, call by call, and whether the program came to its end.
struct Seen {
  fs::path file;
  std::vector<Sighting> sightings;
  std::string ended;  // what ended it before; empty: nothing
};

class Comparison {
 public:
  explicit Comparison(const Options& options) : options_(options), build_(this_build()) {}

  int run() {
    std::span<const std::string> words = options_.words;
    std::string name = "dma_api";
    const auto names = [&](const Target& target) { return !words.empty() && target.name == words.front(); };
    if (std::ranges::any_of(build_.targets, names)) {
      name = words.front();
      words = words.subspan(1);
    }
    const Target& target = build_.target(name);
    std::vector<fs::path> files = expand_files(words);
    if (words.empty()) {
      for (const std::string_view kind : {"seeds", "regressions"}) {
        std::ranges::copy_if(reviewed_files(target, kind), std::back_inserter(files), [&](const fs::path& file) {
          return applies_to(load_input(target, file).expect, build_.release);
        });
      }
    }
    if (files.empty()) throw Trouble(fmt::format("no programs of {} there to compare", name));
    for (const ReplayResult& result : replay(build_, target, files, {.arguments = {"--compare-debug"}})) add(result);
    options_.json ? print_json(target) : print(target);
    return unexplained_ ? kFindings : kClean;
  }

 private:
  void add(const ReplayResult& result) {
    Seen seen;
    seen.file = result.file;
    std::istringstream in(result.output);
    for (std::string line; std::getline(in, line);) {
      if (auto sighting = parse_sighting(line)) seen.sightings.push_back(std::move(*sighting));
    }
    if (result.finding) seen.ended = result.finding->headline();
    for (const Sighting& s : seen.sightings) count(seen, s);
    seen_.push_back(std::move(seen));
  }

  void count(const Seen& seen, const Sighting& s) {
    if (!s.check.empty()) {
      // dma-debug may have spoken in another call of the same operation.
      const bool said = std::ranges::any_of(seen.sightings, [&](const Sighting& other) {
        return other.operation == s.operation && other.debug == DebugVerdict::kSaid;
      });
      ++(said ? counts_[s.check].both : counts_[s.check].dmasan);
      return;
    }
    if (also_dmasan(seen, s)) return;
    ++counts_[std::string(check_of_debug(s.words).value_or(""))].debug;
    unexplained_ += why_debug_alone(s.words).empty();
  }

  static bool also_dmasan(const Seen& seen, const Sighting& s) {
    return std::ranges::any_of(
        seen.sightings, [&](const Sighting& other) { return other.operation == s.operation && !other.check.empty(); });
  }

  void print(const Target& target) const {
    fmt::print("{}: {}\n\n", target.name, plural(seen_.size(), "program"));
    Table table;
    table.row({"check", "both", "DmaSan alone", "dma-debug alone"}, {Ink::kBold, Ink::kBold, Ink::kBold, Ink::kBold});
    const auto row = [&](const std::string& check, const Count& c) {
      table.row({check.empty() ? "(no check)" : check, std::to_string(c.both), std::to_string(c.dmasan),
                 std::to_string(c.debug)});
    };
    for (const CheckInfo& check : kChecks) {
      if (const auto found = counts_.find(std::string(check.id)); found != counts_.end())
        row(found->first, found->second);
    }
    if (const auto found = counts_.find(""); found != counts_.end()) row(found->first, found->second);
    table.print();
    for (const Seen& seen : seen_) {
      for (const Sighting& s : seen.sightings) {
        if (!s.check.empty() || also_dmasan(seen, s)) continue;
        const std::string_view why = why_debug_alone(s.words);
        fmt::print("\n{}: dma-debug alone, at {}: {}\n  {}\n", friendly(seen.file), s.text.empty() ? "the end" : s.text,
                   s.words, why.empty() ? "nobody has explained it" : why);
      }
      if (!seen.ended.empty()) fmt::print("\n{} ended early: {}\n", friendly(seen.file), seen.ended);
    }
  }

  void print_json(const Target& target) const {
    nlohmann::ordered_json checks = nlohmann::ordered_json::object();
    for (const auto& [check, c] : counts_) {
      checks[check] = {{"both", c.both}, {"dmasan_alone", c.dmasan}, {"dma_debug_alone", c.debug}};
    }
    nlohmann::ordered_json files = nlohmann::ordered_json::array();
    for (const Seen& seen : seen_) {
      nlohmann::ordered_json sightings = nlohmann::ordered_json::array();
      for (const Sighting& s : seen.sightings) {
        const bool alone = s.check.empty() && !also_dmasan(seen, s);
        sightings.push_back({{"operation", s.text},
                             {"check", s.check},
                             {"dma_debug", verdict_word(s.debug)},
                             {"words", s.words},
                             {"explanation", alone ? why_debug_alone(s.words) : std::string_view()}});
      }
      files.push_back({{"file", seen.file.native()}, {"sightings", std::move(sightings)}, {"ended", seen.ended}});
    }
    const nlohmann::ordered_json out = {
        {"target", target.name}, {"checks", std::move(checks)}, {"files", std::move(files)}};
    fmt::print("{}\n", out.dump(2));
  }

  const Options& options_;
  const Build build_;
  std::vector<Seen> seen_;
  std::map<std::string, Count> counts_;
  std::size_t unexplained_ = 0;
};

}  // namespace

void add_compare_debug(CommandLine& app, Action& action) {
  auto options = std::make_shared<Options>();
  CommandLine sub = app.add_subcommand("compare-debug", "Replay programs and compare what DmaSan and dma-debug see");
  sub.add_option("TARGET-OR-FILE", options->words,
                 "A target (default: dma_api), then programs (default: its reviewed corpora)");
  sub.add_flag("--json", options->json, "Print JSON: counts by check, then one entry a file");
  add_checks_option(sub);
  sub.callback([options, &action] { action = [options] { return Comparison(*options).run(); }; });
}

}  // namespace dmafuzz::cli
