// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz run`: runs inputs through a target once each and shows what was found.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/build.h"
#include "cli/checks.h"
#include "cli/command.h"
#include "cli/debugger.h"
#include "cli/inputs.h"
#include "cli/replay.h"
#include "cli/storage.h"
#include "cli/terminal.h"
#include "report/junit.h"
#include "report/sarif.h"

namespace dmafuzz::cli {
namespace {

struct Options {
  std::string target;
  std::vector<std::string> files;
  bool json = false;
  bool pass_known = false;
  bool gdb = false;
  std::vector<std::string> gdb_commands;
  std::string junit, sarif;
};

void write_junit(const Options& options, const Build& build, const std::vector<ReplayResult>& results) {
  JunitSuite suite{.name = options.target, .cases = {}};
  for (const ReplayResult& result : results) {
    JunitCase one{.name = friendly(result.file)};
    if (const auto& finding = result.finding) {
      one.outcome = JunitCase::Outcome::kFailed;
      one.type = finding->id;
      one.message = finding->headline();
      one.details = to_text(*finding);
    }
    suite.cases.push_back(std::move(one));
  }
  write_file(options.junit, to_junit(fmt::format("dmafuzz run, Linux {}", build.release), {&suite, 1}));
}

void write_sarif(const Options& options, const Build& build, const std::vector<ReplayResult>& results) {
  std::vector<SarifResult> list;
  for (const ReplayResult& result : results) {
    if (result.finding) list.push_back({.finding = &*result.finding});
  }
  const auto log = to_sarif(list, build.release);
  write_file(options.sarif, log.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

int run(const Options& options) {
  const Build build = this_build();
  const Target& target = build.target(options.target);
  const auto files = expand_files(options.files);
  if (files.empty()) throw Trouble("no files there to run");
  for (const auto& file : files) load_input(target, file);  // throws if it is text with a mistake
  ReplayOptions how;
  if (options.pass_known) how.arguments.emplace_back("--pass-known");
  if (options.gdb || !options.gdb_commands.empty()) {
    if (files.size() != 1) throw Trouble("--gdb takes one file");
    if (options.json) throw Trouble("--gdb prints no JSON");
    return debug(build, target, files.front(), how, options.gdb_commands);
  }
  const auto results = replay(build, target, files, how);

  bool found = false;
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ReplayResult& result : results) {
    found = found || result.finding;
    if (options.json) {
      list.push_back({{"file", result.file.native()},
                      {"status", result.clean() ? "clean" : "finding"},
                      {"finding", result.finding ? to_json(*result.finding) : nlohmann::ordered_json()}});
      continue;
    }
    fmt::print("{}", result.output);
    const std::string verdict =
        result.clean() ? paint("clean", Ink::kGreen) : paint(result.finding->headline(), Ink::kRed);
    fmt::print("{}: {}\n", friendly(result.file), verdict);
  }
  if (options.json) fmt::print("{}\n", list.dump(2));
  if (!options.junit.empty()) write_junit(options, build, results);
  if (!options.sarif.empty()) write_sarif(options, build, results);
  return found ? kFindings : kClean;
}

}  // namespace

void add_run(CommandLine& app, Action& action) {
  auto options = std::make_shared<Options>();
  CommandLine sub = app.add_subcommand("run", "Run inputs through a target, once each");
  sub.add_option("TARGET", options->target, "Which target").required();
  sub.add_option("FILE", options->files, "Inputs: binary, or text (.dma, .hex); a folder stands for the files in it")
      .required();
  sub.add_flag("--json", options->json, "Print JSON: one entry a file");
  sub.add_option("--sarif", options->sarif, "Also write what was found to this file, as SARIF 2.1.0");
  sub.add_option("--junit", options->junit, "Also write JUnit XML to this file: a case a file");
  sub.add_flag("--pass-known", options->pass_known, "Go on where a campaign does, past what is known of a driver");
  sub.add_flag("--gdb", options->gdb, "Stop at the finding in gdb, at the kernel function that it is in");
  sub.add_option("--gdb-command", options->gdb_commands,
                 "What gdb does there instead of asking you; as often as you like")
      .one_each();
  add_checks_option(sub);
  sub.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace dmafuzz::cli
