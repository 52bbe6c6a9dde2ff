// SPDX-License-Identifier: GPL-2.0-only
//
// How far a driver gets with a device that may not be its own: told on stderr, a line "stage: NAME" for each that is
// reached for the first time, if DMAFUZZ_STAGES is set. `dmafuzz driver` reads them.
#ifndef DMAFUZZ_DRIVER_STAGES_H
#define DMAFUZZ_DRIVER_STAGES_H

#include <cstdint>
#include <span>

namespace dmafuzz {

enum class Stage {
  kLoads,     // its init function succeeded
  kProbes,    // it took the device
  kOpens,     // its network device came up
  kSends,     // a frame of the stack's lies in memory that is mapped for the device
  kReceives,  // a frame came up to the stack
};

void reached(Stage stage);
// All that were reached since they were forgotten: bit 1 << stage for each.
unsigned stages_reached();
void forget_stages();
// A life is over in which so many registers were read and written: a line "registers: N".
void tell_accesses(unsigned n);
// kSends, if that is so of this frame and device.
void look_for_frame(const void* dev, std::span<const uint8_t> frame);

}  // namespace dmafuzz

#endif
