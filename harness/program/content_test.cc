// SPDX-License-Identifier: GPL-2.0-only
// Runs against plain bytes: whatever is written, copied and asked, the short form must say what the long form says.
#include "program/content.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

namespace dmafuzz {
namespace {

ByteSource pattern(uint16_t seed, uint16_t op = 0) {
  return {0, seed, op, ByteSource::kPattern};
}
ByteSource zero() {
  return {0, 0, 0, ByteSource::kZero};
}

TEST(Content, FreshObjectIsOneRun) {
  Content c;
  c.reset(1 << 20, zero());
  EXPECT_EQ(c.run_count(), 1u);
  EXPECT_TRUE(c.all_known(0, 1 << 20));
  c.reset(100, {});
  EXPECT_FALSE(c.all_known(99, 1));
}

TEST(Content, WritesSplitAndJoin) {
  Content c;
  c.reset(100, zero());
  c.write(10, 10, pattern(1));
  EXPECT_EQ(c.run_count(), 3u);
  c.write(20, 10, pattern(1));
  EXPECT_EQ(c.run_count(), 3u) << "the same pattern goes on";
  c.write(15, 5, pattern(1));
  EXPECT_EQ(c.run_count(), 3u) << "nothing new";
  c.write(0, 10, pattern(1));
  EXPECT_EQ(c.run_count(), 2u);
  c.write(25, 200, zero());
  EXPECT_EQ(c.run_count(), 2u) << "cut to the object";
  c.write(0, 100, zero());
  EXPECT_EQ(c.run_count(), 1u);
}

TEST(Content, BytesAreThoseOfThePattern) {
  Content c;
  c.reset(64, {});
  c.write(8, 16, pattern(77));
  for (uint32_t i = 8; i < 24; i++) EXPECT_EQ(c.source_at(i).at(i), dmaf_pattern(77, i));
  EXPECT_FALSE(c.source_at(7).known());
}

TEST(Content, CopiesCarryTheNumberingAlong) {
  Content from, to;
  from.reset(64, {});
  from.write(0, 64, pattern(5));
  to.reset(256, zero());
  to.copy(100, from, 16, 32);
  EXPECT_EQ(to.source_at(100).at(100), dmaf_pattern(5, 16));
  EXPECT_EQ(to.source_at(131).at(131), dmaf_pattern(5, 47));
  Content back;
  back.reset(64, {});
  back.copy(16, to, 100, 32);
  EXPECT_EQ(back.source_at(20), from.source_at(20));
}

TEST(Content, AgainstPlainBytes) {
  constexpr uint32_t kSize = 300;
  std::mt19937 random(1);
  const auto pick = [&](uint32_t n) { return static_cast<uint32_t>(random() % n); };
  struct Plain {
    std::vector<uint8_t> bytes = std::vector<uint8_t>(kSize), known = std::vector<uint8_t>(kSize);
  };
  for (int round = 0; round < 300; round++) {
    Content content[3];
    Plain plain[3];
    for (Content& c : content) c.reset(kSize, {});
    for (int step = 0; step < 60; step++) {
      const uint32_t a = pick(3), b = pick(3), off = pick(kSize), n = 1 + pick(kSize - off);
      const auto seed = static_cast<uint16_t>(pick(3));
      switch (pick(4)) {
        case 0:
          content[a].write(off, n, pattern(seed));
          for (uint32_t i = off; i < off + n; i++) plain[a].bytes[i] = dmaf_pattern(seed, i), plain[a].known[i] = 1;
          break;
        case 1:
          content[a].write(off, n, pick(2) ? zero() : ByteSource{});
          for (uint32_t i = off; i < off + n; i++) {
            plain[a].known[i] = content[a].source_at(off).known();
            plain[a].bytes[i] = 0;
          }
          break;
        default: {
          if (a == b) break;
          const uint32_t from = pick(kSize - n + 1);
          content[a].copy(off, content[b], from, n);
          std::copy_n(plain[b].bytes.begin() + from, n, plain[a].bytes.begin() + off);
          std::copy_n(plain[b].known.begin() + from, n, plain[a].known.begin() + off);
        }
      }
    }
    for (int o = 0; o < 3; o++) {
      uint32_t covered = 0;
      content[o].each(0, kSize, [&](uint32_t at, uint32_t n, ByteSource source) {
        ASSERT_EQ(at, covered);
        covered += n;
        for (uint32_t i = at; i < at + n; i++) {
          ASSERT_EQ(source.known(), plain[o].known[i] != 0);
          if (source.known()) {
            ASSERT_EQ(source.at(i), plain[o].bytes[i]);
          }
        }
      });
      ASSERT_EQ(covered, kSize);
    }
  }
}

TEST(Content, MismatchIsFoundToTheByte) {
  std::vector<uint8_t> bytes(1000);
  const ByteSource source = pattern(9);
  for (uint32_t i = 0; i < bytes.size(); i++) bytes[i] = source.at(50 + i);
  EXPECT_EQ(first_mismatch(source, 50, 1000, bytes.data()), 1050u);
  for (const uint32_t wrong : {0u, 1u, 31u, 32u, 63u, 64u, 500u, 998u, 999u}) {
    bytes[wrong] ^= 1;
    EXPECT_EQ(first_mismatch(source, 50, 1000, bytes.data()), 50 + wrong);
    bytes[wrong] ^= 1;
  }
  EXPECT_EQ(first_mismatch({}, 50, 1000, bytes.data()), 1050u) << "unknown bytes are always right";
}

}  // namespace
}  // namespace dmafuzz
