// SPDX-License-Identifier: GPL-2.0-only
//
// Target scatterlist: a list is the bytes that its entries name, in order; every way to make, walk and change it must
// agree with that, byte for byte. README.md says what the model demands.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/byte_target.h"
#include "targets/scatterlist.h"

namespace {

using dmafuzz::ByteTarget;
using dmafuzz::InputBytes;
using Entry = kernel_sg_entry;

constexpr unsigned kPage = 4096;
constexpr unsigned kMaxBlocks = 8, kMaxEntries = 300, kMaxPages = 60, kMaxParts = 6;
constexpr uint64_t kMaxBytes = 24 << 10;
constexpr int kEnomem = -12, kEinval = -22;

// The bytes of entries as stretches of physical memory, joined where they meet, none empty.
struct Stretch {
  uint64_t phys, size;
  bool operator==(const Stretch&) const = default;
};

void add(std::vector<Stretch>& to, uint64_t phys, uint64_t size) {
  if (!size) return;
  if (!to.empty() && to.back().phys + to.back().size == phys) {
    to.back().size += size;
  } else {
    to.push_back({phys, size});
  }
}
void add(std::vector<Stretch>& to, const Entry& e) {
  add(to, uint64_t{e.pfn} * kPage + e.offset, e.length);
}
std::string print(const std::vector<Stretch>& stretches) {
  std::string text;
  for (const Stretch& s : stretches) text += fmt::format("[{:#x}+{:#x}]", s.phys, s.size);
  return text;
}
// The part of `all` from skip on, `size` bytes.
std::vector<Stretch> part_of(const std::vector<Stretch>& all, uint64_t skip, uint64_t size) {
  std::vector<Stretch> part;
  for (const Stretch& s : all) {
    if (skip >= s.size) {
      skip -= s.size;
      continue;
    }
    const uint64_t n = std::min(size, s.size - skip);
    add(part, s.phys + skip, n);
    size -= n;
    skip = 0;
    if (!size) break;
  }
  return part;
}

class Run {
 public:
  explicit Run(ByteTarget& target) : t_(target) {}

  void operator()(InputBytes in) {
    blocks_.clear();
    made_ = false;
    const unsigned count = 1 + in.below(kMaxBlocks);
    for (unsigned i = 0; i < count; ++i) {
      const unsigned order = in.u8() % 4;
      const uint64_t pfn = kernel_sg_block(order);
      if (!pfn) break;
      blocks_.push_back({pfn, std::vector<uint8_t>(size_t{kPage} << order)});
    }
    while (!in.empty()) step(in);
    t_.no_more_failures();
    check_memory();
    kernel_sg_free();
    kernel_sg_close();
    t_.end();
  }

 private:
  struct Block {
    uint64_t pfn;
    std::vector<uint8_t> bytes;
  };

  // --- making

  void forget() {
    t_.op("free");
    kernel_sg_free();
    made_ = false;
  }

  uint64_t total(unsigned nents) const {
    uint64_t sum = 0;
    for (unsigned i = 0; i < nents; ++i) sum += entries_[i].length;
    return sum;
  }

