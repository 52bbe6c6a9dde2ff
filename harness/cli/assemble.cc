// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz assemble`: an input in text form to the bytes that fuzzing engines work on.
#include <fmt/format.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/inputs.h"
#include "cli/storage.h"
#include "program/binary.h"

namespace dmafuzz::cli {
namespace {

struct Options {
  std::string file;
  std::string output;
};

int assemble(const Options& options) {
  std::filesystem::path output = options.output;
  if (output.empty()) output = std::filesystem::path(options.file).replace_extension(".bin");
  std::vector<std::uint8_t> bytes;
  switch (kind_of_file(options.file)) {
    case InputKind::kDma:
      bytes = encode(load_program(options.file).program);
      break;
    case InputKind::kLife:
      bytes = encode_life(load_life(options.file).life);
      break;
    case InputKind::kBytes:
      bytes = load_bytes(options.file).bytes;
      break;
  }
  if (output == "-") {
    std::fwrite(bytes.data(), 1, bytes.size(), stdout);
    return kClean;
  }
  if (output == options.file) throw Trouble(fmt::format("{} would be overwritten: say where to with -o", options.file));
  write_file(output, bytes);
  fmt::print("{}: {} bytes\n", friendly(output), bytes.size());
  return kClean;
}

}  // namespace

void add_assemble(CommandLine& app, Action& action) {
  auto options = std::make_shared<Options>();
  CommandLine sub = app.add_subcommand("assemble", "Turn the text of an input into its binary form");
  sub.add_option("FILE", options->file, "A program (.dma, .life), or bytes as text (.hex)").required();
  sub.add_option("-o,--output", options->output, "Where to; - for stdout (default: FILE with the ending .bin)");
  sub.callback([options, &action] { action = [options] { return assemble(*options); }; });
}

}  // namespace dmafuzz::cli
