// SPDX-License-Identifier: GPL-2.0-only
//
// See trace.h. Kinds are hashed by their text, since their addresses differ between builds.
#include "engine/trace.h"

#include <fmt/format.h>

#include "host.h"

namespace dmafuzz {

void Trace::event(const char* kind, uint64_t a, uint64_t b, uint64_t c) {
  for (const char* at = kind; *at; ++at) mix(static_cast<unsigned char>(*at));
  mix(a);
  mix(b);
  mix(c);
  if (text_) *text_ += fmt::format("{} {:#x} {:#x} {:#x}\n", kind, a, b, c);
}

Trace& trace() {
  static Trace the_trace;
  return the_trace;
}

namespace {
uint64_t g_last_hash = 0;
}

uint64_t last_trace_hash() {
  return g_last_hash;
}

void set_last_trace_hash(uint64_t hash) {
  g_last_hash = hash;
}

}  // namespace dmafuzz

extern "C" void host_event(const char* kind, unsigned long long a, unsigned long long b, unsigned long long c) {
  dmafuzz::trace().event(kind, a, b, c);
}
