// SPDX-License-Identifier: GPL-2.0-only
//
// The other side of host.h for the unit tests of this folder: findings and events
// are kept for the test to look at; a panic ends the process.
#ifndef DMAFUZZ_MEMORY_TESTING_FAKE_HOST_H_
#define DMAFUZZ_MEMORY_TESTING_FAKE_HOST_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "host.h"
#include "memory/memory.h"

namespace dmafuzz {

struct Finding {
  std::string kind, text;
};
struct Event {
  std::string kind;
  uint64_t a, b, c;
  bool operator==(const Event&) const = default;
};

// Since the fixture's start.
extern std::vector<Finding> findings;
extern std::vector<Event> events;

inline constexpr unsigned kAnyZone = HOST_ZONE_DMA | HOST_ZONE_DMA32 | HOST_ZONE_NORMAL;

// Each test begins with an empty machine and must explain each finding.
class MemoryTest : public ::testing::Test {
 protected:
  MemoryTest();
  ~MemoryTest() override;

  Memory& m = memory();
  // Takes the findings: their kinds, joined with spaces.
  std::string take_kinds();
};

// Offsets of the first and the last + 1 poisoned byte in [start, start + n); "" if none. All between must be poisoned.
std::string poisoned(const void* start, size_t n);
// Bytes without ASan's eyes.
std::vector<uint8_t> bytes_at(const void* start, size_t n);
// Contents and shadow of the arena: one number a frame.
using Fingerprint = std::vector<uint64_t>;
Fingerprint fingerprint();
// Which frame differs first, with its page frame number: "" if none.
std::string difference(const Fingerprint& a, const Fingerprint& b);

}  // namespace dmafuzz

#endif  // DMAFUZZ_MEMORY_TESTING_FAKE_HOST_H_
