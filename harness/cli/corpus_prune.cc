// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz corpus prune`: removes the seeds that reach nothing which the others do not. Regressions stay whatever they
// reach, and so do seeds that end in a finding or are about another kernel tree: nothing is known of what they add.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/build.h"
#include "cli/corpus.h"
#include "cli/corpus_gain.h"
#include "cli/inputs.h"
#include "cli/terminal.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

struct Options {
  std::string target;
  bool dry_run = false;
  bool json = false;
};

int prune(const Options& options) {
  const Build build = this_build();
  const Target& target = build.target(options.target);
  std::vector<fs::path> files;
  std::vector<Bytes> shared, own;
  for (const fs::path& file : reviewed_files(target, "seeds")) {
    Input input = load_input(target, file);
    if (!applies_to(input.expect, build.release) || input.expect.kind == Expectation::Kind::kFinding) continue;
    if (!target.shared.empty() && file.native().starts_with(target.shared.native())) {
      shared.push_back(std::move(input.bytes));
    } else {
      files.push_back(file);
      own.push_back(std::move(input.bytes));
    }
  }
  const std::vector<bool> kept = adds(target, shared, own);
  std::vector<Bytes> all = shared, rest = shared;
  std::vector<fs::path> superfluous;
  for (std::size_t i = 0; i < files.size(); ++i) {
    all.push_back(own[i]);
    if (kept[i]) rest.push_back(own[i]);
    if (!kept[i]) superfluous.push_back(files[i]);
  }
  // By running them, since a merge that went wrong would cost reviewed files.
  const auto before = reached(target, all), after = reached(target, rest);
  if (!before || !after) throw Trouble("a seed that should run clean does not: see dmafuzz regress");
  if (after->edges < before->edges)
    throw Trouble(fmt::format("nothing is removed: without {} only {} of {} edges would be reached",
                              plural(superfluous.size(), "seed"), after->edges, before->edges));

  if (!options.dry_run) {
    for (const fs::path& file : superfluous) fs::remove(file);
  }
  if (options.json) {
    nlohmann::ordered_json names = nlohmann::ordered_json::array();
    for (const fs::path& file : superfluous) names.push_back(file.native());
    const nlohmann::ordered_json out = {{"target", target.name},         {"seeds", files.size()},
                                        {"superfluous", names},          {"removed", !options.dry_run},
                                        {"edges", before->edges},        {"features", before->features},
                                        {"edges_without", after->edges}, {"features_without", after->features}};
    fmt::print("{}\n", out.dump(2));
    return kClean;
  }
  for (const fs::path& file : superfluous)
    fmt::print("{} {}\n", options.dry_run ? "adds nothing:" : "removed", friendly(file));
  fmt::print("{}: {} of {} {} nothing; {} edges as before, {} features of {}, on Linux {}\n", target.name,
             superfluous.size(), plural(files.size(), "seed"), superfluous.size() == 1 ? "adds" : "add", after->edges,
             after->features, before->features, build.release);
  return kClean;
}

}  // namespace

void add_corpus_prune(CommandLine& app, Action& action) {
  auto options = std::make_shared<Options>();
  CommandLine sub = app.add_subcommand("prune", "Remove the reviewed seeds that add nothing to the others");
  sub.add_option("TARGET", options->target, "Whose").required();
  sub.add_flag("--dry-run", options->dry_run, "Say which, and leave them");
  sub.add_flag("--json", options->json, "Print JSON");
  sub.callback([options, &action] { action = [options] { return prune(*options); }; });
}

}  // namespace dmafuzz::cli
