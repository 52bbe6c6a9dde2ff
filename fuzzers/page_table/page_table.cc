// SPDX-License-Identifier: GPL-2.0-only
//
// Target page_table: what was mapped is what iova_to_phys() and a hardware walker of the format find, byte for byte of
// the ranges' edges, and nothing else. README.md says what the model demands.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "device/table_walk.h"
#include "engine/byte_target.h"
#include "host.h"
#include "targets/page_table.h"

namespace {

using dmafuzz::ByteTarget;
using dmafuzz::InputBytes;
using dmafuzz::Walk;
using dmafuzz::WalkEnd;

constexpr uint64_t kPage = 4096;
constexpr size_t kMaxMappings = 48;
// Entries that a mapping may need: more is slow.
constexpr uint64_t kMaxEntries = 2048;
constexpr int kEnomem = -12, kEaddrinuse = -98;

struct Mapping {
  uint64_t size;
  uint64_t phys;
  unsigned prot;
  uint64_t end(uint64_t iova) const { return iova + size - 1; }
};
using Map = std::map<uint64_t, Mapping>;

class Run {
 public:
  explicit Run(ByteTarget& target) : t_(target) {}

  void operator()(InputBytes in) {
    map_.clear();
    if (!open(in)) return t_.end();
    while (!in.empty()) step(in);
    t_.no_more_failures();
    for (const auto& [iova, mapping] : map_) probe_edges(iova, mapping.size);
    // Tables must be freed as well when something is still mapped.
    if (!leave_) {
      while (!map_.empty()) unmap(map_.begin()->first, map_.begin()->second.size);
    }
    t_.op("close");
    kernel_pt_close();
    t_.end();
  }

 private:
  bool open(InputBytes& in) {
    const unsigned formats = kernel_pt_formats();
    const uint8_t how = in.u8();
    format_ = how % 5;
    while (!(formats >> format_ & 1)) format_ = (format_ + 1) % 5;
    const uint8_t variant = in.u8();
    leave_ = variant & 0x80;
    if (how & 0x40) t_.fail_alloc(1 + in.below(4));
    t_.op("open format {} variant {}", static_cast<uint64_t>(format_), variant & 0x1f);
    const int ret = kernel_pt_open(format_, variant & 0x1f);
    const bool struck = t_.failure_struck();
    if (ret && !struck) ByteTarget::mismatch("the table was not made: {}", ret);
    if (ret) return false;
    refresh();
    return true;
  }

  // The root moves when the table grows.
  void refresh() {
    kernel_pt_get_info(&info_);
    root_ = {static_cast<host_table_format>(format_), info_.root, info_.top_level, info_.va_bits};
  }

  uint64_t last_iova() const {
    const int bits = info_.is_signed ? info_.va_bits - 1 : info_.va_bits;
    return bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
  }
  uint64_t last_phys() const { return (uint64_t{1} << info_.oa_bits) - 1; }
  bool in_aperture(uint64_t iova, uint64_t size) const {
    const uint64_t last = iova + size - 1;
    if (last < iova) return false;
    if (last <= last_iova()) return true;
    return info_.is_signed && iova >= ~last_iova();
  }

  // Within what the table spans before it grows; beyond, not even the part that is mapped is unmapped.
  bool in_reach(uint64_t iova) const {
    const unsigned bits = 12 + 9 * (static_cast<unsigned>(info_.top_level) + 1);
    return info_.is_signed || bits >= 64 || iova >> bits == 0;
  }

  // Addresses close to each other and to the borders of tables, so that mappings meet.
  uint64_t address(InputBytes& in, uint64_t last) {
    const uint8_t how = in.u8();
    uint64_t base = 0;
    switch (how & 7) {
      case 0:
        break;
      case 1:
        base = uint64_t{1} << 21;
        break;
      case 2:
        base = uint64_t{1} << 30;
        break;
      case 3:
        base = uint64_t{1} << 39;
        break;
      case 4:
        base = last + 1 - (uint64_t{1} << 30);
        break;
      case 5:
        base = uint64_t{1} << (12 + in.u8() % 50);
        break;
      case 6:
        base = last + 1 - (uint64_t{1} << 21);
        break;
      default:
        // The upper half of signed addresses.
        base = ~last;
        break;
    }
    const unsigned unit = how & 8 ? 21 : how & 16 ? 16 : 12;
    return base + (static_cast<uint64_t>(in.u8()) << unit) + (how & 32 ? uint64_t{in.u8()} << 12 : 0);
  }

  uint64_t length(InputBytes& in) {
    const uint8_t how = in.u8();
    static constexpr unsigned kUnits[] = {12, 12, 12, 16, 21, 21, 30, 39};
    return (uint64_t{1} + (how >> 3)) << kUnits[how & 7];
  }

