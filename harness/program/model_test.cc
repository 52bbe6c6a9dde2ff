// SPDX-License-Identifier: GPL-2.0-only
// The reference model rule by rule: what is promised of bytes, and what exists after failures.
// How operations may end, and what results look like, is in model_predict_test.cc.
#include "program/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "program/testing/model_fixture.h"

namespace dmafuzz {
namespace {

using namespace dmafuzz::testing;  // NOLINT: the spellings of the fixture
using ::testing::HasSubstr;

using ModelTest = ModelFixture;

// Bytes

TEST_F(ModelTest, FreshMemoryIsUnknownUnlessZeroed) {
  run(alloc(0, 64));
  run(alloc(1, 64, DMAF_ALLOC_KMALLOC, DMAF_F_ZERO));
  EXPECT_EQ(cpu(0, 0), "?");
  EXPECT_EQ(cpu(1, 63), "0");
}

TEST_F(ModelTest, ToDevicePublishesAtMap) {
  run(alloc(0, 64));
  run(on(DMAF_OP_FILL, DMAF_BUF, 0, 0, 64, 7));
  run(map(0, 0, DMAF_TO_DEVICE, 16, 32));
  EXPECT_EQ(dev(0, 0, 16), "7");
  run(make_op(DMAF_OP_UNMAP, 0));
  EXPECT_EQ(cpu(0, 20), "7");
}

TEST_F(ModelTest, FromDevicePreservesWhatTheDeviceLeaves) {
  run(alloc(0, 64));
  run(on(DMAF_OP_FILL, DMAF_BUF, 0, 0, 64, 7));
  run(map(0, 0, DMAF_FROM_DEVICE, 16, 32));
  run(on(DMAF_OP_DEV_WRITE, DMAF_MAP, 0, 8, 8, 9));
  EXPECT_EQ(cpu(0, 24), "?") << "before unmap each path differs";
  EXPECT_EQ(cpu(0, 16), "7");
  run(make_op(DMAF_OP_UNMAP, 0));
  EXPECT_EQ(cpu(0, 23), "7");
  EXPECT_EQ(cpu(0, 24, 8), "9");
  EXPECT_EQ(cpu(0, 31, 15), "9");
  EXPECT_EQ(cpu(0, 32), "7");
}

TEST_F(ModelTest, CpuWritesAreSeenAfterSyncForDeviceOnly) {
  run(alloc(0, 64));
  run(on(DMAF_OP_FILL, DMAF_BUF, 0, 0, 64, 7));
  run(map(0, 0, DMAF_BIDIRECTIONAL, 0, 64));
  run(on(DMAF_OP_SYNC_CPU, DMAF_MAP, 0, 0, 64));
  run(on(DMAF_OP_FILL, DMAF_BUF, 0, 0, 32, 8));
  EXPECT_EQ(dev(0, 0), "?");
  EXPECT_EQ(dev(0, 32), "7");
  run(on(DMAF_OP_SYNC_DEV, DMAF_MAP, 0, 0, 16));
  EXPECT_EQ(dev(0, 15), "8");
  EXPECT_EQ(dev(0, 16), "?");
  run(make_op(DMAF_OP_UNMAP, 0));
  EXPECT_EQ(cpu(0, 15), "8");
  EXPECT_EQ(cpu(0, 16), "?") << "a bounce buffer overwrites what was never synced, direct memory does not";
}

TEST_F(ModelTest, PartialSyncForCpu) {
  run(alloc(0, 64));
  run(on(DMAF_OP_FILL, DMAF_BUF, 0, 0, 64, 7));
  run(map(0, 0, DMAF_BIDIRECTIONAL, 0, 64));
  run(on(DMAF_OP_DEV_WRITE, DMAF_MAP, 0, 0, 64, 9));
  run(on(DMAF_OP_SYNC_CPU, DMAF_MAP, 0, 16, 16));
  EXPECT_EQ(cpu(0, 15), "?");
  EXPECT_EQ(cpu(0, 16), "9");
  EXPECT_EQ(cpu(0, 32), "?");
}

TEST_F(ModelTest, SkipAtMapPublishesNothing) {
  run(alloc(0, 64));
  run(on(DMAF_OP_FILL, DMAF_BUF, 0, 0, 64, 7));
  run(map(0, 0, DMAF_TO_DEVICE, 0, 64, DMAF_A_SKIP_CPU_SYNC));
  EXPECT_EQ(dev(0, 0), "?");
  EXPECT_EQ(cpu(0, 0), "7") << "still the CPU's";
  run(on(DMAF_OP_SYNC_DEV, DMAF_MAP, 0, 0, 32));
  EXPECT_EQ(dev(0, 31), "7");
  EXPECT_EQ(dev(0, 32), "?");
}

TEST_F(ModelTest, SkipAtUnmapFetchesNothing) {
  run(alloc(0, 64));
  run(on(DMAF_OP_FILL, DMAF_BUF, 0, 0, 64, 7));
  run(map(0, 0, DMAF_FROM_DEVICE, 0, 64));
  run(on(DMAF_OP_DEV_WRITE, DMAF_MAP, 0, 0, 8, 9));
  dmaf_op unmap = make_op(DMAF_OP_UNMAP, 0);
  unmap.attrs = DMAF_A_SKIP_CPU_SYNC;
  run(unmap);
  EXPECT_EQ(cpu(0, 0), "?");
  EXPECT_EQ(cpu(0, 8), "7");
}

TEST_F(ModelTest, ScatterlistGathersAndScatters) {
  run(alloc(0, 256));
  run(on(DMAF_OP_FILL, DMAF_BUF, 0, 0, 256, 7));
  dmaf_op list = make_op(DMAF_OP_SG_ALLOC, 0);
  list.off = 16;
  list.len = 32;
  list.gap = 32;
  list.val = 3;  // 16..47, 80..111, 144..175
  run(list);
  run(make_op(DMAF_OP_SG_MAP, 0));
  EXPECT_EQ(byte(Side::kDevice, DMAF_SG, 0, 33, 81), "7");
  run(on(DMAF_OP_DEV_WRITE, DMAF_SG, 0, 30, 4, 9));
  run(make_op(DMAF_OP_SG_UNMAP, 0));
  EXPECT_EQ(cpu(0, 46, 30), "9");
  EXPECT_EQ(cpu(0, 48), "7");
  EXPECT_EQ(cpu(0, 80, 32), "9");
  EXPECT_EQ(cpu(0, 82), "7");
  run(on(DMAF_OP_FILL, DMAF_SG, 0, 64, 32, 5));
  EXPECT_EQ(cpu(0, 144, 64), "5");
  EXPECT_EQ(cpu(0, 143), "7");
}

TEST_F(ModelTest, CoherentMemoryIsOneCopyAndZeroed) {
  run(coherent(0, 128));
  EXPECT_EQ(byte(Side::kCpu, DMAF_COH, 0, 127), "0");
  EXPECT_EQ(byte(Side::kDevice, DMAF_COH, 0, 127), "0");
  run(on(DMAF_OP_FILL, DMAF_COH, 0, 0, 64, 7));
  EXPECT_EQ(byte(Side::kDevice, DMAF_COH, 0, 63), "7");
  run(on(DMAF_OP_DEV_WRITE, DMAF_COH, 0, 0, 8, 9));
  EXPECT_EQ(byte(Side::kCpu, DMAF_COH, 0, 7), "9");
}

TEST_F(ModelTest, NonCoherentMemoryWantsSyncs) {
  run(coherent(0, 128, DMAF_COH_NONCOHERENT));
  EXPECT_EQ(byte(Side::kCpu, DMAF_COH, 0, 0), "0");
  EXPECT_EQ(byte(Side::kDevice, DMAF_COH, 0, 0), "?");
  run(on(DMAF_OP_SYNC_DEV, DMAF_COH, 0, 0, 128));
  EXPECT_EQ(byte(Side::kDevice, DMAF_COH, 0, 0), "0");
  run(on(DMAF_OP_DEV_WRITE, DMAF_COH, 0, 0, 8, 9));
  EXPECT_EQ(byte(Side::kCpu, DMAF_COH, 0, 0), "?");
  run(on(DMAF_OP_SYNC_CPU, DMAF_COH, 0, 0, 128));
  EXPECT_EQ(byte(Side::kCpu, DMAF_COH, 0, 0), "9");
  EXPECT_EQ(byte(Side::kCpu, DMAF_COH, 0, 8), "0");
  run(coherent(1, 128, DMAF_COH_NONCONTIGUOUS));
  EXPECT_EQ(byte(Side::kCpu, DMAF_COH, 1, 0), "?") << "cleared on demand only behind an IOMMU";
}

TEST_F(ModelTest, WrongByteIsDescribed) {
  run(alloc(0, 64));
  run(on(DMAF_OP_FILL, DMAF_BUF, 0, 8, 8, 7));
  const dmaf_op check = on(DMAF_OP_CHECK, DMAF_BUF, 0, 0, 64);
  std::vector<uint8_t> seen(64);
  for (uint32_t i = 0; i < 64; i++) seen[i] = dmaf_pattern(7, i);
  EXPECT_TRUE(model_.after(check, {}, seen).ok()) << "unknown bytes may be anything";
  seen[9] ^= 0xff;
  const Verdict v = model_.after(check, {}, seen);
  EXPECT_EQ(v.what, Mismatch::kBytes);
  EXPECT_EQ(v.at, 9u);
  EXPECT_THAT(model_.describe(v), HasSubstr("op 3 (check) read a wrong byte at offset 9: the CPU must see"));
  EXPECT_THAT(model_.describe(v), HasSubstr("last written by op 1 (val 7, its offset 9)"));
}

// What exists

TEST_F(ModelTest, FailuresTakeTheirDependentsAlong) {
  run(alloc(0, 64));
  run(make_op(DMAF_OP_FAIL_ALLOC));
  fail(map(0, 0, DMAF_TO_DEVICE, 0, 64));
  EXPECT_FALSE(model_.runnable(make_op(DMAF_OP_UNMAP, 0)));
  EXPECT_FALSE(model_.runnable(on(DMAF_OP_SYNC_CPU, DMAF_MAP, 0, 0, 64)));
  EXPECT_FALSE(model_.runnable(on(DMAF_OP_DEV_READ, DMAF_MAP, 0, 0, 1)));
  EXPECT_TRUE(model_.runnable(make_op(DMAF_OP_FREE, 0)));
  EXPECT_EQ(outcome(make_op(DMAF_OP_UNMAP, 0)), Outcome::kSkip);
  dmaf_op list = make_op(DMAF_OP_SG_ALLOC, 0);
  list.len = 8;
  list.val = 2;
  run(list);
  EXPECT_FALSE(model_.runnable(make_op(DMAF_OP_SG_UNMAP, 0)));
  run(make_op(DMAF_OP_SG_MAP, 0));
  EXPECT_FALSE(model_.runnable(make_op(DMAF_OP_SG_FREE, 0)));
  EXPECT_FALSE(model_.runnable(make_op(DMAF_OP_FREE, 0)));
}

TEST_F(ModelTest, CleanupOrder) {
  run(alloc(0, 64));
  run(map(1, 0, DMAF_TO_DEVICE, 0, 8, DMAF_A_WEAK_ORDERING));
  dmaf_op list = make_op(DMAF_OP_SG_ALLOC, 2);
  list.off = 16;
  list.len = 8;
  list.val = 1;
  run(list);
  run(make_op(DMAF_OP_SG_MAP, 2));
  run(coherent(3, 64));
  dmaf_op pool = make_op(DMAF_OP_POOL_CREATE, 4);
  pool.len = 16;
  run(pool);
  dmaf_op block = make_op(DMAF_OP_POOL_ALLOC, 5);
  block.src = 4;
  run(block);
  std::vector<int> order;
  dmaf_op op;
  while (model_.next_cleanup(op) && order.size() < 20) {
    order.push_back(op.code);
    if (op.code == DMAF_OP_UNMAP) EXPECT_EQ(op.attrs, DMAF_A_WEAK_ORDERING);
    run(op);
  }
  EXPECT_EQ(order, (std::vector<int>{DMAF_OP_UNMAP, DMAF_OP_SG_UNMAP, DMAF_OP_SG_FREE, DMAF_OP_POOL_FREE,
                                     DMAF_OP_POOL_DESTROY, DMAF_OP_COH_FREE, DMAF_OP_FREE}));
}

TEST_F(ModelTest, CleanupEndsThoughTheBackendLostTheObject) {
  run(alloc(0, 64));
  dmaf_op op;
  ASSERT_TRUE(model_.next_cleanup(op));
  dmaf_result r{};
  r.status = DMAF_ST_DEAD_HANDLE;
  EXPECT_EQ(apply(op, r).what, Mismatch::kDeadHandle);
  EXPECT_FALSE(model_.next_cleanup(op));
}

TEST_F(ModelTest, UnbindTakesManagedMemory) {
  run(coherent(0, 64, DMAF_COH_MANAGED));
  run(coherent(1, 64));
  run(make_op(DMAF_OP_UNBIND));
  EXPECT_FALSE(model_.live(DMAF_COH, 0));
  EXPECT_TRUE(model_.live(DMAF_COH, 1));
  EXPECT_FALSE(model_.runnable(coherent(2, 64)));
  dmaf_op op;
  ASSERT_TRUE(model_.next_cleanup(op));
  EXPECT_EQ(op.code, DMAF_OP_BIND) << "what is left is given back by a bound driver";
  run(op);
  ASSERT_TRUE(model_.next_cleanup(op));
  EXPECT_EQ(op.code, DMAF_OP_COH_FREE);
}

}  // namespace
}  // namespace dmafuzz
