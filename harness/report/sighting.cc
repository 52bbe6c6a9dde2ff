// SPDX-License-Identifier: GPL-2.0-only
//
// See sighting.h.
#include "report/sighting.h"

#include <nlohmann/json.hpp>

namespace dmafuzz {
namespace {

constexpr std::string_view kMark = "sighting ";

// Parts of the messages of kernel/dma/debug.c, most particular first.
struct Phrase {
  std::string_view words;
  std::string_view check;
  std::string_view why_alone;
};
constexpr Phrase kPhrases[] = {
    {"free an invalid DMA memory address", "unmap-not-mapped", ""},
    {"free DMA memory it has not allocated", "unmap-not-mapped", ""},
    {"DMA memory with different size", "unmap-size-mismatch", ""},
    {"DMA memory with wrong function", "unmap-type-mismatch", ""},
    {"DMA memory with different CPU address", "free-coherent-mismatch", ""},
    {"sg list with different entry count", "unmap-size-mismatch", ""},
    {"frees DMA memory with different direction", "unmap-direction-mismatch", ""},
    {"frees DMA memory with different attributes", "",
     "no check is about attributes; dmam_free_coherent() itself drops them (docs/findings/dmam-free-attrs.md)"},
    {"dma_map_resource called for RAM", "map-bad-memory",
     "DmaSan looks at what is mapped as memory; what is mapped as registers it leaves to dma-debug, whose warning is "
     "raised as kernel-warn"},
    {"failed to check map error", "mapping-error-unchecked", ""},
    {"maps memory from stack", "map-bad-memory", ""},
    {"maps memory from kernel text or rodata", "map-bad-memory", ""},
    {"memory from invalid area", "map-bad-memory", ""},
    {"memory from vmalloc area", "map-bad-memory", ""},
    {"sync DMA memory it has not allocated", "sync-not-mapped", ""},
    {"syncs DMA memory outside allocated range", "sync-out-of-range", ""},
    {"syncs DMA memory with different direction", "sync-direction-mismatch", ""},
    {"syncs device read-only DMA memory for cpu", "sync-direction-mismatch", ""},
    {"syncs device write-only DMA memory to device", "sync-direction-mismatch", ""},
    {"syncs DMA sg list with different entry count", "sync-out-of-range", ""},
    {"mapping sg segment longer than device claims", "segment-too-long", ""},
    {"mapping sg segment across boundary", "segment-crosses-boundary", ""},
    {"pending DMA allocations while released", "mapping-leak", ""},
    {"exceeded 7 overlapping mappings", "cacheline-shared",
     "lines of a device that snoops may be mapped as often as one likes; dma-debug can count no further and fears a "
     "leak"},
    {"overlapping mappings aren't supported", "cacheline-shared", ""},
};

const Phrase* phrase_in(std::string_view words) {
  for (const Phrase& phrase : kPhrases) {
    if (words.find(phrase.words) != std::string_view::npos) return &phrase;
  }
  return nullptr;
}

}  // namespace

std::string print_sighting(const Sighting& s) {
  const nlohmann::ordered_json json = {{"operation", s.operation},
                                       {"text", s.text},
                                       {"check", s.check},
                                       {"debug", verdict_word(s.debug)},
                                       {"words", s.words}};
  return std::string(kMark) + json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

std::optional<Sighting> parse_sighting(std::string_view line) {
  if (!line.starts_with(kMark)) return std::nullopt;
  const auto json = nlohmann::ordered_json::parse(line.substr(kMark.size()), nullptr, false);
  if (!json.is_object()) return std::nullopt;
  Sighting s;
  json.at("operation").get_to(s.operation);
  json.at("text").get_to(s.text);
  json.at("check").get_to(s.check);
  s.debug = find_verdict(json.at("debug").get<std::string>());
  json.at("words").get_to(s.words);
  return s;
}

std::optional<std::string_view> check_of_debug(std::string_view words) {
  const Phrase* phrase = phrase_in(words);
  if (!phrase) return std::nullopt;
  return phrase->check;
}

std::string_view why_debug_alone(std::string_view words) {
  const Phrase* phrase = phrase_in(words);
  return phrase ? phrase->why_alone : std::string_view();
}

}  // namespace dmafuzz
