// SPDX-License-Identifier: GPL-2.0-only
//
// Target iova: the IOVA allocator against a model that knows, of every page frame number, whether it is taken, free, or
// cached (given back, but perhaps still held by the allocator's caches). README.md says what the model demands.
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <vector>

#include "engine/byte_target.h"
#include "host.h"
#include "targets/iova.h"

namespace {

using dmafuzz::ByteTarget;
using dmafuzz::InputBytes;

constexpr uint64_t kNone = ~uint64_t{0};
// Of a 64-bit address space of 4 KiB frames.
constexpr uint64_t kLastFrame = (uint64_t{1} << 52) - 1;
// Allocations an input may ask for, so that no input is slow: some more than fill the caches of one size.
constexpr unsigned kBudget = 600;
// Orders of size that the caches take.
constexpr unsigned kCachedOrders = 6;

unsigned order_of(uint64_t size) {
  return size <= 1 ? 0 : static_cast<unsigned>(std::bit_width(size - 1));
}

class Model {
 public:
  enum class Kind : uint8_t { kPlain, kFast, kReserved, kCached, kUnknown };
  struct Range {
    uint64_t hi;
    Kind kind;
    uint32_t size;      // kFast: as asked for
    uint32_t slot = 0;  // kPlain, kFast: place in live_
  };
  using Map = std::map<uint64_t, Range>;

  void open(uint64_t granule, uint64_t start) {
    ranges_.clear();
    live_.clear();
    start_ = start;
    dma32_ = (uint64_t{1} << 32) / granule;
    failed_size_ = kNone;
  }

  size_t live() const { return live_.size(); }
  uint64_t live_at(size_t i) const { return live_[i % live_.size()]; }
  const Range& range(uint64_t lo) const { return ranges_.at(lo); }
  uint64_t start() const { return start_; }
  uint64_t dma32() const { return dma32_; }

  // The range that holds pfn, or end.
  Map::const_iterator at(uint64_t pfn) const {
    auto it = ranges_.upper_bound(pfn);
    if (it == ranges_.begin()) return ranges_.end();
    --it;
    return it->second.hi >= pfn ? it : ranges_.end();
  }
  Map::const_iterator none() const { return ranges_.end(); }

  void allocated(uint64_t lo, uint64_t hi, uint64_t limit, uint64_t align, Kind kind, uint32_t size) {
    if (lo < start_ || hi > limit) {
      ByteTarget::mismatch("range {:#x}-{:#x} is outside {:#x}-{:#x}", lo, hi, start_, limit);
    }
    if (lo & (align - 1)) ByteTarget::mismatch("range {:#x}-{:#x} is not aligned to {:#x}", lo, hi, align);
    for (auto it = first_overlap(lo); it != ranges_.end() && it->first <= hi;) {
      // What was cached went back to the tree, or came out of the cache again; what is unknown was not reserved then.
      if (it->second.kind != Kind::kCached && it->second.kind != Kind::kUnknown) {
        ByteTarget::mismatch("range {:#x}-{:#x} was handed out while {:#x}-{:#x} is taken", lo, hi, it->first,
                             it->second.hi);
      }
      it = ranges_.erase(it);
    }
    ranges_[lo] = {hi, kind, size, static_cast<uint32_t>(live_.size())};
    live_.push_back(lo);
  }

  // The allocator said that there is no room; `excused`: it had no memory, at least at its first attempt.
  void refused(uint64_t size, uint64_t limit, uint64_t align, bool excused) {
    // It remembers a size that failed below 4 GiB, whatever the limit and alignment then were, until something there is
    // given back: a shortcut that may refuse what would fit.
    const bool shortcut = limit + 1 <= dma32_ && size >= failed_size_;
    if (!shortcut && !excused) {
      const uint64_t fit = find_fit(size, limit, align);
      if (fit != kNone) {
        ByteTarget::mismatch("no room for {:#x} frames up to {:#x}, aligned to {:#x}, though {:#x} is free", size,
                             limit, align, fit);
      }
    }
    failed_size_ = std::min(failed_size_, size);
  }

