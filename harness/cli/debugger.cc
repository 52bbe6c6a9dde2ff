// SPDX-License-Identifier: GPL-2.0-only
//
// See debugger.h. What gdb is told goes on its command line, so that there is nothing to clean up when it ends; only
// the command that selects a frame is a script (at_finding.py).
#include "cli/debugger.h"

#include <fmt/format.h>

#include <array>

#include "cli/command.h"
#include "cli/process.h"
#include "cli/terminal.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

// Where the sources are: objects name them from the folder that they were compiled in, or from one of the trees.
std::string source_folders(const Build& build) {
  std::string out = build.dir.native();
  for (const fs::path& folder : {build.overlay, build.kernel, build.source}) {
    if (!folder.empty()) out += ":" + folder.native();
  }
  return out;
}

std::vector<std::string> gdb_settings(const Build& build) {
  return {
      "set pagination off",
      "set confirm off",
      "set breakpoint pending off",
      "set print entry-values no",
      "set print raw-frame-arguments on",
      "set directories " + source_folders(build),
      // A watched page is written to (memory/write_watch.h), a trap or a wild pointer is touched: the harness and
      // AddressSanitizer know which, and come to the breakpoint if it is a finding.
      "handle SIGSEGV SIGBUS SIGFPE SIGILL nostop noprint pass",
  };
}

}  // namespace

int debug(const Build& build, const Target& target, const fs::path& file, const ReplayOptions& how,
          const std::vector<std::string>& commands) {
  const fs::path gdb = find_program("gdb");
  if (gdb.empty()) throw Trouble("gdb is not installed; on Debian: apt-get install gdb");
  const ReplayResult result = replay(build, target, std::array{file}, how).front();
  if (result.clean()) {
    fmt::print("{}: {}: there is nothing for gdb to stop at\n", friendly(file), paint("clean", Ink::kGreen));
    return kClean;
  }
  const Finding& finding = *result.finding;
  fmt::print("{}: {}\n", friendly(file), paint(finding.headline(), Ink::kRed));

  std::vector<std::string> argv = {gdb, "-quiet"};
  for (const std::string& setting : gdb_settings(build)) argv.insert(argv.end(), {"-iex", setting});
  if (!commands.empty()) argv.emplace_back("-batch");
  argv.insert(argv.end(), {"-x", build.source / "harness" / "cli" / "at_finding.py"});
  argv.insert(argv.end(), {"-ex", "break dmafuzz_at_finding", "-ex", "run"});
  const SourceFrame& place = finding.location;
  argv.insert(argv.end(), {"-ex", fmt::format("at-finding {}:{} {}", place.file, place.line, place.function)});
  for (const std::string& command : commands) argv.insert(argv.end(), {"-ex", command});
  argv.insert(argv.end(), {"--args", target.replayer});
  argv.insert(argv.end(), how.arguments.begin(), how.arguments.end());
  argv.push_back(file);
  become_process(argv, sanitizer_environment());
}

}  // namespace dmafuzz::cli
