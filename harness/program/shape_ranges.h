// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Byte ranges and the two small sets of them that the shaper keeps: what the CPU owns of a mapping (exact), and what
// of a buffer was surely written (a lower bound). Fixed size, so that copying the shaper's state is a memcpy.
#ifndef DMAFUZZ_PROGRAM_SHAPE_RANGES_H
#define DMAFUZZ_PROGRAM_SHAPE_RANGES_H

#include <algorithm>
#include <cstdint>

namespace dmafuzz {

// [lo, hi)
struct Range {
  std::uint32_t lo, hi;

  bool empty() const { return lo >= hi; }
  std::uint32_t size() const { return hi - lo; }
  bool contains(Range r) const { return lo <= r.lo && r.hi <= hi; }
  bool overlaps(Range r) const { return lo < r.hi && r.lo < hi; }
};

// Ranges of a mapping that the CPU owns, sorted, disjoint, never adjacent with the same dirtiness. Exact: a change that
// does not fit is refused, and the state stays as it was. A range is dirty when the CPU wrote there since the last
// sync, so that taking the device's bytes over it would lose data.
class CpuRanges {
 public:
  static constexpr unsigned kMax = 4;
  struct Part {
    Range r;
    bool dirty;
  };

  void clear() { count_ = 0; }
  void set_all(std::uint32_t len, bool dirty) {
    count_ = 1;
    part_[0] = {{0, len}, dirty};
  }
  unsigned count() const { return count_; }
  const Part& operator[](unsigned i) const { return part_[i]; }

  bool contains(Range r) const {
    for (unsigned i = 0; i < count_ && !r.empty(); ++i)
      if (part_[i].r.lo <= r.lo && r.lo < part_[i].r.hi) r.lo = part_[i].r.hi;
    return r.empty();
  }
  bool overlaps(Range r) const {
    return std::any_of(part_, part_ + count_, [&](const Part& p) { return p.r.overlaps(r); });
  }
  bool dirty(Range r) const {
    return std::any_of(part_, part_ + count_, [&](const Part& p) { return p.dirty && p.r.overlaps(r); });
  }

  // The CPU takes `r`, clean or dirty. False if that makes too many parts.
  bool add(Range r, bool dirty) { return replace(r, true, dirty); }
  // The CPU wrote to `r`: the parts that it touches become dirty, whole, which errs on the safe side.
  void taint(Range r) {
    unsigned n = 0;
    for (unsigned i = 0; i < count_; ++i) {
      Part p = part_[i];
      if (p.r.overlaps(r)) p.dirty = true;
      if (n && part_[n - 1].r.hi == p.r.lo && part_[n - 1].dirty == p.dirty) {
        part_[n - 1].r.hi = p.r.hi;
      } else {
        part_[n++] = p;
      }
    }
    count_ = n;
  }
  // The device takes `r`.
  bool remove(Range r) { return replace(r, false, false); }

 private:
  bool replace(Range r, bool present, bool dirty) {
    Part out[kMax + 2];
    unsigned n = 0;
    bool placed = !present;
    auto push = [&](Range q, bool d) {
      if (q.empty()) return;
      if (n && out[n - 1].r.hi == q.lo && out[n - 1].dirty == d) {
        out[n - 1].r.hi = q.hi;
      } else {
        out[n++] = {q, d};
      }
    };
    for (unsigned i = 0; i < count_; ++i) {
      const Part& p = part_[i];
      push({p.r.lo, std::min(p.r.hi, r.lo)}, p.dirty);
      if (!placed && p.r.hi >= r.lo) {
        push(r, dirty);
        placed = true;
      }
      push({std::max(p.r.lo, r.hi), p.r.hi}, p.dirty);
    }
    if (!placed) push(r, dirty);
    if (n > kMax) return false;
    std::copy(out, out + n, part_);
    count_ = n;
    return true;
  }

  unsigned count_;
  Part part_[kMax];
};

// Ranges that are surely in the set; when there is no room, the smallest is forgotten.
class InitRanges {
 public:
  static constexpr unsigned kMax = 4;

  void clear() { count_ = 0; }
  bool contains(Range r) const {
    return std::any_of(part_, part_ + count_, [&](const Range& p) { return p.contains(r); });
  }
  void add(Range r) {
    unsigned n = 0;
    for (unsigned i = 0; i < count_; ++i) {
      if (part_[i].lo <= r.hi && r.lo <= part_[i].hi) {
        r = {std::min(r.lo, part_[i].lo), std::max(r.hi, part_[i].hi)};
      } else {
        part_[n++] = part_[i];
      }
    }
    count_ = n;
    if (count_ < kMax) {
      part_[count_++] = r;
      return;
    }
    Range* least = std::min_element(part_, part_ + count_, [](Range a, Range b) { return a.size() < b.size(); });
    if (least->size() < r.size()) *least = r;
  }

 private:
  unsigned count_;
  Range part_[kMax];
};

}  // namespace dmafuzz

#endif
