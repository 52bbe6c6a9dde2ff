// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The binary form: any bytes decode, canonical programs and their bytes are one to one, and every field survives.
#include "program/binary.h"

#include <gtest/gtest.h>

#include <random>

#include "program/shape.h"

namespace dmafuzz {
namespace {

std::vector<std::uint8_t> random_bytes(std::mt19937_64& rng, std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  for (auto& b : bytes) b = static_cast<std::uint8_t>(rng());
  return bytes;
}

TEST(Binary, ShortInputsDecodeToTheDefaultDevice) {
  for (std::size_t size : {0u, 1u, 15u, 16u, 17u, 31u}) {
    std::vector<std::uint8_t> bytes(size);
    Program program = decode(bytes);
    EXPECT_TRUE(program.lawful) << size;
    EXPECT_TRUE(program.ops.empty()) << size;
    EXPECT_TRUE(same_config(program.config, default_config())) << size;
  }
  std::uint8_t raw = 0xff;
  Program program = decode({&raw, 1});
  EXPECT_FALSE(program.lawful);
}

TEST(Binary, RandomBytesAreCanonicalAfterOneTrip) {
  std::mt19937_64 rng(1);
  Program program, again;
  for (int i = 0; i < 100000; ++i) {
    std::vector<std::uint8_t> bytes = random_bytes(rng, rng() % 400);
    decode(bytes, program);
    for (const dmaf_op& op : program.ops) ASSERT_TRUE(is_canonical(op));
    std::vector<std::uint8_t> once = encode(program);
    ASSERT_EQ(once.size(), encoded_size(program.ops.size()));
    decode(once, again);
    ASSERT_EQ(program, again) << "input " << i;
    ASSERT_EQ(once, encode(again));
  }
}

TEST(Binary, EveryFieldOfEveryOperationSurvives) {
  for (unsigned code = 0; code < DMAF_OP_COUNT; ++code) {
    const OpInfo& info = op_info(code);
    std::vector<dmaf_op> variants;
    auto variant = [&](auto change) {
      dmaf_op op = {};
      op.code = static_cast<dmaf_u8>(code);
      canonicalise(op);
      change(op);
      ASSERT_TRUE(is_canonical(op)) << info.name;
      variants.push_back(op);
    };
    variant([](dmaf_op&) {});
    for (unsigned cls = 0; cls < DMAF_CLASSES; ++cls)
      if (info.classes >> cls & 1) variant([&](dmaf_op& op) { op.cls = static_cast<dmaf_u8>(cls); });
    dmaf_op plain = variants[0];
    if (handle_class(plain)) variant([](dmaf_op& op) { op.h = 15; });
    if (info.has(DMAF_HAS_SRC)) variant([](dmaf_op& op) { op.src = 15; });
    for (unsigned kind = 0; kind < info.kinds.size(); ++kind)
      variant([&](dmaf_op& op) { op.kind = static_cast<dmaf_u8>(kind); });
    if (info.has(DMAF_HAS_DIR)) variant([](dmaf_op& op) { op.dir = 3; });
    if (info.has(DMAF_HAS_FLAGS)) variant([](dmaf_op& op) { op.flags = 0x3f; });
    if (info.has(DMAF_HAS_ATTRS)) variant([](dmaf_op& op) { op.attrs = 0xff; });
    if (info.has(DMAF_HAS_OFF)) variant([&](dmaf_op& op) { op.off = info.max_off; });
    if (info.has(DMAF_HAS_LEN)) variant([&](dmaf_op& op) { op.len = info.max_len; });
    if (info.has(DMAF_HAS_VAL)) variant([&](dmaf_op& op) { op.val = info.max_val; });
    if (info.has(DMAF_HAS_GAP)) variant([](dmaf_op& op) { op.gap = kGapMax; });
    Program program;
    program.lawful = false;
    program.ops = variants;
    ASSERT_EQ(decode(encode(program)), program) << info.name;
  }
}

TEST(Binary, EveryFieldOfTheConfigurationSurvives) {
  Program program;
  program.config = {DMAF_PATH_IOMMU_LAZY, 0, 24, 63, 32, 12, 1, 0xa5, 0x12345678, 7, {}};
  EXPECT_EQ(decode(encode(program)), program);
}

TEST(Binary, LimitsAreKept) {
  std::vector<std::uint8_t> bytes(encoded_size(1000), DMAF_OP_QUERY);
  EXPECT_EQ(decode(bytes).ops.size(), kFuzzOps);
  EXPECT_EQ(decode(bytes, 10).ops.size(), 10u);
  EXPECT_EQ(decode(bytes, 5000).ops.size(), kMaxOps);
  Program program = decode(bytes);
  std::uint8_t out[100];
  EXPECT_EQ(encode(program, {out, 15}), 0u);
  EXPECT_EQ(encode(program, out), encoded_size(5));
}

TEST(Binary, DecodingIntoAUsedProgramDoesNotAllocate) {
  std::mt19937_64 rng(2);
  Program program;
  program.ops.reserve(kFuzzOps);
  const dmaf_op* room = program.ops.data();
  for (int i = 0; i < 100; ++i) {
    decode(random_bytes(rng, 2000), program);
    ASSERT_EQ(program.ops.data(), room);
  }
}

}  // namespace
}  // namespace dmafuzz