  // How many entries of the largest size that the addresses allow.
  uint64_t entries(uint64_t iova, uint64_t phys, uint64_t size) const {
    const uint64_t alike = (iova ^ phys) | size | uint64_t{1} << 39;
    uint64_t best = kPage;
    for (uint64_t sizes = info_.page_sizes; sizes; sizes &= sizes - 1) {
      const uint64_t one = sizes & -sizes;
      if (one <= size && !(alike & (one - 1))) best = std::max(best, one);
    }
    return size / best;
  }

  bool overlaps(uint64_t iova, uint64_t size) const {
    auto it = map_.upper_bound(iova);
    if (it != map_.end() && it->first <= iova + size - 1) return true;
    return it != map_.begin() && std::prev(it)->second.end(std::prev(it)->first) >= iova;
  }

  void map(InputBytes& in) {
    const uint64_t iova = address(in, last_iova());
    uint64_t phys = address(in, last_phys()) & last_phys();
    const uint64_t size = length(in);
    const uint8_t how = in.u8();
    // Mostly alike enough for large pages.
    if (!(how & 1)) phys = (phys & ~((uint64_t{1} << 30) - 1)) | (iova & ((uint64_t{1} << 30) - 1));
    if (!phys) phys = uint64_t{1} << 30;
    unsigned prot = how >> 1 & 0x1f;
    if (!(prot & (KERNEL_PT_READ | KERNEL_PT_WRITE))) prot |= KERNEL_PT_READ;
    if (map_.size() >= kMaxMappings || phys + size - 1 > last_phys() || entries(iova, phys, size) > kMaxEntries) return;
    const bool inside = in_aperture(iova, size), taken = inside && overlaps(iova, size);
    if ((!inside || taken) && !info_.checks) return;
    // generic_pt takes a range that begins in the lower half of signed addresses and ends beyond it: README.md.
    if (!inside && info_.is_signed && in_aperture(iova, 1)) return;

    t_.op("map {:#x} to {:#x} size {:#x} prot {:#x}", iova, phys, size, prot);
    const int ret = kernel_pt_map(iova, phys, size, prot);
    t_.result(static_cast<uint64_t>(ret));
    const bool struck = t_.failure_struck();
    refresh();
    if (!inside) {
      if (!ret) ByteTarget::mismatch("mapped outside of the table's addresses");
      return;
    }
    if (taken) {
      if (ret != kEaddrinuse && !(struck && ret == kEnomem))
        ByteTarget::mismatch("mapped over what is mapped: {}", ret);
    } else if (!ret) {
      map_[iova] = {size, phys, prot};
    } else if (ret != kEnomem || !struck) {
      ByteTarget::mismatch("could not map: {}", ret);
    }
    probe_edges(iova, size);
  }

  void unmap(uint64_t iova, uint64_t size) {
    // What is expected to go: mapped without a gap from the start on.
    uint64_t expected = 0;
    auto it = map_.find(iova);
    for (; it != map_.end() && it->first - iova == expected && expected < size; ++it) expected += it->second.size;
    const kernel_pt_flush* flushes;
    kernel_pt_flushes(&flushes);
    t_.op("unmap {:#x} size {:#x}", iova, size);
    const uint64_t done = kernel_pt_unmap(iova, size);
    t_.result(done);
    if (done != expected) ByteTarget::mismatch("{:#x} bytes were unmapped instead of {:#x}", done, expected);
    if (done) check_flushed(iova, iova + done - 1);
    const auto first = map_.lower_bound(iova);
    const auto past = expected ? map_.upper_bound(iova + expected - 1) : first;
    gone_.assign(first, past);
    map_.erase(first, past);
    for (const auto& [start, mapping] : gone_) probe_edges(start, mapping.size);
  }

  // A page or some of a larger page, where the format can.
  void unmap_part(InputBytes& in) {
    const auto it = pick(in);
    const uint64_t pages = it->second.size / kPage;
    const uint64_t from = in.u16() % pages, n = 1 + in.u8() % std::min<uint64_t>(pages - from, 64);
    const uint64_t iova = it->first, at = iova + from * kPage, size = n * kPage;
    const Mapping old = it->second;
    const kernel_pt_flush* flushes;
    kernel_pt_flushes(&flushes);
    t_.op("unmap {:#x} size {:#x} (part)", at, size);
    const uint64_t done = kernel_pt_unmap(at, size);
    t_.result(done);
    if (done > size || (done < size && !t_.failure_struck())) {
      ByteTarget::mismatch("{:#x} bytes were unmapped instead of {:#x}", done, size);
    }
    if (!done) return;
    check_flushed(at, at + done - 1);
    map_.erase(it);
    if (at > iova) map_[iova] = {at - iova, old.phys, old.prot};
    const uint64_t after = at + done - iova;
    if (after < old.size) map_[iova + after] = {old.size - after, old.phys + after, old.prot};
    probe_edges(at, done);
    probe_edges(iova, old.size);
  }

  Map::iterator pick(InputBytes& in) { return std::next(map_.begin(), in.u8() % map_.size()); }

