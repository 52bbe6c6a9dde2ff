// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz continuous` from run to run: a finding is new once, and what a killed run left is not lost.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/command.h"
#include "cli/corpus_merge.h"
#include "cli/storage.h"
#include "tests/testing/built.h"

namespace dmafuzz::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Continuous : public ::testing::Test {
 protected:
  std::vector<std::string> command(const std::string& target, unsigned seconds,
                                   const std::vector<std::string>& more = {}) const {
    std::vector<std::string> argv = {dmafuzz(), "continuous", target,  "--seed", "1", "--time", std::to_string(seconds),
                                     "--state", state_,       "--out", out_};
    argv.insert(argv.end(), more.begin(), more.end());
    return argv;
  }
  nlohmann::json summary() const { return nlohmann::json::parse(cli::read_file(out_ / "summary.json")); }
  // Names and contents.
  using Corpus = std::map<std::string, std::string>;
  Corpus corpus(const std::string& target) const {
    // What a killed run was writing under a temporary name is not in the corpus yet.
    cli::remove_leftovers(state_ / target / "corpus");
    Corpus out;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(state_ / target / "corpus", none))
      out.emplace(entry.path().filename(), cli::read_file(entry.path()));
    return out;
  }
  // Names of what is in `before` and not in `after`. What was being written when its fuzzer was killed may be found
  // again and be whole then.
  static std::vector<std::string> lost(const Corpus& before, const Corpus& after) {
    std::vector<std::string> names;
    for (const auto& [name, content] : before) {
      const auto now = after.find(name);
      if (now == after.end() || !now->second.starts_with(content)) names.push_back(name);
    }
    return names;
  }

  const cli::ScratchFolder scratch_;
  const fs::path state_ = scratch_.path() / "state", out_ = scratch_.path() / "out";
};

TEST_F(Continuous, CleanTarget) {
  const Ran ran = run(command("iova", 12));
  EXPECT_EQ(ran.exit.code, cli::kClean) << ran.output;
  const auto json = summary();
  ASSERT_EQ(json.at("targets").size(), 1u);
  const auto& target = json.at("targets").at(0);
  EXPECT_GT(target.at("regressions"), 0);
  EXPECT_EQ(target.at("regressions_wrong"), 0);
  EXPECT_GT(target.at("executions"), 100);
  EXPECT_TRUE(target.at("merged"));
  EXPECT_EQ(target.at("corpus"), corpus("iova").size());
  EXPECT_THAT(cli::read_file(out_ / "summary.md"), AllOf(HasSubstr("no new finding"), HasSubstr("| iova |")));
}

