// SPDX-License-Identifier: GPL-2.0-only
//
// See timeline.h.
#include "report/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace dmafuzz {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 4> kOwners = {"nobody", "cpu", "device", "both"};
constexpr std::array<std::string_view, static_cast<std::size_t>(EventKind::kCount)> kEvents = {
    "alloc",           "free",          "map",       "unmap",     "sync-for-cpu",
    "sync-for-device", "mapping-error", "cpu-read",  "cpu-write", "device-read",
    "device-write",    "pool-alloc",    "pool-free", "unbound",   "violation"};

Json hex(std::uint64_t number) {
  return fmt::format("{:#x}", number);
}
std::uint64_t number(const Json& text) {
  return std::stoull(text.get<std::string>(), nullptr, 16);
}

// What a kernel hands out as a name need not be UTF-8.
std::string ended(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

template <std::size_t n>
std::size_t place_in(const std::array<std::string_view, n>& words, const Json& json) {
  const auto found = std::ranges::find(words, json.get_ref<const std::string&>());
  if (found == words.end()) throw Json::other_error::create(500, "unknown word " + json.dump(), &json);
  return static_cast<std::size_t>(found - words.begin());
}

TimelineEvent event_from(const Json& json) {
  TimelineEvent event;
  event.kind = static_cast<EventKind>(place_in(kEvents, json.at("what")));
  json.at("time").get_to(event.time);
  event.mapping = json.value("mapping", kNoIndex);
  event.stack = json.value("stack", kNoIndex);
  if (json.contains("dma")) event.dma = number(json.at("dma"));
  if (json.contains("phys")) event.phys = number(json.at("phys"));
  event.size = json.value("size", std::uint64_t{0});
  event.times = json.value("times", 1u);
  event.operation = json.value("operation", kNoIndex);
  event.words = json.value("words", "");
  event.summary = json.value("summary", "");
  return event;
}

TimelineMapping mapping_from(const Json& json) {
  TimelineMapping m;
  json.at("kind").get_to(m.kind);
  json.at("direction").get_to(m.direction);
  json.at("device").get_to(m.device);
  m.dma = number(json.at("dma"));
  json.at("size").get_to(m.size);
  json.at("snoops").get_to(m.snoops);
  m.list = json.value("list", kNoIndex);
  return m;
}

MemoryRange range_from(const Json& json) {
  MemoryRange range{.phys = number(json.at("phys")), .size = json.at("size").get<std::uint64_t>()};
  if (json.contains("dma")) range.dma = number(json.at("dma"));
  return range;
}

CallStack stack_from(const Json& json) {
  CallStack stack;
  for (const Json& frame : json.at("frames")) {
    stack.frames.push_back({.function = frame.at(0), .file = frame.at(1), .line = frame.at(2), .column = frame.at(3)});
  }
  return stack;
}

class Reader {
 public:
  void take(const Json& json) {
    const std::string& fact = json.at("fact").get_ref<const std::string&>();
    if (fact == "start") {
      start();
    } else if (fact == "input") {
      start();
      last_ = {};
    } else if (fact == "stack") {
      out_.stacks.push_back(stack_from(json));
    } else if (fact == "operation") {
      out_.operations.push_back(json.at("text"));
    } else if (fact == "mapping") {
      out_.mappings.push_back(mapping_from(json));
    } else if (fact == "memory") {
      out_.mappings.at(json.at("mapping")).memory.push_back(range_from(json));
    } else if (fact == "object") {
      out_.objects.push_back({.range = range_from(json), .what = json.at("text")});
    } else if (fact == "event") {
      out_.events.push_back(event_from(json));
      if (const auto& event = out_.events.back(); event.mapping != kNoIndex) out_.mappings.at(event.mapping);
    } else if (fact == "owners" || fact == "gone") {
      change(json);
    } else if (fact == "left_out") {
      out_.left_out.push_back({.mapping = json.value("mapping", kNoIndex), .what = json.at("text")});
    } else {
      throw Json::other_error::create(500, "unknown fact " + fact, &json);
    }
  }

  Timeline end() {
    Timeline& run = out_.events.empty() ? last_ : out_;
    if (&run != &out_) run.stacks = std::move(out_.stacks);
    std::ranges::sort(run.events, {}, &TimelineEvent::time);  // of which no two have one
    return std::move(run);
  }

 private:
  // Stacks go on.
  void start() {
    std::vector<CallStack> stacks = std::move(out_.stacks);
    out_.stacks.clear();
    if (!out_.events.empty()) last_ = std::move(out_);
    out_ = {};
    out_.stacks = std::move(stacks);
  }

  // What the mapping's last event came to.
  void change(const Json& json) {
    const std::uint32_t mapping = json.at("mapping");
    const auto event = std::ranges::find(out_.events.rbegin(), out_.events.rend(), mapping, &TimelineEvent::mapping);
    if (event == out_.events.rend()) return;
    if (json.at("fact") == "gone") {
      event->gone = true;
      return;
    }
    event->owners.emplace();
    for (const Json& owned : json.at("owners")) {
      event->owners->push_back({.phys = number(owned.at(0)),
                                .size = owned.at(1),
                                .owner = static_cast<Owner>(place_in(kOwners, owned.at(2)))});
    }
  }

  Timeline out_, last_;
};

}  // namespace

