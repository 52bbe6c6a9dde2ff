// SPDX-License-Identifier: GPL-2.0-only
//
// See judge.h.
#include "export/judge.h"

#include <algorithm>
#include <iterator>

namespace dmafuzz {
namespace {

template <std::size_t N>
bool one_of(std::string_view id, const std::string_view (&ids)[N]) {
  return std::ranges::find(ids, id) != std::end(ids);
}

// What userspace sees because it is the machine.
constexpr std::string_view kLeaks[] = {"mapping-leak", "coherent-leak", "pool-leak"};
constexpr std::string_view kSeenByTest[] = {"wrong-bytes", "unexpected-failure", "unexpected-success"};
constexpr std::string_view kFatal[] = {"kernel-bug", "kernel-panic", "hang"};

Judgement nobody(std::string_view why) {
  return {.judge = Judge::kNobody, .silence = why};
}

Judgement judge_found(const Finding& finding) {
  if (finding.id.starts_with("device-"))
    return {.judge = Judge::kNobody,
            .refused =
                "the mistake is the device's: no checker of the kernel's watches it, and a CPU that plays the "
                "device would corrupt memory"};
  if (one_of(finding.id, kFatal))
    return {.judge = Judge::kNobody,
            .refused = "it takes the kernel with it, which could then not say that a test failed"};
  if (one_of(finding.id, kLeaks))
    return nobody("dma-debug looks for what a driver leaves on the PCI bus only, and the test's device is on none");
  if (finding.dma_debug == DebugVerdict::kSaid) return {.judge = Judge::kDmaDebug, .option = "CONFIG_DMA_API_DEBUG"};
  if (finding.tool == "AddressSanitizer") return {.judge = Judge::kKasan, .option = "CONFIG_KASAN"};
  if (finding.tool == "UndefinedBehaviorSanitizer") return {.judge = Judge::kUbsan, .option = "CONFIG_UBSAN"};
  if (finding.id == "sleep-in-atomic") return {.judge = Judge::kKernel, .option = "CONFIG_DEBUG_ATOMIC_SLEEP"};
  if (finding.id == "kernel-warn") return {.judge = Judge::kKernel};
  if (one_of(finding.id, kSeenByTest)) return {.judge = Judge::kTest};
  return nobody("neither dma-debug nor KASAN looks for it");
}

}  // namespace

Judgement judge(const std::optional<Finding>& finding, bool lawful) {
  if (!finding) return {};
  Judgement out = judge_found(*finding);
  if (lawful && out.judge == Judge::kNobody && out.refused.empty())
    out.refused = "no checker of the kernel's sees it, and the test does not either";
  // Nothing is promised of the bytes of a program that may say anything.
  if (!lawful && out.judge == Judge::kTest) return nobody("the API promises nothing after a mistake");
  return out;
}

std::string_view judge_name(Judge judge) {
  switch (judge) {
    case Judge::kTest:
      return "the test";
    case Judge::kDmaDebug:
      return "dma-debug";
    case Judge::kKasan:
      return "KASAN";
    case Judge::kUbsan:
      return "UBSan";
    case Judge::kKernel:
      return "the kernel";
    case Judge::kNobody:
      break;
  }
  return "nobody";
}

}  // namespace dmafuzz
