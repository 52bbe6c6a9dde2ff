// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// See up_option.h.
#include "life/up_option.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace dmafuzz {

std::optional<LifeConfig> parse_up(std::string_view words) {
  LifeConfig config = {};
  config.start = static_cast<std::uint8_t>(Start::kUp);
  const std::size_t comma = std::min(words.find(','), words.size());
  const auto path = std::ranges::find(life_path_words(), words.substr(0, comma));
  if (path == life_path_words().end()) return std::nullopt;
  config.path = static_cast<std::uint8_t>(path - life_path_words().begin());
  if (comma == words.size()) return config;
  if (words.substr(comma) != ",noncoherent") return std::nullopt;
  config.noncoherent = 1;
  return config;
}

bool UpOption::takes(const LifeConfig& config, std::span<const std::uint8_t> bytes) const {
  if (up) {
    return config.start == up->start && config.path == up->path && config.noncoherent == up->noncoherent;
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
      std::fprintf(stderr, "%s: --up takes none, or direct or bounce and then ,noncoherent or nothing\n", argv[i]);
      std::exit(2);
    }
    std::copy(argv + i + 1, argv + *argc + 1, argv + i);
    --*argc;
    break;
  }
  return option;
}

}  // namespace dmafuzz
