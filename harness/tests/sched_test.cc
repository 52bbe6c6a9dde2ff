// SPDX-License-Identifier: GPL-2.0-only
//
// Scheduling, time, interrupts and debugfs, tried from inside the kernel (shims/sched/self_test.c).
#include "sched/self_test.h"

#include <gtest/gtest.h>

#include <csetjmp>
#include <string>

#include "engine/machine.h"
#include "engine/raise.h"
#include "host_bus.h"

void host_cannot_go_on() {
  dmafuzz::raise_finding("cannot-go-on", "what waits on top of a sleeper keeps it");
}

namespace dmafuzz {
namespace {

class Sched : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!machine().booted()) machine().boot();
    machine().reset();
    // What booting left to be done is not the test's.
    kernel_run_deferred(10'000'000'000);
  }
};

TEST_F(Sched, WorksFromInside) {
  const char* const wrong = dmaf_sched_self_test();
  EXPECT_EQ(wrong, nullptr) << wrong;
}

// What a mistake raised; empty when nothing did. Its own function, as nothing may live across the jump.
std::string provoke(unsigned which, const char** kind) {
  static FindingTrap trap;
  trap.id.clear();
  if (sigsetjmp(trap.jump, 0) == 0) {
    arm_trap(&trap);
    dmaf_sched_provoke(which, kind);
    arm_trap(nullptr);
  }
  return trap.id;
}

TEST_F(Sched, FindsEachMistake) {
  unsigned which = 0;
  for (;; ++which) {
    static const char* kind;
    const std::string raised = provoke(which, &kind);
    machine().reset();
    if (!kind) break;
    EXPECT_EQ(raised, kind) << "mistake " << which;
  }
  EXPECT_GE(which, 18u);
}

}  // namespace
}  // namespace dmafuzz
