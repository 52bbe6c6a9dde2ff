// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz export`: writes a DMA program as kernel C, a KUnit test or a module (export/source.h). The program runs
// first, for its finding, with the device that the test has.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/build.h"
#include "cli/command.h"
#include "cli/inputs.h"
#include "cli/replay.h"
#include "cli/storage.h"
#include "export/c_text.h"
#include "export/source.h"
#include "guest/account.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

struct Options {
  std::string form;
  std::string file;
  std::string output;
  std::string name;
  bool json = false;
};

ExportTree tree_of(const Build& build) {
  const auto tree = export_tree(build.release);
  if (!tree)
    throw Trouble(
        fmt::format("this build is of Linux '{}', which is no release that words of the API go by", build.release));
  return *tree;
}

// Runs the program and notes what came of it.
void run_here(const Build& build, const ProgramFile& file, ExportRequest& request) {
  const ScratchFolder scratch;
  const fs::path program = scratch.path() / "program.dma", book = scratch.path() / "account";
  write_file(program, print_text(file));
  const auto results = replay(build, build.target("dma_api"), std::vector<fs::path>{program},
                              {.arguments = {"--account=" + book.native()}});
  request.finding = results.front().finding;
  const std::vector<Account> accounts = read_accounts(read_bytes(book));
  if (accounts.size() != 1) throw Trouble("the replayer gave no account of the program");
  // A finding ends the program in the operation after the last that is accounted for.
  std::size_t next = 0;
  for (const AccountedOp& op : accounts.front().ops) {
    if (op.result.record.origin != DMAF_GUEST_PROGRAM) continue;
    next = op.result.record.index + 1;
    if (op.result.record.status < 0) request.history.failed.insert(op.result.record.index);
  }
  if (request.finding) request.history.finding_at = next;
}

int run(const Options& options) {
  if (kind_of_file(options.file) != InputKind::kDma)
    throw Trouble(fmt::format("{}: only DMA programs can be exported", options.file));
  const Build build = this_build();
  ProgramFile file = load_program(options.file);
  ExportRequest request;
  request.name = c_identifier(options.name.empty() ? fs::path(options.file).stem().string() : options.name);
  request.made_coherent = !file.program.config.coherent;
  request.tree = tree_of(build);
  file.program.config.coherent = 1;
  // The rules of lawful programs know the device: some operations are lawful for the other one alone.
  ProgramFile checked;
  if (const auto error = parse_text(print_text(file), checked))
    throw Trouble(
        fmt::format("{}: with a device that snoops the CPU's caches, as the test's does, it is not lawful: {}",
                    options.file, error->message));
  request.program = file.program;
  run_here(build, file, request);
  if (!request.program.lawful && !request.finding)
    throw Trouble(fmt::format("{}: it makes a mistake, and nothing sees it{}: there is nothing to test", options.file,
                              request.made_coherent ? " with a device that snoops the CPU's caches" : ""));
  const Exported out = export_program(request, options.form == "kunit" ? ExportForm::kKunit : ExportForm::kModule);
  if (!out.refused.empty()) throw Trouble(fmt::format("{}: cannot be exported: {}", options.file, out.refused));
  if (options.output.empty() && !options.json) {
    fmt::print("{}", out.source);
  } else if (!options.output.empty()) {
    write_file(options.output, out.source);
  }
  if (options.json) {
    const nlohmann::ordered_json json = {{"file", options.file},
                                         {"name", request.name},
                                         {"form", options.form},
                                         {"release", build.release},
                                         {"finding", request.finding ? request.finding->headline() : std::string()},
                                         {"judge", judge_name(out.judgement.judge)},
                                         {"source", out.source}};
    fmt::print("{}\n", json.dump(2));
  }
  return kClean;
}

}  // namespace

void add_export(CommandLine& app, Action& action) {
  auto options = std::make_shared<Options>();
  CommandLine sub = app.add_subcommand("export", "Write a DMA program as kernel C: a KUnit test, or a module");
  sub.add_option("FORM", options->form, "kunit: a suite of one case; c: a module that runs it when it is loaded")
      .required()
      .one_of({"kunit", "c"});
  sub.add_option("FILE", options->file, "A DMA program: binary, or text (.dma)").required();
  sub.add_option("-o,--output", options->output, "Write it there instead of to standard output");
  sub.add_option("--name", options->name, "Name of suite, functions and module (default: that of the file)");
  sub.add_flag("--json", options->json, "Print JSON: the source, what was found, and who in a real kernel sees it");
  sub.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace dmafuzz::cli
