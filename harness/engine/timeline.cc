// SPDX-License-Identifier: GPL-2.0-only
//
// See timeline.h. Each line is written at once: a finding ends the process wherever it stands. An access that goes on
// where the last one ended makes the last line longer.
#include "engine/timeline.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "dmasan/dmasan.h"
#include "dmasan/listener.h"
#include "dmasan/object_lines.h"
#include "engine/raise.h"
#include "host.h"
#include "memory/memory.h"
#include "report/timeline.h"

namespace dmafuzz {
namespace {

// Lines of accesses by one side to one mapping in one operation, and of all that happens: what is more is said to be
// missing.
constexpr unsigned kMostAccesses = 64;
constexpr unsigned kMostEvents = 1u << 17;
// Frames that are looked at: those of harness and DMA core are on top.
constexpr unsigned kDepth = 40;
// Bytes of one owner, side by side, of one mapping.
constexpr size_t kMostRuns = 4096;

constexpr EventKind kKinds[] = {EventKind::kMap,           EventKind::kUnmap,        EventKind::kSyncForCpu,
                                EventKind::kSyncForDevice, EventKind::kMappingError, EventKind::kCpuRead,
                                EventKind::kCpuWrite,      EventKind::kDeviceRead,   EventKind::kDeviceWrite,
                                EventKind::kPoolAlloc,     EventKind::kPoolFree,     EventKind::kUnbound};
static_assert(std::size(kKinds) == Happening::kUnbound + 1);

bool is_access(EventKind kind) {
  return kind >= EventKind::kCpuRead && kind <= EventKind::kDeviceWrite;
}

Owner owner_of(uint8_t state) {
  if (state & kShared) return Owner::kBoth;
  return state & kCpuOwned ? Owner::kCpu : Owner::kDevice;
}

using Trace = std::vector<uintptr_t>;

Trace trace_from(const void* frame) {
  Trace pcs(kDepth);
  pcs.resize(walk_stack(pcs.data(), kDepth, frame));
  return pcs;
}

class Recorder final : public DmaListener {
 public:
  explicit Recorder(int file) : file_(file) {}

  void input() {
    put(fact_line("input", {}));
    fresh();
  }

  void fresh() override {
    put(fact_line("start", {}));
    mappings_.clear();
    live_.clear();
    objects_.clear();
    operations_ = events_ = time_ = 0;
    outside();
    full_ = false;
  }

  void path(uint32_t number) override {
    const auto text = raise_context().operation;
    if (!text) return;  // operations of bytes say so themselves
    if (number == DmaSan::kNoOperation) {
      outside();
    } else {
      operation(text(number));
    }
  }

  void operation(const std::string& text) {
    put(fact_line("operation", text.empty() ? "?" : text));
    operation_ = operations_++;
    operation_text_ = text;
    accesses_.clear();
  }

  void happens(const Happening& it) override {
    TimelineEvent event;
    event.kind = kKinds[it.what];
    event.mapping = it.what == Happening::kMap ? add(*it.mapping) : number_of(it.mapping);
    const bool by_phys = event.kind == EventKind::kCpuRead || event.kind == EventKind::kCpuWrite;
    if (by_phys) event.phys = it.phys;
    if (it.what != Happening::kUnbound && (it.mapping || !by_phys)) event.dma = it.dma;
    event.size = it.size;
    const bool says_direction = event.kind == EventKind::kUnmap || event.kind == EventKind::kSyncForCpu ||
                                event.kind == EventKind::kSyncForDevice;
    if (says_direction) event.words = direction_name(it.dir);
    event.operation = operation_;
    latest_ = event;
    const uint32_t stack = number_of(trace_from(__builtin_frame_address(0)));
    event.stack = stack;
    if (is_access(event.kind)) {
      access(std::move(event));
    } else {
      put(std::move(event));
    }
  }

  void has_memory(const Mapping& m, uint64_t dma, uint64_t phys, uint64_t size) override {
    const uint32_t number = number_of(&m);
    if (full_ || number == kNoIndex) return;
    put(memory_line(number, {.phys = phys, .size = size, .dma = dma}));
    if (bank_of(phys)) knows_object(phys);
  }

  void settled(const Mapping& m) override {
    const uint32_t number = number_of(&m);
    if (full_ || number == kNoIndex) return;
    std::vector<OwnedRange> owners;
    dmasan().ownership().each_of(m.parts, m.dma, m.size, [&](const Piece& piece, uint32_t, uint32_t) {
      uint32_t from = 0;
      for (const ByteRuns::Run& run : piece.bytes.runs()) {
        const OwnedRange range = {.phys = piece.phys + from, .size = run.end - from, .owner = owner_of(run.state)};
        from = run.end;
        OwnedRange* last = owners.empty() ? nullptr : &owners.back();
        if (last && last->owner == range.owner && last->phys + last->size == range.phys) {
          last->size += range.size;
        } else if (owners.size() < kMostRuns) {
          owners.push_back(range);
        }
      }
    });
    put(owners_line(number, owners));
    if (owners.size() < kMostRuns) return;
    put(line_of(LeftOut{.mapping = number,
                        .what = fmt::format("who owns the bytes of mapping {} behind the first {} changes of owner",
                                            number, kMostRuns)}));
  }

