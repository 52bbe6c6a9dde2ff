// SPDX-License-Identifier: GPL-2.0-only
//
// Mistakes planted in the userspace kernel: each must be reported, by the right tool and under the right name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/built.h"

namespace dmafuzz::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::StartsWith;

struct Planted {
  const char* name;
  const char* summary;
};
void PrintTo(const Planted& planted, std::ostream* out) {
  *out << planted.name;
}

class Sanitizers : public ::testing::TestWithParam<Planted> {};

TEST_P(Sanitizers, ReportWhatWasPlanted) {
  const Ran ran = run({build().target("dma_api").replayer, std::string("--self-test=") + GetParam().name});
  EXPECT_FALSE(ran.exit.ok());
  EXPECT_THAT(ran.lines("SUMMARY: "), ElementsAre(StartsWith(GetParam().summary))) << ran.output;
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, Sanitizers,
    ::testing::Values(Planted{"asan", "SUMMARY: AddressSanitizer: heap-buffer-overflow shims/boot/self_test.c"},
                      Planted{"ubsan", "SUMMARY: UndefinedBehaviorSanitizer: "},
                      Planted{"leak", "SUMMARY: dmafuzz: memory-leak"},
                      Planted{"warn", "SUMMARY: dmafuzz: kernel-warn shims/boot/self_test.c"},
                      Planted{"bug", "SUMMARY: dmafuzz: kernel-bug shims/boot/self_test.c"},
                      Planted{"pool", "SUMMARY: dmafuzz: atomic-pool-leak"},
                      Planted{"probe", "SUMMARY: DmaSan: coherent-leak"}),
    [](const auto& planted) { return std::string(planted.param.name); });

// The command is built as its unit tests are, and what is seen in it is not taken for a finding, which is status 1.
TEST(CommandItself, RunsUnderSanitizers) {
  const Ran ran = run({"/usr/bin/env", "ASAN_OPTIONS=help=1", dmafuzz(), "targets", "--names"});
  EXPECT_THAT(ran.output, ContainsRegex("\\sexitcode\n[^\n]*\\(Current Value: 2\\)")) << ran.output;
}

}  // namespace
}  // namespace dmafuzz::testing
