// SPDX-License-Identifier: GPL-2.0-only
#include "cli/side_by_side.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <string>
#include <vector>

namespace dmafuzz::cli {
namespace {

TEST(SideBySide, EachIsDoneOnce) {
  for (const unsigned jobs : {0u, 1u, 2u, 7u, 300u}) {
    for (const std::size_t count : {0u, 1u, 2u, 100u}) {
      std::vector<std::atomic<int>> times(count);
      side_by_side(jobs, count, [&](std::size_t i) { ++times[i]; });
      for (const std::atomic<int>& one : times) EXPECT_EQ(one, 1) << jobs << " jobs, " << count;
    }
  }
}

TEST(SideBySide, SoManyAtATime) {
  // Would wait for ever if they came one after the other.
  std::latch all(3);
  side_by_side(3, 3, [&](std::size_t) { all.arrive_and_wait(); });

  std::atomic<int> now = 0;
  std::atomic<int> most = 0;
  side_by_side(2, 200, [&](std::size_t) {
    const int mine = ++now;
    for (int seen = most; seen < mine && !most.compare_exchange_weak(seen, mine);) continue;
    --now;
  });
  EXPECT_LE(most, 2);
}

TEST(SideBySide, TheLowestExceptionIsThrownOnceAllHaveEnded) {
  std::atomic<int> ended = 0;
  try {
    side_by_side(4, 50, [&](std::size_t i) {
      ++ended;
      if (i % 10 == 7) throw std::runtime_error(std::to_string(i));
    });
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "7");
  }
  EXPECT_EQ(ended, 50);
}

}  // namespace
}  // namespace dmafuzz::cli
