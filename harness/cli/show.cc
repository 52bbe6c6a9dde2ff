// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz show`: an input, in whichever form, as canonical text. What plain bytes mean, only their target knows: it
// runs them and says.
#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/inputs.h"
#include "cli/replay.h"

namespace dmafuzz::cli {
namespace {

struct Options {
  std::string file;
  std::string target;
  bool json = false;
  bool names = false;
};

std::vector<std::string> operations_of(const Build& build, const Target& target, const std::string& file) {
  return cli::operations_of(build, target, std::array{std::filesystem::path(file)}).front();
}

int show_bytes(const Options& options) {
  const HexFile file = load_bytes(options.file);
  std::vector<std::string> operations;
  if (!options.target.empty()) {
    const Build build = this_build();
    operations = operations_of(build, build.target(options.target), options.file);
  }
  if (!options.json) {
    for (const std::string& operation : operations) fmt::print("# {}\n", operation);
    fmt::print("{}", print_hex(file));
    return kClean;
  }
  const nlohmann::ordered_json out = {{"file", options.file}, {"operations", operations}, {"text", print_hex(file)}};
  fmt::print("{}\n", out.dump(2));
  return kClean;
}

int show_life(const Options& options) {
  const LifeFile file = load_life(options.file);
  if (!options.json) {
    fmt::print("{}", print_life(file));
    return kClean;
  }
  nlohmann::ordered_json operations = nlohmann::ordered_json::array();
  for (const LifeOp& op : file.life.ops) operations.push_back(print_op(op));
  const nlohmann::ordered_json out = {{"file", options.file},
                                      {"device", print_config(file.life.config)},
                                      {"operations", std::move(operations)},
                                      {"text", print_life(file)}};
  fmt::print("{}\n", out.dump(2));
  return kClean;
}

int show(const Options& options) {
  const InputKind kind = options.target.empty() ? kind_of_file(options.file) : this_build().target(options.target).kind;
  if (kind == InputKind::kBytes) return show_bytes(options);
  if (kind == InputKind::kLife) return show_life(options);
  ProgramFile file = load_program(options.file);
  if (options.names) file.names = speaking_names(file.program);
  // What the target has to say of the program: which wrapper leaves what out of it.
  std::vector<std::string> notes;
  if (!options.target.empty()) {
    const Build build = this_build();
    notes = operations_of(build, build.target(options.target), options.file);
  }
  if (!options.json) {
    for (const std::string& note : notes) fmt::print("# {}\n", note);
    fmt::print("{}", print_text(file));
    return kClean;
  }
  nlohmann::ordered_json operations = nlohmann::ordered_json::array();
  const Names names = usable_names(file.program, file.names);
  for (const dmaf_op& op : file.program.ops) operations.push_back(print_op(op, names));
  const nlohmann::ordered_json out = {{"file", options.file},
                                      {"mode", file.program.lawful ? "lawful" : "raw"},
                                      {"device", print_config(file.program.config)},
                                      {"operations", std::move(operations)},
                                      {"notes", notes},
                                      {"text", print_text(file)}};
  fmt::print("{}\n", out.dump(2));
  return kClean;
}

}  // namespace

void add_show(CommandLine& app, Action& action) {
  auto options = std::make_shared<Options>();
  CommandLine sub = app.add_subcommand("show", "Print an input as text");
  sub.add_option("FILE", options->file, "An input: binary or text").required();
  sub.add_option(
      "--target", options->target,
      "The target that it is for: needed for bytes, which it then says the operations of, and for a driver's "
      "life in binary form; of DMA programs, what wrappers leave out of them");
  sub.add_flag("--names", options->names, "Call the objects of a DMA program by what becomes of them");
  sub.add_flag("--json", options->json, "Print JSON");
  sub.callback([options, &action] { action = [options] { return show(*options); }; });
}

}  // namespace dmafuzz::cli
