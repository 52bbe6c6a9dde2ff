// SPDX-License-Identifier: GPL-2.0-only
// Whoever wants to hear what DmaSan is told and what it makes of it (engine/timeline.h). Each thing is said before it
// is held against the rules, as a violation may end the input there.
#ifndef DMAFUZZ_DMASAN_LISTENER_H_
#define DMAFUZZ_DMASAN_LISTENER_H_

#include <cstdint>

#include "dmasan/registry.h"
#include "dmasan/violation.h"

namespace dmafuzz {

struct Happening {
  enum What : uint8_t {
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
  };
  What what;
  const Mapping* mapping = nullptr;  // the one concerned, live or gone; null: none is known
  uint64_t dma = 0;                  // where the device sees it; 0 where that is not known
  uint64_t phys = 0;                 // where it is, for kCpuRead and kCpuWrite
  uint64_t size = 0;                 // bytes
  unsigned dir = 0;                  // as the call says, for kUnmap and syncs
};

class DmaListener {
 public:
  // All is as it was at the start.
  virtual void fresh() = 0;
  // Code under test starts on another path (DmaSan::begin_path()).
  virtual void path(uint32_t operation) = 0;
  virtual void happens(const Happening& happening) = 0;
  // The mapping has this memory.
  virtual void has_memory(const Mapping& mapping, uint64_t dma, uint64_t phys, uint64_t size) = 0;
  // What was said of it is done: its bytes are owned as DmaSan::ownership() has them now.
  virtual void settled(const Mapping& mapping) = 0;
  // It is no longer live.
  virtual void gone(const Mapping& mapping) = 0;
  virtual void violated(const Violation& violation) = 0;

 protected:
  ~DmaListener() = default;
};

}  // namespace dmafuzz

#endif  // DMAFUZZ_DMASAN_LISTENER_H_
