// SPDX-License-Identifier: GPL-2.0-only
//
// Lock step itself: back ends that are the C API but for one lie each must be found out, by what the lie is about; one
// without a lie must not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "dmasan/core_calls.h"
#include "engine/lockstep.h"
#include "engine/machine.h"
#include "engine/raise.h"
#include "host.h"
#include "program/generate.h"
#include "program/shape.h"
#include "program/text.h"

namespace dmafuzz {
namespace {

using ::testing::HasSubstr;

enum class Lie {
  kNone,
  kOneCallMore,
  kOneByteMore,
  kOtherAddresses,
  kOtherSegments,
  kSyncsLess,
  kForgetsMaps,      // said beforehand
  kForgetsMapsLate,  // said when asked
  kRefusesMaps,
  kCannotUnmap,
};
Lie g_lie = Lie::kNone;
void* g_extra = nullptr;

void lie_begin(void* state, void* dev, const dmaf_config* config) {
  dmaf_backend_c.begin(state, dev, config);
  if (g_lie == Lie::kOtherAddresses) g_extra = host_kmalloc(256, HOST_ZONE_NORMAL | HOST_ZONE_DMA32, HOST_ALLOC_NOFAIL);
}

void lie_exec(void* state, const dmaf_op* op, dmaf_result* result) {
  if (op->code == DMAF_OP_MAP && (g_lie == Lie::kForgetsMapsLate || g_lie == Lie::kRefusesMaps)) {
    result->status = g_lie == Lie::kRefusesMaps ? DMAF_ST_REFUSED_BY_TYPE : DMAF_ST_NOT_OFFERED;
    return;
  }
  if (op->code == DMAF_OP_UNMAP && g_lie == Lie::kCannotUnmap) {
    result->status = DMAF_ST_NOT_OFFERED;
    return;
  }
  dmaf_op changed = *op;
  if (op->code == DMAF_OP_SYNC_DEV && g_lie == Lie::kSyncsLess) changed.len /= 2;
  if (op->code == DMAF_OP_FILL && g_lie == Lie::kOneByteMore) changed.len += 1;
  dmaf_backend_c.exec(state, &changed, result);
  if (op->code == DMAF_OP_MAP && g_lie == Lie::kOneCallMore) core_calls().add({.what = CoreCall::kMappingError});
  static dmaf_segment one;
  if (op->code == DMAF_OP_SG_MAP && g_lie == Lie::kOtherSegments && result->nseg > 1) {
    one = result->seg[0];
    for (unsigned i = 1; i < result->nseg; ++i) one.len += result->seg[i].len;
    result->seg = &one;
    result->nseg = 1;
  }
}

void lie_end(void* state) {
  dmaf_backend_c.end(state);
  if (g_extra) host_kfree(g_extra);
  g_extra = nullptr;
}

void lie_offers(const dmaf_config*, const dmaf_op* ops, dmaf_u32 count, dmaf_s32* status) {
  for (dmaf_u32 i = 0; i < count; ++i) {
    status[i] = ops[i].code == DMAF_OP_MAP && g_lie == Lie::kForgetsMaps ? DMAF_ST_NOT_OFFERED : 0;
  }
}

const dmaf_backend& liar() {
  static const dmaf_backend backend = {DMAF_ABI,  dmaf_backend_c.state_size, "liar", lie_begin, lie_exec, lie_end,
                                       lie_offers};
  return backend;
}

class LockstepTest : public ::testing::Test {
 protected:
  LockstepTest() {
    const Lockstep::Wrapper wrapper = {&liar(), false};
    lockstep_.emplace("dma_wrappers", dmaf_backend_c, std::span(&wrapper, 1));
  }
  ~LockstepTest() override { g_lie = Lie::kNone; }

  // What is found, "id: summary"; empty if nothing is.
  std::string found(const Program& program) {
    FindingTrap trap;
    if (sigsetjmp(trap.jump, 0) != 0) {
      machine().reset();
      return trap.id + ": " + trap.summary;
    }
    arm_trap(&trap);
    lockstep_->run(program);
    arm_trap(nullptr);
    return {};
  }
  std::string found(Lie lie, const char* text) {
    g_lie = lie;
    ProgramFile file;
    EXPECT_FALSE(parse_text(text, file));
    shape(file.program);
    return found(file.program);
  }
  // Nothing is found in many programs.
  void expect_agreement(Lie lie) {
    g_lie = lie;
    for (unsigned seed = 0; seed < 300; ++seed) {
      const Program program = random_program(seed, 16);
      ASSERT_EQ(found(program), "") << print_text(program);
    }
  }

