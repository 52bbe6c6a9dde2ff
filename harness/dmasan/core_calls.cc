// SPDX-License-Identifier: GPL-2.0-only
#include "dmasan/core_calls.h"

#include <fmt/format.h>

#include <iterator>

#include "dmasan/registry.h"

namespace dmafuzz {

std::string describe(const CoreCall& call) {
  constexpr const char* kWhat[] = {"map", "unmap", "sync_for_cpu", "sync_for_device", "mapping_error", "unbound"};
  constexpr const char* kDirs[] = {"bidirectional", "to_device", "from_device", "none"};
  static_assert(CoreCall::kUnbound + 1 == std::size(kWhat));
  std::string text = kWhat[call.what];
  if (call.what >= CoreCall::kMappingError) return text;
  if (call.what <= CoreCall::kUnmap) text += fmt::format(" {}", map_kind_name(static_cast<MapKind>(call.kind)));
  text += fmt::format(" {} bytes {}", call.size, kDirs[call.dir % std::size(kDirs)]);
  if (call.entries) text += fmt::format(" entries={}", call.entries);
  if (call.attrs) text += fmt::format(" attrs={:#x}", call.attrs);
  return text;
}

CoreCalls& core_calls() {
  static CoreCalls calls;
  return calls;
}

}  // namespace dmafuzz
