// SPDX-License-Identifier: GPL-2.0-only
#include "report/sarif.h"

#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

namespace dmafuzz {
namespace {

Finding leak() {
  Finding finding;
  finding.tool = "DmaSan";
  finding.id = "mapping-leak";
  finding.summary = "a mapping of 64 bytes is left";
  finding.location = {.function = "f", .file = "drivers/x.c", .line = 7, .column = 3};
  finding.stacks = {{.title = "", .frames = {finding.location, {.function = "g", .file = "/usr/x.h"}}}};
  return finding;
}

TEST(Sarif, Empty) {
  const auto json = to_sarif({}, "7.3.4");
  EXPECT_EQ(json.at("version"), "2.1.0");
  EXPECT_EQ(json.at("$schema"), "https://json.schemastore.org/sarif-2.1.0.json");
  ASSERT_EQ(json.at("runs").size(), 1u);
  EXPECT_EQ(json.at("runs")[0].at("tool").at("driver").at("name"), "dmafuzz");
  // An empty list says that nothing was found; none at all, that nobody looked (3.14.23).
  EXPECT_TRUE(json.at("runs")[0].at("results").is_array());
}

TEST(Sarif, PlacesAndStacks) {
  const Finding finding = leak();
  const auto json = to_sarif(std::array{SarifResult{.finding = &finding, .is_new = false}}, "7.3.4");
  const auto& result = json.at("runs")[0].at("results").at(0);
  EXPECT_EQ(result.at("level"), "error");
  EXPECT_EQ(result.at("message").at("text"), "a mapping of 64 bytes is left");
  EXPECT_EQ(result.at("baselineState"), "unchanged");
  EXPECT_EQ(result.at("partialFingerprints").at("dmafuzzIdentity/v1"), finding.key());
  const auto& place = result.at("locations").at(0).at("physicalLocation");
  EXPECT_EQ(place.at("artifactLocation").at("uri"), "drivers/x.c");
  EXPECT_EQ(place.at("artifactLocation").at("uriBaseId"), "KERNEL");
  EXPECT_EQ(place.at("region").at("startLine"), 7);
  const auto& frames = result.at("stacks").at(0).at("frames");
  ASSERT_EQ(frames.size(), 2u);
  // Of another place than the tree, and no line is known: a region of line 0 would be against 3.30.5.
  const auto& other = frames.at(1).at("location").at("physicalLocation");
  EXPECT_FALSE(other.at("artifactLocation").contains("uriBaseId"));
  EXPECT_FALSE(other.contains("region"));
}

TEST(Sarif, WithoutAPlace) {
  Finding finding = leak();
  finding.location = {};
  finding.stacks.clear();
  finding.severity = Severity::kAdvisory;
  const auto json = to_sarif(std::array{SarifResult{.finding = &finding}}, "7.3.4");
  const auto& result = json.at("runs")[0].at("results").at(0);
  EXPECT_FALSE(result.contains("locations"));
  EXPECT_FALSE(result.contains("stacks"));
  EXPECT_EQ(result.at("level"), "warning");
}

TEST(Sarif, RulesSayWhatTheyMean) {
  const Finding check = leak();
  Finding other = leak();
  other.id = "kernel-bug";
  const auto json = to_sarif(std::array{SarifResult{.finding = &check}, SarifResult{.finding = &other}}, "7.3.4");
  const auto& rules = json.at("runs")[0].at("tool").at("driver").at("rules");
  EXPECT_EQ(rules.at(0).at("shortDescription").at("text"), "still mapped when the driver went or the program ended");
  EXPECT_EQ(rules.at(0).at("defaultConfiguration").at("level"), "error");
  EXPECT_FALSE(rules.at(1).contains("shortDescription"));
}

TEST(Sarif, ARuleIsNamedOnce) {
  const Finding a = leak();
  Finding b = leak();
  b.id = "pool-leak";
  const auto json =
      to_sarif(std::array{SarifResult{.finding = &a}, SarifResult{.finding = &b}, SarifResult{.finding = &a}}, "7.3.4");
  const auto& run = json.at("runs")[0];
  const auto& rules = run.at("tool").at("driver").at("rules");
  ASSERT_EQ(rules.size(), 2u);
  for (const auto& result : run.at("results"))
    EXPECT_EQ(rules.at(result.at("ruleIndex").get<std::size_t>()).at("id"), result.at("ruleId"));
}

}  // namespace
}  // namespace dmafuzz
