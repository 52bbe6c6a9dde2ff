// SPDX-License-Identifier: GPL-2.0-only
//
// The reducer against judges whose smallest answer is known.
#include "cli/reduce.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "program/text.h"

namespace dmafuzz::cli {
namespace {

Program parse(std::string_view text) {
  ProgramFile file;
  const auto error = parse_text(text, file);
  if (error) ADD_FAILURE() << error->str("test");
  return file.program;
}

constexpr std::string_view kProgram = R"(dma 1
device path=bounce mask=32 noncoherent
mode raw
b0 = alloc kmalloc len=256
b1 = alloc kmalloc len=4096
fill b0 len=64 seed=7
m0 = map single b0 len=64 to_device
m1 = map single b1 len=4096 from_device
dev_read m0 len=64
dev_write m1 len=512 seed=9
unmap m0
unmap m1
free b0
free b1
)";

bool has(const Program& program, unsigned code) {
  return std::ranges::any_of(program.ops, [&](const dmaf_op& op) { return op.code == code; });
}

const Enough kNever = [] { return false; };

TEST(Reduce, KeepsOnlyWhatTheJudgeWants) {
  const Judge judge = [](const Program& p) { return has(p, DMAF_OP_DEV_WRITE); };
  const Program small = reduce(parse(kProgram), judge, kNever);
  ASSERT_EQ(small.ops.size(), 1u) << print_text(small);
  EXPECT_EQ(small.ops[0].code, DMAF_OP_DEV_WRITE);
  EXPECT_TRUE(same_config(small.config, default_config()));
}

TEST(Reduce, ShrinksOperandsToTheThreshold) {
  const Judge judge = [](const Program& p) {
    return std::ranges::any_of(p.ops, [](const dmaf_op& op) { return op.code == DMAF_OP_DEV_WRITE && op.len >= 100; });
  };
  const Program small = reduce(parse(kProgram), judge, kNever);
  ASSERT_EQ(small.ops.size(), 1u);
  EXPECT_EQ(small.ops[0].len, 100u);
}

TEST(Reduce, KeepsTheDeviceThatMatters) {
  const Judge judge = [](const Program& p) { return p.config.path == DMAF_PATH_BOUNCE && has(p, DMAF_OP_MAP); };
  const Program small = reduce(parse(kProgram), judge, kNever);
  EXPECT_EQ(small.config.path, DMAF_PATH_BOUNCE);
  EXPECT_EQ(small.config.coherent, 1);
  EXPECT_EQ(small.ops.size(), 1u);
}

TEST(Reduce, StopsWhenToldTo) {
  unsigned asked = 0;
  const Judge judge = [&](const Program&) { return ++asked, true; };
  const Enough enough = [&] { return asked >= 1; };
  reduce(parse(kProgram), judge, enough);
  EXPECT_EQ(asked, 1u);
}

TEST(Reduce, LawfulStaysLawful) {
  std::string text(kProgram);
  text.replace(text.find("mode raw"), 8, "mode lawful");
  const Judge judge = [](const Program& p) { return p.lawful && has(p, DMAF_OP_DEV_READ); };
  const Program small = reduce(parse(text), judge, kNever);
  EXPECT_LT(small.ops.size(), 8u);
  ProgramFile again;
  const auto error = parse_text(print_text(small), again);
  EXPECT_FALSE(error) << error->str("reduced") << print_text(small);
}

}  // namespace
}  // namespace dmafuzz::cli