  void gone(const Mapping& m) override {
    if (const uint32_t number = number_of(&m); !full_ && number != kNoIndex) put(gone_line(number));
  }

  void violated(const Violation& violation) override {
    TimelineEvent event = latest_;  // what broke the rule
    event.kind = EventKind::kViolation;
    event.operation = operation_;
    event.words = check_info(violation.check).id;
    event.summary = violation.what;
    const uint32_t mapping = number_of(violation.mapping);
    // What is left is left whole, whatever came last.
    const bool leak = violation.check == Check::kMappingLeak || violation.check == Check::kCoherentLeak ||
                      violation.check == Check::kPoolLeak;
    if (mapping != event.mapping || leak) {
      event.phys = std::nullopt;
      event.dma = violation.mapping ? std::optional(violation.mapping->dma) : std::nullopt;
      event.size = violation.mapping ? violation.mapping->size : 0;
    }
    if (violation.touched != Violation::kNowhere) event.dma = violation.touched;
    event.mapping = mapping;
    event.stack = number_of(trace_from(__builtin_frame_address(0)));
    const bool full = std::exchange(full_, false);
    put(std::move(event));
    full_ = full;
  }

  void block(const void* start, size_t size, bool alloc, const void* frame) {
    const uint64_t phys = virt_to_phys(start);
    if (alloc) {
      live_[phys] = {.size = size, .operation = operation_, .time = time_++, .trace = trace_from(frame)};
      return;
    }
    if (objects_.erase(phys)) {
      TimelineEvent event;
      event.kind = EventKind::kFree;
      event.phys = phys;
      event.size = live_.contains(phys) ? live_[phys].size : 0;
      event.operation = operation_;
      event.stack = number_of(trace_from(frame));
      put(std::move(event));
    }
    live_.erase(phys);
  }

 private:
  struct Known {
    const void* dev;
    uint64_t dma, size;
    MapKind kind;
    uint8_t dir;
    uint32_t index, operation;
  };
  struct Block {
    size_t size = 0;
    uint32_t operation = kNoIndex, time = 0;
    Trace trace = {};
  };

  void outside() {
    operation_ = kNoIndex;
    operation_text_ = "what is outside of operations";
    accesses_.clear();
  }

  uint32_t add(const Mapping& m) {
    if (full_) return kNoIndex;
    TimelineMapping mapping;
    mapping.kind = map_kind_name(m.kind);
    mapping.direction = direction_name(m.dir);
    mapping.device = kernel_device_name(m.dev);
    mapping.dma = m.dma;
    mapping.size = m.size;
    mapping.snoops = m.snoops;
    mappings_.push_back({m.dev, m.dma, m.size, m.kind, m.dir, m.index, m.mapped_op});
    const auto number = static_cast<uint32_t>(mappings_.size() - 1);
    if (m.list != ~0u) mapping.list = m.list == m.index ? number : number_of(&dmasan().registry().at(m.list));
    put(line_of(mapping));
    return number;
  }

  // Live ones and those that are gone look the same; of several the last is meant.
  uint32_t number_of(const Mapping* m) const {
    if (!m) return kNoIndex;
    for (size_t i = mappings_.size(); i; --i) {
      const Known& k = mappings_[i - 1];
      if (k.index == m->index && k.dma == m->dma && k.dev == m->dev && k.size == m->size && k.kind == m->kind &&
          k.dir == m->dir && k.operation == m->mapped_op) {
        return static_cast<uint32_t>(i - 1);
      }
    }
    return kNoIndex;
  }

  // Without frames of sanitizers and harness; of stacks that have no others there is none.
  uint32_t number_of(const Trace& trace) {
    const auto [entry, fresh] = stacks_.try_emplace(trace, kNoIndex);
    if (!fresh) return entry->second;
    CallStack stack;
    for (const uintptr_t pc : trace) {
      const auto [place, unknown] = places_.try_emplace(pc);
      if (unknown) place->second = call_stack({&pc, 1}, {}).frames;
      for (const SourceFrame& frame : place->second) {
        const CallStack alone = {.title = {}, .frames = {frame}};
        if (kernel_frame(alone)) stack.frames.push_back(frame);
      }
    }
    if (stack.frames.empty()) return kNoIndex;
    const SourceFrame* who = kernel_frame(stack);
    functions_.push_back(who ? who->function : std::string());
    put(line_of(stack));
    return entry->second = stack_count_++;
  }

