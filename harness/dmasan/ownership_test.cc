// SPDX-License-Identifier: GPL-2.0-only
#include "dmasan/ownership.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "host.h"

namespace dmafuzz {
namespace {

constexpr uint64_t kAt = HOST_BANK_NORMAL_BASE + 0x5000;

// The states byte by byte, as digits.
std::string text(const ByteRuns& bytes) {
  std::string out;
  for (const ByteRuns::Run& run : bytes.runs()) out.resize(run.end, static_cast<char>('0' + run.state));
  return out;
}

TEST(ByteRuns, UpdatesSplitAndJoin) {
  ByteRuns bytes;
  bytes.reset(8, 0);
  bytes.update(2, 5, 0, 1);
  EXPECT_EQ(text(bytes), "00111000");
  EXPECT_EQ(bytes.runs().size(), 3u);
  bytes.update(0, 2, 0, 1);
  EXPECT_EQ(bytes.runs().size(), 2u) << "neighbours that are alike are one";
  bytes.update(4, 7, 1, 2);
  EXPECT_EQ(text(bytes), "11113220");
  bytes.update(0, 8, 0, 0);
  EXPECT_EQ(bytes.runs().size(), 1u);
  EXPECT_EQ(bytes.size(), 8u);
}

TEST(ByteRuns, AgreeWithAnArrayOfBytes) {
  uint32_t seed = 7;
  const auto random = [&](uint32_t below) { return (seed = seed * 1664525 + 1013904223) >> 8 & 0xffff % below; };
  for (int round = 0; round < 200; ++round) {
    const uint32_t size = 1 + random(40);
    ByteRuns bytes;
    bytes.reset(size, 1);
    std::string model(size, '1');
    for (int i = 0; i < 20; ++i) {
      const uint32_t lo = random(size + 1), hi = random(size + 1);
      const auto keep = static_cast<uint8_t>(random(8)), add = static_cast<uint8_t>(random(8));
      bytes.update(lo, hi, keep, add);
      for (uint32_t at = lo; at < hi; ++at) model[at] = static_cast<char>('0' + (((model[at] - '0') & keep) | add));
      ASSERT_EQ(text(bytes), model);
      const size_t found = model.find('5');
      EXPECT_EQ(bytes.find(0, size, [](uint8_t state) { return state == 5; }),
                found == std::string::npos ? size : found);
    }
  }
}

TEST(ByteRuns, FindLooksInTheRangeOnly) {
  ByteRuns bytes;
  bytes.reset(10, 0);
  bytes.update(4, 6, 0, 1);
  const auto one = [](uint8_t state) { return state == 1; };
  EXPECT_EQ(bytes.find(0, 10, one), 4u);
  EXPECT_EQ(bytes.find(5, 10, one), 5u);
  EXPECT_EQ(bytes.find(0, 4, one), 4u) << "the end: none";
  EXPECT_EQ(bytes.find(6, 10, one), 10u);
  EXPECT_EQ(bytes.find(5, 5, one), 5u);
}

class OwnershipTest : public testing::Test {
 protected:
  // Parts found at [phys, phys + n): "piece:lo-hi" each.
  std::vector<std::string> found(uint64_t phys, uint64_t n) {
    std::vector<std::string> out;
    ownership_.each_at(phys, n, [&](Piece& piece, uint32_t lo, uint32_t hi) {
      out.push_back(std::to_string(piece.mapping) + ":" + std::to_string(lo) + "-" + std::to_string(hi));
    });
    return out;
  }
  using Found = std::vector<std::string>;

