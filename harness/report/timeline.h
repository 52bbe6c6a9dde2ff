// SPDX-License-Identifier: GPL-2.0-only
//
// What happened to the memory that was mapped, event by event, from the start of an input to its end or its finding. A
// replayer writes it (engine/timeline.h), one line of JSON a fact, and the command reads it back; both through here.
#ifndef DMAFUZZ_REPORT_TIMELINE_H
#define DMAFUZZ_REPORT_TIMELINE_H

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/finding.h"

namespace dmafuzz {

// Lines are objects; "fact" says which. Addresses are text ("0x..."), as 64 bits are more than many readers of JSON
// take.
//
//   {"fact":"input"}                  an input begins: what was before, at boot, is none of it
//   {"fact":"start"}                  a run of it starts from a fresh machine; it may run twice
//   {"fact":"operation","text":...}   an operation begins; events that follow belong to it
//   {"fact":"stack","frames":[...]}   stacks are numbered from 0 in the order of their lines, over all inputs
//   {"fact":"mapping",...}            so are mappings, from 0 after each start
//   {"fact":"memory",...}             the mapping has this memory
//   {"fact":"object",...}             memory that a mapping lies in
//   {"fact":"event",...}              something happened
//   {"fact":"owners",...}             the event's mapping: who owns which bytes from now on
//   {"fact":"gone",...}               the mapping is no longer live
//   {"fact":"left_out",...}           events that are not here: of one mapping, or of all

enum class Owner : std::uint8_t { kNobody, kCpu, kDevice, kBoth };
std::string_view owner_word(Owner owner);

enum class EventKind : std::uint8_t {
  kAlloc,
  kFree,
  kMap,
  kUnmap,
  kSyncForCpu,
  kSyncForDevice,
  kMappingError,
  kCpuRead,
  kCpuWrite,
  kDeviceRead,
  kDeviceWrite,
  kPoolAlloc,
  kPoolFree,
  kUnbound,
  kViolation,
  kCount
};
// As in JSON: "sync-for-cpu".
std::string_view event_name(EventKind kind);

inline constexpr std::uint32_t kNoIndex = ~0u;

// Of physical memory; `dma` where the device sees it, if it is known.
struct MemoryRange {
  std::uint64_t phys = 0;
  std::uint64_t size = 0;
  std::optional<std::uint64_t> dma = std::nullopt;
};
struct OwnedRange {
  std::uint64_t phys = 0;
  std::uint64_t size = 0;
  Owner owner = Owner::kNobody;
  bool operator==(const OwnedRange&) const = default;
};

struct TimelineMapping {
  std::string kind, direction, device;
  std::uint64_t dma = 0, size = 0;
  bool snoops = true;             // the device sees the CPU's caches
  std::uint32_t list = kNoIndex;  // the mapping that is the first segment of its list
  std::vector<MemoryRange> memory;
};

struct TimelineObject {
  MemoryRange range;
  std::string what;  // "a 256-byte object of kmalloc-256"
};

struct TimelineEvent {
  EventKind kind = EventKind::kCount;
  std::uint32_t time = 0;              // events happened in this order, also where their lines are in another
  std::uint32_t operation = kNoIndex;  // which it belongs to
  std::uint32_t mapping = kNoIndex;
  std::uint32_t stack = kNoIndex;
  std::optional<std::uint64_t> dma;
  std::optional<std::uint64_t> phys;
  std::uint64_t size = 0;
  std::uint32_t times = 1;  // accesses that followed each other without a gap are one event
  std::string words;        // kViolation: the check's id; kUnmap and syncs: the direction that was said
  std::string summary;      // kViolation
  // What it changed.
  std::optional<std::vector<OwnedRange>> owners = std::nullopt;
  bool gone = false;
};

// What the writer had no room for, as a clause: "accesses by ... after the first 64 of ...".
struct LeftOut {
  std::uint32_t mapping = kNoIndex;  // whose events; all are meant without one
  std::string what;
};

struct Timeline {
  std::vector<std::string> operations;
  std::vector<CallStack> stacks;
  std::vector<TimelineMapping> mappings;
  std::vector<TimelineObject> objects;
  std::vector<TimelineEvent> events;  // by time
  std::vector<LeftOut> left_out;
};

// One fact as a line, ended. `owners` is {"fact":"owners"} for the mapping.
std::string line_of(const TimelineEvent& event);
std::string line_of(const TimelineMapping& mapping);
std::string line_of(const TimelineObject& object);
std::string line_of(const CallStack& stack);
std::string memory_line(std::uint32_t mapping, const MemoryRange& range);
std::string owners_line(std::uint32_t mapping, const std::vector<OwnedRange>& owners);
std::string fact_line(std::string_view fact, std::string_view text);
std::string gone_line(std::uint32_t mapping);
std::string line_of(const LeftOut& left_out);

// Of the last input in `lines` the last run that has events. A last line without an end, where the writer was killed,
// is passed over. Throws on what was never written so.
Timeline parse_timeline(std::string_view lines);

}  // namespace dmafuzz

#endif
