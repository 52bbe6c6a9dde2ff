// SPDX-License-Identifier: GPL-2.0-only
//
// Which of some frames were written: the others are write-protected, and the first write to one faults. Whoever writes
// is seen, instrumented or not, and who reads pays nothing. A frame that was written once stays writable and counts as
// written (hot) from then on, so that what each input writes costs no further fault; at times all begin anew.
//
// Only the linear map is protected. A frame that has another address as well must be hot.
#ifndef DMAFUZZ_MEMORY_WRITE_WATCH_H_
#define DMAFUZZ_MEMORY_WRITE_WATCH_H_

#include <cstdint>
#include <span>

#include "memory/arena.h"

namespace dmafuzz {

class WriteWatch {
 public:
  WriteWatch();

  // Adds a frame, as yet unwritten; none is protected before protect().
  void add(uint32_t frame) {
    state_[frame] = kCold;
    watched_[watched_count_++] = frame;
  }
  // From here on writes are seen. Also: all frames are unwritten again.
  void protect();
  // Forgets all frames; none is protected any more.
  void stop();
  bool active() const { return active_; }

  // For the handler of SIGSEGV: whether the address is in a watched frame, which is writable now. Safe in a handler.
  bool fault(const void* address);
  // The frame counts as written, if it is watched.
  void heat(uint32_t frame);
  // Frames that were written, in the order of their first write.
  std::span<const uint32_t> hot() const { return {hot_, hot_count_}; }
  bool cold(uint32_t frame) const { return state_[frame] == kCold; }
  // All of them, as they were added.
  std::span<const uint32_t> watched() const { return {watched_, watched_count_}; }

 private:
  enum State : uint8_t { kNone, kCold, kHot };

  // Sets the protection of each run of watched frames.
  void apply(int protection) const;

  uint8_t* state_;
  uint32_t* watched_;
  uint32_t* hot_;
  uint32_t watched_count_ = 0, hot_count_ = 0;
  bool active_ = false;
};

}  // namespace dmafuzz

#endif  // DMAFUZZ_MEMORY_WRITE_WATCH_H_
