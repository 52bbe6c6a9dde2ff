// SPDX-License-Identifier: GPL-2.0-only
//
// See buffer_view.h.
#include "report/buffer_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace dmafuzz {
namespace {

// Objects up to this size are shown whole; of larger ones the lines that are mapped, and one on either side.
constexpr std::uint64_t kWholeObject = 512;
constexpr std::size_t kMostStrips = 12, kMostSteps = 300, kMostMappings = 8;
// How far from what is mapped an access is still drawn.
constexpr std::uint64_t kNear = 256;

std::uint64_t end_of(const MemoryRange& range) {
  return range.phys + range.size;
}
bool overlap(std::uint64_t a, std::uint64_t a_size, std::uint64_t b, std::uint64_t b_size) {
  return a < b + b_size && b < a + a_size;
}

bool is_cpu_access(EventKind kind) {
  return kind == EventKind::kCpuRead || kind == EventKind::kCpuWrite;
}
bool is_block(EventKind kind) {
  return kind == EventKind::kAlloc || kind == EventKind::kFree;
}

std::string bytes(std::uint64_t n) {
  return fmt::format("{} byte{}", n, n == 1 ? "" : "s");
}

class Builder {
 public:
  Builder(const Timeline& timeline, const Finding* finding) : timeline_(timeline), finding_(finding) {}

  BufferView build() {
    find_violation();
    choose_mappings();
    make_strips();
    add_neighbours();
    walk();
    if (finding_ && !view_.violation) add_finding();
    for (const LeftOut& left : timeline_.left_out) {
      if (left.mapping == kNoIndex || chosen_.contains(left.mapping))
        view_.notes.push_back(fmt::format("The recording has left out {}.", left.what));
    }
    return std::move(view_);
  }

 private:
  void find_violation() {
    for (std::size_t i = timeline_.events.size(); i; --i) {
      const TimelineEvent& event = timeline_.events[i - 1];
      if (event.kind != EventKind::kViolation) continue;
      if (finding_ && event.words == finding_->id) violation_ = &event;
      break;
    }
  }

  void choose_mappings() {
    const auto take = [&](std::uint32_t mapping) {
      if (mapping == kNoIndex) return;
      const std::uint32_t list = timeline_.mappings[mapping].list;
      for (std::uint32_t i = 0; i < timeline_.mappings.size(); ++i) {
        if (i == mapping || (list != kNoIndex && timeline_.mappings[i].list == list)) chosen_.insert(i);
      }
    };
    if (violation_) take(violation_->mapping);
    if (!chosen_.empty()) return;
    if (finding_ && finding_->mapping) {
      for (std::uint32_t i = 0; i < timeline_.mappings.size(); ++i) {
        const TimelineMapping& m = timeline_.mappings[i];
        if (m.dma == finding_->mapping->dma && m.size == finding_->mapping->size) take(i);
      }
    }
    if (!chosen_.empty()) return;
    // Those that something happened to last.
    for (std::size_t i = timeline_.events.size(); i && chosen_.size() < kMostMappings; --i)
      take(timeline_.events[i - 1].mapping);
    if (chosen_.size() < timeline_.mappings.size()) {
      view_.notes.push_back(fmt::format("The {} mappings that something happened to last are shown, of {}.",
                                        chosen_.size(), timeline_.mappings.size()));
    }
  }

  // Where the mapping's memory is; without any its DMA addresses stand in for it.
  std::vector<MemoryRange> memory_of(std::uint32_t mapping) const {
    const TimelineMapping& m = timeline_.mappings[mapping];
    if (!m.memory.empty()) return m.memory;
    return {{.phys = m.dma, .size = m.size, .dma = m.dma}};
  }

  const TimelineObject* object_at(std::uint64_t phys) const {
    const auto holds = [&](const TimelineObject& o) { return overlap(o.range.phys, o.range.size, phys, 1); };
    const auto found = std::ranges::find_if(timeline_.objects, holds);
    return found == timeline_.objects.end() ? nullptr : &*found;
  }

  // What is shown of the memory around a range.
  MemoryRange around(const MemoryRange& range) const {
    const TimelineObject* object = object_at(range.phys);
    if (object && object->range.size <= kWholeObject && object->range.phys <= range.phys &&
        end_of(object->range) >= end_of(range)) {
      return object->range;
    }
    std::uint64_t lo = range.phys & ~(kViewLine - 1), hi = (end_of(range) + kViewLine - 1) & ~(kViewLine - 1);
    if (object && object->range.phys <= lo) {
      lo -= std::min(kViewLine, lo - object->range.phys);
      hi = std::max(hi, std::min(hi + kViewLine, end_of(object->range)));
    }
    return {.phys = lo, .size = hi - lo};
  }

