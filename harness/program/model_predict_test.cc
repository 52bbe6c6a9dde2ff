// SPDX-License-Identifier: GPL-2.0-only
// The reference model's predictions and checks: how an operation may end, which errors it has, and what addresses and
// lengths a result must have.
#include "program/model.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "program/testing/model_fixture.h"

namespace dmafuzz {
namespace {

using namespace dmafuzz::testing;  // NOLINT: the spellings of the fixture

using ModelResult = ModelFixture;

// Outcomes

struct OutcomeCase {
  const char* name;
  dmaf_path path;
  unsigned mask_bits;
  dmaf_op op;
  Outcome outcome;
};

class ModelOutcome : public ModelFixture, public ::testing::WithParamInterface<OutcomeCase> {};

TEST_P(ModelOutcome, IsPredicted) {
  const OutcomeCase& c = GetParam();
  begin(device(c.path, c.mask_bits));
  run(alloc(0, DMAF_OBJECT_MAX, DMAF_ALLOC_PAGES));
  run(alloc(1, 65536, DMAF_ALLOC_RESOURCE));
  EXPECT_EQ(outcome(c.op), c.outcome);
}

dmaf_op pool_of(uint32_t len, uint32_t align, unsigned boundary) {
  dmaf_op op = make_op(DMAF_OP_POOL_CREATE);
  op.len = len;
  op.off = align;
  op.val = static_cast<dmaf_u16>(boundary);
  return op;
}
dmaf_op mask_to(unsigned bits) {
  dmaf_op op = make_op(DMAF_OP_SET_MASK);
  op.val = static_cast<dmaf_u16>(bits);
  return op;
}

constexpr auto kMust = Outcome::kMustSucceed;
constexpr auto kNot = Outcome::kMustFail;

INSTANTIATE_TEST_SUITE_P(
    Cases, ModelOutcome,
    ::testing::Values(
        OutcomeCase{"direct", DMAF_PATH_DIRECT, 64, map(0, 0, DMAF_TO_DEVICE, 0, DMAF_OBJECT_MAX), kMust},
        OutcomeCase{"direct_bounced", DMAF_PATH_DIRECT, 32, map(0, 0, DMAF_TO_DEVICE, 0, 4096), kMust},
        OutcomeCase{"direct_bounce_largest", DMAF_PATH_DIRECT, 32, map(0, 0, DMAF_TO_DEVICE, 0, 262144), kMust},
        OutcomeCase{"direct_bounce_too_large", DMAF_PATH_DIRECT, 32, map(0, 0, DMAF_TO_DEVICE, 0, 262145), kNot},
        OutcomeCase{"pool_out_of_reach", DMAF_PATH_DIRECT, 30, map(0, 0, DMAF_TO_DEVICE, 0, 64), kNot},
        OutcomeCase{"forced", DMAF_PATH_BOUNCE, 64, map(0, 0, DMAF_TO_DEVICE, 0, 65536), kMust},
        OutcomeCase{"forced_too_large", DMAF_PATH_BOUNCE, 64, map(0, 0, DMAF_TO_DEVICE, 0, 300000), kNot},
        OutcomeCase{"restricted", DMAF_PATH_RESTRICTED, 24, map(0, 0, DMAF_TO_DEVICE, 0, 65536), kMust},
        OutcomeCase{"iommu", DMAF_PATH_IOMMU, 32, map(0, 0, DMAF_TO_DEVICE, 0, DMAF_OBJECT_MAX), kMust},
        OutcomeCase{"iommu_small_space", DMAF_PATH_IOMMU, 24, map(0, 0, DMAF_TO_DEVICE, 0, 65536), kMust},
        OutcomeCase{"iommu_large", DMAF_PATH_IOMMU, 24, map(0, 0, DMAF_TO_DEVICE, 0, DMAF_OBJECT_MAX), kMust},
        OutcomeCase{"registers", DMAF_PATH_DIRECT, 32, with_kind(map(0, 1, DMAF_TO_DEVICE, 0, 4096), DMAF_MAP_RESOURCE),
                    kMust},
        OutcomeCase{"registers_out_of_reach", DMAF_PATH_DIRECT, 31,
                    with_kind(map(0, 1, DMAF_TO_DEVICE, 0, 4096), DMAF_MAP_RESOURCE), kNot},
        OutcomeCase{"registers_do_not_bounce", DMAF_PATH_BOUNCE, 64,
                    with_kind(map(0, 1, DMAF_TO_DEVICE, 0, 4096), DMAF_MAP_RESOURCE), kNot},
        OutcomeCase{"coherent", DMAF_PATH_DIRECT, 64, coherent(0, DMAF_OBJECT_MAX), kMust},
        OutcomeCase{"coherent_low", DMAF_PATH_DIRECT, 24, coherent(0, 65536), kMust},
        OutcomeCase{"coherent_restricted", DMAF_PATH_RESTRICTED, 64, coherent(0, 65536), kMust},
        OutcomeCase{"coherent_restricted_large", DMAF_PATH_RESTRICTED, 64, coherent(0, 262145), kNot},
        OutcomeCase{"coherent_own", DMAF_PATH_POOL, 64, coherent(0, 0x100000), kMust},
        OutcomeCase{"pool", DMAF_PATH_DIRECT, 64, pool_of(64, 64, 12), kMust},
        OutcomeCase{"pool_odd_alignment", DMAF_PATH_DIRECT, 64, pool_of(64, 48, 0), kNot},
        OutcomeCase{"pool_boundary_too_small", DMAF_PATH_DIRECT, 64, pool_of(64, 1, 5), kNot},
        OutcomeCase{"mask_32", DMAF_PATH_DIRECT, 64, mask_to(32), kMust},
        OutcomeCase{"mask_24", DMAF_PATH_DIRECT, 64, mask_to(24), kMust},
        OutcomeCase{"mask_20", DMAF_PATH_DIRECT, 64, mask_to(20), kNot}),
    [](const auto& info) { return info.param.name; });

// A mask that reaches no bounce buffer: what would have to bounce may fail.
TEST_F(ModelResult, LinesOfTheMachineDecideWhatBouncesForItsSize) {
  const auto outcomes = [&](unsigned line_order, std::initializer_list<uint32_t> lengths, Outcome expected) {
    dmaf_config config = device(DMAF_PATH_DIRECT, 24);
    config.coherent = 0;
    config.line_order = static_cast<dmaf_u8>(line_order);
    begin(config);
    const dmaf_op buffer = alloc(0, 512, DMAF_ALLOC_KMALLOC_DMA);
    dmaf_result low = good(buffer);
    low.cpu = reinterpret_cast<void*>(HOST_LINEAR_BASE + 0x100000);
    ASSERT_TRUE(apply(buffer, low).ok());
    for (const uint32_t len : lengths)
      EXPECT_EQ(outcome(map(0, 0, DMAF_FROM_DEVICE, 0, len)), expected) << len << ", lines 2^" << line_order;
  };
  outcomes(5, {1, 16}, Outcome::kMayFail);
  outcomes(5, {17, 32, 33, 64, 65, 96, 97, 128, 129, 192, 193, 256, 512}, kMust);
  for (const unsigned order : {0u, 6u}) {
    outcomes(order, {1, 32, 65, 96}, Outcome::kMayFail);
    outcomes(order, {33, 64, 97, 128, 129, 192, 193, 255, 256, 512}, kMust);
  }
  outcomes(7, {1, 64, 65, 96, 129, 192}, Outcome::kMayFail);
  outcomes(7, {97, 128, 193, 255, 256, 512}, kMust);
}

TEST_F(ModelResult, NearALimitNothingIsSure) {
  begin(device(DMAF_PATH_IOMMU, 24));
  run(alloc(0, DMAF_OBJECT_MAX, DMAF_ALLOC_PAGES));
  const auto place = [&](unsigned h) {  // 16 MiB of addresses, ranges of 1 MiB and a page, each aligned to 2 MiB
    const dmaf_op op = map(h, 0, DMAF_TO_DEVICE, 0, DMAF_OBJECT_MAX);
    dmaf_result r = good(op);
    segments_[0].dma = uint64_t{h + 1} << 21;
    EXPECT_TRUE(apply(op, r).ok());
  };
  place(0);
  EXPECT_EQ(outcome(map(1, 0, DMAF_TO_DEVICE, 0, DMAF_OBJECT_MAX)), Outcome::kMustSucceed);
  place(1);
  EXPECT_EQ(outcome(map(2, 0, DMAF_TO_DEVICE, 0, DMAF_OBJECT_MAX)), Outcome::kMayFail);
  EXPECT_EQ(outcome(map(2, 0, DMAF_TO_DEVICE, 0, 4096)), Outcome::kMustSucceed);
}

TEST_F(ModelResult, ARefusedSizeMayBeRefusedForAWiderMask) {
  for (const unsigned wide : {32u, 33u}) {
    dmaf_config config = device(DMAF_PATH_IOMMU, wide);
    config.coherent_mask_bits = 24;
    begin(config);
    run(alloc(0, DMAF_OBJECT_MAX, DMAF_ALLOC_PAGES));
    const dmaf_op large = map(0, 0, DMAF_TO_DEVICE, 0, DMAF_OBJECT_MAX), small = map(0, 0, DMAF_TO_DEVICE, 0, 4096);
    for (unsigned h = 0; h < 7; h++) {
      const dmaf_op op = coherent(h, DMAF_OBJECT_MAX);
      dmaf_result r = good(op);
      segments_[0].dma = uint64_t{h + 1} << 20;
      EXPECT_TRUE(apply(op, r).ok());
    }
    EXPECT_EQ(outcome(large), Outcome::kMustSucceed);
    fail(coherent(7, DMAF_OBJECT_MAX));
    EXPECT_EQ(outcome(large), wide == 32 ? Outcome::kMayFail : Outcome::kMustSucceed);
    EXPECT_EQ(outcome(small), Outcome::kMustSucceed);
  }
}

TEST_F(ModelResult, IovaApiIsOfferedBehindAnIommuOnly) {
  run(alloc(0, 64));
  const dmaf_op op = with_kind(map(0, 0, DMAF_TO_DEVICE, 0, 64), DMAF_MAP_IOVA);
  EXPECT_FALSE(model_.before(op).offered);
  fail(op, DMAF_ST_NOT_OFFERED);
  EXPECT_EQ(apply(op, good(op)).what, Mismatch::kNotOffered);
}

TEST_F(ModelResult, InjectedFailureStaysUntilItStruck) {
  run(make_op(DMAF_OP_FAIL_ALLOC));
  EXPECT_EQ(outcome(alloc(0, 64)), Outcome::kMayFail);
  run(alloc(0, 64));
  EXPECT_EQ(outcome(alloc(1, 64)), Outcome::kMayFail);
  EXPECT_EQ(outcome(make_op(DMAF_OP_FREE, 0)), Outcome::kMustSucceed) << "freeing never fails";
  fail(alloc(1, 64));
  EXPECT_EQ(outcome(alloc(1, 64)), Outcome::kMustSucceed);
}

TEST_F(ModelResult, StatusIsHeldAgainstThePrediction) {
  dmaf_result r{};
  r.status = -12;
  EXPECT_EQ(apply(alloc(0, 64), r).what, Mismatch::kUnexpectedFailure);
  r.status = DMAF_ST_DEAD_HANDLE;
  EXPECT_EQ(apply(alloc(0, 64), r).what, Mismatch::kDeadHandle);
  run(make_op(DMAF_OP_FAIL_ALLOC));
  r.status = -22;
  EXPECT_EQ(apply(alloc(0, 64), r).what, Mismatch::kWrongError);
  begin(device(DMAF_PATH_BOUNCE));
  run(alloc(0, DMAF_OBJECT_MAX, DMAF_ALLOC_PAGES));
  const dmaf_op too_large = map(0, 0, DMAF_TO_DEVICE, 0, DMAF_OBJECT_MAX);
  EXPECT_EQ(apply(too_large, good(too_large)).what, Mismatch::kUnexpectedSuccess);
}

// Results

TEST_F(ModelResult, CpuMemory) {
  dmaf_result r{};
  EXPECT_EQ(apply(alloc(0, 64), r).what, Mismatch::kNoCpuAddress);
  r = good(alloc(1, 64));
  EXPECT_EQ(apply(alloc(1, 64, DMAF_ALLOC_KMALLOC_DMA), r).what, Mismatch::kCpuZone);
  EXPECT_EQ(apply(alloc(2, 64, DMAF_ALLOC_PAGES_DMA32), r).what, Mismatch::kCpuZone);
  r.cpu = static_cast<char*>(r.cpu) + 32;
  EXPECT_EQ(apply(alloc(3, 64), r).what, Mismatch::kCpuAlignment);
  EXPECT_TRUE(apply(alloc(4, 96), r).ok()) << "only powers of two are aligned to their size";
}

TEST_F(ModelResult, MappingSegments) {
  begin(device(DMAF_PATH_IOMMU, 32));
  run(alloc(0, 8192));
  const dmaf_op op = map(0, 0, DMAF_TO_DEVICE, 0, 4096);
  const auto verdict = [&](std::vector<dmaf_segment> segments) {
    dmaf_result r{};
    r.seg = segments.data();
    r.nseg = static_cast<dmaf_u32>(segments.size());
    Model copy = model_;
    return copy.after(op, r).what;
  };
  EXPECT_EQ(verdict({{0x1000, 4096}}), Mismatch::kNone);
  EXPECT_EQ(verdict({}), Mismatch::kSegments);
  EXPECT_EQ(verdict({{0x1000, 4095}}), Mismatch::kSegments);
  EXPECT_EQ(verdict({{0x1000, 2048}, {0x3000, 2048}}), Mismatch::kSegments);
  EXPECT_EQ(verdict({{0xfffff000, 4096}}), Mismatch::kNone);
  EXPECT_EQ(verdict({{0xfffff001, 4096}}), Mismatch::kMask);
}

TEST_F(ModelResult, ListSegments) {
  dmaf_config config = device(DMAF_PATH_IOMMU);
  config.max_seg = 8192;
  config.boundary_order = 16;
  begin(config);
  run(alloc(0, 65536));
  dmaf_op list = make_op(DMAF_OP_SG_ALLOC, 0);
  list.len = 4096;
  list.val = 4;
  run(list);
  const dmaf_op op = make_op(DMAF_OP_SG_MAP, 0);
  const auto verdict = [&](std::vector<dmaf_segment> segments) {
    dmaf_result r{};
    r.seg = segments.data();
    r.nseg = static_cast<dmaf_u32>(segments.size());
    Model copy = model_;
    return copy.after(op, r).what;
  };
  EXPECT_EQ(verdict({{0x1000, 8192}, {0x3000, 8192}}), Mismatch::kNone) << "merged as far as it may be";
  EXPECT_EQ(verdict({{0x1000, 16384}}), Mismatch::kSegmentTooLong);
  EXPECT_EQ(verdict({{0xf000, 8192}, {0x20000, 8192}}), Mismatch::kBoundary);
  EXPECT_EQ(verdict({{0x1000, 8192}, {0x3000, 4096}}), Mismatch::kSegments);
  EXPECT_EQ(verdict({{0x1000, 8192}, {0x3000, 8192}, {0x5000, 0}}), Mismatch::kSegments);
}

TEST_F(ModelResult, MinAlignMaskKeepsLowBits) {
  dmaf_config config = device(DMAF_PATH_BOUNCE);
  config.min_align_order = 9;
  begin(config);
  run(alloc(0, 8192));
  const dmaf_op op = map(0, 0, DMAF_TO_DEVICE, 0x123, 64);
  dmaf_result r = good(op);
  segments_[0].dma = 0x80000123;
  EXPECT_TRUE(Model(model_).after(op, r).ok());
  segments_[0].dma = 0x80000100;
  EXPECT_EQ(Model(model_).after(op, r).what, Mismatch::kAlignment);
}

TEST_F(ModelResult, AddressesBelongToOne) {
  begin(device(DMAF_PATH_IOMMU));
  run(alloc(0, 8192));
  run(map(0, 0, DMAF_TO_DEVICE, 0, 4096));
  const dmaf_op op = map(1, 0, DMAF_TO_DEVICE, 4096, 4096);
  dmaf_result r = good(op);
  segments_[0].dma = buffers_[0] + 4095;
  EXPECT_EQ(Model(model_).after(op, r).what, Mismatch::kOverlap);
  segments_[0].dma = buffers_[0] + 4096;
  EXPECT_TRUE(Model(model_).after(op, r).ok());
}

TEST_F(ModelResult, CoherentAddresses) {
  begin(device(DMAF_PATH_DIRECT, 32));
  dmaf_op op = coherent(0, 8192);
  dmaf_result r = good(op);
  EXPECT_EQ(Model(model_).after(op, r).what, Mismatch::kMask);
  segments_[0].dma = HOST_BANK_DMA32_BASE + 0x1000;
  EXPECT_EQ(Model(model_).after(op, r).what, Mismatch::kAlignment) << "8 KiB, aligned to 4";
  segments_[0].dma = HOST_BANK_DMA32_BASE + 0x2000;
  EXPECT_TRUE(Model(model_).after(op, r).ok());
  segments_[0].len = 4096;
  EXPECT_EQ(Model(model_).after(op, r).what, Mismatch::kSegments);
}

TEST_F(ModelResult, PoolBlocks) {
  run(pool_of(96, 32, 7));
  dmaf_op op = make_op(DMAF_OP_POOL_ALLOC, 0);
  dmaf_result r = good(op);
  const uint64_t base = segments_[0].dma;
  const auto verdict = [&](uint64_t at) {
    segments_[0].dma = base + at;
    return Model(model_).after(op, r).what;
  };
  EXPECT_EQ(verdict(0), Mismatch::kNone);
  EXPECT_EQ(verdict(32), Mismatch::kNone);
  EXPECT_EQ(verdict(16), Mismatch::kAlignment);
  EXPECT_EQ(verdict(64), Mismatch::kBoundary);
  segments_[0].dma = base;
  ASSERT_TRUE(model_.after(op, r).ok());
  op.h = 1;
  EXPECT_EQ(verdict(32), Mismatch::kOverlap);
  EXPECT_EQ(verdict(128), Mismatch::kNone);
}

TEST_F(ModelResult, Queries) {
  const auto verdict = [&](unsigned kind, uint64_t value) {
    dmaf_op op = make_op(DMAF_OP_QUERY);
    op.kind = static_cast<dmaf_u8>(kind);
    dmaf_result r{};
    r.value = value;
    return model_.after(op, r).what;
  };
  EXPECT_EQ(verdict(DMAF_QUERY_MERGE_BOUNDARY, 0), Mismatch::kNone);
  EXPECT_EQ(verdict(DMAF_QUERY_MERGE_BOUNDARY, 4095), Mismatch::kValue);
  EXPECT_EQ(verdict(DMAF_QUERY_REQUIRED_MASK, 0x1ffffffff), Mismatch::kNone);
  EXPECT_EQ(verdict(DMAF_QUERY_REQUIRED_MASK, 0x100000000), Mismatch::kValue);
  dmaf_config config = device(DMAF_PATH_BOUNCE, 64, false);
  config.min_align_order = 12;
  begin(config);
  EXPECT_EQ(verdict(DMAF_QUERY_MAX_MAPPING_SIZE, 258048), Mismatch::kNone);
  EXPECT_EQ(verdict(DMAF_QUERY_MAX_MAPPING_SIZE, 262144), Mismatch::kValue);
  EXPECT_EQ(verdict(DMAF_QUERY_NEED_SYNC, 0), Mismatch::kValue);
  EXPECT_EQ(verdict(DMAF_QUERY_CAN_MMAP, 2), Mismatch::kValue);
}

}  // namespace
}  // namespace dmafuzz
