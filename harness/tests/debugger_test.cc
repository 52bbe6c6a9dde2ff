// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz run --gdb`: gdb stops at known findings, in the kernel's frame, with its source.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command.h"
#include "tests/testing/built.h"

namespace dmafuzz::testing {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

// What gdb says after it stopped.
std::string debugged(const std::string& target, const std::string& regression, const std::string& command) {
  const std::string file = build().target(target).corpus / "regressions" / regression;
  const Ran ran = run({dmafuzz(), "run", target, file, "--gdb-command", command});
  const auto stop = ran.output.find("Breakpoint 1, ");
  return stop == std::string::npos ? "gdb did not stop:\n" + ran.output : ran.output.substr(stop);
}

class Debugger : public ::testing::Test {
 protected:
  void SetUp() override {
    if (cli::find_program("gdb").empty()) GTEST_SKIP() << "gdb is not installed: `run --gdb` was not tested";
  }
};

// Two allocations of the device pool are freed twice: DmaSan's own report.
TEST_F(Debugger, StopsAtAFindingOfTheHarness) {
  const std::string said = debugged("dma_api", "block-free-twice.dma", "bt");
  EXPECT_THAT(said, AllOf(HasSubstr("dmafuzz_at_finding"), ContainsRegex("#[0-9]+ .* in dma_pool_free \\(pool=0x")));
}

// What a sanitizer reports ends elsewhere.
TEST_F(Debugger, StopsWhereASanitizerReports) {
  const std::string said = debugged("driver_e1000", "finding-copies-a-negative-length.life", "p *adapter");
  EXPECT_THAT(said,
              AllOf(ContainsRegex("#[0-9]+ .* in e1000_clean_jumbo_rx_irq \\(adapter=0x.*e1000_main.c"),
                    HasSubstr("memcpy(skb_tail_pointer(skb),"), HasSubstr("netdev = 0x"), Not(HasSubstr("SIGSEGV"))));
}

TEST_F(Debugger, DoesNotStartForWhatRunsClean) {
  const Ran ran = run({dmafuzz(), "run", "--gdb", "dma_api", seeds(build().target("dma_api")).at(0)});
  EXPECT_EQ(ran.exit.code, cli::kClean);
  EXPECT_THAT(ran.output, HasSubstr("nothing for gdb to stop at"));
}

}  // namespace
}  // namespace dmafuzz::testing
