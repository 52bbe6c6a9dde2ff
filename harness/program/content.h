// SPDX-License-Identifier: GPL-2.0-only
// What an object's bytes must be, without the bytes: runs that say "pattern of this seed", "zero" or "nobody knows".
// A 1 MiB object that was filled twice costs three runs; memory is kept for the next input.
#ifndef DMAFUZZ_PROGRAM_CONTENT_H
#define DMAFUZZ_PROGRAM_CONTENT_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "backend/backend.h"

namespace dmafuzz {

// Where bytes came from. The byte at position p of an object is dmaf_pattern(seed, p + shift): patterns are numbered by
// the object that they were written to, and travel when mappings copy them to others.
struct ByteSource {
  enum Kind : uint8_t { kUnknown, kZero, kPattern };

  uint32_t shift = 0;
  uint16_t seed = 0;
  uint16_t op = 0;  // which operation of the program wrote it
  Kind kind = kUnknown;

  bool known() const { return kind != kUnknown; }
  uint8_t at(uint32_t position) const { return kind == kPattern ? dmaf_pattern(seed, position + shift) : uint8_t{0}; }
  // The same bytes seen from an object in which each lies `by` further.
  ByteSource moved(uint32_t by) const {
    ByteSource out = *this;
    if (kind == kPattern) out.shift -= by;
    return out;
  }
  friend bool operator==(const ByteSource&, const ByteSource&) = default;
};

// First position in [position, position + n) whose byte is known and differs; position + n if there is none.
uint32_t first_mismatch(const ByteSource& source, uint32_t position, uint32_t n, const uint8_t* bytes);

class Content {
 public:
  void reset(uint32_t length, ByteSource source);
  uint32_t length() const { return length_; }

  // Ranges are cut to the object.
  void write(uint32_t offset, uint32_t n, ByteSource source);
  // n bytes of another object, from its `from`, to here at `offset`.
  void copy(uint32_t offset, const Content& other, uint32_t from, uint32_t n);
  // Calls visit(offset, n, source) for each run in the range, in order.
  template <typename Visit>
  void each(uint32_t offset, uint32_t n, Visit visit) const {
    if (offset >= length_) return;
    const uint32_t end = n < length_ - offset ? offset + n : length_;
    for (size_t i = find(offset); offset < end; i++) {
      const uint32_t stop = run_end(i) < end ? run_end(i) : end;
      visit(offset, stop - offset, runs_[i].source);
      offset = stop;
    }
  }

  bool all_known(uint32_t offset, uint32_t n) const;
  ByteSource source_at(uint32_t offset) const { return runs_[find(offset)].source; }
  size_t run_count() const { return runs_.size(); }

 private:
  struct Run {
    uint32_t start;
    ByteSource source;
  };

  uint32_t run_end(size_t i) const { return i + 1 < runs_.size() ? runs_[i + 1].start : length_; }
  size_t find(uint32_t offset) const;

  uint32_t length_ = 0;
  std::vector<Run> runs_;  // never empty, the first at 0, no two neighbours with equal sources
};

}  // namespace dmafuzz

#endif
