// SPDX-License-Identifier: GPL-2.0-only
//
// See stages.h.
#include "driver/stages.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "dmasan/dmasan.h"
#include "host.h"
#include "memory/raw.h"

namespace dmafuzz {
namespace {

// As much of a frame as tells it from anything else. Drivers may cut it anywhere, but hardly within its header.
constexpr size_t kTelling = 32;

unsigned so_far;

bool asked() {
  static const bool on = std::getenv("DMAFUZZ_STAGES") != nullptr;
  return on;
}

}  // namespace

unsigned stages_reached() {
  return so_far;
}

void forget_stages() {
  so_far = 0;
}

void reached(Stage stage) {
  static constexpr const char* kNames[] = {"loads", "probes", "opens", "sends", "receives"};
  static unsigned told;
  const auto n = static_cast<unsigned>(stage);
  so_far |= 1u << n;
  if (!asked() || told & 1u << n) return;
  told |= 1u << n;
  std::fprintf(stderr, "stage: %s\n", kNames[n]);
}

void tell_accesses(unsigned n) {
  if (asked()) std::fprintf(stderr, "registers: %u\n", n);
}

void look_for_frame(const void* dev, std::span<const uint8_t> frame) {
  if (!asked()) return;
  const size_t n = std::min(frame.size(), kTelling);
  dmasan().registry().each([&](const Mapping& m) {
    const uint64_t from = m.kind == MapKind::kCoherent ? m.cpu : m.phys ? HOST_LINEAR_BASE + m.phys : 0;
    if (m.dev != dev || m.size < n || !from || m.kind == MapKind::kResource || m.dir == DMAF_FROM_DEVICE) return;
    // The whole of memory that both sides use; of what was mapped for one frame, its beginning.
    const uint64_t places = is_memory(m.kind) ? m.size - n + 1 : 1;
    for (uint64_t i = 0; i < places; ++i) {
      if (raw::equal(reinterpret_cast<const void*>(from + i), frame.data(), n)) return reached(Stage::kSends);
    }
  });
}

}  // namespace dmafuzz
