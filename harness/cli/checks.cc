// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz checks`: what DmaSan looks for; and the option that chooses among it.
#include "cli/checks.h"

#include <fmt/format.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/terminal.h"
#include "dmasan/checks.h"

namespace dmafuzz::cli {
namespace {

struct Options {
  bool json = false;
};

int list(const Options& options) {
  CheckSet checks;
  if (const auto error = parse_checks(checks_in_force(), checks)) throw Trouble(*error);
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  Table table;
  for (size_t i = 0; i < kChecks.size(); ++i) {
    const CheckInfo& check = kChecks[i];
    const bool on = checks.has(static_cast<Check>(i));
    const std::string severity(severity_name(check.severity));
    out.push_back({{"id", check.id}, {"severity", severity}, {"meaning", check.meaning}, {"on", on}});
    table.row({std::string(check.id), severity, on ? "on" : "off", std::string(check.meaning)}, {Ink::kBold});
  }
  if (options.json) {
    fmt::print("{}\n", out.dump(2));
  } else {
    table.print();
  }
  return kClean;
}

}  // namespace

std::string checks_in_force() {
  const char* list = std::getenv(kChecksVariable);
  return list ? list : "";
}

void add_checks_option(CommandLine& command) {
  command.add_option(
      "--checks",
      [](const std::string& list) {
        CheckSet ignored;
        const auto error = parse_checks(list, ignored);
        if (!error) setenv(kChecksVariable, list.c_str(), 1);
        return error;
      },
      "What DmaSan reports, as --checks=LIST: ID or +ID on, -ID off, all, none, advisory; see dmafuzz checks");
}

void add_checks(CommandLine& app, Action& action) {
  auto options = std::make_shared<Options>();
  CommandLine sub = app.add_subcommand("checks", "List what DmaSan looks for");
  sub.add_flag("--json", options->json, "Print JSON: one entry a check");
  add_checks_option(sub);
  sub.callback([options, &action] { action = [options] { return list(*options); }; });
}

}  // namespace dmafuzz::cli