  void freed(uint64_t lo, bool may_be_cached) {
    auto it = ranges_.find(lo);
    const uint32_t slot = it->second.slot;
    live_[slot] = live_.back();
    ranges_.find(live_[slot])->second.slot = slot;
    live_.pop_back();
    if (may_be_cached) {
      it->second.kind = Kind::kCached;
      return;
    }
    if (it->first < dma32_) failed_size_ = kNone;
    ranges_.erase(it);
  }

  // Everything that was cached is back in the tree.
  void caches_flushed() {
    std::erase_if(ranges_, [](const auto& r) { return r.second.kind == Kind::kCached; });
  }

  // Only reserved ranges, if any, are in the way.
  bool reservable(uint64_t lo, uint64_t hi) const {
    for (auto it = ranges_.lower_bound(lo); it != ranges_.end() && it->first <= hi; ++it) {
      if (it->second.kind != Kind::kReserved) return false;
    }
    const auto before = at(lo);
    return before == ranges_.end() || before->second.kind == Kind::kReserved;
  }
  void reserved(uint64_t lo, uint64_t hi, Kind kind) {
    while (lo <= hi) {
      const auto over = at(lo);
      if (over != ranges_.end()) {
        lo = over->second.hi + 1;
        continue;
      }
      const auto next = ranges_.lower_bound(lo);
      const uint64_t end = next != ranges_.end() && next->first <= hi ? next->first - 1 : hi;
      ranges_[lo] = {end, kind, 0, 0};
      lo = end + 1;
    }
  }

 private:
  Map::iterator first_overlap(uint64_t lo) {
    auto it = ranges_.upper_bound(lo);
    if (it != ranges_.begin() && std::prev(it)->second.hi >= lo) --it;
    return it;
  }

  static uint64_t fit_in(uint64_t first, uint64_t last, uint64_t size, uint64_t align) {
    if (first > last || last - first + 1 < size) return kNone;
    const uint64_t at = (last + 1 - size) & ~(align - 1);
    return at >= first ? at : kNone;
  }
  uint64_t find_fit(uint64_t size, uint64_t limit, uint64_t align) const {
    uint64_t first = start_;
    for (const auto& [lo, range] : ranges_) {
      if (lo > limit) break;
      if (lo > first) {
        const uint64_t fit = fit_in(first, lo - 1, size, align);
        if (fit != kNone) return fit;
      }
      first = std::max(first, range.hi + 1);
    }
    return fit_in(first, limit, size, align);
  }

  Map ranges_;
  std::vector<uint64_t> live_;
  uint64_t start_ = 1;
  uint64_t dma32_ = 0;
  uint64_t failed_size_ = kNone;
};

class Run {
 public:
  explicit Run(ByteTarget& target) : t_(target) {}

  void operator()(InputBytes in) {
    budget_ = kBudget;
    if (!open(in)) return t_.end();
    while (!in.empty()) step(in);
    close();
    t_.end();
  }

 private:
  using Kind = Model::Kind;

  bool open(InputBytes& in) {
    const uint8_t how = in.u8();
    const uint64_t granule = uint64_t{4096} >> (how & 3);
    const uint64_t start = how & 4 ? 1 + in.u8() : 1;
    if (how & 8 && kernel_iova_open_may_fail()) t_.fail_alloc(1 + in.below(32));
    t_.op("open granule {} start {:#x}", granule, start);
    const int ret = kernel_iova_open(granule, start);
    if (ret && !t_.failure_struck()) ByteTarget::mismatch("the domain was not made: {}", ret);
    t_.failure_struck();
    model_.open(granule, start);
    return !ret;
  }

  bool spend() { return budget_ && budget_--; }

