// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "program/mistake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "program/generate.h"
#include "program/shape.h"
#include "program/text.h"

namespace dmafuzz {
namespace {

constexpr unsigned kSeeds = 40;

std::optional<Unlawful> committed(std::size_t mistake, unsigned seed, unsigned path) {
  Program lawful = random_program(seed, 12);
  lawful.config.path = static_cast<dmaf_u8>(path);
  Random random(seed);
  return commit(lawful, mistake, random);
}

template <class Check>
void each(Check check) {
  for (std::size_t i = 0; i < mistakes().size(); ++i) {
    for (unsigned seed = 0; seed < kSeeds; ++seed) {
      const auto unlawful = committed(i, seed, seed % DMAF_PATHS);
      if (!unlawful) continue;
      SCOPED_TRACE(mistakes()[i].name);
      SCOPED_TRACE(print_text(unlawful->program));
      check(i, seed, *unlawful);
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(Mistake, NamesAreTheirOwn) {
  std::set<std::string_view> names;
  for (const Mistake& mistake : mistakes()) {
    EXPECT_TRUE(names.insert(mistake.name).second) << mistake.name;
    EXPECT_FALSE(mistake.check.empty()) << mistake.name;
    EXPECT_FALSE(mistake.what.empty()) << mistake.name;
  }
}

TEST(Mistake, EachCanBeMadeSomewhere) {
  for (std::size_t i = 0; i < mistakes().size(); ++i) {
    unsigned made = 0;
    for (unsigned seed = 0; seed < kSeeds; ++seed) made += committed(i, seed, seed % DMAF_PATHS).has_value();
    EXPECT_GT(made, 0u) << mistakes()[i].name;
  }
}

// Lawful but for the end, which is the mistake or the steps that lead to it. An unchecked mapping is the exception: it
// shows only when it is used.
TEST(Mistake, NothingIsWrongBeforeIt) {
  each([](std::size_t, unsigned, const Unlawful& unlawful) {
    const std::vector<dmaf_op>& ops = unlawful.program.ops;
    EXPECT_EQ(unlawful.op + 1, ops.size());
    EXPECT_FALSE(unlawful.program.lawful);
    Program before = unlawful.program;
    before.lawful = true;
    before.ops.pop_back();
    for (dmaf_op& op : before.ops) op.flags &= static_cast<dmaf_u8>(~DMAF_F_UNCHECKED);
    constexpr std::size_t kLead = 3;
    while (!is_lawful(before) && ops.size() - before.ops.size() <= kLead) before.ops.pop_back();
    EXPECT_TRUE(is_lawful(before));
  });
}

TEST(Mistake, NothingFailsOnPurpose) {
  each([](std::size_t, unsigned, const Unlawful& unlawful) {
    for (const dmaf_op& op : unlawful.program.ops) EXPECT_NE(op.code, DMAF_OP_FAIL_ALLOC);
  });
}

TEST(Mistake, IsUnlawful) {
  each([](std::size_t mistake, unsigned, const Unlawful& unlawful) {
    Program program = unlawful.program;
    program.lawful = true;
    EXPECT_EQ(is_lawful(program), mistakes()[mistake].allowed);
  });
}

TEST(Mistake, NeedsWhatCameBefore) {
  each([](std::size_t, unsigned, const Unlawful& unlawful) {
    EXPECT_FALSE(unlawful.needs.empty());
    for (const std::size_t i : unlawful.needs) EXPECT_LT(i, unlawful.op);
  });
}

TEST(Mistake, IsTheSameEachTime) {
  each([](std::size_t mistake, unsigned seed, const Unlawful& unlawful) {
    const auto again = committed(mistake, seed, seed % DMAF_PATHS);
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->program == unlawful.program);
  });
}

TEST(Mistake, HasATextForm) {
  each([](std::size_t, unsigned, const Unlawful& unlawful) {
    ProgramFile file;
    const auto error = parse_text(print_text(unlawful.program), file);
    ASSERT_FALSE(error) << error->str("program");
    EXPECT_TRUE(file.program == unlawful.program);
  });
}

}  // namespace
}  // namespace dmafuzz