std::string_view owner_word(Owner owner) {
  return kOwners[static_cast<std::size_t>(owner)];
}

std::string_view event_name(EventKind kind) {
  return kEvents.at(static_cast<std::size_t>(kind));
}

std::string line_of(const TimelineEvent& event) {
  Json json = {{"fact", "event"}, {"what", event_name(event.kind)}, {"time", event.time}};
  if (event.operation != kNoIndex) json["operation"] = event.operation;
  if (event.mapping != kNoIndex) json["mapping"] = event.mapping;
  if (event.stack != kNoIndex) json["stack"] = event.stack;
  if (event.dma) json["dma"] = hex(*event.dma);
  if (event.phys) json["phys"] = hex(*event.phys);
  if (event.size) json["size"] = event.size;
  if (event.times != 1) json["times"] = event.times;
  if (!event.words.empty()) json["words"] = event.words;
  if (!event.summary.empty()) json["summary"] = event.summary;
  return ended(json);
}

std::string line_of(const TimelineMapping& m) {
  Json json = {{"fact", "mapping"},        {"kind", m.kind},     {"dma", hex(m.dma)}, {"size", m.size},
               {"direction", m.direction}, {"device", m.device}, {"snoops", m.snoops}};
  if (m.list != kNoIndex) json["list"] = m.list;
  return ended(json);
}

std::string line_of(const TimelineObject& object) {
  return ended(
      {{"fact", "object"}, {"phys", hex(object.range.phys)}, {"size", object.range.size}, {"text", object.what}});
}

std::string line_of(const CallStack& stack) {
  Json frames = Json::array();
  for (const SourceFrame& frame : stack.frames)
    frames.push_back(Json::array({frame.function, frame.file, frame.line, frame.column}));
  return ended({{"fact", "stack"}, {"frames", std::move(frames)}});
}

std::string memory_line(std::uint32_t mapping, const MemoryRange& range) {
  Json json = {{"fact", "memory"}, {"mapping", mapping}, {"phys", hex(range.phys)}, {"size", range.size}};
  if (range.dma) json["dma"] = hex(*range.dma);
  return ended(json);
}

std::string owners_line(std::uint32_t mapping, const std::vector<OwnedRange>& owners) {
  Json list = Json::array();
  for (const OwnedRange& owned : owners)
    list.push_back(Json::array({hex(owned.phys), owned.size, owner_word(owned.owner)}));
  return ended({{"fact", "owners"}, {"mapping", mapping}, {"owners", std::move(list)}});
}

std::string fact_line(std::string_view fact, std::string_view text) {
  Json json = {{"fact", fact}};
  if (!text.empty()) json["text"] = text;
  return ended(json);
}

std::string gone_line(std::uint32_t mapping) {
  return ended({{"fact", "gone"}, {"mapping", mapping}});
}

std::string line_of(const LeftOut& left_out) {
  Json json = {{"fact", "left_out"}, {"text", left_out.what}};
  if (left_out.mapping != kNoIndex) json["mapping"] = left_out.mapping;
  return ended(json);
}

Timeline parse_timeline(std::string_view lines) {
  Reader reader;
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = lines.find('\n', at);
    if (end == std::string_view::npos) break;
    reader.take(Json::parse(lines.substr(at, end - at)));
    at = end + 1;
  }
  return reader.end();
}

}  // namespace dmafuzz
