// SPDX-License-Identifier: GPL-2.0-only
//
// Fakes of the harness functions that memory calls, and helpers for its tests.
// Also what the benchmark links.
#include "memory/testing/fake_host.h"

#include <fmt/format.h>
#include <sanitizer/asan_interface.h>

#include <cstdio>
#include <cstdlib>

#include "memory/raw.h"
#include "memory/shadow.h"

namespace dmafuzz {

std::vector<Finding> findings;
std::vector<Event> events;
bool keep_events = true;

MemoryTest::MemoryTest() {
  m.clear();
  findings.clear();
  events.clear();
  GTEST_FLAG_SET(death_test_style, "threadsafe");
}

MemoryTest::~MemoryTest() {
  for (const Finding& f : findings) ADD_FAILURE() << "unexplained finding " << f.kind << ": " << f.text;
}

std::string MemoryTest::take_kinds() {
  std::string kinds;
  for (const Finding& f : findings) kinds += (kinds.empty() ? "" : " ") + f.kind;
  findings.clear();
  return kinds;
}

std::string poisoned(const void* start, size_t n) {
  const char* p = static_cast<const char*>(start);
  size_t first = 0;
  while (first < n && !__asan_address_is_poisoned(p + first)) ++first;
  if (first == n) return "";
  size_t last = n;
  while (!__asan_address_is_poisoned(p + last - 1)) --last;
  for (size_t i = first; i < last; ++i) {
    if (!__asan_address_is_poisoned(p + i)) return "holes";
  }
  return std::to_string(first) + ".." + std::to_string(last);
}

std::vector<uint8_t> bytes_at(const void* start, size_t n) {
  std::vector<uint8_t> bytes(n);
  raw::copy(bytes.data(), start, n);
  return bytes;
}

namespace {
DMAFUZZ_RAW uint64_t frame_fingerprint(const char* page) {
  uint64_t hash = 1469598103934665603ull;
  for (size_t j = 0; j < kPageSize; j += 8) {
    hash = (hash ^ *reinterpret_cast<const uint64_t*>(page + j)) * 1099511628211ull;
    hash = (hash ^ shadow::code_at(page + j)) * 1099511628211ull;
  }
  return hash;
}
}  // namespace

Fingerprint fingerprint() {
  Fingerprint all;
  for (uint32_t i = 0; i < kFrames; ++i) all.push_back(frame_fingerprint(frame_address(i)));
  return all;
}

std::string difference(const Fingerprint& a, const Fingerprint& b) {
  for (uint32_t i = 0; i < kFrames; ++i) {
    if (a[i] != b[i]) return fmt::format("frame {}, pfn 0x{:x}", i, pfn_of_frame(i));
  }
  return "";
}

}  // namespace dmafuzz

extern "C" {

void host_finding(const char* kind, const char* what) {
  dmafuzz::findings.push_back({kind, what});
}

void host_panic(const char* what) {
  fprintf(stderr, "panic: %s\n", what);
  abort();
}

void host_event(const char* kind, unsigned long long a, unsigned long long b, unsigned long long c) {
  if (dmafuzz::keep_events) dmafuzz::events.push_back({kind, a, b, c});
}

}  // extern "C"
