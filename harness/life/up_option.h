// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The option by which a target's process is told which start its inputs have (Start).
#ifndef DMAFUZZ_LIFE_UP_OPTION_H
#define DMAFUZZ_LIFE_UP_OPTION_H

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "life/life.h"

namespace dmafuzz {

inline constexpr std::string_view kUpOption = "--up=";

// "direct", "bounce,noncoherent,variant=0x3", ...: path, caches and variant of the device. Nothing for what is none.
std::optional<LifeConfig> parse_up(std::string_view words);
// The inverse.
std::string print_up(const LifeConfig& config);

// What a process makes of its inputs.
struct UpOption {
  // Inputs start with the driver up like this, from a snapshot; others are passed over.
  std::optional<LifeConfig> up;
  // Inputs start unloaded; of the others only one in eight is run, from the beginning, as that takes long.
  bool unloaded = false;

  // Whether an input is for this process.
  bool takes(const LifeConfig& config, std::span<const std::uint8_t> bytes) const;
};
// Takes --up=WORDS or --up=none out of a command line. Ends the process (status 2) if it says something else.
UpOption take_up_option(int* argc, char** argv);

}  // namespace dmafuzz

#endif
