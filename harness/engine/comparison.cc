// SPDX-License-Identifier: GPL-2.0-only
//
// See comparison.h.
#include "engine/comparison.h"

#include <utility>

#include "dmasan/dmasan.h"
#include "engine/raise.h"
#include "host.h"

namespace dmafuzz {
namespace {

void (*g_seen)(const Sighting&) = nullptr;
// Kept here: it would be lost if `seen` does not come back.
Sighting g_sighting;

void tell(std::string_view check, DebugVerdict debug, std::string_view words) {
  // The second run is for what only it can show.
  if (dmasan().info_leak().run() == InfoLeak::Run::kSecond && check != check_info(Check::kInfoLeak).id) return;
  g_sighting = {};
  g_sighting.operation = dmasan().operation();
  if (const auto text = raise_context().operation; text && g_sighting.operation != DmaSan::kNoOperation) {
    g_sighting.text = text(g_sighting.operation);
  }
  g_sighting.check = check;
  g_sighting.debug = debug;
  g_sighting.words = words.substr(0, words.find('\n'));
  g_seen(g_sighting);
}
static_assert(Sighting::kAfterwards == DmaSan::kNoOperation);

// DmaSan's word. Where dma-debug was asked about the same call, its own has come before.
void violated(const Violation& violation) {
  const auto opinion = second_opinion();
  take_warning();
  tell(check_info(violation.check).id,
       !opinion           ? DebugVerdict::kNotAsked
       : opinion->empty() ? DebugVerdict::kSilent
                          : DebugVerdict::kSaid,
       opinion.value_or(std::string_view()));
  if (violation.check != Check::kMapBadMemory) return;
  // The core would touch it next: that is the end of the program, with AddressSanitizer or without.
  Finding finding;
  finding.tool = "DmaSan";
  finding.id = check_info(violation.check).id;
  finding.summary = violation.what;
  raise_finding(std::move(finding));
}

// dma-debug's, where DmaSan had none. Other warnings of the kernel are raised as ever.
bool warned(std::string_view words) {
  if (!words.starts_with("DMA-API: ")) return false;
  tell({}, DebugVerdict::kSaid, words);
  return true;
}

}  // namespace

void start_comparison(void (*seen)(const Sighting&)) {
  g_seen = seen;
  kernel_debug_all = 1;
  dmasan().set_report(violated);
  set_warning_listener(warned);
}

bool comparing() {
  return g_seen != nullptr;
}

}  // namespace dmafuzz
