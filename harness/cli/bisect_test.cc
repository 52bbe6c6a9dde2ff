// SPDX-License-Identifier: GPL-2.0-only
//
// The search with a made-up judge, and what it remembers. The real one builds: harness/tests/bisect/story.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>

#include "cli/bisect_search.h"
#include "cli/command.h"
#include "cli/storage.h"

namespace dmafuzz::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Each number of steps, each place of the change, each set of steps that cannot be judged.
TEST(FindChange, FindsItWhereverItIs) {
  for (unsigned steps = 2; steps <= 9; ++steps) {
    for (unsigned first = 1; first < steps; ++first) {
      for (unsigned broken = 0; broken < 1u << (steps - 2); ++broken) {
        const bool reverse = broken & 1;
        std::vector<unsigned> asked(steps);
        const auto cannot = [&](std::size_t step) { return step > 0 && step + 1 < steps && broken >> (step - 1) & 1; };
        const auto change = find_change(steps, [&](std::size_t step) {
          ++asked[step];
          if (cannot(step)) return Verdict::kCannot;
          return (step >= first) != reverse ? Verdict::kWith : Verdict::kWithout;
        });
        ASSERT_TRUE(change);
        EXPECT_EQ(change->before, reverse ? Verdict::kWith : Verdict::kWithout);
        // The first that can be judged, and all before it up to the last that is as it was.
        std::size_t expected = first;
        while (cannot(expected)) ++expected;
        EXPECT_EQ(change->first, expected);
        std::size_t known = first - 1;
        while (cannot(known)) --known;
        std::vector<std::size_t> unknown;
        for (std::size_t step = known + 1; step < expected; ++step) unknown.push_back(step);
        EXPECT_EQ(change->unknown, unknown);
        for (const unsigned times : asked) EXPECT_LE(times, 1u);
      }
    }
  }
}

TEST(FindChange, AsksFew) {
  for (std::size_t first = 1; first < 1000; first += 37) {
    unsigned asked = 0;
    const auto change = find_change(1000, [&](std::size_t step) {
      ++asked;
      return step >= first ? Verdict::kWith : Verdict::kWithout;
    });
    ASSERT_TRUE(change);
    EXPECT_EQ(change->first, first);
    EXPECT_LE(asked, 2u + static_cast<unsigned>(std::bit_width(999u)));
  }
}

TEST(FindChange, SaysWhenThereIsNone) {
  EXPECT_FALSE(find_change(5, [](std::size_t) { return Verdict::kWith; }));
  EXPECT_THROW(find_change(1, [](std::size_t) { return Verdict::kWith; }), Trouble);
  EXPECT_THROW(find_change(3, [](std::size_t step) { return step ? Verdict::kWith : Verdict::kCannot; }), Trouble);
}

TEST(BisectLog, GoesOnWhereItWas) {
  const ScratchFolder scratch;
  const auto file = scratch.path() / "log";
  unsigned asked = 0;
  const auto search = [&](unsigned at_most) {
    BisectLog log(file, "what");
    return find_change(16, [&](std::size_t step) {
      const std::string name = fmt::format("step {}", step);
      if (const auto known = log.find(name)) return *known;
      if (++asked > at_most) throw Trouble("stopped");
      const Verdict verdict = step == 7 ? Verdict::kCannot : step >= 6 ? Verdict::kWith : Verdict::kWithout;
      log.add(name, verdict);
      return verdict;
    });
  };
  EXPECT_THROW(search(3), Trouble);
  EXPECT_EQ(BisectLog(file, "what").size(), 3u);
  asked = 0;
  const auto change = search(100);
  ASSERT_TRUE(change);
  EXPECT_EQ(change->first, 6u);
  EXPECT_THAT(change->unknown, IsEmpty());
  const std::size_t judged = BisectLog(file, "what").size();
  EXPECT_EQ(asked + 3, judged);
  asked = 0;
  search(0);
  EXPECT_EQ(asked, 0u);
}

TEST(BisectLog, IsOfOneSearch) {
  const ScratchFolder scratch;
  BisectLog log(scratch.path() / "log", "this");
  log.set_finding("id|function|file");
  log.add("step", Verdict::kWith);
  EXPECT_EQ(BisectLog(scratch.path() / "log", "this").finding(), "id|function|file");
  EXPECT_EQ(BisectLog(scratch.path() / "log", "this").find("step"), Verdict::kWith);
  EXPECT_THROW(BisectLog(scratch.path() / "log", "that"), Trouble);
  for (const std::string_view damage :
       {"", "{", R"({"question": "this", "finding": "", "verdicts": {"step": "perhaps"}})"}) {
    write_file(scratch.path() / "log", damage);
    EXPECT_THROW(BisectLog(scratch.path() / "log", "this"), Trouble) << damage;
  }
}

}  // namespace
}  // namespace dmafuzz::cli
