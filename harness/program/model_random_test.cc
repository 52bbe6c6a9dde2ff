// SPDX-License-Identifier: GPL-2.0-only
// Model and toy must agree over random lawful programs; and with a flaw in the toy, they must not.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "program/generate.h"
#include "program/model.h"
#include "program/testing/toy_backend.h"

namespace dmafuzz {
namespace {

using testing::Flaw;
using testing::ToyBackend;

struct Outcomes {
  std::string complaint;  // the first
  unsigned executed = 0, skipped = 0, failed = 0, known_bytes = 0, left = 0;
};

class Pair {
 public:
  Pair() : facts_(testing::toy_facts()), model_(facts_), toy_(facts_) {}

  Outcomes run(const Program& program, Flaw flaw = Flaw::kNone) {
    Outcomes run;
    flaw_ = flaw;
    model_.begin(program.config);
    toy_.begin(program.config, flaw);
    for (const dmaf_op& op : program.ops) {
      if (!step(op, run)) return run;
    }
    dmaf_op op;
    for (unsigned i = 0; model_.next_cleanup(op); i++) {
      if (i > 500) {
        run.complaint = "cleanup does not end";
        return run;
      }
      if (!step(op, run)) return run;
    }
    run.left = toy_.live();
    return run;
  }

 private:
  bool step(const dmaf_op& op, Outcomes& run) {
    const Prediction prediction = model_.before(op);
    dmaf_result result{};
    if (prediction.outcome == Outcome::kSkip) {
      run.skipped++;
    } else {
      toy_.exec(op, result);
      run.executed++;
      run.failed += result.status != 0;
    }
    if (result.status == 0 && (op.code == DMAF_OP_CHECK || op.code == DMAF_OP_DEV_READ) &&
        prediction.outcome != Outcome::kSkip) {
      const Side side = op.code == DMAF_OP_CHECK ? Side::kCpu : Side::kDevice;
      model_.each_expected(side, op.cls, op.h, op.off, op.len,
                           [&](uint32_t, uint32_t n, ByteSource source) { run.known_bytes += source.known() ? n : 0; });
    }
    const Verdict verdict = model_.after(op, prediction, result, toy_.observed());
    if (verdict.ok()) return true;
    run.complaint = model_.describe(verdict);
    if (flaw_ == Flaw::kNone) run.complaint += spell(op);
    return false;
  }

  static std::string spell(const dmaf_op& op) {
    return " [code " + std::to_string(op.code) + " cls " + std::to_string(op.cls) + " h " + std::to_string(op.h) +
           " src " + std::to_string(op.src) + " kind " + std::to_string(op.kind) + " dir " + std::to_string(op.dir) +
           " flags " + std::to_string(op.flags) + " attrs " + std::to_string(op.attrs) + " off " +
           std::to_string(op.off) + " len " + std::to_string(op.len) + " val " + std::to_string(op.val) + " gap " +
           std::to_string(op.gap) + "]";
  }

  Flaw flaw_ = Flaw::kNone;
  TreeFacts facts_;
  Model model_;
  ToyBackend toy_;
};

TEST(ModelRandom, ModelAndToyAgree) {
  Pair pair;
  uint64_t executed = 0, failed = 0, known = 0;
  for (uint64_t seed = 0; seed < 4000; seed++) {
    const Program program = random_program(seed, 8 + seed % 40);
    const Outcomes run = pair.run(program);
    ASSERT_EQ(run.complaint, "") << "seed " << seed << " path " << int{program.config.path} << " mask "
                                 << int{program.config.mask_bits} << " coherent " << int{program.config.coherent};
    ASSERT_EQ(run.left, 0u) << "seed " << seed;
    executed += run.executed;
    failed += run.failed;
    known += run.known_bytes;
  }
  RecordProperty("executed", std::to_string(executed));
  RecordProperty("known_bytes", std::to_string(known));
  EXPECT_GT(executed, 20000u);
  EXPECT_GT(failed, 0u);
  EXPECT_GT(known, 100000u);
}

class ModelFlaw : public ::testing::TestWithParam<Flaw> {};

TEST_P(ModelFlaw, IsNoticed) {
  Pair pair;
  unsigned noticed = 0;
  for (uint64_t seed = 0; seed < 3000 && noticed < 3; seed++)
    noticed += !pair.run(random_program(seed, 30), GetParam()).complaint.empty();
  EXPECT_GE(noticed, 3u);
}

INSTANTIATE_TEST_SUITE_P(Flaws, ModelFlaw,
                         ::testing::Values(Flaw::kUnmapForgetsCopy, Flaw::kBounceForgetsOriginal, Flaw::kSyncOffByOne,
                                           Flaw::kMaskIgnored, Flaw::kCoherentNotZeroed, Flaw::kRefusesLarge,
                                           Flaw::kSharesAddress, Flaw::kSegmentLost));

}  // namespace
}  // namespace dmafuzz
