// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz targets`: what can be fuzzed in this build, as a table, as bare names for scripts, or as JSON.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/build.h"
#include "cli/command.h"
#include "cli/terminal.h"

namespace dmafuzz::cli {
namespace {

struct Options {
  bool json = false;
  bool names = false;
  bool own = false;
};

int list(const Options& options) {
  Build build = this_build();
  if (options.own) std::erase_if(build.targets, &Target::added);
  if (options.json) {
    nlohmann::ordered_json out = nlohmann::ordered_json::array();
    for (const Target& target : build.targets) {
      out.push_back({{"name", target.name},
                     {"summary", target.summary},
                     {"without", target.without},
                     {"kind", kind_name(target.kind)},
                     {"kernel", build.release},
                     {"corpus", target.corpus.native()},
                     {"fuzzer", target.fuzzer.native()},
                     {"replayer", target.replayer.native()}});
    }
    fmt::print("{}\n", out.dump(2));
    return kClean;
  }
  if (options.names) {
    for (const Target& target : build.targets) fmt::print("{}\n", target.name);
    return kClean;
  }
  Table table;
  for (const Target& target : build.targets) {
    table.row({target.name, target.summary}, {Ink::kBold});
    if (!target.without.empty()) table.row({"", target.without}, {Ink::kPlain, Ink::kDim});
  }
  for (const auto& [name, why] : build.left_out) table.row({name, fmt::format("not here: {}", why)}, {Ink::kDim});
  table.print();
  return kClean;
}

}  // namespace

void add_targets(CommandLine& app, Action& action) {
  auto options = std::make_shared<Options>();
  CommandLine sub = app.add_subcommand("targets", "List what can be fuzzed in this build");
  sub.add_flag("--json", options->json, "Print JSON");
  sub.add_flag("--names", options->names, "Print the names alone, one a line");
  sub.add_flag("--own", options->own, "Leave out drivers that were added (dmafuzz driver add)");
  sub.callback([options, &action] { action = [options] { return list(*options); }; });
}

}  // namespace dmafuzz::cli