  void make_strips() {
    std::vector<MemoryRange> ranges;
    for (const std::uint32_t mapping : chosen_) {
      for (const MemoryRange& range : memory_of(mapping))
        if (range.size) ranges.push_back(around(range));
    }
    if (violation_) {
      for (const MemoryRange& range : place_of(*violation_)) {
        const auto near = [&](const MemoryRange& shown) {
          return overlap(shown.phys - std::min(kNear, shown.phys), shown.size + 2 * kNear, range.phys, range.size);
        };
        // As much of it as lies near.
        if (const auto shown = std::ranges::find_if(ranges, near); shown != ranges.end()) {
          const std::uint64_t lo = std::max(range.phys, shown->phys - std::min(kNear, shown->phys));
          const std::uint64_t hi = std::min(end_of(range), end_of(*shown) + kNear);
          ranges.push_back({.phys = lo, .size = hi - lo});
        }
      }
    }
    std::ranges::sort(ranges, {}, &MemoryRange::phys);
    for (const MemoryRange& range : ranges) {
      ViewStrip* last = view_.strips.empty() ? nullptr : &view_.strips.back();
      if (last && range.phys <= last->phys + last->size) {
        last->size = std::max(last->size, end_of(range) - last->phys);
      } else {
        view_.strips.push_back({.phys = range.phys, .size = range.size, .what = {}, .mappings = {}});
      }
    }
    if (view_.strips.size() > kMostStrips) {
      view_.notes.push_back(
          fmt::format("The first {} pieces of memory are shown, of {}.", kMostStrips, view_.strips.size()));
      view_.strips.resize(kMostStrips);
    }
    for (ViewStrip& strip : view_.strips) {
      for (const TimelineObject& object : timeline_.objects) {
        if (!overlap(strip.phys, strip.size, object.range.phys, object.range.size)) continue;
        if (strip.what.find(object.what) == std::string::npos)
          strip.what += (strip.what.empty() ? "" : "; ") + object.what;
      }
    }
  }

  bool shown(const MemoryRange& range) const {
    return std::ranges::any_of(view_.strips,
                               [&](const ViewStrip& s) { return overlap(s.phys, s.size, range.phys, range.size); });
  }

  // Whatever else is mapped there, at any time.
  void add_neighbours() {
    for (std::uint32_t i = 0; i < timeline_.mappings.size(); ++i) {
      for (const MemoryRange& range : memory_of(i)) {
        for (ViewStrip& strip : view_.strips) {
          if (!overlap(strip.phys, strip.size, range.phys, range.size)) continue;
          chosen_.insert(i);
          if (strip.mappings.empty() || strip.mappings.back() != i) strip.mappings.push_back(i);
        }
      }
    }
  }

  // Physical memory that the event is about; beyond a mapping it goes on as the mapping does.
  std::vector<MemoryRange> place_of(const TimelineEvent& event) const {
    if (event.phys) return {{.phys = *event.phys, .size = std::max<std::uint64_t>(event.size, 1)}};
    if (event.mapping == kNoIndex || !event.dma) return {};
    const std::uint64_t size = std::max<std::uint64_t>(event.size, 1);
    if (event.kind == EventKind::kMap || event.kind == EventKind::kMappingError) return memory_of(event.mapping);
    std::vector<MemoryRange> out;
    std::uint64_t covered = 0;
    const std::vector<MemoryRange> memory = memory_of(event.mapping);
    for (const MemoryRange& range : memory) {
      if (!range.dma || !overlap(*range.dma, range.size, *event.dma, size)) continue;
      const std::uint64_t lo = std::max(*range.dma, *event.dma);
      const std::uint64_t hi = std::min(*range.dma + range.size, *event.dma + size);
      out.push_back({.phys = range.phys + (lo - *range.dma), .size = hi - lo});
      covered += hi - lo;
    }
    const MemoryRange& last = memory.back();
    if (covered < size && last.dma && *event.dma + size > *last.dma + last.size) {
      const std::uint64_t from = std::max(*event.dma, *last.dma + last.size);
      out.push_back({.phys = last.phys + (from - *last.dma), .size = *event.dma + size - from});
    }
    return out;
  }

  bool concerns(const TimelineEvent& event) const {
    if (event.kind == EventKind::kViolation) return &event == violation_;
    if (event.kind == EventKind::kUnbound) return true;
    if (event.mapping != kNoIndex) return chosen_.contains(event.mapping);
    return event.phys && shown({.phys = *event.phys, .size = std::max<std::uint64_t>(event.size, 1)});
  }

