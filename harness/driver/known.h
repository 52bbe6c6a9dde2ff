// SPDX-License-Identifier: GPL-2.0-only
//
// What is known to be wrong with a driver and written down (docs/findings). A campaign that stumbles over it leaves the
// input and goes on, or it would find nothing else; a file that is run shows it as before.
#ifndef DMAFUZZ_DRIVER_KNOWN_H
#define DMAFUZZ_DRIVER_KNOWN_H

#include <cstdint>
#include <span>
#include <string_view>

namespace dmafuzz {

struct KnownFinding {
  std::string_view driver;
  std::string_view id;
  std::string_view function;  // anywhere on the stack, as the linker knows it; empty: wherever
  std::string_view page;      // of docs/findings
};

std::span<const KnownFinding> known_findings();
// Whether a finding of the driver with this id, raised with these return addresses on the stack, is one of them.
bool is_known(std::string_view driver, std::string_view id, std::span<const uintptr_t> stack);

}  // namespace dmafuzz

#endif