  // The object that holds the byte, and its making, which came before it was known to matter.
  void knows_object(uint64_t phys) {
    const Description d = memory().describe(phys_to_virt(phys));
    if (d.state != Description::State::kLive || d.offset < 0 || d.offset >= static_cast<int64_t>(d.size)) return;
    const uint64_t start = virt_to_phys(d.start);
    if (!objects_.insert(start).second) return;
    put(line_of(TimelineObject{.range = {.phys = start, .size = d.size}, .what = object_line(d)}));
    const auto made = live_.find(start);
    if (made == live_.end()) return;  // at boot
    TimelineEvent event;
    event.kind = EventKind::kAlloc;
    event.phys = start;
    event.size = d.size;
    event.operation = made->second.operation;
    event.stack = number_of(made->second.trace);
    put(std::move(event), made->second.time);
  }

  void access(TimelineEvent event) {
    if (goes_on(event)) {
      pending_->size += event.size;
      ++pending_->times;
      const std::string line = line_of(*pending_);
      write_at(pending_at_, line);
      end_ = pending_at_ + line.size();
      return;
    }
    const bool device = event.kind >= EventKind::kDeviceRead;
    unsigned& count = accesses_[{event.mapping, device}];
    if (++count > kMostAccesses) {
      if (count == kMostAccesses + 1) {
        const std::string to = event.mapping == kNoIndex ? std::string("memory beside what is mapped")
                                                         : fmt::format("mapping {}", event.mapping);
        put(line_of(LeftOut{.mapping = event.mapping,
                            .what = fmt::format("accesses by the {} to {} after the first {} of {}",
                                                device ? "device" : "CPU", to, kMostAccesses, operation_text_)}));
      }
      return;
    }
    const off_t at = end_;
    const TimelineEvent kept = event;
    if (!put(std::move(event))) return;
    pending_ = kept;
    pending_->time = time_ - 1;
    pending_at_ = at;
  }

  bool goes_on(const TimelineEvent& event) const {
    const auto& p = pending_;
    if (!p || p->kind != event.kind || p->mapping != event.mapping || p->operation != event.operation) return false;
    if (p->stack != event.stack &&
        (p->stack == kNoIndex || event.stack == kNoIndex || functions_[p->stack] != functions_[event.stack])) {
      return false;
    }
    return event.phys ? *p->phys + p->size == *event.phys : *p->dma + p->size == *event.dma;
  }

  // False: there is no room for it.
  bool put(TimelineEvent event) { return put(std::move(event), time_++); }
  bool put(TimelineEvent event, uint32_t time) {
    if (full_) return false;
    if (events_++ == kMostEvents) {
      full_ = true;
      put(line_of(
          LeftOut{.what = fmt::format("all that happened after the first {} events, but the finding", kMostEvents)}));
      return false;
    }
    event.time = time;
    put(line_of(event));
    return true;
  }
  void put(const std::string& line) {
    pending_.reset();
    write_at(end_, line);
    end_ += static_cast<off_t>(line.size());
  }
  void write_at(off_t at, const std::string& line) const {
    for (size_t done = 0; done < line.size();) {
      const ssize_t n = pwrite(file_, line.data() + done, line.size() - done, at + static_cast<off_t>(done));
      if (n <= 0) {
        std::perror("the timeline cannot be written");
        std::exit(2);
      }
      done += static_cast<size_t>(n);
    }
  }

  const int file_;
  off_t end_ = 0;
  std::vector<Known> mappings_;
  std::map<uint64_t, Block> live_;
  std::set<uint64_t> objects_;  // starts of those that are in the file and live
  std::map<Trace, uint32_t> stacks_;
  std::map<uintptr_t, std::vector<SourceFrame>> places_;
  std::vector<std::string> functions_;  // of stacks
  uint32_t stack_count_ = 0;
  std::map<std::pair<uint32_t, bool>, unsigned> accesses_;  // by mapping and side, of this operation
  uint32_t operations_ = 0, operation_ = kNoIndex;
  std::string operation_text_;
  uint32_t events_ = 0, time_ = 0;
  bool full_ = false;
  TimelineEvent latest_;
  // The last line, as long as it may grow.
  std::optional<TimelineEvent> pending_;
  off_t pending_at_ = 0;
};

Recorder* g_recorder = nullptr;

}  // namespace

void start_timeline(const std::string& file) {
  const int opened = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (opened < 0) {
    std::perror(file.c_str());
    std::exit(2);
  }
  static Recorder recorder(opened);
  g_recorder = &recorder;
  dmasan().set_listener(&recorder);
  set_block_listener([](const void* start, size_t size, bool alloc, const void* frame) {
    g_recorder->block(start, size, alloc, frame);
  });
}

bool keeps_timeline() {
  return g_recorder != nullptr;
}

void timeline_input() {
  if (g_recorder) g_recorder->input();
}

void timeline_operation(const std::string& text) {
  if (g_recorder) g_recorder->operation(text);
}

}  // namespace dmafuzz