  std::optional<Lockstep> lockstep_;
};

constexpr const char* kMapped = R"(dma 1
device path=bounce
b0 = alloc kmalloc len=256
fill b0 len=128 seed=7
m0 = map single b0 len=128 bidirectional
dev_read m0 len=16
sync_for_cpu m0 len=128
check b0 len=128
sync_for_device m0 len=128
unmap m0
free b0
)";

TEST_F(LockstepTest, TheSameAgreesWithItself) {
  expect_agreement(Lie::kNone);
  EXPECT_EQ(lockstep_->counts(0).programs, 300u);
  EXPECT_GT(lockstep_->counts(0).run, 3000u);
  EXPECT_EQ(lockstep_->counts(0).not_offered + lockstep_->counts(0).refused + lockstep_->counts(0).dependent, 0u);
}

TEST_F(LockstepTest, SeesACallTooMany) {
  EXPECT_EQ(found(Lie::kNone, kMapped), "");
  EXPECT_THAT(found(Lie::kOneCallMore, kMapped), HasSubstr("backends-differ: op 2 (m0 = map single b0 len=128 "
                                                           "bidirectional): c and liar differ in calls that reached"));
}

TEST_F(LockstepTest, SeesAByteTooMany) {
  EXPECT_THAT(
      found(Lie::kOneByteMore, kMapped),
      HasSubstr("op 1 (fill b0 len=128 seed=7): c and liar differ in bytes that the CPU would read, first at byte "
                "128: 0x"));
}

TEST_F(LockstepTest, SeesMemoryThatLiesElsewhere) {
  EXPECT_THAT(found(Lie::kOtherAddresses, kMapped),
              HasSubstr("op 0 (b0 = alloc kmalloc len=256): c and liar differ in addresses"));
}

TEST_F(LockstepTest, ForgivesAddressesWhereTheyMayDiffer) {
  const Lockstep::Wrapper wrapper = {&liar(), true};
  lockstep_.emplace("dma_wrappers", dmaf_backend_c, std::span(&wrapper, 1));
  EXPECT_EQ(found(Lie::kOtherAddresses, kMapped), "");
  EXPECT_THAT(found(Lie::kOneByteMore, kMapped), HasSubstr("bytes that the CPU would read"));
}

TEST_F(LockstepTest, SeesSegmentsOfAnotherShape) {
  EXPECT_THAT(found(Lie::kOtherSegments, R"(dma 1
device path=direct
b0 = alloc pages len=8192
s0 = sg_alloc table b0 len=1024 count=2 gap=1024
sg_map sg s0 from_device
)"),
              HasSubstr("op 2 (sg_map sg s0 from_device): c and liar differ in segments"));
}

TEST_F(LockstepTest, SeesWhoOwnsWhat) {
  EXPECT_THAT(found(Lie::kSyncsLess, kMapped),
              HasSubstr("op 6 (sync_for_device m0 len=128): c and liar differ in mappings and their owners"));
}

// What is left out is what was not offered, and what hangs on it; the rest is run by both.
TEST_F(LockstepTest, LeavesOutWhatIsNotOffered) {
  EXPECT_EQ(found(Lie::kForgetsMaps, kMapped), "");
  const Lockstep::Counts& counts = lockstep_->counts(0);
  EXPECT_EQ(counts.not_offered, 1u);
  EXPECT_EQ(counts.refused, 0u);
  // The access by the device, both syncs and the unmap.
  EXPECT_EQ(counts.dependent, 4u);
  EXPECT_EQ(counts.left_out[DMAF_OP_MAP], 1u);
  EXPECT_EQ(counts.left_out[DMAF_OP_UNMAP], 1u);
  EXPECT_EQ(counts.run, 4u);
}

TEST_F(LockstepTest, LeavesOutWhatTurnsOutNotToBeOffered) {
  EXPECT_EQ(found(Lie::kForgetsMapsLate, kMapped), "");
  EXPECT_EQ(lockstep_->counts(0).not_offered, 1u);
  EXPECT_EQ(lockstep_->counts(0).dependent, 4u);
  EXPECT_EQ(lockstep_->counts(0).run, 4u);
}

TEST_F(LockstepTest, CountsWhatTypesRefuse) {
  EXPECT_EQ(found(Lie::kRefusesMaps, kMapped), "");
  EXPECT_EQ(lockstep_->counts(0).refused, 1u);
  EXPECT_EQ(lockstep_->counts(0).not_offered, 0u);
}

TEST_F(LockstepTest, AgreesOnWhatIsLeft) {
  expect_agreement(Lie::kForgetsMaps);
  EXPECT_GT(lockstep_->counts(0).not_offered, 100u);
  expect_agreement(Lie::kForgetsMapsLate);
}

TEST_F(LockstepTest, WantsAWayToRelease) {
  EXPECT_THAT(found(Lie::kCannotUnmap, R"(dma 1
b0 = alloc kmalloc len=256
m0 = map single b0 len=128 from_device
)"),
              HasSubstr("closing-refused: liar gives no way to release what it made: unmap m0 is not offered"));
}

}  // namespace
}  // namespace dmafuzz
