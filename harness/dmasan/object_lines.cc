// SPDX-License-Identifier: GPL-2.0-only
#include "dmasan/object_lines.h"

#include <fmt/format.h>

namespace dmafuzz {

std::string kind_of_object(const Description& d) {
  switch (d.kind) {
    case Description::Kind::kKmalloc:
      return d.cache[0] ? fmt::format("a {}-byte object of {}", d.size, d.cache)
                        : fmt::format("a kmalloc() of {} bytes", d.size);
    case Description::Kind::kCache:
      return fmt::format("a {}-byte object of cache {}", d.size, d.cache);
    case Description::Kind::kPages:
      return fmt::format("{} bytes of the page allocator", d.size);
    case Description::Kind::kVmap:
      return fmt::format("a vmalloc() of {} bytes", d.size);
    case Description::Kind::kNone:
      break;
  }
  return "nothing";
}

std::string object_line(const Description& d) {
  if (d.kind == Description::Kind::kNone) return {};
  const auto start = reinterpret_cast<uint64_t>(d.start);
  return fmt::format("{} at {:#x}..{:#x}{}{}", kind_of_object(d), start, start + d.size, d.boot ? ", made at boot" : "",
                     d.state == Description::State::kFreed ? ", free by now" : "");
}

void add_object(Violation& v, const Description& d) {
  if (d.kind == Description::Kind::kNone) return;
  v.object.push_back(object_line(d));
  if (d.alloc_stack && d.alloc_stack->count) v.stacks.push_back({"allocated at", *d.alloc_stack});
  if (d.free_stack && d.free_stack->count) v.stacks.push_back({"freed at", *d.free_stack});
}

}  // namespace dmafuzz
