// SPDX-License-Identifier: GPL-2.0-only
//
// Descriptions of addresses, in the words that ASan and KASAN use, and the hook
// that puts them behind ASan's own reports, which know nothing of the arena's objects.
#include <fmt/format.h>
#include <sanitizer/asan_interface.h>

#include <cstdio>
#include <cstring>

#include "host.h"
#include "memory/memory.h"

namespace dmafuzz {
namespace {

void (*next_callback_)(const char*);

void on_asan_report(const char* report) {
  const void* address = __asan_get_report_address();
  bool ours = frame_of_address(address) != kNoFrame || Vmap::page_of(address) != Vmap::kNoPage;
  if (ours) {
    std::string text = memory().describe_text(address);
    fwrite(text.data(), 1, text.size(), stderr);
    fflush(stderr);
  }
  if (next_callback_) next_callback_(report);
}

std::string kind_text(const Description& d) {
  switch (d.kind) {
    case Description::Kind::kKmalloc:
      return d.cache[0] ? fmt::format("kmalloc ({})", d.cache) : "kmalloc (pages)";
    case Description::Kind::kCache:
      return fmt::format("cache {}", d.cache);
    case Description::Kind::kPages:
      return "the page allocator";
    case Description::Kind::kVmap:
      return "vmap";
    case Description::Kind::kNone:
      break;
  }
  return "nobody";
}

}  // namespace

void Memory::fill_description(Description& d, const SlotRef& ref, const void* address) {
  const Slab& slab = slab_.slab(ref.head);
  const Slot& s = slab_.slot(ref.head, ref.index);
  d.kind = slab.cache < 3 * kKmallocSizes.size() ? Description::Kind::kKmalloc : Description::Kind::kCache;
  d.state = slab_.is_live(ref) ? Description::State::kLive : Description::State::kFreed;
  d.cache = slab_.cache(static_cast<int>(slab.cache)).name;
  d.start = SlabAllocator::slot_address(ref.head, slab.slot, ref.index);
  d.size = s.requested;
  d.room = slab.slot;
  d.offset = static_cast<const char*>(address) - static_cast<const char*>(d.start);
  d.boot = s.boot;
  d.alloc_stack = &s.alloc_stack;
  d.free_stack = d.state == Description::State::kFreed ? &s.free_stack : nullptr;
}

void Memory::fill_description(Description& d, uint32_t head, const void* address) {
  const Frame& fr = pages_.frame(head);
  const Block& block = pages_.block(head);
  d.kind = fr.kind == FrameKind::kLarge ? Description::Kind::kKmalloc : Description::Kind::kPages;
  d.state = fr.state == FrameState::kLive ? Description::State::kLive : Description::State::kFreed;
  d.start = frame_address(head) + block.offset;
  d.size = block.requested;
  d.room = kPageSize << fr.order;
  d.offset = static_cast<const char*>(address) - static_cast<const char*>(d.start);
  d.boot = fr.flags & kFrameBoot;
  d.alloc_stack = &block.alloc_stack;
  d.free_stack = d.state == Description::State::kFreed ? &block.free_stack : nullptr;
}

// By the object at the address or next to it within this frame's block. False if there is none.
bool Memory::describe_frame(Description& d, uint32_t frame, const void* address) {
  const Frame& fr = pages_.frame(frame);
  if (fr.state == FrameState::kNever) return false;
  if (fr.kind != FrameKind::kSlab) {
    fill_description(d, fr.head, address);
    return true;
  }
  // Addresses of other frames come here too: take the nearest end of the slab.
  const Slab& slab = slab_.slab(fr.head);
  const char* start = frame_address(fr.head);
  auto offset = static_cast<const char*>(address) - start;
  uint32_t index = offset < 0 ? 0 : static_cast<uint32_t>(offset / slab.slot);
  if (index >= slab.slots) index = slab.slots - 1;
  // The slot itself, the one before (an overflow), the one after (an underflow).
  for (int step : {0, -1, 1}) {
    uint32_t i = index + static_cast<uint32_t>(step);
    if (i >= slab.slots || !slab.used.test(i)) continue;
    fill_description(d, SlotRef{fr.head, i, 0}, address);
    return true;
  }
  return false;
}

void Memory::describe_alias(Description& d, uint32_t page, const void* address) {
  uint32_t first = vmap_.area_page(page);
  if (first == Vmap::kNoPage && page) first = vmap_.area_page(page - 1);
  if (first == Vmap::kNoPage) return;
  const VmapArea& a = vmap_.area(first);
  if (a.state == VmapArea::State::kNever) return;
  d.kind = Description::Kind::kVmap;
  d.state = a.state == VmapArea::State::kLive ? Description::State::kLive : Description::State::kFreed;
  d.start = Vmap::page_address(first);
  d.size = d.room = a.count * kPageSize;
  d.offset = static_cast<const char*>(address) - static_cast<const char*>(d.start);
  d.boot = a.boot;
  d.alloc_stack = &a.alloc_stack;
  d.free_stack = d.state == Description::State::kFreed ? &a.free_stack : nullptr;
}

Description Memory::describe(const void* address) {
  Description d;
  uint32_t frame = frame_of_address(address);
  if (frame == kNoFrame) {
    uint32_t page = Vmap::page_of(address);
    if (page != Vmap::kNoPage) describe_alias(d, page, address);
    return d;
  }
  if (describe_frame(d, frame, address)) return d;
  // Just behind or just before another block of the same bank.
  const Frame& fr = pages_.frame(frame);
  uint32_t first = fr.state == FrameState::kNever ? frame : fr.head;
  uint32_t behind = fr.state == FrameState::kNever ? frame + 1 : fr.head + (1u << fr.order);
  unsigned bank = bank_index_of_frame(frame);
  if (first && bank_index_of_frame(first - 1) == bank && describe_frame(d, first - 1, address)) return d;
  if (behind < kFrames && bank_index_of_frame(behind) == bank) describe_frame(d, behind, address);
  return d;
}

std::vector<Description> Memory::objects_in_page(uint64_t phys) {
  std::vector<Description> out;
  const uint32_t frame = frame_of_phys(phys);
  if (frame == kNoFrame || pages_.frame(frame).state != FrameState::kLive) return out;
  const uint32_t head = pages_.frame(frame).head;
  const char* page = frame_address(frame);
  if (pages_.frame(frame).kind != FrameKind::kSlab) {
    fill_description(out.emplace_back(), head, page);
    return out;
  }
  const Slab& slab = slab_.slab(head);
  const auto before = static_cast<uint64_t>(page - frame_address(head));
  for (auto i = static_cast<uint32_t>(before / slab.slot); i < slab.slots; ++i) {
    const SlotRef ref{head, i, 0};
    const uint64_t start = uint64_t{i} * slab.slot;
    if (start >= before + kPageSize) break;
    // The one that starts in the page before may end there.
    if (!slab_.is_live(ref) || start + slab_.slot(head, i).requested <= before) continue;
    fill_description(out.emplace_back(), ref, SlabAllocator::slot_address(head, slab.slot, i));
  }
  return out;
}

std::string Memory::describe_text(const void* address) {
  Description d = describe(address);
  uint64_t phys;
  std::string text;
  auto out = std::back_inserter(text);
  if (d.kind == Description::Kind::kNone) {
    if (frame_of_address(address) != kNoFrame) {
      fmt::format_to(out, "{} is physical memory at 0x{:x} that was never allocated\n", address, virt_to_phys(address));
    }
    return text;
  }
  auto size = static_cast<int64_t>(d.size);
  std::string where;
  if (d.offset < 0) {
    where = fmt::format("{} bytes before", -d.offset);
  } else if (d.offset >= size) {
    where = fmt::format("{} bytes after", d.offset - size);
  } else {
    where = fmt::format("{} bytes inside of", d.offset);
  }
  fmt::format_to(out, "{} is located {} {}-byte region [0x{:x},0x{:x})\n", address, where, d.size,
                 reinterpret_cast<uint64_t>(d.start), reinterpret_cast<uint64_t>(d.start) + d.size);
  if (to_phys(address, &phys)) {
    fmt::format_to(out, "physical address 0x{:x}; ", phys);
  }
  fmt::format_to(out, "the region has room for {} bytes{}\n", d.room, d.boot ? ", made at boot" : "");
  if (d.free_stack) {
    fmt::format_to(out, "{} here:\n{}previously ", d.kind == Description::Kind::kVmap ? "unmapped" : "freed",
                   stack_text(*d.free_stack));
  }
  fmt::format_to(out, "{} by {} here:\n{}", d.kind == Description::Kind::kVmap ? "mapped" : "allocated", kind_text(d),
                 stack_text(*d.alloc_stack));
  return text;
}

void Memory::install_report_hook(void (*next)(const char* report)) {
  next_callback_ = next;
  __asan_set_error_report_callback(on_asan_report);
}

void report_bad_free(const char* kind, const std::string& what, const void* address, const void* frame) {
  std::string text = what + "\n";
  if (address) text += memory().describe_text(address);
  Stack stack;
  take_stack(stack, frame);
  text += "this call:\n" + stack_text(stack);
  text.pop_back();
  host_finding(kind, text.c_str());
}

}  // namespace dmafuzz
