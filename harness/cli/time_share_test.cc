// SPDX-License-Identifier: GPL-2.0-only
#include "cli/time_share.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace dmafuzz::cli {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

constexpr Turn kNone, kIdle{.seconds = 10, .discoveries = 0}, kBusy{.seconds = 10, .discoveries = 30};

double sum(const std::vector<double>& seconds) {
  return std::accumulate(seconds.begin(), seconds.end(), 0.0);
}

TEST(ShareTime, NobodyAndNoTime) {
  EXPECT_TRUE(share_time(100, {}, 5).empty());
  EXPECT_THAT(share_time(4, std::vector{kNone}, 5), ElementsAre(0));
  EXPECT_THAT(share_time(5, std::vector{kNone}, 5), ElementsAre(5));
}

TEST(ShareTime, AllAlikeAtFirst) {
  EXPECT_THAT(share_time(60, std::vector{kNone, kNone, kNone}, 5), ElementsAre(20, 20, 20));
  EXPECT_THAT(share_time(60, std::vector{kIdle, kIdle}, 5), ElementsAre(30, 30));
}

TEST(ShareTime, HalfByWhatIsDiscovered) {
  EXPECT_THAT(share_time(120, std::vector{kIdle, kBusy, kIdle}, 5), ElementsAre(20, 80, 20));
  const Turn less{.seconds = 10, .discoveries = 10};
  EXPECT_THAT(share_time(80, std::vector{kBusy, less}, 5), ElementsAre(50, 30));
  // Per second: a long turn is not worth more for its length.
  const Turn slow{.seconds = 100, .discoveries = 30};
  EXPECT_GT(share_time(80, std::vector{kBusy, slow}, 5)[0], 50);
}

TEST(ShareTime, TheLeastIsKept) {
  const auto seconds = share_time(40, std::vector{kIdle, kIdle, kIdle, kBusy}, 8);
  EXPECT_THAT(seconds, ElementsAre(8, 8, 8, DoubleNear(16, 1e-9)));
  EXPECT_NEAR(sum(seconds), 40, 1e-9);
}

TEST(ShareTime, WhoDiscoveredLeastGoesWithout) {
  EXPECT_THAT(share_time(10, std::vector{kIdle, kBusy, kIdle}, 5), ElementsAre(5, 5, 0));
  EXPECT_THAT(share_time(5, std::vector{kBusy, kNone}, 5), ElementsAre(0, 5));
}

}  // namespace
}  // namespace dmafuzz::cli