// What libFuzzer wrote down, and the campaign was killed before it looked at it.
TEST_F(Continuous, LeftBehindThenNewThenKnown) {
  const fs::path left = state_ / "dma_api" / "artifacts-0";
  cli::make_folder(left);
  const std::string program = build().target("dma_api").corpus / "regressions" / "unbind-with-pool-block-used.dma";
  ASSERT_EQ(run({dmafuzz(), "assemble", program, "-o", left / "crash-1"}).exit.code, cli::kClean);

  const Ran first = run(command("dma_api", 10, {"--no-regressions", "--minimize", "0"}));
  EXPECT_EQ(first.exit.code, cli::kFindings) << first.output;
  auto findings = summary().at("findings");
  ASSERT_EQ(findings.size(), 1u) << first.output;
  EXPECT_TRUE(findings.at(0).at("new"));
  EXPECT_TRUE(findings.at(0).at("replays"));
  EXPECT_THAT(cli::read_file(out_ / "summary.md"), AllOf(HasSubstr("1 new finding"), HasSubstr("## New")));
  const std::string key = findings.at(0).at("key");
  // With a page, linked from the summary.
  EXPECT_EQ(findings.at(0).at("page"), "findings/" + key + ".html");
  EXPECT_THAT(cli::read_file(out_ / "summary.md"), HasSubstr("(findings/" + key + ".html)"));
  EXPECT_THAT(cli::read_file(out_ / "findings" / (key + ".html")), HasSubstr("\"kind\":\"violation\""));
  const auto sarif = nlohmann::json::parse(cli::read_file(out_ / "summary.sarif"));
  EXPECT_EQ(sarif.at("runs").at(0).at("results").at(0).at("partialFingerprints").at("dmafuzzIdentity/v1"), key);

  EXPECT_THAT(cli::read_file(out_ / "summary.junit.xml"),
              AllOf(HasSubstr(" failures=\"1\" "), HasSubstr(key), HasSubstr("<testsuite name=\"dma_api\"")));

  // Found again, it keeps what the first run made of it.
  const fs::path small = fs::path(findings.at(0).at("folder").get<std::string>()) / "minimized.dma";
  cli::write_file(small, std::string_view("what it was made into"));
  cli::make_folder(left);
  ASSERT_EQ(run({dmafuzz(), "assemble", program, "-o", left / "crash-2"}).exit.code, cli::kClean);
  const Ran second = run(command("dma_api", 10, {"--no-regressions"}));
  EXPECT_EQ(second.exit.code, cli::kClean) << second.output;
  findings = summary().at("findings");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_FALSE(findings.at(0).at("new"));
  EXPECT_EQ(findings.at(0).at("key"), key);
  EXPECT_EQ(findings.at(0).at("minimized"), "what it was made into");
  EXPECT_THAT(cli::read_file(out_ / "summary.junit.xml"), AllOf(HasSubstr(" failures=\"0\" "), HasSubstr(key)));
  EXPECT_THAT(cli::read_file(out_ / "summary.md"), AllOf(HasSubstr("no new finding, 1 known"), HasSubstr("## Known")));
}

TEST_F(Continuous, KillsLoseNothing) {
  // Orphans are ours to wait for.
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  Corpus before;
  for (int kill = 0; kill < 20; ++kill) {
    cli::Process process(command("scatterlist", 60, {"--no-merge"}), cli::sanitizer_environment());
    std::this_thread::sleep_for(std::chrono::milliseconds(50 + kill * 379 % 1500));
    process.signal(SIGKILL);
    while (process.drain([](std::string_view) {})) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    process.wait();
    // Its fuzzers die with it, but a moment later, and write until then.
    while (waitpid(-1, nullptr, 0) > 0) continue;
    const Corpus after = corpus("scatterlist");
    EXPECT_THAT(lost(before, after), IsEmpty()) << "kill " << kill;
    before = after;
  }
  EXPECT_FALSE(before.empty());
  const Ran last = run(command("scatterlist", 8, {"--no-merge"}));
  EXPECT_EQ(last.exit.code, cli::kClean) << last.output;
  EXPECT_THAT(lost(before, corpus("scatterlist")), IsEmpty());
}

// A merge that was killed between its steps.
TEST(RecoverCorpus, OldOrNew) {
  const cli::ScratchFolder scratch;
  const fs::path corpus = scratch.path() / "corpus", old = scratch.path() / "corpus.old",
                 merging = scratch.path() / "corpus.merging";
  const auto make = [](const fs::path& folder, const char* name) {
    cli::make_folder(folder);
    cli::write_file(folder / name, std::string_view("x"));
  };
  // While it is made.
  make(corpus, "a");
  make(merging, "b");
  cli::recover_corpus(corpus);
  EXPECT_TRUE(fs::exists(corpus / "a"));
  EXPECT_FALSE(fs::exists(merging));
  // The old one has stepped aside.
  make(merging, "b");
  fs::rename(corpus, old);
  cli::recover_corpus(corpus);
  EXPECT_TRUE(fs::exists(corpus / "a"));
  // The new one is in place.
  fs::rename(corpus, old);
  make(corpus, "b");
  cli::write_file(scratch.path() / "corpus.merge-progress", std::string_view("x"));
  cli::recover_corpus(corpus);
  EXPECT_FALSE(fs::exists(scratch.path() / "corpus.merge-progress"));
  EXPECT_TRUE(fs::exists(corpus / "b"));
  EXPECT_FALSE(fs::exists(corpus / "a"));
  EXPECT_FALSE(fs::exists(old));
}

}  // namespace
}  // namespace dmafuzz::testing