  void walk() {
    std::map<std::uint32_t, std::vector<OwnedRange>> owned;
    for (const TimelineEvent& event : timeline_.events) {
      if (event.owners) owned[event.mapping] = *event.owners;
      if (event.gone) owned.erase(event.mapping);
      if (!concerns(event)) continue;
      ViewStep step{.event = event,
                    .sentence = sentence(event),
                    .touched = {},
                    .owners = owners(owned),
                    .of_finding = false,
                    .elsewhere = {}};
      const std::vector<MemoryRange> place = place_of(event);
      for (const MemoryRange& range : place) touch(step, range);
      // What broke the rule, where that is not what the rule is about.
      const ViewStep* before = view_.steps.empty() ? nullptr : &view_.steps.back();
      if (event.kind == EventKind::kViolation && before && before->event.mapping != event.mapping &&
          before->event.time + 1 == event.time) {
        step.touched.insert(step.touched.end(), before->touched.begin(), before->touched.end());
      }
      if (step.touched.empty() && event.dma) step.elsewhere = fmt::format("at DMA address {:#x}", *event.dma);
      view_.steps.push_back(std::move(step));
    }
    if (view_.steps.size() > kMostSteps) {
      const std::size_t dropped = view_.steps.size() - kMostSteps;
      view_.notes.push_back(
          fmt::format("The last {} events of this memory are shown; {} came before.", kMostSteps, dropped));
      view_.steps.erase(view_.steps.begin(), view_.steps.begin() + static_cast<std::ptrdiff_t>(dropped));
    }
    for (std::size_t i = 0; i < view_.steps.size(); ++i)
      if (view_.steps[i].event.kind == EventKind::kViolation) view_.violation = i;
  }

  // Of those that DmaSan does not raise: at the end, at what was touched last if that was the same operation's doing.
  void add_finding() {
    if (view_.steps.empty()) return;
    const ViewStep& last = view_.steps.back();
    ViewStep step;
    step.event.kind = EventKind::kViolation;
    step.of_finding = true;
    step.event.words = finding_->id;
    step.event.summary = finding_->summary;
    step.event.time = timeline_.events.back().time + 1;
    const bool outside = timeline_.events.back().operation == kNoIndex;
    if (!outside) step.event.operation = static_cast<std::uint32_t>(timeline_.operations.size() - 1);
    step.sentence = sentence(step.event);
    if (last.event.operation == step.event.operation) step.touched = last.touched;
    step.owners = last.owners;
    view_.violation = view_.steps.size();
    view_.steps.push_back(std::move(step));
  }

  void touch(ViewStep& step, const MemoryRange& range) const {
    for (std::uint32_t i = 0; i < view_.strips.size(); ++i) {
      const ViewStrip& strip = view_.strips[i];
      if (!overlap(strip.phys, strip.size, range.phys, range.size)) continue;
      const std::uint64_t lo = std::max(strip.phys, range.phys) - strip.phys;
      const std::uint64_t hi = std::min(strip.phys + strip.size, end_of(range)) - strip.phys;
      step.touched.push_back({.strip = i, .lo = lo, .hi = hi});
    }
  }

  // Where two mappings say different things, the one that lets the CPU do less.
  std::vector<ViewSpan> owners(const std::map<std::uint32_t, std::vector<OwnedRange>>& owned) const {
    std::vector<ViewSpan> out;
    for (std::uint32_t i = 0; i < view_.strips.size(); ++i) {
      const ViewStrip& strip = view_.strips[i];
      std::vector<ViewSpan> spans;
      std::set<std::uint64_t> ends = {strip.size};
      for (const auto& [mapping, ranges] : owned) {
        for (const OwnedRange& range : ranges) {
          if (!overlap(strip.phys, strip.size, range.phys, range.size)) continue;
          const std::uint64_t lo = std::max(strip.phys, range.phys) - strip.phys;
          const std::uint64_t hi = std::min(strip.phys + strip.size, range.phys + range.size) - strip.phys;
          spans.push_back({.strip = i, .lo = lo, .hi = hi, .owner = range.owner});
          if (lo) ends.insert(lo);
          ends.insert(hi);
        }
      }
      std::uint64_t from = 0;
      for (const std::uint64_t end : ends) {
        ViewSpan span{.strip = i, .lo = from, .hi = end};
        for (const ViewSpan& of : spans)
          if (of.lo <= from && from < of.hi) span.owner = stronger(span.owner, of.owner);
        if (!out.empty() && out.back().strip == i && out.back().owner == span.owner) {
          out.back().hi = end;
        } else {
          out.push_back(span);
        }
        from = end;
      }
    }
    return out;
  }

