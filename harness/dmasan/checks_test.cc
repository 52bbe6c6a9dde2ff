// SPDX-License-Identifier: GPL-2.0-only
#include "dmasan/checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace dmafuzz {
namespace {

using ::testing::HasSubstr;

std::set<std::string_view> on(std::string_view list) {
  CheckSet checks;
  const auto error = parse_checks(list, checks);
  EXPECT_FALSE(error) << *error;
  std::set<std::string_view> ids;
  for (size_t i = 0; i < kChecks.size(); ++i) {
    if (checks.has(static_cast<Check>(i))) ids.insert(kChecks[i].id);
  }
  return ids;
}

TEST(Checks, IdsAreUniqueAndFound) {
  std::set<std::string_view> ids;
  for (size_t i = 0; i < kChecks.size(); ++i) {
    EXPECT_TRUE(ids.insert(kChecks[i].id).second) << kChecks[i].id;
    EXPECT_EQ(find_check(kChecks[i].id), static_cast<Check>(i));
  }
  EXPECT_FALSE(find_check("no-such-check"));
}

TEST(Checks, ErrorsAreOnAndAdvisoriesOff) {
  const CheckSet checks;
  for (size_t i = 0; i < kChecks.size(); ++i) {
    EXPECT_EQ(checks.has(static_cast<Check>(i)), kChecks[i].severity == CheckSeverity::kError) << kChecks[i].id;
  }
  EXPECT_EQ(on(""), on("mapping-leak"));
}

TEST(Checks, ListsAreReadFromTheLeft) {
  EXPECT_EQ(on("all").size(), kChecks.size());
  EXPECT_EQ(on("none").size(), 0u);
  EXPECT_EQ(on("-all").size(), 0u);
  EXPECT_EQ(on("none,pool-leak"), std::set<std::string_view>{"pool-leak"});
  EXPECT_EQ(on("none,+pool-leak,-pool-leak").size(), 0u);
  EXPECT_EQ(on("pool-leak,none").size(), 0u);
  EXPECT_EQ(on("-pool-leak").size(), on("").size() - 1);
  EXPECT_FALSE(on("-pool-leak").contains("pool-leak"));
  EXPECT_TRUE(on("advisory").contains("double-fetch"));
  EXPECT_TRUE(on("advisory").contains("pool-leak"));
  EXPECT_EQ(on("all,-advisory"), on(""));
}

TEST(Checks, AMistakeNamesTheNearestAndChangesNothing) {
  CheckSet checks;
  EXPECT_THAT(parse_checks("-mapping-leek", checks).value_or("none"), HasSubstr("mapping-leak"));
  EXPECT_THAT(parse_checks("none,advisori", checks).value_or("none"), HasSubstr("mean advisory"));
  for (const char* list : {",", "pool-leak,", "-", "+", "+none", " pool-leak", "-pool-leak,,all"}) {
    EXPECT_TRUE(parse_checks(list, checks)) << list;
  }
  EXPECT_EQ(checks, CheckSet());
}

}  // namespace
}  // namespace dmafuzz
