// SPDX-License-Identifier: GPL-2.0-only
//
// The small parts of the command: libFuzzer's lines, kernel versions, manifests, child processes, numbers for people.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include "cli/build.h"
#include "cli/command.h"
#include "cli/fuzz_status.h"
#include "cli/kernel_tree.h"
#include "cli/process.h"
#include "cli/storage.h"
#include "cli/terminal.h"
#include "cli/triage.h"

namespace dmafuzz::cli {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(FuzzStatus, ReadsAStatusLine) {
  const auto status =
      parse_status("#4096\tNEW    cov: 120 ft: 300 corp: 12/340b lim: 64 exec/s: 2048 rss: 40Mb L: 16/64 MS: 1 X-");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->executions, 4096u);
  EXPECT_EQ(status->event, "NEW");
  EXPECT_EQ(status->coverage, 120u);
  EXPECT_EQ(status->features, 300u);
  EXPECT_EQ(status->corpus, 12u);
}

TEST(FuzzStatus, TakesNothingElse) {
  EXPECT_FALSE(parse_status("    #0 0x401000 in f a.c:1"));
  EXPECT_FALSE(parse_status("#0 0x401000 in f a.c:1"));
  EXPECT_FALSE(parse_status("#"));
  EXPECT_FALSE(parse_status("# a comment"));
  EXPECT_FALSE(parse_executed("stat::average_exec_per_sec: 3"));
  EXPECT_EQ(parse_executed("stat::number_of_executed_units: 1234"), 1234u);
}

TEST(KernelTree, ReadsTheRelease) {
  EXPECT_EQ(
      makefile_release("# SPDX\nVERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 4\nEXTRAVERSION =\nNAME = x\n\nVERSION = 9\n"),
      "7.3.4");
  EXPECT_EQ(makefile_release("VERSION = 7\nPATCHLEVEL = 4\nSUBLEVEL = 0\nEXTRAVERSION = -rc2\n"), "7.4.0-rc2");
  EXPECT_EQ(makefile_release("all:\n\tcc\n"), "");
  EXPECT_EQ(makefile_release(""), "");
}

class Tree : public testing::Test {
 protected:
  void version(int major, int minor) {
    write_file(tree_ / "Makefile",
               fmt::format("VERSION = {}\nPATCHLEVEL = {}\nSUBLEVEL = 1\nEXTRAVERSION =\n\n", major, minor));
  }
  TreeState inspect() {
    write_file(scratch_.path() / "list", "# comment\nMakefile\nkernel/needed.c\n");
    return inspect_tree(tree_, scratch_.path() / "list");
  }
  void SetUp() override {
    make_folder(tree_ / "kernel");
    write_file(tree_ / "kernel" / "needed.c", "");
  }
  const ScratchFolder scratch_;
  const fs::path tree_ = scratch_.path() / "tree";
};

TEST_F(Tree, Supported) {
  version(7, 3);
  EXPECT_EQ(inspect().problem, "");
  EXPECT_EQ(inspect().warning, "");
}
TEST_F(Tree, UntestedIsAWarning) {
  version(7, 9);
  EXPECT_EQ(inspect().problem, "");
  EXPECT_THAT(inspect().warning, HasSubstr("7.9.1 is untested; tested: 7.3, 6.12"));
}
TEST_F(Tree, TooOld) {
  version(5, 10);
  EXPECT_THAT(inspect().problem, HasSubstr("5.10.1"));
}
TEST_F(Tree, NamesTheMissingFile) {
  version(7, 3);
  fs::remove(tree_ / "kernel" / "needed.c");
  EXPECT_THAT(inspect().problem, HasSubstr("has no kernel/needed.c"));
}
TEST_F(Tree, NoTreeAtAll) {
  EXPECT_THAT(inspect().problem, HasSubstr("no Linux source tree"));
}

TEST(Build, ReadsTheManifest) {
  const ScratchFolder scratch;
  make_folder(scratch.path() / "fuzzers");
  write_file(scratch.path() / "fuzzers" / "targets.json", R"({"schema": 1, "source": "/src",
    "kernel": {"dir": "/src/build/kernel/7.3", "release": "7.3.4", "overlay": ""},
    "targets": [{"name": "t", "summary": "a target", "kind": "dma", "corpus": "/src/corpora/t", "dict": "", "max_len": 99}]})");
  const Build build = load_build(scratch.path());
  ASSERT_EQ(build.targets.size(), 1u);
  EXPECT_EQ(build.targets[0].kind, InputKind::kDma);
  EXPECT_EQ(build.targets[0].max_len, 99u);
  EXPECT_EQ(build.targets[0].replayer, scratch.path() / "fuzzers" / "t.replay");
  EXPECT_THAT(build.strip(), ElementsAre("/src/build/kernel/7.3", "build/kernel/7.3", "/src"));
  EXPECT_THROW(build.target("other"), Trouble);
  EXPECT_THROW(build.target("t"), Trouble);  // its binaries are not there
}

