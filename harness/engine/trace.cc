// SPDX-License-Identifier: GPL-2.0-only
//
// See trace.h. Kinds are hashed by their text, since their addresses differ between builds.
#include "engine/trace.h"

#include <fmt/format.h>

#include <cstring>

#include "host.h"

namespace dmafuzz {

void Trace::event(const char* kind, uint64_t a, uint64_t b, uint64_t c) {
  for (const char* at = kind; *at; ++at) mix(static_cast<unsigned char>(*at));
  mix(a);
  mix(b);
  mix(c);
  if (text_ && !muted_) *text_ += fmt::format("{} {:#x} {:#x} {:#x}\n", kind, a, b, c);
}

uint64_t hash_bytes(const uint8_t* bytes, size_t n) {
  // Lanes of their own, so that a multiplication need not wait for the one before.
  constexpr uint64_t kFactor = 0x9e3779b97f4a7c15;
  constexpr size_t kLanes = 4, kStep = kLanes * sizeof(uint64_t);
  uint64_t lane[kLanes] = {n, 1, 2, 3};
  const auto mix = [](uint64_t sum, uint64_t word) { return (sum ^ word) * kFactor ^ (sum >> 31); };
  size_t i = 0;
  for (; i + kStep <= n; i += kStep) {
    uint64_t word[kLanes];
    std::memcpy(word, bytes + i, kStep);
    for (size_t j = 0; j < kLanes; ++j) lane[j] = mix(lane[j], word[j]);
  }
  for (; i < n; ++i) lane[0] = mix(lane[0], bytes[i]);
  return mix(mix(lane[0], lane[1]), mix(lane[2], lane[3]));
}

Trace& trace() {
  static Trace the_trace;
  return the_trace;
}

namespace {
uint64_t g_last_hash = 0;
bool g_operations_shown = false;
}  // namespace

bool operations_shown() {
  return g_operations_shown;
}

void show_operations(bool on) {
  g_operations_shown = on;
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
