// SPDX-License-Identifier: GPL-2.0-only
// What is added is found by each of its bytes, also among many; what is removed is remembered for a while.
#include "dmasan/registry.h"

#include <gtest/gtest.h>

#include <random>

namespace dmafuzz {
namespace {

int g_dev, g_other;

Mapping mapping(uint64_t dma, uint64_t size, const void* dev = &g_dev) {
  Mapping m;
  m.dev = dev;
  m.dma = dma;
  m.size = size;
  return m;
}
bool any(const Mapping&) {
  return true;
}

TEST(Registry, FindsByStartAndByEachByte) {
  Registry r;
  r.add(mapping(0x1ff0, 0x20));  // across a page
  r.add(mapping(0xfffff000, 0x2000));
  EXPECT_EQ(r.live(), 2u);
  for (const uint64_t dma : {0x1ff0, 0x1fff, 0x2000, 0x200f}) {
    const uint32_t found = r.covering(&g_dev, dma, any);
    ASSERT_NE(found, Registry::kNone) << dma;
    EXPECT_EQ(r.at(found).dma, 0x1ff0u);
  }
  EXPECT_EQ(r.covering(&g_dev, 0x1fef, any), Registry::kNone);
  EXPECT_EQ(r.covering(&g_dev, 0x2010, any), Registry::kNone);
  EXPECT_EQ(r.covering(&g_other, 0x1ff0, any), Registry::kNone);
  EXPECT_NE(r.covering(&g_dev, 0x100000fff, any), Registry::kNone) << "beyond 2^32";
  EXPECT_NE(r.find(0x1ff0, any), Registry::kNone);
  EXPECT_EQ(r.find(0x1ff1, any), Registry::kNone);
}

TEST(Registry, PrefersWhatFits) {
  Registry r;
  r.add(mapping(0x1000, 16));
  r.add(mapping(0x1000, 32));
  r.add(mapping(0x1000, 64, &g_other));
  for (const uint64_t size : {16, 32, 64}) {
    const uint32_t found = r.find(0x1000, [&](const Mapping& m) { return m.size == size; });
    EXPECT_EQ(r.at(found).size, size);
  }
  EXPECT_NE(r.find(0x1000, [](const Mapping&) { return false; }), Registry::kNone);
  EXPECT_EQ(r.at(r.covering(&g_dev, 0x100f, [](const Mapping& m) { return m.size == 32; })).size, 32u);
}

TEST(Registry, RemembersWhatWent) {
  Registry r;
  for (unsigned i = 0; i < 600; ++i) {
    r.add(mapping(0x1000 + i * 16, 16));
    r.remove(r.find(0x1000 + i * 16, any));
  }
  EXPECT_EQ(r.live(), 0u);
  ASSERT_NE(r.gone(&g_dev, 0x1000 + 599 * 16 + 15), nullptr);
  EXPECT_EQ(r.gone(&g_dev, 0x1000 + 599 * 16 + 15)->dma, 0x1000u + 599 * 16);
  EXPECT_NE(r.gone(&g_dev, 0x1000 + 88 * 16), nullptr);
  EXPECT_EQ(r.gone(&g_dev, 0x1000 + 87 * 16), nullptr) << "512 are kept";
  EXPECT_EQ(r.gone(&g_other, 0x1000 + 599 * 16), nullptr);
  // The one that went last is meant where several lay.
  r.add(mapping(0x1000 + 599 * 16, 8));
  r.remove(r.find(0x1000 + 599 * 16, any));
  EXPECT_EQ(r.gone(&g_dev, 0x1000 + 599 * 16)->size, 8u);
}

TEST(Registry, NamesTheNeighbourBelow) {
  Registry r;
  r.add(mapping(0x1000, 64));
  r.add(mapping(0x1f80, 64));
  EXPECT_EQ(r.below(&g_dev, 0x1050)->dma, 0x1000u);
  EXPECT_EQ(r.below(&g_dev, 0x2000)->dma, 0x1f80u) << "the page before";
  EXPECT_EQ(r.below(&g_dev, 0x3000), nullptr);
  EXPECT_EQ(r.below(&g_dev, 0xfff), nullptr);
}

TEST(Registry, HoldsTenThousandAndForgetsThem) {
  Registry r;
  std::mt19937 random(1);
  std::vector<uint64_t> live;
  for (unsigned round = 0; round < 2; ++round) {
    for (unsigned i = 0; i < 10000; ++i) {
      const uint64_t dma = (uint64_t{i} * 0x11000 + 0x40) & ~uint64_t{0x3f};
      r.add(mapping(dma, 1 + random() % 9000));
      live.push_back(dma);
    }
    std::shuffle(live.begin(), live.end(), random);
    for (unsigned i = 0; i < 5000; ++i) {
      const uint32_t found = r.find(live.back(), any);
      ASSERT_NE(found, Registry::kNone);
      r.remove(found);
      live.pop_back();
    }
    EXPECT_EQ(r.live(), 5000u);
    for (const uint64_t dma : live) EXPECT_NE(r.find(dma, any), Registry::kNone);
    unsigned seen = 0;
    r.each([&](const Mapping&) { ++seen; });
    EXPECT_EQ(seen, 5000u);
    r.reset();
    live.clear();
    EXPECT_EQ(r.live(), 0u);
    EXPECT_EQ(r.covering(&g_dev, 0x40, any), Registry::kNone);
    EXPECT_EQ(r.gone(&g_dev, 0x40), nullptr);
  }
}

TEST(Registry, ResetComesBackToTheSnapshot) {
  Registry r;
  const uint32_t kept = r.add(mapping(0x1000, 0x100)).index;
  const uint32_t removed = r.add(mapping(0x1800, 0x2000)).index;
  const uint32_t gone = r.add(mapping(0x9000, 0x100)).index;
  r.remove(gone);
  r.snapshot();
  for (int round = 0; round < 3; ++round) {
    r.edit(kept).checked = true;
    r.remove(removed);
    for (uint64_t i = 0; i < 700; ++i) r.add(mapping(0x100000 + 0x1000 * i, 0x1000));
    r.add(mapping(0x1800, 8));
    r.reset();
    EXPECT_EQ(r.live(), 2u);
    EXPECT_FALSE(r.at(kept).checked);
    EXPECT_EQ(r.find(0x1000, any), kept);
    EXPECT_EQ(r.covering(&g_dev, 0x37ff, any), removed) << "on its last page";
    EXPECT_EQ(r.at(removed).size, 0x2000u);
    EXPECT_EQ(r.find(0x100000, any), Registry::kNone);
    ASSERT_TRUE(r.gone(&g_dev, 0x9000));
    EXPECT_FALSE(r.gone(&g_dev, 0x1800));
    EXPECT_EQ(r.add(mapping(0x20000, 1)).index, gone) << "slots are given out in the same order";
    r.reset();
  }
}

}  // namespace
}  // namespace dmafuzz
