// SPDX-License-Identifier: GPL-2.0-only
//
// Same input, same run (design D5): the trace of an input does not depend on what ran before it, nor on the process.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <random>
#include <span>

#include "cli/storage.h"
#include "tests/testing/built.h"

namespace dmafuzz::testing {
namespace {

constexpr std::size_t kInputs = 64, kLength = 256;

// Inputs of a target over plain bytes, where any bytes will do. The same each time.
std::vector<std::string> random_inputs(const std::filesystem::path& folder) {
  std::mt19937 random(1);
  std::vector<std::string> files;
  for (std::size_t i = 0; i < kInputs; ++i) {
    std::vector<std::uint8_t> bytes(1 + random() % kLength);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    files.push_back(folder / fmt::format("{:02}", i));
    cli::write_file(files.back(), bytes);
  }
  return files;
}

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const cli::Target& target : build().targets) {
    if (!target.added) out.push_back(target.name);
  }
  return out;
}

class Determinism : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    files_ = seeds(target_);
    if (target_.kind == cli::InputKind::kBytes) {
      for (std::string& file : random_inputs(scratch_.path())) files_.push_back(std::move(file));
    }
    ASSERT_FALSE(files_.empty()) << "no inputs for " << target_.name;
  }

  // The traces' hashes, by file.
  std::multimap<std::string, std::string> hashes(std::span<const std::string> files, unsigned repeat = 1) const {
    std::vector<std::string> argv = {target_.replayer, "--hash", fmt::format("--repeat={}", repeat)};
    std::ranges::copy(past_expected(target_), std::back_inserter(argv));
    argv.insert(argv.end(), files.begin(), files.end());
    const Ran ran = run(argv);
    EXPECT_TRUE(ran.exit.ok()) << ran.exit.text() << "\n" << ran.output;
    std::multimap<std::string, std::string> out;
    constexpr std::size_t kTag = 6, kHash = 16;  // "trace ", then the hash
    for (const std::string& line : ran.lines("trace "))
      out.emplace(line.substr(kTag + kHash + 1), line.substr(kTag, kHash));
    EXPECT_EQ(out.size(), files.size() * repeat);
    return out;
  }

  const cli::Target& target_ = build().target(GetParam());
  const cli::ScratchFolder scratch_;
  std::vector<std::string> files_;
};

TEST_P(Determinism, NeitherOrderNorProcessMatters) {
  const auto forth = hashes(files_);
  EXPECT_EQ(forth, hashes(files_));
  std::ranges::reverse(files_);
  EXPECT_EQ(forth, hashes(files_));
}

TEST_P(Determinism, RunningAgainChangesNothing) {
  const auto all = hashes(files_, 3);
  for (const std::string& file : files_) {
    const auto [first, last] = all.equal_range(file);
    for (auto it = first; it != last; ++it) EXPECT_EQ(it->second, first->second) << file;
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, Determinism, ::testing::ValuesIn(names()),
                         [](const auto& name) { return name.param; });

}  // namespace
}  // namespace dmafuzz::testing
