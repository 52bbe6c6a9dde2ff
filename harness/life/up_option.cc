// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// See up_option.h.
#include "life/up_option.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "program/line_parser.h"

namespace dmafuzz {

std::optional<LifeConfig> parse_up(std::string_view words) {
  constexpr std::string_view kVariant = "variant=";
  LifeConfig config = {};
  config.start = static_cast<std::uint8_t>(Start::kUp);
  std::size_t comma = std::min(words.find(','), words.size());
  const auto path = std::ranges::find(life_path_words(), words.substr(0, comma));
  if (path == life_path_words().end()) return std::nullopt;
  config.path = static_cast<std::uint8_t>(path - life_path_words().begin());
  while (comma < words.size()) {
    words.remove_prefix(comma + 1);
    comma = std::min(words.find(','), words.size());
    const std::string_view word = words.substr(0, comma);
    if (word == "noncoherent") {
      config.noncoherent = 1;
    } else if (word.starts_with(kVariant)) {
      const auto number = parse_number(word.substr(kVariant.size()));
      if (!number || *number > ~0u) return std::nullopt;
      config.variant = static_cast<std::uint32_t>(*number);
    } else {
      return std::nullopt;
    }
  }
  return config;
}

std::string print_up(const LifeConfig& config) {
  std::string text(life_path_words()[config.path]);
  if (config.noncoherent) text += ",noncoherent";
  if (config.variant) text += fmt::format(",variant={:#x}", config.variant);
  return text;
}

bool UpOption::takes(const LifeConfig& config, std::span<const std::uint8_t> bytes) const {
  if (up) {
    return config.start == up->start && config.path == up->path && config.noncoherent == up->noncoherent &&
           config.variant == up->variant;
  }
  if (!unloaded || config.start != static_cast<std::uint8_t>(Start::kUp)) return true;
  std::uint32_t hash = 2166136261u;
  for (const std::uint8_t b : bytes) hash = (hash ^ b) * 16777619u;
  return hash >> 29 == 0;
}

UpOption take_up_option(int* argc, char** argv) {
  UpOption option;
  for (int i = 1; i < *argc; ++i) {
    const std::string_view arg = argv[i];
    if (!arg.starts_with(kUpOption)) continue;
    const std::string_view words = arg.substr(kUpOption.size());
    option.unloaded = words == "none";
    option.up = parse_up(words);
    if (!option.up && !option.unloaded) {
      std::fprintf(stderr, "%s: --up takes none, or direct or bounce, and then ,noncoherent and ,variant=N as needed\n",
                   argv[i]);
      std::exit(2);
    }
    std::copy(argv + i + 1, argv + *argc + 1, argv + i);
    --*argc;
    break;
  }
  return option;
}

}  // namespace dmafuzz