  uint64_t size(InputBytes& in) {
    const uint8_t how = in.u8();
    if (how < 160) return 1 + how % 40;
    if (how < 224) return uint64_t{1} << how % 24;
    return 1 + in.u16() * static_cast<uint64_t>(how & 15);
  }
  uint64_t limit(InputBytes& in) {
    switch (const uint8_t how = in.u8(); how & 7) {
      case 0:
        return model_.dma32() - 1;
      case 1:
        return kLastFrame;
      case 2:
        return model_.start() + in.u8();
      case 3:
        return model_.dma32() - 1 + (how >> 3);
      case 4:
        return in.u16();
      case 5:
        return (uint64_t{1} << (8 + (how >> 3))) - 1;
      case 6:
        return model_.dma32() / 2 + in.u16();
      default:
        return in.u32();
    }
  }
  uint64_t pfn(InputBytes& in) {
    const uint8_t how = in.u8();
    if (how & 1 && model_.live()) return model_.live_at(in.u8()) + (how >> 1 & 7);
    const uint64_t at = limit(in);
    return at - std::min<uint64_t>(at, how >> 1 & 15);
  }

  void alloc(uint64_t size, uint64_t limit, bool aligned) {
    if (!spend()) return;
    t_.op("alloc size {:#x} limit {:#x} aligned {}", size, limit, aligned);
    kernel_iova_range got = {};
    const uint64_t align = aligned ? uint64_t{1} << order_of(size) : 1;
    if (!kernel_iova_alloc(size, limit, aligned, &got)) {
      t_.result(0);
      return model_.refused(size, limit, align, t_.failure_struck());
    }
    t_.result(got.lo, got.hi);
    if (got.hi - got.lo + 1 != size)
      ByteTarget::mismatch("{:#x} frames came instead of {:#x}", got.hi - got.lo + 1, size);
    model_.allocated(got.lo, got.hi, limit, align, Kind::kPlain, 0);
  }

  bool alloc_fast(uint64_t size, uint64_t limit, bool flush) {
    // Ranges that the caches take are whole powers of two.
    const uint64_t room = order_of(size) < kCachedOrders ? uint64_t{1} << order_of(size) : size;
    const uint64_t align = uint64_t{1} << order_of(size);
    // A limit below the size wraps around in iova_rcache_get(), which then hands out any range that is cached:
    // README.md.
    if (room > limit + 1 || !spend()) return false;
    t_.op("alloc_fast size {:#x} limit {:#x} flush {}", size, limit, flush);
    const uint64_t lo = kernel_iova_alloc_fast(size, limit, flush);
    t_.result(lo);
    if (lo) {
      model_.allocated(lo, lo + room - 1, limit, align, Kind::kFast, static_cast<uint32_t>(size));
      return true;
    }
    if (flush) model_.caches_flushed();
    model_.refused(room, limit, align, t_.failure_struck());
    return false;
  }

  void free(uint64_t lo, bool found) {
    const Model::Range range = model_.range(lo);
    if (range.kind == Kind::kFast) {
      t_.op("free_fast {:#x} size {:#x}", lo, range.size);
      kernel_iova_free_fast(lo, range.size);
      t_.failure_struck();
      return model_.freed(lo, order_of(range.size) < kCachedOrders);
    }
    t_.op(found ? "__free {:#x}" : "free {:#x}", lo);
    if (found) {
      if (!kernel_iova_free_found(range.hi)) ByteTarget::mismatch("{:#x} is taken but was not found", range.hi);
    } else {
      kernel_iova_free(range.hi);
    }
    model_.freed(lo, false);
  }

  void find(uint64_t pfn) {
    t_.op("find {:#x}", pfn);
    kernel_iova_range got = {};
    const bool found = kernel_iova_find(pfn, &got);
    t_.result(found, got.lo, got.hi);
    if (found && (got.lo > pfn || got.hi < pfn)) {
      ByteTarget::mismatch("looking for {:#x} found {:#x}-{:#x}", pfn, got.lo, got.hi);
    }
    const auto it = model_.at(pfn);
    if (it == model_.none()) {
      if (found) ByteTarget::mismatch("{:#x} is free but {:#x}-{:#x} was found", pfn, got.lo, got.hi);
      return;
    }
    switch (it->second.kind) {
      case Kind::kPlain:
      case Kind::kFast:
        if (!found || got.lo != it->first || got.hi != it->second.hi) {
          ByteTarget::mismatch("{:#x}-{:#x} is taken, found: {} {:#x}-{:#x}", it->first, it->second.hi, found, got.lo,
                               got.hi);
        }
        break;
      case Kind::kReserved:
        if (!found) ByteTarget::mismatch("{:#x} is reserved but was not found", pfn);
        break;
      case Kind::kCached:
      case Kind::kUnknown:
        break;
    }
  }

