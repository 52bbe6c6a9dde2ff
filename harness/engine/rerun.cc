// SPDX-License-Identifier: GPL-2.0-only
//
// See rerun.h.
#include "engine/rerun.h"

#include <type_traits>

#include "dmasan/dmasan.h"
#include "engine/trace.h"

namespace dmafuzz {
namespace {

// A second run costs as much as the first, and every mistake that it shows is made in many programs.
unsigned g_share = 8;

static_assert(std::has_unique_object_representations_v<dmaf_op>, "padding would make the choice a matter of luck");

}  // namespace

void set_rerun_share(unsigned n) {
  g_share = n;
}

bool runs_again(const Program& program) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(program.ops.data());
  return runs_again({bytes, program.ops.size() * sizeof(dmaf_op)});
}

bool runs_again(std::span<const uint8_t> input) {
  if (dmasan().deaf() || !dmasan().checks().has(Check::kInfoLeak)) return false;
  if (g_share == 1) return true;
  return hash_bytes(input.data(), input.size()) % g_share == 0;
}

}  // namespace dmafuzz
