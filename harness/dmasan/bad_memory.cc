// SPDX-License-Identifier: GPL-2.0-only
#include "dmasan/bad_memory.h"

#include <fmt/format.h>
#include <sanitizer/asan_interface.h>

#include "dmasan/object_lines.h"
#include "host.h"
#include "memory/vmap.h"

// The linker's: what is loaded of the program, code and data.
extern "C" const char __executable_start[], _end[];

namespace dmafuzz {
namespace {

bool in_image(const void* address) {
  return address >= __executable_start && address < _end;
}

// Memory of the linear map: the first byte that may not be touched says what is wrong.
std::string bad_bytes(Violation& v, const void* address, size_t n) {
  const auto* first = static_cast<const char*>(address);
  const Bank* bank = bank_of(virt_to_phys(address));
  const uint64_t here = bank->size - (virt_to_phys(address) - bank->base);
  const size_t in_bank = n < here ? n : here;
  const char* bad = static_cast<const char*>(__asan_region_is_poisoned(const_cast<char*>(first), in_bank));
  Description start = memory().describe(first);
  if (bad != first && start.state == Description::State::kLive) {
    // It begins well. The object's end is what it runs over, whatever lies behind.
    add_object(v, start);
    const uint64_t inside = start.size - static_cast<uint64_t>(start.offset);
    return fmt::format("byte {} and on are beyond the end of {}", inside, kind_of_object(start));
  }
  if (!bad) bad = first + in_bank;
  const auto byte = static_cast<uint64_t>(bad - first);
  const Description d = memory().describe(bad);
  if (d.kind == Description::Kind::kNone || frame_of_address(bad) == kNoFrame) {
    return fmt::format("byte {} is memory that nobody allocated", byte);
  }
  add_object(v, d);
  const auto size = static_cast<int64_t>(d.size);
  if (d.offset >= 0 && d.offset < size) {
    return fmt::format("byte {} is in {} that is free", byte, kind_of_object(d));
  }
  return d.offset < 0
             ? fmt::format("byte {} is {} bytes before {}", byte, -d.offset, kind_of_object(d))
             : fmt::format("byte {} is {} bytes after the end of {}", byte, d.offset - size, kind_of_object(d));
}

}  // namespace

Violation bad_memory(const void* address, size_t n) {
  Violation v;
  v.check = Check::kMapBadMemory;
  std::string why;
  if (bank_of(virt_to_phys(address))) {
    why = bad_bytes(v, address, n);
  } else if (on_stack(address)) {
    why = "that is the stack";
  } else if (in_image(address)) {
    why = "that is the kernel's image: static data or code";
  } else if (Vmap::page_of(address) != Vmap::kNoPage) {
    const Description d = memory().describe(address);
    if (d.kind != Description::Kind::kNone) add_object(v, d);
    why = "that is an address of vmalloc(), whose pages lie anywhere";
  } else if (virt_to_phys(address) - HOST_RESOURCE_BASE < HOST_RESOURCE_SIZE) {
    why = "those are registers, which dma_map_resource() is for";
  } else {
    why = "there is no memory";
  }
  v.what = fmt::format("{} bytes at {:#x} are mapped: {}", n, reinterpret_cast<uint64_t>(address), why);
  return v;
}

}  // namespace dmafuzz
