// SPDX-License-Identifier: GPL-2.0-only
//
// What the end-to-end tests share: the build under test, and running its programs.
#ifndef DMAFUZZ_TESTS_TESTING_BUILT_H
#define DMAFUZZ_TESTS_TESTING_BUILT_H

#include <filesystem>
#include <string>
#include <vector>

#include "cli/build.h"
#include "cli/process.h"

namespace dmafuzz::testing {

// The build that these tests belong to.
const cli::Build& build();
// `dmafuzz` of that build.
std::string dmafuzz();
// The files of a target's seeds that are for this kernel tree, sorted; empty if it has none.
std::vector<std::string> seeds(const cli::Target& target);
// "--pass-known" if one of the target's seeds says that it comes to a finding, as those of a driver that goes wrong in
// every life do; else nothing: then a seed that comes to one is a failure.
std::vector<std::string> past_expected(const cli::Target& target);

struct Ran {
  cli::Exit exit;
  std::string output;  // both streams

  // The lines that start with `prefix`.
  std::vector<std::string> lines(std::string_view prefix) const;
};
// Runs a program in the environment that the command gives to targets. A run that hangs fails the test.
Ran run(const std::vector<std::string>& argv);

}  // namespace dmafuzz::testing

#endif