  void make(InputBytes& in) {
    if (made_) forget();
    const uint8_t how = in.u8();
    const int kind = how % KERNEL_SG_KINDS;
    const uint8_t n = in.u8();
    const unsigned count = 1 + (how & 0x40 ? n + n / 6 : n % 9);
    unsigned chunk = 2 + in.u8() % 20;
    uint64_t bytes = 0;
    entries_.clear();
    // A few entries as the input says, the rest derived from them, so that long lists need no long inputs.
    uint32_t seed = in.u32();
    for (unsigned i = 0; i < count; ++i) {
      const Block& b = blocks_[seed % blocks_.size()];
      Entry e;
      e.offset = (seed >> 4) % b.bytes.size();
      const size_t room = b.bytes.size() - e.offset;
      e.length = 1 + (seed >> 12) % std::min<size_t>(room, seed & 0x80000000 ? 9000 : 50);
      // Any page of the block may be named; the offset counts from there.
      const unsigned pages = (seed >> 26) % (e.offset / kPage + 1);
      e.pfn = b.pfn + pages;
      e.offset -= pages * kPage;
      if (bytes + e.length > kMaxBytes) e.length = 1;
      bytes += e.length;
      entries_.push_back(e);
      seed = i < 6 ? in.u32() + seed : seed * 0x9e3779b1u + 0x7f4a7c15u;
    }
    // A pool answers a failure with an element of its reserve, made at boot, and keeps one of the input's instead.
    if (kind == KERNEL_SG_POOL) t_.no_more_failures();
    t_.op("make kind {} of {} entries, {} bytes, chunk {}", static_cast<uint64_t>(kind), count, bytes, chunk);
    made(kernel_sg_make(kind, entries_.data(), count, chunk));
    if (made_) check_entries();
  }

  void made(int ret) {
    t_.result(static_cast<uint64_t>(ret));
    const bool struck = t_.failure_struck();
    if (ret && !(ret == kEnomem && struck)) ByteTarget::mismatch("the list was not made: {}", ret);
    made_ = !ret;
  }

  // Pages, some of them neighbours.
  void choose_pages(InputBytes& in, unsigned count) {
    pfns_.clear();
    while (pfns_.size() < count) {
      const uint8_t how = in.u8();
      const Block& b = blocks_[how % blocks_.size()];
      const unsigned pages = static_cast<unsigned>(b.bytes.size() / kPage);
      unsigned run = 1 + (how >> 4 & 7);
      for (unsigned p = how >> 7 ? 0 : (how >> 3) % pages; p < pages && run && pfns_.size() < count; ++p, --run) {
        pfns_.push_back(b.pfn + p);
      }
    }
  }
  static unsigned segment_limit(InputBytes& in) {
    const uint8_t how = in.u8();
    return how < 64 ? ~0u : kPage * (1 + how % 4) + (how & 64 ? in.u8() : 0);
  }
  uint64_t expect_pages(unsigned offset, uint64_t size) {
    for (uint64_t pfn : pfns_) {
      const uint64_t n = std::min<uint64_t>(size, kPage - offset);
      add(expected_, pfn * kPage + offset, n);
      size -= n;
      offset = 0;
    }
    return size;
  }

  void from_pages(InputBytes& in) {
    if (made_) forget();
    const unsigned count = 1 + in.below(kMaxPages);
    choose_pages(in, count);
    const unsigned offset = in.u16() % kPage, limit = segment_limit(in);
    // The last page is used at least in part.
    uint64_t size = uint64_t{count} * kPage - offset;
    size -= in.u16() % (count == 1 ? size : kPage);
    expected_.clear();
    expect_pages(offset, size);
    t_.op("from_pages {} offset {} size {} limit {}", count, offset, size, limit);
    made(kernel_sg_from_pages(pfns_.data(), count, offset, size, limit));
    if (!made_) return;
    read_entries();
    check_segments(limit);
    for (size_t i = 1; i < entries_.size(); ++i) {
      const Entry &a = entries_[i - 1], &b = entries_[i];
      const uint64_t pages = (a.offset + a.length) / kPage + (b.offset + b.length + kPage - 1) / kPage;
      if (a.pfn * kPage + a.offset + a.length == b.pfn * kPage + b.offset && pages <= limit / kPage) {
        ByteTarget::mismatch("entries {} and {} could have been one", i - 1, i);
      }
    }
  }

