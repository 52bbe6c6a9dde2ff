// SPDX-License-Identifier: GPL-2.0-only
//
// Splitting a replayer's output by input, and going on after an input that killed it.
#include "cli/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "cli/checks.h"
#include "cli/command.h"
#include "cli/process.h"
#include "report/parse.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

// Command lines have a limit (128 KiB an argument, a few MiB in all); this many paths are far from it.
constexpr std::size_t kBatch = 500;
// Of one input's output: more is a flood of log lines.
constexpr std::size_t kMaxOutput = 4 << 20;
constexpr std::string_view kRunning = "Running: ";

Finding without_report(std::string_view id, std::string summary) {
  Finding finding;
  finding.tool = "replayer";
  finding.id = id;
  finding.summary = std::move(summary);
  return finding;
}

// Runs one process over `files`; appends results, at least one.
void run_batch(const Build& build, const Target& target, std::span<const fs::path> files, const ReplayOptions& options,
               std::vector<ReplayResult>& results) {
  std::vector<std::string> argv = {target.replayer};
  argv.insert(argv.end(), options.arguments.begin(), options.arguments.end());
  for (const fs::path& file : files) argv.push_back(file);
  std::string before;
  const std::size_t first = results.size();
  const auto sink = [&](std::string_view line) {
    if (line.starts_with(kRunning) && results.size() - first < files.size()) {
      results.push_back({.file = files[results.size() - first], .finding = std::nullopt, .output = {}});
      return;
    }
    if (line.starts_with("Executed ")) return;
    std::string& out = results.size() > first ? results.back().output : before;
    if (out.size() < kMaxOutput) out.append(line).append("\n");
  };
  const auto limit = options.limit + std::chrono::seconds(files.size());
  const Outcome outcome = run_process(argv, sanitizer_environment({.symbolize = options.symbolize}), limit, sink);
  if (results.size() == first) {
    const auto last = before.substr(before.find_last_of('\n', before.size() < 2 ? 0 : before.size() - 2) + 1);
    throw Trouble(fmt::format("{} ended before its first input ({}){}{}", friendly(target.replayer),
                              outcome.exit.text(), before.empty() ? "" : ": ", last.substr(0, last.find('\n'))));
  }
  const std::vector<std::string> strip = build.strip();
  for (std::size_t i = first; i < results.size(); ++i)
    results[i].finding = parse_finding(results[i].output, {.strip = strip});
  ReplayResult& last = results.back();
  if (last.clean() && outcome.timed_out) last.finding = without_report("hang", "the input did not come to an end");
  const bool all_clean = std::all_of(results.begin() + static_cast<std::ptrdiff_t>(first), results.end(),
                                     [](const ReplayResult& r) { return r.clean(); });
  if (all_clean && !outcome.exit.ok()) {
    last.finding =
        without_report("death-without-report", fmt::format("the replayer ended with {}", outcome.exit.text()));
  }
}

}  // namespace

std::vector<ReplayResult> replay(const Build& build, const Target& target, std::span<const fs::path> files,
                                 const ReplayOptions& options) {
  std::vector<ReplayResult> results;
  while (results.size() < files.size()) {
    run_batch(build, target, files.subspan(results.size(), std::min(kBatch, files.size() - results.size())), options,
              results);
  }
  for (ReplayResult& result : results) {
    if (result.finding) result.finding->reproduce = reproduce_command(target, result.file);
  }
  return results;
}

std::vector<std::vector<std::string>> operations_of(const Build& build, const Target& target,
                                                    std::span<const fs::path> files) {
  constexpr std::string_view kTag = "operation ";
  std::vector<std::vector<std::string>> out;
  for (const ReplayResult& result : replay(build, target, files, {.arguments = {"--operations"}})) {
    std::vector<std::string>& operations = out.emplace_back();
    std::istringstream lines(result.output);
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with(kTag)) operations.push_back(line.substr(kTag.size()));
  }
  return out;
}

std::vector<fs::path> expand_files(std::span<const std::string> arguments) {
  std::vector<fs::path> out;
  for (const std::string& argument : arguments) {
    if (fs::is_directory(argument)) {
      std::vector<fs::path> found;
      for (const auto& entry : fs::recursive_directory_iterator(argument)) {
        const bool hidden = entry.path().filename().native().starts_with(".");
        if (entry.is_regular_file() && !hidden && entry.path().extension() != ".md") found.push_back(entry.path());
      }
      std::ranges::sort(found);
      out.insert(out.end(), found.begin(), found.end());
    } else if (fs::exists(argument)) {
      out.emplace_back(argument);
    } else {
      throw Trouble(fmt::format("{}: no such file", argument));
    }
  }
  return out;
}

std::string reproduce_command(const Target& target, const fs::path& file) {
  const std::string checks = checks_in_force();
  return fmt::format("{} run {}{} {}", own_command(), checks.empty() ? "" : fmt::format("--checks={} ", checks),
                     target.name, friendly(file));
}

}  // namespace dmafuzz::cli