  void reserve(uint64_t lo, uint64_t hi) {
    // Over ranges that are taken there is no telling what it should mean, and beyond 64 bits of address it warns.
    if (hi > kLastFrame || !model_.reservable(lo, hi)) return;
    t_.op("reserve {:#x}-{:#x}", lo, hi);
    kernel_iova_range got = {};
    const bool ok = kernel_iova_reserve(lo, hi, &got);
    t_.result(ok, got.lo, got.hi);
    const bool struck = t_.failure_struck();
    if (!ok && !struck) ByteTarget::mismatch("{:#x}-{:#x} could not be reserved", lo, hi);
    if (ok && got.hi < hi) ByteTarget::mismatch("{:#x}-{:#x} reserved only up to {:#x}", lo, hi, got.hi);
    model_.reserved(lo, hi, ok ? Kind::kReserved : Kind::kUnknown);
  }

  // Many at once: full magazines, and the depot behind them.
  void burst(InputBytes& in) {
    const uint64_t of = 1 + in.u8() % 40;
    const uint8_t how = in.u8();
    // Few inputs need the depot, and they are slow.
    const unsigned n = 1 + (how < 240 ? how % 16 : (how - 239) * 32);
    const uint64_t up_to = limit(in);
    burst_.clear();
    for (unsigned i = 0; i < n && alloc_fast(of, up_to, false); ++i)
      burst_.push_back(model_.live_at(model_.live() - 1));
    for (uint64_t lo : burst_) free(lo, false);
  }

  void step(InputBytes& in) {
    const uint8_t code = in.u8();
    switch (code % 16) {
      case 0:
      case 1: {
        const uint64_t s = size(in);
        return alloc(s, limit(in), code & 16);
      }
      case 2:
      case 3:
      case 4: {
        const uint64_t s = size(in);
        alloc_fast(s, limit(in), code & 16);
        return;
      }
      case 5:
      case 6:
      case 7:
      case 8:
        if (model_.live()) free(model_.live_at(code & 16 ? in.u16() : model_.live() - 1), code & 32);
        return;
      case 9: {
        // Frees nothing: no range is there.
        const uint64_t at = pfn(in);
        if (model_.at(at) != model_.none()) return;
        t_.op("free {:#x} (not taken)", at);
        return kernel_iova_free(at);
      }
      case 10:
        return find(pfn(in));
      case 11: {
        const uint64_t lo = pfn(in);
        return reserve(lo, lo + size(in) - 1);
      }
      case 12:
        return burst(in);
      case 13:
        t_.op("cpu dead");
        return kernel_iova_cpu_dead();
      case 14: {
        const uint64_t ms = in.u8() * uint64_t{4};
        t_.op("pass {} ms", ms);
        t_.result(kernel_run_deferred(ms * 1000000));
        return;
      }
      default:
        t_.op("fail_alloc");
        return t_.fail_alloc(1 + in.below(16));
    }
  }

  void close() {
    budget_ = kBudget;
    t_.no_more_failures();
    freed_.clear();
    while (model_.live()) {
      const uint64_t lo = model_.live_at(model_.live() - 1);
      freed_.push_back(lo);
      free(lo, false);
    }
    // Asking for more than there is makes the allocator give up its caches; then only what is reserved is left.
    alloc_fast(uint64_t{1} << 30, (uint64_t{1} << 30), true);
    if (model_.live()) ByteTarget::mismatch("room for more than there is");
    for (uint64_t lo : freed_) find(lo);
    t_.op("close");
    kernel_iova_close();
  }

  ByteTarget& t_;
  Model model_;
  unsigned budget_ = 0;
  std::vector<uint64_t> burst_, freed_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static ByteTarget target(DMAFUZZ_TARGET);
  static Run run(target);
  run({data, size});
  return 0;
}
