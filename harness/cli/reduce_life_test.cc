// SPDX-License-Identifier: GPL-2.0-only
#include "cli/reduce_life.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace dmafuzz::cli {
namespace {

LifeOp op(LifeCode code, uint32_t a = 0) {
  return {static_cast<uint8_t>(code), 0, 0, a, 0, 0};
}

Life long_life() {
  Life life;
  life.config.degree = static_cast<uint8_t>(Degree::kUntrusted);
  life.config.path = 1;
  life.config.fill = 9;
  life.ops = {op(LifeCode::kLoad), op(LifeCode::kOpen),          op(LifeCode::kTransmit, 60), op(LifeCode::kWire, 900),
              op(LifeCode::kMtu),  op(LifeCode::kTransmit, 900), op(LifeCode::kStop),         op(LifeCode::kUnload)};
  return life;
}

TEST(ReduceLife, LeavesWhatItTakes) {
  const auto judge = [](const Life& life) {
    return life.config.degree >= 1 && std::ranges::any_of(life.ops, [](const LifeOp& o) {
             return o.code == static_cast<uint8_t>(LifeCode::kTransmit) && o.a >= 100;
           });
  };
  const Life out = reduce_life(long_life(), judge, [] { return false; });
  ASSERT_EQ(out.ops.size(), 1u);
  EXPECT_EQ(out.ops[0].a, 100u);
  EXPECT_EQ(out.config.degree, static_cast<uint8_t>(Degree::kFaulty));
  EXPECT_EQ(out.config.path, 0);
  EXPECT_EQ(out.config.fill, 0);
}

TEST(ReduceLife, NothingLessWillDo) {
  const Life life = long_life();
  EXPECT_TRUE(reduce_life(life, [](const Life&) { return false; }, [] { return false; }) == life);
}

TEST(ReduceLife, StopsWhenItIsEnough) {
  int asked = 0;
  const Life out = reduce_life(long_life(), [](const Life&) { return true; }, [&] { return ++asked > 1; });
  EXPECT_EQ(out.ops.size(), 4u);
}

}  // namespace
}  // namespace dmafuzz::cli