  // Everything from start to last was flushed since it was asked last.
  void check_flushed(uint64_t start, uint64_t last) {
    const kernel_pt_flush* flushes;
    const unsigned count = kernel_pt_flushes(&flushes);
    for (uint64_t at = start;;) {
      uint64_t reach = at;
      bool found = false;
      for (unsigned i = 0; i < count; ++i) {
        if (flushes[i].start > at || flushes[i].last < at) continue;
        found = true;
        reach = std::max<uint64_t>(reach, flushes[i].last);
      }
      if (!found) ByteTarget::mismatch("{:#x} was unmapped but not flushed", at);
      if (reach >= last) return;
      at = reach + 1;
    }
  }

  void probe_edges(uint64_t iova, uint64_t size) {
    const uint64_t last = iova + size - 1;
    probe(iova);
    probe(last);
    probe(iova + size / 2 + 123);
    if (iova) probe(iova - 1);
    if (last + 1) probe(last + 1);
    // Inside, where pages of different sizes may meet.
    const uint64_t border = (iova | ((uint64_t{1} << 21) - 1)) + 1;
    if (border - iova < size) {
      probe(border - 1);
      probe(border);
    }
  }

  void probe(uint64_t iova) {
    // Not an address of this table: the kernel is not asked such things.
    if (!in_aperture(iova, 1)) return;
    auto it = map_.upper_bound(iova);
    const bool mapped = it != map_.begin() && std::prev(it)->second.end(std::prev(it)->first) >= iova;
    const uint64_t found = kernel_pt_iova_to_phys(iova);
    const Walk walk = walk_table(root_, iova);
    if (walk.end == WalkEnd::kMalformed) {
      ByteTarget::mismatch("{:#x}: the entry {:#x} at level {} is none of the format", iova, walk.entry, walk.level);
    }
    if (!mapped) {
      if (found) ByteTarget::mismatch("{:#x} is not mapped but leads to {:#x}", iova, found);
      if (walk.end == WalkEnd::kMapped) {
        ByteTarget::mismatch("{:#x} is not mapped but the walker finds {:#x}", iova, walk.phys);
      }
      return;
    }
    --it;
    const uint64_t phys = it->second.phys + (iova - it->first);
    if (found != phys) ByteTarget::mismatch("{:#x} is mapped to {:#x} but leads to {:#x}", iova, phys, found);
    if (walk.end != WalkEnd::kMapped || walk.phys != phys) {
      ByteTarget::mismatch("{:#x} is mapped to {:#x} but the walker finds {:#x} (mapped: {})", iova, phys, walk.phys,
                           walk.end == WalkEnd::kMapped);
    }
    const bool write = it->second.prot & KERNEL_PT_WRITE;
    if (walk.writable != write || walk.readable != readable(it->second.prot)) {
      ByteTarget::mismatch("{:#x} is mapped with {:#x} but the walker may read: {}, write: {}", iova, it->second.prot,
                           walk.readable, walk.writable);
    }
  }

  // Two of the formats can say "write only".
  bool readable(unsigned prot) const {
    return format_ == HOST_TABLE_AMDV1 || format_ == HOST_TABLE_VTDSS ? prot & KERNEL_PT_READ : true;
  }

  void step(InputBytes& in) {
    const uint8_t code = in.u8();
    switch (code % 8) {
      case 0:
      case 1:
      case 2:
      case 3:
        return map(in);
      case 4: {
        if (map_.empty()) return;
        const auto it = pick(in);
        return unmap(it->first, it->second.size);
      }
      case 5: {
        // Several at once, or with a gap behind: only where a gap is an answer and not a warning.
        if (map_.empty()) return;
        auto it = pick(in);
        const uint64_t iova = it->first;
        uint64_t size = 0;
        for (; it != map_.end() && it->first - iova == size; ++it) size += it->second.size;
        if (code & 8 && info_.checks && (it == map_.end() || it->first - iova - size >= kPage) &&
            in_aperture(iova, size + kPage) && in_reach(iova + size)) {
          size += kPage;
        }
        return unmap(iova, size);
      }
      case 6:
        if (info_.splits && !map_.empty()) return unmap_part(in);
        if (info_.checks) {
          // Nothing is mapped there.
          const uint64_t iova = address(in, last_iova()) & ~(kPage - 1);
          if (in_aperture(iova, kPage) && !overlaps(iova, kPage)) unmap(iova, kPage);
        }
        return;
      default:
        if (code & 8) {
          t_.op("fail_alloc");
          return t_.fail_alloc(1 + in.below(8));
        }
        return probe(address(in, last_iova()) + in.u16());
    }
  }

  ByteTarget& t_;
  Map map_;
  std::vector<std::pair<uint64_t, Mapping>> gone_;
  int format_ = 0;
  bool leave_ = false;
  kernel_pt_info info_ = {};
  dmafuzz::TableRoot root_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static ByteTarget target(DMAFUZZ_TARGET);
  static Run run(target);
  run({data, size});
  return 0;
}
