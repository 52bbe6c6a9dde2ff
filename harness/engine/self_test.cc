// SPDX-License-Identifier: GPL-2.0-only
//
// See self_test.h.
#include "engine/self_test.h"

#include "engine/executor.h"
#include "engine/machine.h"
#include "host.h"

namespace dmafuzz {

bool run_self_test(std::string_view name) {
  constexpr std::string_view kNames[] = {"asan", "ubsan", "leak", "warn", "bug", "pool", "probe"};
  for (unsigned i = 0; i < std::size(kNames); ++i) {
    if (kNames[i] != name) continue;
    if (!machine().booted()) machine().boot();
    // Deferred work of boot is not what was planted.
    kernel_run_deferred(10'000'000'000);
    kernel_self_test(static_cast<host_self_test>(i));
    check_nothing_left();
    return true;
  }
  return false;
}

}  // namespace dmafuzz
