// SPDX-License-Identifier: GPL-2.0-only
// The calls of the DMA API that reached the core, as its hooks tell them: what two implementations on top of it are
// compared by. Addresses are left out: they are compared where they are handed out.
#ifndef DMAFUZZ_DMASAN_CORE_CALLS_H_
#define DMAFUZZ_DMASAN_CORE_CALLS_H_

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace dmafuzz {

struct CoreCall {
  enum What : uint8_t { kMap, kUnmap, kSyncForCpu, kSyncForDevice, kMappingError, kUnbound };
  What what;
  uint8_t kind = 0;      // enum host_map_kind, of kMap and kUnmap
  uint8_t dir = 0;       // enum dmaf_dir
  uint8_t attrs = 0;     // DMAF_A_*
  uint32_t entries = 0;  // of a list, with its first segment
  uint64_t size = 0;     // bytes
};
static_assert(std::has_unique_object_representations_v<CoreCall>);

// "map sg 4096 to_device"
std::string describe(const CoreCall& call);

class CoreCalls {
 public:
  // Nothing is kept while it is off.
  void record(bool on) { on_ = on; }
  void add(const CoreCall& call) {
    if (on_) calls_.push_back(call);
  }
  const std::vector<CoreCall>& calls() const { return calls_; }
  void clear() { calls_.clear(); }

 private:
  bool on_ = false;
  std::vector<CoreCall> calls_;
};

// Of this process: the seam's host_dmasan_*() add to it.
CoreCalls& core_calls();

}  // namespace dmafuzz

#endif  // DMAFUZZ_DMASAN_CORE_CALLS_H_
