// SPDX-License-Identifier: GPL-2.0-only
//
// What the allocators share: the knobs of the current input (density, fill, injected failure),
// whether boot is over, and the counts of what the input holds.
#ifndef DMAFUZZ_MEMORY_RUN_STATE_H_
#define DMAFUZZ_MEMORY_RUN_STATE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "memory/arena.h"
#include "memory/stack.h"

namespace dmafuzz {

// Objects, page blocks and aliases made since the snapshot and still live, and boot-time ones the input gave back.
struct LiveCounts {
  unsigned objects = 0, blocks = 0, aliases = 0, boot_freed = 0;
  bool operator==(const LiveCounts&) const = default;
};

struct Knobs {
  bool dense = false;
  uint8_t fill_seed = 0;
  // The allocation that fails, counted from now: 1 is the next. 0: none.
  uint64_t fail_after = 0;
};

class RunState {
 public:
  RunState();

  Knobs knobs;
  // After the snapshot: changes are logged so that reset can take them back.
  bool armed = false;
  // Tells entries of this input from stale ones: grows with each reset, never 0.
  uint32_t epoch = 1;
  LiveCounts live;
  // An injected failure has struck since the last reset.
  bool fail_fired = false;

  // Counts an allocation; true if it is the one that fails.
  bool should_fail() {
    if (__builtin_expect(!knobs.fail_after, 1) || --knobs.fail_after) return false;
    fail_fired = true;
    return true;
  }

  // Fresh contents: zeros or the pattern of the fill seed. Two seeds differ in every byte, whatever the address.
  void fill(void* start, size_t n, bool zero);

 private:
  void make_pattern();

  uint8_t base_[kPageSize];
  uint8_t pattern_[kPageSize];
  uint8_t pattern_seed_ = 0;
};

// A finding about a free: kind is "double-free" or "invalid-free". The first line says what happened and is followed
// by the description of the address with its stacks and by the stack of this call.
void report_bad_free(const char* kind, const std::string& what, const void* address, const void* frame);

}  // namespace dmafuzz

#endif  // DMAFUZZ_MEMORY_RUN_STATE_H_
