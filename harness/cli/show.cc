// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz show`: a DMA program, in whichever form, as canonical text.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/inputs.h"

namespace dmafuzz::cli {
namespace {

struct Options {
  std::string file;
  bool json = false;
};

int show(const Options& options) {
  const ProgramFile file = load_program(options.file);
  if (!options.json) {
    fmt::print("{}", print_text(file));
    return kClean;
  }
  nlohmann::ordered_json operations = nlohmann::ordered_json::array();
  for (const dmaf_op& op : file.program.ops) operations.push_back(print_op(op));
  const nlohmann::ordered_json out = {{"file", options.file},
                                      {"mode", file.program.lawful ? "lawful" : "raw"},
                                      {"device", print_config(file.program.config)},
                                      {"operations", std::move(operations)},
                                      {"text", print_text(file)}};
  fmt::print("{}\n", out.dump(2));
  return kClean;
}

}  // namespace

void add_show(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* sub = app.add_subcommand("show", "Print a DMA program as text");
  sub->add_option("FILE", options->file, "A program: binary or text")->required();
  sub->add_flag("--json", options->json, "Print JSON");
  sub->callback([options, &action] { action = [options] { return show(*options); }; });
}

}  // namespace dmafuzz::cli
