// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz corpus stats`: how much the reviewed corpora hold, what the seeds reach, and which operations never occur.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/build.h"
#include "cli/corpus.h"
#include "cli/corpus_gain.h"
#include "cli/corpus_operations.h"
#include "cli/inputs.h"
#include "cli/terminal.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

struct Options {
  std::vector<std::string> targets;
  bool json = false;
};

struct Stats {
  std::size_t seeds = 0;
  std::size_t regressions = 0;
  std::uint64_t bytes = 0;
  OperationCount operations;
  std::optional<Reached> reached;
};

Stats measure(const Build& build, const Target& target) {
  Stats stats;
  std::vector<Bytes> clean;
  std::vector<fs::path> files;
  for (const std::string_view kind : {"seeds", "regressions"}) {
    for (const fs::path& file : reviewed_files(target, kind)) {
      Input input = load_input(target, file);
      (kind == "seeds" ? stats.seeds : stats.regressions) += 1;
      stats.bytes += input.bytes.size();
      files.push_back(file);
      stats.operations.add(target.kind, input.bytes);
      if (applies_to(input.expect, build.release) && input.expect.kind != Expectation::Kind::kFinding)
        clean.push_back(std::move(input.bytes));
    }
  }
  if (target.kind == InputKind::kBytes) stats.operations.add_said(build, target, files);
  stats.reached = reached(target, clean);
  return stats;
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

int print_stats(const Options& options) {
  const Build build = this_build();
  std::vector<std::string> names = options.targets;
  if (names.empty()) {
    for (const Target& target : build.targets)
      if (!target.added) names.push_back(target.name);
  }
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  Table table;
  table.row({"target", "seeds", "regressions", "bytes", "operations", "edges", "features"},
            std::vector<Ink>(7, Ink::kBold));
  std::vector<std::string> never;
  for (const std::string& name : names) {
    const Target& target = build.target(name);
    const Stats stats = measure(build, target);
    const auto known = stats.operations.never(target.kind);
    list.push_back({{"target", name},
                    {"seeds", stats.seeds},
                    {"regressions", stats.regressions},
                    {"bytes", stats.bytes},
                    {"operations", stats.operations.total()},
                    {"edges", stats.reached ? nlohmann::ordered_json(stats.reached->edges) : nullptr},
                    {"features", stats.reached ? nlohmann::ordered_json(stats.reached->features) : nullptr},
                    {"by_operation", stats.operations.by_name()},
                    {"never", known ? nlohmann::ordered_json(*known) : nullptr}});
    table.row({name, grouped(stats.seeds), grouped(stats.regressions), grouped(stats.bytes),
               grouped(stats.operations.total()), stats.reached ? grouped(stats.reached->edges) : "?",
               stats.reached ? grouped(stats.reached->features) : "?"});
    if (known && !known->empty()) never.push_back(fmt::format("{} never does: {}", name, joined(*known)));
  }
  if (options.json) {
    fmt::print("{}\n", list.dump(2));
    return kClean;
  }
  table.print();
  for (const std::string& line : never) fmt::print("{}\n", line);
  return kClean;
}

}  // namespace

void add_corpus_stats(CommandLine& app, Action& action) {
  auto options = std::make_shared<Options>();
  CommandLine sub = app.add_subcommand("stats", "Count the reviewed corpora: files, operations, what is reached");
  sub.add_option("TARGET", options->targets, "Which targets (default: all)");
  sub.add_flag("--json", options->json, "Print JSON: one entry a target");
  sub.callback([options, &action] { action = [options] { return print_stats(*options); }; });
}

}  // namespace dmafuzz::cli
