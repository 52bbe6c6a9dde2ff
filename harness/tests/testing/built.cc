// SPDX-License-Identifier: GPL-2.0-only
//
// See built.h.
#include "tests/testing/built.h"

#include <gtest/gtest.h>

#include "cli/inputs.h"

namespace dmafuzz::testing {

namespace fs = std::filesystem;

const cli::Build& build() {
  static const cli::Build the_build = cli::load_build(DMAFUZZ_BUILD);
  return the_build;
}

std::string dmafuzz() {
  return build().dir / "dmafuzz";
}

std::vector<std::string> seeds(const cli::Target& target) {
  std::vector<std::string> files;
  for (const fs::path& file : cli::reviewed_files(target, "seeds")) {
    if (cli::applies_to(cli::load_input(target, file).expect, build().release)) files.push_back(file);
  }
  return files;
}

std::vector<std::string> past_expected(const cli::Target& target) {
  for (const fs::path& file : cli::reviewed_files(target, "seeds")) {
    const auto expect = cli::load_input(target, file).expect;
    if (cli::applies_to(expect, build().release) && expect.kind == Expectation::Kind::kFinding) return {"--pass-known"};
  }
  return {};
}

std::vector<std::string> Ran::lines(std::string_view prefix) const {
  std::vector<std::string> found;
  for (std::size_t at = 0; at < output.size();) {
    const std::size_t end = std::min(output.find('\n', at), output.size());
    if (const std::string_view line(output.data() + at, end - at); line.starts_with(prefix)) found.emplace_back(line);
    at = end + 1;
  }
  return found;
}

Ran run(const std::vector<std::string>& argv) {
  Ran ran;
  const auto sink = [&](std::string_view line) { ran.output.append(line).append("\n"); };
  const cli::Outcome outcome = cli::run_process(argv, cli::sanitizer_environment(), std::chrono::minutes(5), sink);
  EXPECT_FALSE(outcome.timed_out) << argv[0] << " hangs";
  ran.exit = outcome.exit;
  return ran;
}

}  // namespace dmafuzz::testing