  void append(InputBytes& in) {
    if (made_) forget();
    unsigned left = 1 + in.below(kMaxPages);
    const unsigned limit = segment_limit(in);
    unsigned offset = in.u16() % kPage;
    expected_.clear();
    do {
      const unsigned count = 1 + in.u8() % left;
      choose_pages(in, count);
      left -= count;
      // Whole pages: what is merged into the entry before is merged by pages, whatever the size says (README.md).
      const uint64_t size = uint64_t{count} * kPage - offset;
      expect_pages(offset, size);
      t_.op("append {} offset {} limit {} left {}", count, offset, limit, left);
      made(kernel_sg_append(pfns_.data(), count, offset, size, limit, left));
      offset = 0;
    } while (left && made_);
    if (!made_) return;
    read_entries();
    check_segments(limit);
  }

  void read_entries() {
    entries_.resize(kMaxEntries + 1);
    entries_.resize(kernel_sg_entries(entries_.data(), kMaxEntries + 1));
  }
  void check_segments(unsigned limit) {
    std::vector<Stretch> got;
    for (const Entry& e : entries_) {
      if (!e.length || e.length > limit) ByteTarget::mismatch("an entry of {} bytes, at most {}", e.length, limit);
      add(got, e);
    }
    if (got != expected_) ByteTarget::mismatch("the list names {} instead of {}", print(got), print(expected_));
    check_entries();
  }

  // The list holds what entries_ says, by all ways to count.
  void check_entries() {
    walk_.resize(kMaxEntries + 1);
    walk_.resize(kernel_sg_entries(walk_.data(), kMaxEntries + 1));
    const auto same = [](const Entry& a, const Entry& b) {
      return a.pfn == b.pfn && a.offset == b.offset && a.length == b.length;
    };
    if (!std::equal(walk_.begin(), walk_.end(), entries_.begin(), entries_.end(), same)) {
      ByteTarget::mismatch("the list holds {} entries that are not the {} it was made of", walk_.size(),
                           entries_.size());
    }
    const int nents = kernel_sg_nents();
    if (nents != static_cast<int>(entries_.size())) ByteTarget::mismatch("sg_nents {} of {}", nents, entries_.size());
    Entry last;
    kernel_sg_last(static_cast<unsigned>(entries_.size()), &last);
    if (!same(last, entries_.back())) ByteTarget::mismatch("sg_last is not the last entry");
  }

  // --- using

  unsigned nents(InputBytes& in) {
    const uint8_t how = in.u8();
    const auto all = static_cast<unsigned>(entries_.size());
    return how < 128 ? all : 1 + how % all;
  }
  // Byte counts around those that matter.
  uint64_t amount(InputBytes& in, uint64_t most) {
    const uint8_t how = in.u8();
    if (how < 32) return most;
    if (how < 64) return total(how % entries_.size());
    return in.u16() % (most + 20);
  }

  void nents_for_len(InputBytes& in) {
    const uint64_t length = amount(in, total(static_cast<unsigned>(entries_.size())));
    t_.op("nents_for_len {}", length);
    const int got = kernel_sg_nents_for_len(length);
    t_.result(static_cast<uint64_t>(got));
    int expected = 0;
    uint64_t sum = 0;
    while (sum < length && static_cast<size_t>(expected) < entries_.size()) sum += entries_[expected++].length;
    if (sum < length) expected = kEinval;
    if (got != expected) ByteTarget::mismatch("{} entries for {} bytes instead of {}", got, length, expected);
  }

  uint8_t* model_byte(uint64_t phys) {
    for (Block& b : blocks_) {
      const uint64_t at = phys - b.pfn * kPage;
      if (at < b.bytes.size()) return &b.bytes[at];
    }
    return nullptr;
  }
  std::vector<Stretch> stretches(unsigned nents) const {
    std::vector<Stretch> all;
    for (unsigned i = 0; i < nents; ++i) add(all, entries_[i]);
    return all;
  }

