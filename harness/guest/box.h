// SPDX-License-Identifier: GPL-2.0-only
//
// What the guest (shims/guest: a real kernel in QEMU) is handed, and what it hands back: guest/guest.h, in C++ terms.
#ifndef DMAFUZZ_GUEST_BOX_H
#define DMAFUZZ_GUEST_BOX_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "guest/guest.h"

namespace dmafuzz {

// A program as the guest is to run it.
struct GuestProgram {
  uint32_t number = 0;
  dmaf_config config{};
  bool lawful = true;
  std::vector<dmaf_guest_op> ops;  // at most DMAF_GUEST_OPS
};

// What one operation came to, in userspace or in the guest.
struct GuestRecord {
  dmaf_guest_record record{};
  std::vector<uint8_t> bytes;  // what it read
};

// What a guest wrote until it was done, or died.
struct GuestAnswer {
  uint32_t state = DMAF_GUEST_ASLEEP;  // enum dmaf_guest_state
  std::vector<GuestRecord> records;    // in the order of running
};

// Lays the programs, in order, into a box of that many bytes. Returns how many of them fit; leaves at least half of the
// box for what they come to, and one that finds less room than it may need ends the guest's work (DMAF_GUEST_FULL).
size_t fill_box(std::span<const GuestProgram> programs, std::span<uint8_t> box);

// Reads what a guest left in a box. Throws std::runtime_error if that is not what guest.h says.
GuestAnswer read_box(std::span<const uint8_t> box);

// The operations that give the device what a configuration says, as the executor's (engine/executor.cc) do.
std::vector<dmaf_guest_op> setup_operations(const dmaf_config& config);

}  // namespace dmafuzz

#endif
