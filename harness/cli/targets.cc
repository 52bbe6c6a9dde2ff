// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz targets`: what can be fuzzed in this build, or what of it a patch concerns, as a table, as bare names for
// scripts, or as JSON.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/build.h"
#include "cli/command.h"
#include "cli/storage.h"
#include "cli/terminal.h"
#include "cli/touched.h"

namespace dmafuzz::cli {
namespace {

struct Options {
  bool json = false;
  bool names = false;
  bool own = false;
  std::vector<std::string> touched_by;
  std::string diff;
  bool asked() const { return !touched_by.empty() || !diff.empty(); }
};

// Why a target was chosen: the files.
using Reasons = std::map<std::string, std::vector<std::string>, std::less<>>;

// What is of no target is told on stderr: nobody tests it here.
Reasons reasons(const Options& options, const Build& build) {
  const MadeOf made_of = MadeOf::read(build.dir);
  std::set<std::string> files;
  for (const std::string& file : options.touched_by) files.insert(made_of.name_in_tree(file));
  if (options.diff == "-") {
    const std::string patch((std::istreambuf_iterator<char>(std::cin)), {});
    files.merge(files_of_patch(patch));
  } else if (!options.diff.empty()) {
    files.merge(files_of_patch(read_file(options.diff)));
  }
  if (files.empty()) throw Trouble("the patch names no file");
  Reasons out;
  for (const std::string& file : files) {
    const auto targets = made_of.targets(file);
    if (targets.empty()) fmt::print(stderr, "{}: no target is made of it\n", file);
    for (const std::string& target : targets) out[target].push_back(file);
  }
  return out;
}

int list(const Options& options) {
  Build build = this_build();
  if (options.own) std::erase_if(build.targets, &Target::added);
  Reasons why;
  if (options.asked()) {
    why = reasons(options, build);
    std::erase_if(build.targets, [&](const Target& target) { return !why.contains(target.name); });
    build.left_out.clear();
  }
  if (options.json) {
    nlohmann::ordered_json out = nlohmann::ordered_json::array();
    for (const Target& target : build.targets) {
      out.push_back({{"name", target.name},
                     {"summary", target.summary},
                     {"without", target.without},
                     {"kind", kind_name(target.kind)},
                     {"kernel", build.release},
                     {"corpus", target.corpus.native()},
                     {"dict", target.dict.native()},
                     {"max_len", target.max_len},
                     {"fuzzer", target.fuzzer.native()},
                     {"replayer", target.replayer.native()}});
      if (options.asked()) out.back()["touched_by"] = why[target.name];
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
  sub.add_option("--touched-by", options->touched_by,
                 "Only those that are made of one of these files of the kernel tree");
  sub.add_option("--diff", options->diff,
                 "Only those that are made of a file that this patch changes (-: standard input)");
  sub.callback([options, &action] { action = [options] { return list(*options); }; });
}

}  // namespace dmafuzz::cli
