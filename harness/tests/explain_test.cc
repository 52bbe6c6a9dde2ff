// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz explain` on this very build: two regressions word for word, a driver's life, and the page.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "cli/command.h"
#include "cli/explain.h"
#include "cli/storage.h"
#include "tests/testing/built.h"

namespace dmafuzz::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Explain : public ::testing::Test {
 protected:
  static fs::path regression(const char* name) { return build().source / "corpora" / name; }
  // Without what hangs on the tree: places in it, and the pages of addresses.
  static std::string plain(const std::string& output) {
    const std::string places =
        std::regex_replace(output, std::regex("  \\[[^\\]\n]*\\]\n| in [^ \n]* \\([^)\n]*\\)\n"), "\n");
    return std::regex_replace(places, std::regex("0x[0-9a-f]+([0-9a-f]{3})\\b"), "0x~$1");
  }
  static std::string golden(const char* name) {
    return cli::read_file(build().source / "harness/tests/explain" / name);
  }

  const cli::ScratchFolder scratch_;
};

TEST_F(Explain, WriteToWhatTheDeviceOwns) {
  const Ran ran = run(
      {dmafuzz(), "explain", "dma_api", regression("dma_api/regressions/checks/cpu-write-device-owned-bounce.dma")});
  EXPECT_EQ(ran.exit.code, cli::kFindings);
  EXPECT_EQ(plain(ran.output), golden("cpu-write-device-owned.txt"));
  EXPECT_THAT(ran.output,
              AllOf(HasSubstr("the CPU writes 26 bytes, 24..50 of mapping 0  [dmaf_c_fill shims/backend/c/"),
                    HasSubstr("kernel/dma/mapping.c:")));
}

TEST_F(Explain, ReadWithoutASync) {
  const Ran ran =
      run({dmafuzz(), "explain", "dma_api", regression("dma_api/regressions/checks/missing-sync-for-cpu-direct.dma")});
  EXPECT_EQ(ran.exit.code, cli::kFindings);
  EXPECT_EQ(plain(ran.output), golden("missing-sync-for-cpu.txt"));
}

// A lawful program is explained as well.
TEST_F(Explain, WhatRunsClean) {
  const Ran ran = run({dmafuzz(), "explain", "dma_api",
                       regression("dma_api/regressions/checks/cpu-write-device-owned-bounce-lawful.dma")});
  EXPECT_EQ(ran.exit.code, cli::kClean);
  EXPECT_THAT(ran.output, AllOf(HasSubstr("no finding\n"), HasSubstr("free of mapping 0"), Not(HasSubstr("!!"))));
}

// Each event names the driver's own line, and the program stands beside it.
TEST_F(Explain, ADriversLife) {
  const Ran ran = run({dmafuzz(), "explain", "driver_8139cp", "--json",
                       regression("driver_8139cp/regressions/finding-unmaps-what-the-device-says.life")});
  ASSERT_EQ(ran.exit.code, cli::kFindings) << ran.output;
  const auto json = nlohmann::json::parse(ran.output);
  const auto& steps = json.at("steps");
  ASSERT_TRUE(json.at("violation").is_number());
  const auto& wrong = steps.at(json.at("violation").get<std::size_t>());
  EXPECT_EQ(wrong.at("kind"), "violation");
  EXPECT_THAT(wrong.at("who").at("place").get<std::string>(), HasSubstr("8139cp.c:"));
  const auto& operation = json.at("operations").at(wrong.at("operation").get<std::size_t>());
  EXPECT_EQ(json.at("program").at(operation.at("line").get<std::size_t>()), operation.at("text"));
  const auto& source = json.at("sources").at(wrong.at("source").get<std::size_t>());
  const auto at = source.at("line").get<std::size_t>() - source.at("first").get<std::size_t>();
  EXPECT_THAT(source.at("lines").at(at).get<std::string>(), HasSubstr("dma_unmap_single("));
  const auto kinds = [&](std::string_view kind) {
    return std::ranges::count_if(steps, [&](const auto& step) { return step.at("kind") == kind; });
  };
  EXPECT_EQ(kinds("map"), 1);
  EXPECT_EQ(kinds("device-read"), 1);
  EXPECT_EQ(kinds("unmap"), 1);
}

TEST_F(Explain, ThePageIsTheSameEachTime) {
  const std::string input = regression("dma_api/regressions/checks/cpu-write-device-owned-bounce.dma");
  const auto page = [&](const char* name) {
    const fs::path file = scratch_.path() / name;
    EXPECT_EQ(run({dmafuzz(), "explain", "dma_api", input, "--html", file}).exit.code, cli::kFindings);
    return cli::read_file(file);
  };
  const std::string first = page("a.html");
  EXPECT_EQ(first, page("b.html"));
  EXPECT_THAT(first, AllOf(HasSubstr("<title>cpu-write-device-owned in dmaf_c_fill</title>"), Not(HasSubstr("\x1b"))));
}

// The folder of a finding is enough; of what is there the smallest input is taken.
TEST_F(Explain, AFindingsFolder) {
  const fs::path folder = scratch_.path() / "some-finding";
  cli::make_folder(folder);
  cli::write_file(folder / "finding.json", std::string_view("{\"target\": \"dma_api\"}"));
  cli::write_file(folder / "input", std::string_view("dma 1\n"));
  EXPECT_THAT(run({dmafuzz(), "explain", folder}).output, HasSubstr("nothing was mapped"));
  cli::write_file(folder / "minimized.dma",
                  cli::read_file(regression("dma_api/regressions/checks/cpu-write-device-owned-bounce.dma")));
  const Ran ran = run({dmafuzz(), "explain", folder});
  EXPECT_EQ(ran.exit.code, cli::kFindings);
  EXPECT_EQ(plain(ran.output), golden("cpu-write-device-owned.txt"));
}

TEST_F(Explain, SaysWhatItLacks) {
  const std::string input = regression("dma_api/regressions/checks/cpu-write-device-owned-bounce.dma");
  const auto says = [](const std::vector<std::string>& words) {
    std::vector<std::string> argv = {dmafuzz(), "explain"};
    argv.insert(argv.end(), words.begin(), words.end());
    const Ran ran = run(argv);
    EXPECT_EQ(ran.exit.code, cli::kEnvironment);
    return ran.output;
  };
  EXPECT_THAT(says({input}), HasSubstr("say which target"));
  EXPECT_THAT(says({"dma_api", input, input}), HasSubstr("one FILE"));
  EXPECT_THAT(says({"dma_api", "/nowhere"}), HasSubstr("/nowhere: no such file"));
}

TEST(OperationName, InParts) {
  EXPECT_EQ(cli::operation_name("op 3 (m0 = map (x))").number, "3");
  EXPECT_EQ(cli::operation_name("op 3 (m0 = map (x))").text, "m0 = map (x)");
  EXPECT_EQ(cli::operation_name("closing op 1 (unmap m0)").number, "closing 1");
  EXPECT_EQ(cli::operation_name("alloc size 3 (big)").number, "");
  EXPECT_EQ(cli::operation_name("alloc size 3 (big)").text, "alloc size 3 (big)");
}

}  // namespace
}  // namespace dmafuzz::testing