  enum class Copy { kToBytes, kFromBytes, kZero };
  void copy(InputBytes& in, Copy what) {
    const unsigned n = nents(in);
    const uint64_t all = total(n), skip = in.flag() ? amount(in, all) : 0, size = amount(in, all);
    const uint16_t seed = in.u8();
    bytes_.resize(size + 1);
    for (uint64_t i = 0; i < size; ++i) bytes_[i] = dmaf_pattern(seed, static_cast<uint32_t>(i));
    t_.op("copy {} {} bytes from {} of {} entries", static_cast<uint64_t>(what), size, skip, n);
    const uint64_t done = what == Copy::kZero ? kernel_sg_zero(n, size, skip)
                                              : kernel_sg_copy(n, bytes_.data(), size, skip, what == Copy::kToBytes);
    t_.result(done);
    const uint64_t expected = skip >= all ? 0 : std::min(size, all - skip);
    if (done != expected) ByteTarget::mismatch("{} bytes were copied instead of {}", done, expected);
    uint64_t i = 0;
    for (const Stretch& s : part_of(stretches(n), skip, expected)) {
      for (uint64_t at = 0; at < s.size; ++at, ++i) {
        uint8_t* byte = model_byte(s.phys + at);
        if (what != Copy::kToBytes) {
          *byte = what == Copy::kZero ? 0 : bytes_[i];
        } else if (bytes_[i] != *byte) {
          ByteTarget::mismatch("byte {} reads {:#x} instead of {:#x}", i, bytes_[i], *byte);
        }
      }
    }
    // What is beyond stayed as it was.
    for (; i < size; ++i) {
      if (what == Copy::kToBytes && bytes_[i] != dmaf_pattern(seed, static_cast<uint32_t>(i))) {
        ByteTarget::mismatch("byte {} of the buffer was written, though only {} were copied", i, expected);
      }
    }
  }

  // Nothing but what the model knows was written.
  void check_memory() {
    for (Block& b : blocks_) {
      bytes_.resize(b.bytes.size());
      dmafuzz::memory().device_read(b.pfn * kPage, bytes_.data(), bytes_.size());
      const auto at = std::mismatch(b.bytes.begin(), b.bytes.end(), bytes_.begin());
      if (at.first == b.bytes.end()) continue;
      ByteTarget::mismatch("memory at {:#x} holds {:#x} instead of {:#x}", b.pfn * kPage + (at.first - b.bytes.begin()),
                           *at.second, *at.first);
    }
  }

  void pieces(InputBytes& in) {
    const unsigned n = nents(in);
    const uint64_t all = total(n), skip = amount(in, all);
    const uint8_t how = in.u8();
    const unsigned step = how < 128 ? kPage : 64 + how;
    t_.op("miter {} entries flags {} skip {} step {}", n, how & 3u, skip, step);
    walk_.resize(2000);
    walk_.resize(kernel_sg_pieces(n, how & 3, skip, step, walk_.data(), 2000));
    std::vector<Stretch> got;
    for (const Entry& e : walk_) add(got, e);
    const auto expected = skip >= all ? std::vector<Stretch>{} : part_of(stretches(n), skip, all - skip);
    if (got != expected) ByteTarget::mismatch("the pieces are {} instead of {}", print(got), print(expected));
  }

  void pages(InputBytes& in, bool dma) {
    const unsigned n = nents(in), first = in.u8() % 12;
    std::vector<uint64_t> expected;
    for (unsigned i = 0; i < n; ++i) {
      const Entry& e = entries_[i];
      const unsigned count = (e.offset + e.length + kPage - 1) / kPage;
      for (unsigned p = 0; p < count; ++p) {
        expected.push_back(dma ? (e.pfn + p) * kPage + e.offset : e.pfn + p);
      }
    }
    expected.erase(expected.begin(), expected.begin() + std::min<ptrdiff_t>(first, std::ssize(expected)));
    t_.op(dma ? "dma pages of {} entries from {}" : "pages of {} entries from {}", n, first);
    std::vector<uint64_t> got(expected.size() + 1);
    if (dma) {
      std::vector<unsigned long long> addresses(got.size());
      const unsigned count = kernel_sg_dma_pages(n, first, addresses.data(), static_cast<unsigned>(got.size()));
      got.assign(addresses.begin(), addresses.begin() + count);
    } else {
      got.resize(kernel_sg_pages(n, first, got.data(), static_cast<unsigned>(got.size())));
    }
    if (got != expected) ByteTarget::mismatch("{} pages instead of {}, or others", got.size(), expected.size());
  }

