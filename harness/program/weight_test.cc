// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Weight: what counts, what lightening keeps, and that the mutator keeps programs light on average.
#include "program/weight.h"

#include <gtest/gtest.h>

#include <vector>

#include "program/binary.h"
#include "program/mutate.h"
#include "program/text.h"

namespace dmafuzz {
namespace {

Program parsed(const char* text) {
  ProgramFile file;
  const std::optional<TextError> error = parse_text(text, file);
  EXPECT_FALSE(error) << error->str("program");
  return file.program;
}

TEST(Weight, CountsTheBytesThatOperationsName) {
  EXPECT_EQ(weight(Program{}), 0u);
  EXPECT_EQ(
      weight(parsed("dma 1\ndevice path=direct\n"
                    "b0 = alloc pages len=4096\nfill b0 len=4096\nm0 = map page b0 len=1000 to_device\n"
                    "dev_read m0 len=10\nunmap m0\ns0 = sg_alloc table b0 len=64 count=5\nquery max_mapping_size\n")),
      4096u + 4096 + 1000 + 10 + 5 * 64);
}

TEST(Weight, LighteningDividesWhatIsLargeAndKeepsWhatIsNot) {
  Program heavy = parsed(
      "dma 1\ndevice path=direct\n"
      "b0 = alloc pages len=1048576\nb1 = alloc pages len=8192\nfill b0 len=1048576 seed=1\nfill b1 len=4097 seed=2\n"
      "m0 = map page b0+524288 len=524288 to_device\ndev_read m0 len=524288\n");
  Program same = heavy;
  lighten(same, weight(heavy));
  EXPECT_EQ(encode(same), encode(heavy));
  lighten(heavy, weight(heavy) / 3);
  EXPECT_EQ(heavy.ops[0].len, 262144u);
  EXPECT_EQ(heavy.ops[2].len, heavy.ops[0].len);
  EXPECT_EQ(heavy.ops[4].off + heavy.ops[4].len, heavy.ops[0].len);
  EXPECT_EQ(heavy.ops[1].len, 8192u);
  EXPECT_EQ(heavy.ops[3].len, 4097u);
  lighten(heavy, 0);
  EXPECT_EQ(heavy.ops[0].len, 8192u);
  EXPECT_EQ(heavy.ops[3].len, 4097u);
}

TEST(Weight, BudgetsAreMostlySmallAndSometimesEnoughForAll) {
  Random random(7);
  unsigned light = 0;
  std::uint64_t most = 0, sum = 0;
  constexpr unsigned kDraws = 1 << 16;
  for (unsigned i = 0; i < kDraws; ++i) {
    const std::uint64_t budget = random_budget(random);
    light += budget == kLightWeight;
    most = std::max(most, budget);
    sum += budget;
  }
  EXPECT_NEAR(light, kDraws * 3 / 4, kDraws / 50);
  EXPECT_GE(most, kLightWeight << 6);
  EXPECT_LT(sum / kDraws, 3 * kLightWeight);
}

TEST(Weight, MutantsOfAHeavyProgramAreMostlyLight) {
  const Program heavy = parsed(
      "dma 1\ndevice path=bounce\n"
      "b0 = alloc pages len=1048576\nb1 = alloc pages len=1048576\nb2 = alloc pages len=1048576\n"
      "fill b0 len=1048576 seed=1\nfill b1 len=1048576 seed=2\nfill b2 len=1048576 seed=3\n");
  const std::vector<std::uint8_t> bytes = encode(heavy);
  std::vector<std::uint8_t> room(1024);
  unsigned light = 0;
  bool any_heavy = false;
  for (unsigned seed = 0; seed < 4000; ++seed) {
    std::copy(bytes.begin(), bytes.end(), room.begin());
    const std::size_t size = mutate(room.data(), bytes.size(), room.size(), seed, nullptr);
    const std::uint64_t now = weight(decode({room.data(), size}));
    light += now <= kLightWeight + 8 * 8192;
    any_heavy |= now > 1048576;
  }
  EXPECT_GT(light, 4000u * 2 / 3);
  EXPECT_TRUE(any_heavy);
}

}  // namespace
}  // namespace dmafuzz
