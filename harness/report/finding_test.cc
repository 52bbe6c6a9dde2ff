// SPDX-License-Identifier: GPL-2.0-only
//
// Golden reports: each testdata/NAME.txt parses to testdata/NAME.json. Run with DMAFUZZ_UPDATE_GOLDEN=1 to write what
// the parser says now, then read the difference. Also the round trips between the record and its faces.
#include "report/finding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "report/parse.h"

namespace dmafuzz {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::StartsWith;

const std::vector<std::string> kStrip = {"/tree", "/src/"};

std::string read(const fs::path& path) {
  std::ifstream in(path);
  return (std::ostringstream() << in.rdbuf()).str();
}

std::optional<Finding> parse_sample(std::string_view name) {
  return parse_finding(read(fs::path(DMAFUZZ_TESTDATA) / name), {.strip = kStrip});
}

class Golden : public testing::TestWithParam<fs::path> {};

TEST_P(Golden, ParsesAsRecorded) {
  const auto finding = parse_finding(read(GetParam()), {.strip = kStrip});
  const std::string json = finding ? to_json(*finding).dump(2) + "\n" : "null\n";
  fs::path expected = GetParam();
  expected.replace_extension(".json");
  if (std::getenv("DMAFUZZ_UPDATE_GOLDEN")) std::ofstream(expected) << json;
  EXPECT_EQ(json, read(expected));
}

TEST_P(Golden, JsonAndTextKeepEverything) {
  const auto finding = parse_finding(read(GetParam()), {.strip = kStrip});
  if (!finding) return;
  const auto json = to_json(*finding);
  EXPECT_EQ(to_json(finding_from_json(json)), json);
  const auto again = parse_finding(to_text(*finding));
  ASSERT_TRUE(again);
  EXPECT_EQ(to_json(*again), json);
}

std::vector<fs::path> samples() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(DMAFUZZ_TESTDATA)) {
    if (entry.path().extension() == ".txt") out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

INSTANTIATE_TEST_SUITE_P(Report, Golden, testing::ValuesIn(samples()), [](const auto& info) {
  std::string name = info.param.stem();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(Finding, LocationIsTheKernelsFrame) {
  const auto finding = parse_sample("dmasan-device-write.txt");
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->tool, "DmaSan");
  EXPECT_EQ(finding->id, "device-access-out-of-bounds");
  EXPECT_EQ(finding->headline(), "device-access-out-of-bounds in receive_ring_fill (drivers/net/ring.c:77:9)");
  EXPECT_THAT(finding->object, ElementsAre(StartsWith("mapping m0"), StartsWith("  of buffer b0")));
  EXPECT_EQ(finding->reproduce, "dmafuzz run dma_api crash.bin");
}

TEST(Finding, MemcpyOfTheRuntimeIsNoPlace) {
  const auto finding = parse_sample("asan-overflow-memcpy.txt");
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->location.function, "pool_copy");
  EXPECT_EQ(finding->location.file, "mm/pool.c");
}

TEST(Finding, IdentityIgnoresTheLine) {
  Finding a;
  a.id = "x";
  a.location = {.function = "f", .file = "a.c", .line = 1};
  Finding b = a;
  b.location.line = 2;
  EXPECT_EQ(a.key(), b.key());
  b.location.function = "g";
  EXPECT_NE(a.key(), b.key());
}

CallStack mapper(std::string function, std::string file) {
  return {.title = std::string(kMappedAt),
          .frames = {{.function = "host_dmasan_map", .file = "harness/engine/dmasan_report.cc", .line = 1},
                     {.function = "tell", .file = "shims/dmasan/hooks.c", .line = 2},
                     {.function = "dma_map_phys", .file = "kernel/dma/mapping.c", .line = 3},
                     {.function = "dma_map_single_attrs", .file = "include/linux/dma-mapping.h", .line = 4},
                     {.function = std::move(function), .file = std::move(file), .line = 5}}};
}

TEST(Finding, IdentityHoldsWhoeverMadeTheMapping) {
  Finding a;
  a.id = "x";
  a.location = {.function = "f", .file = "a.c", .line = 1};
  Finding b = a;
  a.mapping.emplace().stacks.push_back(mapper("ring_fill", "drivers/net/ring.c"));
  b.mapping.emplace().stacks.push_back(mapper("ring_send", "drivers/net/ring.c"));
  EXPECT_EQ(a.identity(), "x in f a.c, mapped in ring_fill drivers/net/ring.c");
  EXPECT_NE(a.key(), b.key());
  b.mapping->stacks.front().frames.back() = a.mapping->stacks.front().frames.back();
  b.mapping->stacks.front().frames.back().line = 77;
  EXPECT_EQ(a.key(), b.key());
  // Who synced it last is another matter.
  b.mapping->stacks.push_back(mapper("ring_poll", "drivers/net/ring.c"));
  b.mapping->stacks.back().title = "last synced for the CPU at";
  EXPECT_EQ(a.key(), b.key());
}

TEST(Finding, TheCallerIsWhoeverCalledTheDmaCore) {
  const CallStack driver = mapper("ring_fill", "drivers/net/ring.c");
  ASSERT_TRUE(caller_frame(driver));
  EXPECT_EQ(caller_frame(driver)->function, "ring_fill");
  // Shims stand in for nobody: then it is the core's own frame.
  const CallStack shim = mapper("exec", "shims/backend/c/interp.c");
  ASSERT_TRUE(caller_frame(shim));
  EXPECT_EQ(caller_frame(shim)->function, "dma_map_phys");
}

TEST(Finding, WithoutAKernelFrameItIsWhereItWasMapped) {
  Finding leak;
  leak.tool = "DmaSan";
  leak.id = "mapping-leak";
  leak.mapping.emplace().stacks.push_back(mapper("ring_fill", "drivers/net/ring.c"));
  const auto again = parse_finding(to_text(leak));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->location.function, "ring_fill");
}

