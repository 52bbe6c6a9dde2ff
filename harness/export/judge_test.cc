// SPDX-License-Identifier: GPL-2.0-only
#include "export/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dmafuzz {
namespace {

using testing::HasSubstr;

Judgement judge_of(std::string tool, std::string id, DebugVerdict debug = DebugVerdict::kNone, bool lawful = false) {
  Finding finding;
  finding.tool = std::move(tool);
  finding.id = std::move(id);
  finding.dma_debug = debug;
  return judge(finding, lawful);
}

TEST(Judge, NothingFoundIsTheTestsOwn) {
  EXPECT_EQ(judge(std::nullopt, true).judge, Judge::kTest);
}

TEST(Judge, WhoSpeaks) {
  const Judgement debug = judge_of("DmaSan", "unmap-size-mismatch", DebugVerdict::kSaid);
  EXPECT_EQ(debug.judge, Judge::kDmaDebug);
  EXPECT_EQ(debug.option, "CONFIG_DMA_API_DEBUG");
  EXPECT_EQ(judge_of("AddressSanitizer", "heap-use-after-free").judge, Judge::kKasan);
  EXPECT_EQ(judge_of("UndefinedBehaviorSanitizer", "shift").judge, Judge::kUbsan);
  EXPECT_EQ(judge_of("kernel", "kernel-warn").judge, Judge::kKernel);
  EXPECT_EQ(judge_of("model", "wrong-bytes", DebugVerdict::kNone, true).judge, Judge::kTest);
}

TEST(Judge, SilenceHasAReason) {
  const Judgement silent = judge_of("DmaSan", "cpu-read-device-owned", DebugVerdict::kSilent);
  EXPECT_EQ(silent.judge, Judge::kNobody);
  EXPECT_EQ(silent.refused, "");
  EXPECT_THAT(silent.silence, HasSubstr("neither dma-debug nor KASAN"));
  // In userspace dma-debug listens to every bus.
  EXPECT_THAT(judge_of("DmaSan", "mapping-leak", DebugVerdict::kSaid).silence, HasSubstr("PCI"));
}

TEST(Judge, WhatCannotBeTested) {
  EXPECT_THAT(judge_of("DmaSan", "device-access-after-unmap").refused, HasSubstr("the device's"));
  EXPECT_THAT(judge_of("kernel", "kernel-bug").refused, HasSubstr("takes the kernel"));
  EXPECT_THAT(judge_of("DmaSan", "info-leak", DebugVerdict::kSilent, true).refused, HasSubstr("the test does not"));
}

}  // namespace
}  // namespace dmafuzz