TEST(Build, LeavesOutWhatTheMachineCannotRunAndSaysWhatItLacks) {
  const ScratchFolder scratch;
  make_folder(scratch.path() / "fuzzers");
  make_folder(scratch.path() / "bin");
  const fs::path why = scratch.path() / "why-not", qemu = scratch.path() / "bin" / "qemu-system-x86_64";
  write_file(
      scratch.path() / "fuzzers" / "targets.json",
      fmt::format(R"({{"schema": 1, "kernel": {{}}, "targets": [{{"name": "q", "kind": "life", "snapshots": false,
                             "qemu": "{}"}}]}})",
                  scratch.path().native()));
  const std::string path = std::getenv("PATH");
  setenv("PATH", qemu.parent_path().c_str(), 1);
  const Build none = load_build(scratch.path());
  EXPECT_TRUE(none.targets.empty());
  try {
    none.target("q");
    ADD_FAILURE() << "there is no QEMU";
  } catch (const Trouble& trouble) {
    EXPECT_STREQ(trouble.what(), "q does not run here: QEMU is not installed: ci/qemu installs it");
  }
  write_file(qemu, "");
  fs::permissions(qemu, fs::perms::owner_all);
  write_file(why, "it is of another version\n");
  const Build stock = load_build(scratch.path());
  ASSERT_EQ(stock.targets.size(), 1u);
  EXPECT_TRUE(stock.left_out.empty());
  EXPECT_FALSE(stock.targets[0].snapshots);
  EXPECT_THAT(stock.targets[0].without, HasSubstr("(it is of another version)"));
  write_file(scratch.path() / "accel-qtest-x86_64.so", "");
  write_file(scratch.path() / "theirs.so", "qemu_stamp_1");
  write_file(scratch.path() / "built-for", (scratch.path() / "theirs.so").native() + "\nqemu_stamp_1\n");
  EXPECT_EQ(load_build(scratch.path()).targets.at(0).without, "");
  setenv("PATH", path.c_str(), 1);
}

TEST(Build, DamagedOrMissingManifest) {
  const ScratchFolder scratch;
  EXPECT_THROW(load_build(scratch.path()), Trouble);
  make_folder(scratch.path() / "fuzzers");
  for (std::string_view text :
       {"", "{", "[]", R"({"schema": 2})", R"({"schema": 1})", R"({"schema":1,"kernel":{},"targets":[{}]})"}) {
    write_file(scratch.path() / "fuzzers" / "targets.json", text);
    EXPECT_THROW(load_build(scratch.path()), Trouble) << text;
  }
}

std::vector<std::string> lines_of(const std::string& script, Outcome* outcome = nullptr,
                                  Clock::duration limit = std::chrono::seconds(20)) {
  std::vector<std::string> lines;
  const Outcome out =
      run_process({"/bin/sh", "-c", script}, {}, limit, [&](std::string_view l) { lines.emplace_back(l); });
  if (outcome) *outcome = out;
  return lines;
}

TEST(Process, BothStreamsByLine) {
  Outcome outcome;
  EXPECT_THAT(lines_of("echo a; echo b >&2; printf c; exit 3", &outcome), ElementsAre("a", "b", "c"));
  EXPECT_EQ(outcome.exit.code, 3);
  EXPECT_EQ(outcome.exit.text(), "exit status 3");
}

TEST(Process, SignalsAndTimeouts) {
  Outcome outcome;
  lines_of("kill -ABRT $$", &outcome);
  EXPECT_EQ(outcome.exit.signal, SIGABRT);
  lines_of("exec sleep 60", &outcome, std::chrono::milliseconds(100));
  EXPECT_TRUE(outcome.timed_out);
}

TEST(Process, ProcessorTimeIsCounted) {
  const auto ignore = [](std::string_view) {};
  const std::chrono::minutes limit(5);
  // Waiting costs none.
  EXPECT_FALSE(run_process({"/bin/sleep", "1.5"}, {}, limit, ignore, std::chrono::seconds(1)).timed_out);
  EXPECT_TRUE(
      run_process({"/bin/sh", "-c", "while :; do :; done"}, {}, limit, ignore, std::chrono::seconds(1)).timed_out);
}

TEST(Process, LongLinesAreCut) {
  EXPECT_EQ(lines_of("head -c 300000 /dev/zero | tr '\\0' x; echo; echo end").back(), "end");
}

TEST(Process, WhatCannotBeRun) {
  EXPECT_THROW(run_process({"/nonexistent/program"}, {}, std::chrono::seconds(1), [](std::string_view) {}), Trouble);
}

TEST(Process, UsersOptionsComeLast) {
  setenv("ASAN_OPTIONS", "verbosity=1", 1);
  EXPECT_THAT(sanitizer_environment()[0], testing::EndsWith(":verbosity=1"));
  unsetenv("ASAN_OPTIONS");
}

TEST(Terminal, Numbers) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(short_count(950), "950");
  EXPECT_EQ(short_count(12345), "12.3 k");
  EXPECT_EQ(short_count(999'960), "1.0 M");
  EXPECT_EQ(clock_text(75), "1:15");
  EXPECT_EQ(clock_text(3700), "1:01:40");
  EXPECT_EQ(clock_text(-3), "0:00");
  EXPECT_EQ(plural(1, "input"), "1 input");
  EXPECT_EQ(plural(2000, "input"), "2,000 inputs");
}

TEST(Triage, TriesOtherValuesOfTheSameWidth) {
  EXPECT_THAT(other_values(0, 1), ElementsAre(1, 0xff));
  EXPECT_THAT(other_values(1, 4), ElementsAre(0, 2));
  EXPECT_THAT(other_values(0x4000cfff, 4), ElementsAre(0, 0x4000cffe, 0x4000d000));
  EXPECT_THAT(other_values(0xffff, 2), ElementsAre(0, 0xfffe));
  EXPECT_THAT(other_values(~uint64_t{0}, 8), ElementsAre(0, ~uint64_t{1}));
}

}  // namespace
}  // namespace dmafuzz::cli