  static Owner stronger(Owner a, Owner b) {
    const auto rank = [](Owner owner) {
      return owner == Owner::kDevice ? 3 : owner == Owner::kBoth ? 2 : static_cast<int>(owner);
    };
    return rank(a) >= rank(b) ? a : b;
  }

  std::string sentence(const TimelineEvent& event) const {
    const TimelineMapping* m = event.mapping == kNoIndex ? nullptr : &timeline_.mappings[event.mapping];
    const std::string named = m ? fmt::format("mapping {}", event.mapping) : std::string();
    const std::string at = event.dma ? fmt::format(" at {:#x}", *event.dma) : std::string();
    const auto access = [&](std::string_view who, std::string_view verb) {
      std::string out = fmt::format("{} {} {}", who, verb, bytes(event.size));
      if (m && event.dma && *event.dma - m->dma < m->size) {
        out += fmt::format(", {}..{} of {}", *event.dma - m->dma, *event.dma - m->dma + event.size, named);
      } else if (event.phys && !m) {
        out += fmt::format(" beside what is mapped, at physical {:#x}", *event.phys);
      } else {
        out += at;
      }
      return event.times > 1 ? fmt::format("{}, in {} accesses", out, event.times) : out;
    };
    const auto sync = [&](std::string_view side) {
      std::string out = fmt::format("sync for {} of ", side);
      if (!m) return out + fmt::format("{}{}", bytes(event.size), at);
      const bool whole = event.dma == m->dma && event.size == m->size;
      if (whole) return out + named;
      return out + fmt::format("{}..{} of {}", *event.dma - m->dma, *event.dma - m->dma + event.size, named);
    };
    const bool own = m && (m->kind == "coherent" || m->kind == "pages");
    switch (event.kind) {
      case EventKind::kAlloc:
        return fmt::format("memory is allocated, {}", bytes(event.size));
      case EventKind::kFree:
        return fmt::format("memory is freed, {}", bytes(event.size));
      case EventKind::kMap:
        return fmt::format("{} {}: {}, {}, {}{}", named, own ? "is handed out" : "is made", m ? m->kind : "",
                           m ? m->direction : "", bytes(event.size), at);
      case EventKind::kUnmap: {
        if (!m) return fmt::format("unmap at {:#x}, where nothing is mapped", event.dma.value_or(0));
        std::string out = fmt::format("{} of {}", own ? "free" : "unmap", named);
        if (event.size != m->size) out += fmt::format(", as {}", bytes(event.size));
        return event.words != m->direction && !event.words.empty() && !own ? out + ", as " + event.words : out;
      }
      case EventKind::kSyncForCpu:
        return sync("the CPU");
      case EventKind::kSyncForDevice:
        return sync("the device");
      case EventKind::kMappingError:
        return fmt::format("dma_mapping_error() is asked about {}",
                           m ? named : fmt::format("{:#x}", event.dma.value_or(0)));
      case EventKind::kCpuRead:
        return access("the CPU", "reads");
      case EventKind::kCpuWrite:
        return access("the CPU", "writes");
      case EventKind::kDeviceRead:
        return access("the device", "reads");
      case EventKind::kDeviceWrite:
        return access("the device", "writes");
      case EventKind::kPoolAlloc:
        return fmt::format("a block of a pool is handed out, {}{}", bytes(event.size), at);
      case EventKind::kPoolFree:
        return fmt::format("a block of a pool is given back{}", at);
      case EventKind::kUnbound:
        return "the driver lets go of the device";
      case EventKind::kViolation:
        return fmt::format("{}: {}", event.words, event.summary);
      case EventKind::kCount:
        break;
    }
    return {};
  }

  const Timeline& timeline_;
  const Finding* finding_;
  const TimelineEvent* violation_ = nullptr;
  std::set<std::uint32_t> chosen_;
  BufferView view_;
};

}  // namespace

BufferView view_of(const Timeline& timeline, const Finding* finding) {
  return Builder(timeline, finding).build();
}

const SourceFrame* who_of(const Timeline& timeline, const TimelineEvent& event) {
  if (event.stack == kNoIndex || event.stack >= timeline.stacks.size()) return nullptr;
  if (event.kind == EventKind::kDeviceRead || event.kind == EventKind::kDeviceWrite) return nullptr;
  const CallStack& stack = timeline.stacks[event.stack];
  return is_cpu_access(event.kind) || is_block(event.kind) ? kernel_frame(stack) : caller_frame(stack);
}

}  // namespace dmafuzz