  // Whether the byte before `end` is not the last one of its entry, and its entry not the last one.
  bool ends_inside(uint64_t end) const {
    uint64_t at = 0;
    for (size_t i = 0; i + 1 < entries_.size() && at < end; ++i) {
      at += entries_[i].length;
      if (end < at) return true;
    }
    return false;
  }

  void split(InputBytes& in) {
    const uint64_t all = total(static_cast<unsigned>(entries_.size()));
    const bool mapped = in.flag();
    const uint64_t skip = in.flag() ? amount(in, all) : 0;
    const unsigned parts = 1 + in.u8() % kMaxParts;
    unsigned long sizes[kMaxParts];
    uint64_t sum = 0;
    for (unsigned i = 0; i < parts; ++i) {
      const uint8_t how = in.u8();
      sizes[i] = 1 + (how < 200 ? how * all / 256 / parts : amount(in, all));
      sum += sizes[i];
    }
    // sg_split() goes wrong where the last part ends inside an entry that others follow: README.md.
    if (ends_inside(skip + sum)) return;
    t_.op("split mapped {} skip {} into {}, together {}", mapped, skip, parts, sum);
    unsigned counts[kMaxParts] = {};
    walk_.resize(kMaxEntries + 2 * kMaxParts);
    const int ret =
        kernel_sg_split(mapped, skip, parts, sizes, walk_.data(), static_cast<unsigned>(walk_.size()), counts);
    t_.result(static_cast<uint64_t>(ret));
    const bool struck = t_.failure_struck();
    if (ret == kEnomem && struck) return;
    const int expected = skip + sum > all ? kEinval : 0;
    if (ret != expected) ByteTarget::mismatch("split: {} instead of {}", ret, expected);
    if (ret) return;
    const std::vector<Stretch> whole = stretches(static_cast<unsigned>(entries_.size()));
    uint64_t from = skip;
    unsigned n = 0;
    for (unsigned i = 0; i < parts; ++i) {
      std::vector<Stretch> got;
      for (unsigned j = 0; j < counts[i]; ++j) add(got, walk_[n++]);
      if (const auto wanted = part_of(whole, from, sizes[i]); got != wanted) {
        ByteTarget::mismatch("part {} is not the bytes from {} on: {} instead of {}", i, from, print(got),
                             print(wanted));
      }
      from += sizes[i];
    }
  }

  void step(InputBytes& in) {
    const uint8_t code = in.u8();
    if (blocks_.empty()) return;
    switch (code % 16) {
      case 0:
      case 1:
        return make(in);
      case 2:
        return from_pages(in);
      case 3:
        return append(in);
      case 4:
        t_.op("fail_alloc");
        return t_.fail_alloc(1 + in.below(6));
      default:
        if (!made_) return make(in);
    }
    switch (code % 16) {
      case 5:
        return check_memory();
      case 6:
      case 7:
        return copy(in, Copy::kFromBytes);
      case 8:
        return copy(in, Copy::kToBytes);
      case 9:
        return copy(in, Copy::kZero);
      case 10:
        return nents_for_len(in);
      case 11:
        return pieces(in);
      case 12:
      case 13:
        return pages(in, code & 1);
      default:
        return split(in);
    }
  }

  ByteTarget& t_;
  std::vector<Block> blocks_;
  bool made_ = false;
  std::vector<Entry> entries_, walk_;
  std::vector<unsigned long> pfns_;
  std::vector<Stretch> expected_;
  std::vector<uint8_t> bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static ByteTarget target(DMAFUZZ_TARGET);
  static Run run(target);
  run({data, size});
  return 0;
}