TEST(Finding, EachVerdictHasItsWord) {
  for (const DebugVerdict verdict : {DebugVerdict::kNotAsked, DebugVerdict::kSilent, DebugVerdict::kSaid})
    EXPECT_EQ(find_verdict(verdict_word(verdict)), verdict);
  EXPECT_EQ(find_verdict("nonsense"), DebugVerdict::kNone);
  EXPECT_EQ(find_verdict(""), DebugVerdict::kNone);
}

TEST(Finding, SectionsAreReadBack) {
  const auto finding = parse_sample("dmasan-unmap-size.txt");
  ASSERT_TRUE(finding && finding->mapping);
  EXPECT_EQ(finding->mapping->kind, "single");
  EXPECT_EQ(finding->mapping->dma, 0x1000c1000u);
  EXPECT_EQ(finding->mapping->size, 4096u);
  EXPECT_EQ(finding->mapping->direction, "FROM_DEVICE");
  EXPECT_EQ(finding->mapping->device, "direct");
  EXPECT_EQ(finding->mapping->owner, "the device");
  EXPECT_THAT(finding->mapping->since, StartsWith("op 1 (m0 = map"));
  ASSERT_EQ(finding->object_stacks.size(), 1u);
  EXPECT_EQ(finding->object_stacks.front().title, "allocated at");
  EXPECT_EQ(finding->dma_debug, DebugVerdict::kSaid);
  EXPECT_THAT(finding->dma_debug_words, testing::HasSubstr("different size"));
}

TEST(Finding, KeyIsAFileName) {
  Finding finding;
  finding.id = "unshimmed symbol ../x";
  EXPECT_THAT(finding.key(), testing::MatchesRegex("unshimmed-symbol----x-[0-9a-f]{8}"));
}

TEST(Finding, NothingInNothing) {
  EXPECT_FALSE(parse_finding(""));
  EXPECT_FALSE(parse_finding("==12==\n== ERROR\n#0 0x1 in f a.c:1\n"));
}

// A report that is cut anywhere parses or is no report; it never reads past its end.
TEST(Finding, TruncatedReportsAreHarmless) {
  for (const fs::path& path : samples()) {
    const std::string text = read(path);
    for (std::size_t n = 0; n < text.size(); n += 7) {
      const auto finding = parse_finding(std::string(text, 0, n), {.strip = kStrip});
      if (finding) {
        EXPECT_FALSE(finding->key().empty());
      }
    }
  }
}

}  // namespace
}  // namespace dmafuzz
