// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz corpus` on a build of its own, whose reviewed corpus the test owns: the programs of this build under links,
// so that nothing is written into the repository.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/storage.h"
#include "tests/testing/built.h"

namespace dmafuzz::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kSmall =
    "dma 1\ndevice path=direct\nb0 = alloc kmalloc len=64\nm0 = map single b0 len=64 from_device\nunmap m0\nfree b0\n";
// The same but for a number that nothing asks about.
constexpr std::string_view kAlike =
    "dma 1\ndevice path=direct\nb0 = alloc kmalloc len=64\nm0 = map single b0 len=60 from_device\nunmap m0\nfree b0\n";
constexpr std::string_view kFreedTwice =
    "# Written by hand.\ndma 1\nmode raw\np0 = pool_create plain size=64\nk0 = pool_alloc p0\npool_free k0\n"
    "pool_free k0 stale\nexpect ok\n";

class Corpus : public ::testing::Test {
 protected:
  void SetUp() override {
    cli::make_folder(dir_ / "fuzzers");
    for (const std::string name : {"dmafuzz", "fuzzers/dma_api", "fuzzers/dma_api.replay"}) link(name);
    const nlohmann::json manifest = {
        {"schema", 1},
        {"source", build().source.native()},
        {"kernel", {{"dir", build().kernel.native()}, {"release", build().release}, {"overlay", ""}}},
        {"targets",
         {{{"name", "dma_api"},
           {"summary", ""},
           {"kind", "dma"},
           {"corpus", corpus_.native()},
           {"dict", ""},
           {"max_len", 4096}}}}};
    cli::write_file(dir_ / "fuzzers" / "targets.json", manifest.dump());
  }

  // The command knows its build by where it lies.
  void link(const std::string& name) const {
    std::error_code error;
    fs::create_hard_link(build().dir / name, dir_ / name, error);
    if (error) fs::copy_file(build().dir / name, dir_ / name);
  }

  Ran corpus(std::vector<std::string> words) const {
    words.insert(words.begin(), {dir_ / "dmafuzz", "corpus"});
    return run(words);
  }

  std::string file(const std::string& name, std::string_view text) const {
    cli::write_file(scratch_.path() / name, text);
    return scratch_.path() / name;
  }

  std::vector<std::string> there(std::string_view kind) const {
    std::vector<std::string> names;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(corpus_ / kind, none)) names.push_back(entry.path().filename());
    std::ranges::sort(names);
    return names;
  }

  const cli::ScratchFolder scratch_;
  const fs::path dir_ = scratch_.path() / "build", corpus_ = scratch_.path() / "corpus";
};

TEST_F(Corpus, WhatRunsCleanBecomesASeedOnce) {
  const std::string program = file("input.dma", kSmall), binary = scratch_.path() / "input.bin";
  ASSERT_TRUE(run({dmafuzz(), "assemble", program, "-o", binary}).exit.ok());
  ASSERT_EQ(corpus({"add", "dma_api", binary}).exit.code, cli::kClean);
  const auto seeds = there("seeds");
  ASSERT_THAT(seeds, SizeIs(1));
  EXPECT_THAT(seeds[0], ::testing::MatchesRegex("direct-alloc-map-unmap-free-[0-9a-f]+\\.dma"));
  EXPECT_THAT(cli::read_file(corpus_ / "seeds" / seeds[0]),
              AllOf(HasSubstr("SPDX"), ::testing::EndsWith("expect ok\n")));
  // The same again, and what reaches nothing else.
  const Ran same = corpus({"add", "dma_api", program});
  EXPECT_EQ(same.exit.code, cli::kFindings);
  EXPECT_THAT(same.output, HasSubstr("refused: the same input is there as"));
  const std::string kin = file("kin.dma", kAlike);
  EXPECT_THAT(corpus({"add", "dma_api", kin}).output, HasSubstr("reaches nothing that the 1 seed do not"));
  EXPECT_THAT(there("seeds"), SizeIs(1));
  // What does reach more is welcome.
  const std::string more = file("more.dma",
                                "dma 1\ndevice path=bounce mask=32\nb0 = alloc pages len=8192\n"
                                "m0 = map page b0 len=8192 from_device\nsync_for_cpu m0 len=64\n"
                                "unmap m0\n");
  EXPECT_EQ(corpus({"add", "dma_api", more, "--name", "bounced"}).exit.code, cli::kClean);
  EXPECT_THAT(there("seeds"), ElementsAre("bounced.dma", seeds[0]));
}

