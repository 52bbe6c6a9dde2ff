// SPDX-License-Identifier: GPL-2.0-only
//
// Who in a real kernel says that something is wrong, so that an exported test fails: not all that userspace sees is
// seen there.
#ifndef DMAFUZZ_EXPORT_JUDGE_H
#define DMAFUZZ_EXPORT_JUDGE_H

#include <optional>
#include <string>
#include <string_view>

#include "report/finding.h"

namespace dmafuzz {

enum class Judge {
  kTest,      // the test itself: a byte or a result is not what the model promises
  kDmaDebug,  // kernel/dma/debug.c
  kKasan,
  kUbsan,
  kKernel,  // WARN(), or "BUG:" in the log
  kNobody,
};

struct Judgement {
  Judge judge = Judge::kTest;
  std::string_view option = {};   // of the kernel's configuration, without which it is silent; empty: none
  std::string_view silence = {};  // kNobody: why nobody speaks
  std::string_view refused = {};  // why there can be no test of such a finding; empty: there can
};

// Nothing found: the test holds what the model promises.
Judgement judge(const std::optional<Finding>& finding, bool lawful);

// "dma-debug", "KASAN", ...
std::string_view judge_name(Judge judge);

}  // namespace dmafuzz

#endif