  Ownership ownership_;
};

TEST_F(OwnershipTest, FindsByPhysicalAddressToTheByte) {
  const uint32_t list = ownership_.add(Ownership::kNone, 3, kAt + 100, 0x1000, 50, kDeviceOwned);
  EXPECT_TRUE(ownership_.watches(kAt));
  EXPECT_FALSE(ownership_.watches(kAt - 1));
  EXPECT_EQ(found(kAt + 99, 1), Found{});
  EXPECT_EQ(found(kAt + 99, 2), Found{"3:0-1"});
  EXPECT_EQ(found(kAt + 149, 10), Found{"3:49-50"});
  EXPECT_EQ(found(kAt + 150, 1), Found{});
  EXPECT_EQ(found(kAt, 4096), Found{"3:0-50"});
  ownership_.remove(list);
  EXPECT_FALSE(ownership_.watches(kAt));
  EXPECT_EQ(found(kAt, 4096), Found{});
}

TEST_F(OwnershipTest, PartsCrossPages) {
  ownership_.add(Ownership::kNone, 1, kAt + 4090, 0, 4096 + 12, kDeviceOwned);
  EXPECT_EQ(found(kAt + 4095, 1), Found{"1:5-6"});
  EXPECT_EQ(found(kAt + 4096, 4096), Found{"1:6-4102"});
  EXPECT_EQ(found(kAt + 8192, 4096), Found{"1:4102-4108"});
}

TEST_F(OwnershipTest, FindsTheListByDmaAddress) {
  uint32_t list = ownership_.add(Ownership::kNone, 1, kAt, 0x8000, 4096, kDeviceOwned);
  list = ownership_.add(list, 1, kAt + 0x4000, 0x9000, 100, kDeviceOwned);
  std::string out;
  ownership_.each_of(list, 0x8fff, 11, [&](Piece& piece, uint32_t lo, uint32_t hi) {
    out += std::to_string(piece.phys - kAt) + ":" + std::to_string(lo) + "-" + std::to_string(hi) + " ";
  });
  EXPECT_EQ(out, "16384:0-10 0:4095-4096 ");
}

TEST_F(OwnershipTest, MemoryInNoBankHasNoOwner) {
  EXPECT_EQ(ownership_.add(Ownership::kNone, 1, HOST_RESOURCE_BASE, 0, 64, 0), Ownership::kNone);
  EXPECT_EQ(ownership_.add(Ownership::kNone, 1, kAt, 0, 0, 0), Ownership::kNone);
  EXPECT_FALSE(ownership_.watches(~uint64_t{0}));
}

TEST_F(OwnershipTest, ResetForgetsAndRoomIsKept) {
  for (int round = 0; round < 3; ++round) {
    for (unsigned i = 0; i < 100; ++i) ownership_.add(Ownership::kNone, i, kAt + i * 512, i, 512, kCpuOwned);
    EXPECT_EQ(found(kAt + 512, 1), Found{"1:0-1"});
    ownership_.reset();
    EXPECT_FALSE(ownership_.watches(kAt));
    EXPECT_EQ(found(kAt, 4096), Found{});
  }
}

TEST(Ownership, ResetComesBackToTheSnapshot) {
  Ownership o;
  constexpr uint64_t kAt = HOST_BANK_NORMAL_BASE;
  const auto states = [&](uint64_t phys) {
    std::string text;
    o.each_at(phys, 1, [&](const Piece& p, uint32_t lo, uint32_t) {
      text +=
          fmt::format("{}:{:d} ", p.mapping, p.bytes.find(lo, lo + 1, [](uint8_t s) { return s == kCpuOwned; }) == lo);
    });
    return text;
  };
  const uint32_t head = o.add(Ownership::kNone, 7, kAt + 4000, 0x1000, 200, kDeviceOwned);
  const uint32_t other = o.add(Ownership::kNone, 8, kAt + 0x8000, 0x3000, 64, kCpuOwned);
  o.snapshot();
  for (int round = 0; round < 3; ++round) {
    o.each_of(head, 0x1000, 200, [&](Piece& p, uint32_t lo, uint32_t hi) { o.update(p, lo, hi, 0, kCpuOwned); });
    o.remove(other);
    EXPECT_FALSE(o.watches(kAt + 0x8000));
    for (uint32_t i = 0; i < 300; ++i)
      o.add(Ownership::kNone, 9, kAt + 0x10000 + 4096 * i, 0x100000 + 4096 * i, 4096, 0);
    EXPECT_EQ(states(kAt + 4000), "7:1 ");
    o.reset();
    EXPECT_EQ(states(kAt + 4000), "7:0 ");
    EXPECT_EQ(states(kAt + 4199), "7:0 ") << "on its second page";
    EXPECT_EQ(states(kAt + 0x8000), "8:1 ");
    EXPECT_TRUE(o.watches(kAt + 0x8000));
    EXPECT_FALSE(o.watches(kAt + 0x10000));
  }
}

}  // namespace
}  // namespace dmafuzz