TEST_F(Corpus, AFindingBecomesARegressionOnce) {
  const std::string program = file("input.dma", kFreedTwice);
  EXPECT_EQ(corpus({"add", "dma_api", program, "--dry-run"}).exit.code, cli::kClean);
  EXPECT_THAT(there("regressions"), IsEmpty());
  EXPECT_EQ(corpus({"add", "dma_api", program}).exit.code, cli::kClean);
  ASSERT_THAT(there("regressions"), ElementsAre("free-coherent-mismatch-dmaf-c-pool-free.dma"));
  // As somebody wrote it, but for what comes of it.
  std::string text(kFreedTwice);
  text.replace(text.find("expect ok"), 9, "expect finding free-coherent-mismatch");
  EXPECT_EQ(cli::read_file(corpus_ / "regressions" / there("regressions")[0]), text);
  EXPECT_EQ(run({dir_ / "dmafuzz", "regress", "dma_api"}).exit.code, cli::kClean);
  // Another program, the same finding.
  std::string other(kFreedTwice);
  other.replace(other.find("size=64"), 7, "size=128");
  const Ran again = corpus({"add", "dma_api", file("other.dma", other)});
  EXPECT_EQ(again.exit.code, cli::kFindings);
  EXPECT_THAT(again.output, HasSubstr("has the same finding: free-coherent-mismatch"));
  EXPECT_THAT(there("regressions"), SizeIs(1));
}

// Names are for what is shown: the rest goes without, which takes a fraction of the time.
TEST_F(Corpus, WhatIsNotAsExpectedIsSaidWithItsPlace) {
  cli::make_folder(corpus_ / "seeds");
  cli::write_file(corpus_ / "seeds" / "clean.dma", kSmall);
  cli::write_file(corpus_ / "seeds" / "raises.dma", kFreedTwice);
  const Ran ran = run({dir_ / "dmafuzz", "regress", "dma_api"});
  EXPECT_EQ(ran.exit.code, cli::kFindings);
  EXPECT_THAT(ran.output, HasSubstr("raises.dma: expected clean, got free-coherent-mismatch in dmaf_c_pool_free ("));
  EXPECT_THAT(ran.output, HasSubstr("dma_api: 2 programs, 1 not as expected"));
  const auto json = nlohmann::json::parse(run({dir_ / "dmafuzz", "regress", "dma_api", "--json"}).output);
  ASSERT_EQ(json.size(), 2u);
  EXPECT_TRUE(json[0]["as_expected"]);
  EXPECT_TRUE(json[0]["finding"].is_null());
  EXPECT_FALSE(json[1]["as_expected"]);
  EXPECT_EQ(json[1]["finding"]["id"], "free-coherent-mismatch");
}

TEST_F(Corpus, PruneTakesOutWhatAddsNothing) {
  cli::make_folder(corpus_ / "seeds");
  cli::make_folder(corpus_ / "regressions");
  const auto seed = [&](const std::string& name, std::string_view text) {
    cli::write_file(corpus_ / "seeds" / name, text);
  };
  seed("small.dma", kSmall);
  seed("alike.dma", kAlike);
  seed("elsewhere.dma", "dma 1\nb0 = alloc kmalloc len=64\nfree b0\nexpect ok\nonly 1.0\n");
  seed("raises.dma", std::string(kFreedTwice).replace(kFreedTwice.find("ok"), 2, "finding free-coherent-mismatch"));
  cli::write_file(corpus_ / "regressions" / "mended.dma", "dma 1\nb0 = alloc kmalloc len=64\nfree b0\n");
  const Ran dry = corpus({"prune", "dma_api", "--dry-run", "--json"});
  ASSERT_EQ(dry.exit.code, cli::kClean) << dry.output;
  const auto json = nlohmann::json::parse(dry.output);
  // One of the two that are alike, whichever it is.
  ASSERT_EQ(json["superfluous"].size(), 1u);
  const fs::path superfluous = json["superfluous"][0].get<std::string>();
  EXPECT_THAT(superfluous.filename().native(), ::testing::AnyOf("small.dma", "alike.dma"));
  EXPECT_EQ(json["edges"], json["edges_without"]);
  EXPECT_GT(json["edges"], 100);
  EXPECT_THAT(there("seeds"), SizeIs(4));
  EXPECT_EQ(corpus({"prune", "dma_api"}).exit.code, cli::kClean);
  EXPECT_THAT(there("seeds"), SizeIs(3));
  EXPECT_FALSE(fs::exists(superfluous));
  EXPECT_THAT(there("seeds"), ::testing::IsSupersetOf({"elsewhere.dma", "raises.dma"}));
  EXPECT_THAT(there("regressions"), SizeIs(1));
}

TEST_F(Corpus, StatsSayWhatIsNeverDone) {
  cli::make_folder(corpus_ / "seeds");
  cli::write_file(corpus_ / "seeds" / "small.dma", kSmall);
  const auto json = nlohmann::json::parse(corpus({"stats", "--json"}).output)[0];
  EXPECT_EQ(json["seeds"], 1);
  EXPECT_EQ(json["operations"], 4);
  EXPECT_EQ(json["by_operation"]["map single"], 1);
  EXPECT_GT(json["edges"], 100);
  const auto never = json["never"].get<std::vector<std::string>>();
  EXPECT_THAT(never, ::testing::IsSupersetOf({"map page", "alloc pages", "pool_create", "cache_evict"}));
  EXPECT_THAT(never, ::testing::Not(::testing::Contains("map single")));
}

}  // namespace
}  // namespace dmafuzz::testing
