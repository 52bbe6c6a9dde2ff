// SPDX-License-Identifier: GPL-2.0-only
#include "memory/write_watch.h"

#include <sys/mman.h>

#include "host.h"
#include "memory/raw.h"

namespace dmafuzz {

WriteWatch::WriteWatch()
    : state_(raw::table<uint8_t>(kFrames)),
      watched_(raw::table<uint32_t>(kFrames)),
      hot_(raw::table<uint32_t>(kFrames)) {}

void WriteWatch::apply(int protection) const {
  for (const Bank& bank : kBanks) {
    const uint32_t end = bank.first_frame + bank.frames();
    for (uint32_t frame = bank.first_frame; frame < end; ++frame) {
      if (state_[frame] == kNone) continue;
      const uint32_t first = frame;
      while (frame < end && state_[frame] != kNone) ++frame;
      if (mprotect(frame_address(first), size_t{frame - first} * kPageSize, protection)) {
        host_panic("memory: frames cannot be write-protected");
      }
    }
  }
}

void WriteWatch::protect() {
  for (uint32_t i = 0; i < hot_count_; ++i) state_[hot_[i]] = kCold;
  hot_count_ = 0;
  active_ = true;
  apply(PROT_READ);
}

void WriteWatch::stop() {
  if (!active_) return;
  apply(PROT_READ | PROT_WRITE);
  raw::drop(state_, kFrames);
  watched_count_ = hot_count_ = 0;
  active_ = false;
}

void WriteWatch::heat(uint32_t frame) {
  if (!active_ || state_[frame] != kCold) return;
  state_[frame] = kHot;
  hot_[hot_count_++] = frame;
  if (mprotect(frame_address(frame), kPageSize, PROT_READ | PROT_WRITE)) {
    host_panic("memory: a frame cannot be made writable again");
  }
}

bool WriteWatch::fault(const void* address) {
  if (!active_) return false;
  const uint32_t frame = frame_of_address(address);
  if (frame == kNoFrame || state_[frame] != kCold) return false;
  heat(frame);
  return true;
}

}  // namespace dmafuzz
