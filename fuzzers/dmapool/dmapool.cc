// SPDX-License-Identifier: GPL-2.0-only
//
// Target dmapool: blocks are distinct, aligned, within their boundary, and hold what CPU and device put there.
// README.md says what the model demands.
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "device/device.h"
#include "dmasan/cache_model.h"
#include "engine/byte_target.h"
#include "host.h"
#include "targets/dmapool.h"

namespace {

using dmafuzz::ByteTarget;
using dmafuzz::device;
using dmafuzz::InputBytes;
using dmafuzz::memory;

constexpr uint64_t kPage = 4096, kLeastBlock = 16;
constexpr size_t kMaxPools = 4, kMaxBlocks = 96;
constexpr uint64_t kMaxBytes = 2 << 20;
// Half of what the kernel sets aside for allocations that cannot wait; it warns when that runs out.
constexpr uint64_t kMaxAtomicBytes = 64 << 10;

struct Pool {
  void* handle = nullptr;
  int kind = 0;
  uint64_t size = 0, align = 0, boundary = 0;
  uint64_t room = 0;        // what a block takes of a page
  uint64_t allocation = 0;  // bytes asked for at once
  unsigned per_page = 0;
  unsigned live = 0, pages = 0;
};

struct Block {
  unsigned pool = 0;
  void* cpu = nullptr;
  uint64_t dma = 0;
  std::vector<uint8_t> bytes;
};

class Run {
 public:
  explicit Run(ByteTarget& target) : t_(target) { scratch_.resize(4 * kPage); }

  void operator()(InputBytes in) {
    open(in);
    while (!in.empty()) step(in);
    t_.no_more_failures();
    while (!blocks_.empty()) free(blocks_.size() - 1);
    for (unsigned i = 0; i < kMaxPools; ++i) {
      if (pools_[i].handle) destroy(i);
    }
    kernel_device_close(dev_);
    t_.end();
  }

 private:
  void open(InputBytes& in) {
    config_ = {};
    const uint8_t how = in.u8();
    config_.path = how % DMAF_PATHS;
    config_.coherent = how >> 3 & 1;
    config_.dense = how >> 4 & 1;
    config_.fill = how;
    config_.mask_bits = config_.coherent_mask_bits = 32;
    memory().set_dense(config_.dense);
    memory().set_fill(config_.fill);
    dev_ = kernel_device_open(&config_);
    static constexpr unsigned kMasks[] = {32, 64, 24, 31};
    // Memory of a device's own is where the platform put it, whatever mask the driver sets: it must reach there.
    const unsigned bits = config_.path == DMAF_PATH_POOL ? 32 : kMasks[how >> 5 & 3];
    t_.op("open path {} coherent {} mask {}", config_.path, config_.coherent, bits);
    if (!kernel_pool_set_mask(dev_, bits)) config_.mask_bits = config_.coherent_mask_bits = static_cast<dmaf_u8>(bits);
    dmafuzz::cache_model().set_active(!config_.coherent);
    device().open(dev_, config_);
    bytes_ = atomic_bytes_ = 0;
    last_pool_ = nullptr;
  }

  static uint64_t size(InputBytes& in) {
    const uint8_t how = in.u8();
    if (how < 128) return how;
    if (how < 192) return uint64_t{1} << how % 14;
    if (how < 240) return in.u16() % (3 * kPage);
    return how < 250 ? (uint64_t{1} << how % 13) - 1 : uint64_t{1} << 31;
  }
  static uint64_t power(InputBytes& in) {
    const uint8_t how = in.u8();
    return how < 220 ? uint64_t{1} << how % 15 : how < 230 ? in.u16() : 0;
  }

  void create(InputBytes& in) {
    const unsigned at = in.u8() % kMaxPools;
    if (pools_[at].handle) return destroy_if_empty(at);
    Pool p;
    p.kind = in.u8() % 3;
    p.size = size(in);
    p.align = power(in);
    p.boundary = in.flag() ? power(in) : 0;
    t_.op("create kind {} size {} align {} boundary {}", static_cast<uint64_t>(p.kind), p.size, p.align, p.boundary);
    p.handle = kernel_pool_create(dev_, p.kind, p.size, p.align, p.boundary);
    t_.result(p.handle != nullptr);
    const bool struck = t_.failure_struck(), sound = plan(p);
    if (p.handle && !sound) ByteTarget::mismatch("a pool came of parameters that make none");
    if (!p.handle && sound && !struck) ByteTarget::mismatch("no pool came of sound parameters");
    pools_[at] = p;
  }

  // What follows from the parameters; false if there can be no such pool.
  static bool plan(Pool& p) {
    if (!p.align) p.align = 1;
    if (!std::has_single_bit(p.align) || !p.size || p.size > 0x7fffffff) return false;
    p.room = (std::max(p.size, kLeastBlock) + p.align - 1) & ~(p.align - 1);
    if (p.boundary && (!std::has_single_bit(p.boundary) || p.boundary < p.room)) return false;
    p.allocation = std::max(p.room, kPage);
    const uint64_t limit = p.boundary ? std::min(p.boundary, p.allocation) : p.allocation;
    p.per_page = static_cast<unsigned>(p.allocation / limit * (limit / p.room));
    // The rest of a last, shorter stretch.
    p.per_page += static_cast<unsigned>(p.allocation % limit / p.room);
    return true;
  }

  void destroy(unsigned at) {
    t_.op("destroy {}", at);
    kernel_pool_destroy(pools_[at].handle, pools_[at].kind);
    bytes_ -= pools_[at].pages * pools_[at].allocation;
    pools_[at] = {};
  }
  void destroy_if_empty(unsigned at) {
    if (pools_[at].handle && !pools_[at].live) destroy(at);
  }

  void alloc(InputBytes& in) {
    const uint8_t how = in.u8();
    const unsigned at = how % kMaxPools, flags = how >> 2 & 3;
    Pool& p = pools_[at];
    if (!p.handle || blocks_.size() >= kMaxBlocks || p.room > 3 * kPage + 4096) return;
    const bool grows = p.live == p.pages * p.per_page;
    if (grows && bytes_ + p.allocation > kMaxBytes) return;
    // The kernel sleeps there, whatever the caller said: README.md.
    if (flags & KERNEL_POOL_ATOMIC && config_.path == DMAF_PATH_RESTRICTED && !config_.coherent) return;
    if (grows && flags & KERNEL_POOL_ATOMIC) {
      const uint64_t taken = std::bit_ceil(p.allocation);
      if (atomic_bytes_ + taken > kMaxAtomicBytes) return;
      atomic_bytes_ += taken;
    }
    t_.op("alloc of {} flags {}", at, flags);
    const unsigned objects = memory().live_since_snapshot().objects;
    unsigned long long dma = 0;
    void* cpu = kernel_pool_alloc(p.handle, p.kind, flags, &dma);
    t_.result(cpu != nullptr, dma);
    const bool struck = t_.failure_struck(), grew = memory().live_since_snapshot().objects != objects;
    if (!grows && !cpu) ByteTarget::mismatch("no block, though one was free");
    if (!cpu) {
      // Memory that is scarce: the pools of a device's own, and what there is for allocations that cannot wait.
      const bool scarce = config_.path == DMAF_PATH_RESTRICTED || config_.path == DMAF_PATH_POOL ||
                          flags & KERNEL_POOL_ATOMIC || config_.mask_bits < 32;
      if (!struck && !scarce) ByteTarget::mismatch("no block, though nothing is scarce");
      return;
    }
    if (!grows && grew) ByteTarget::mismatch("memory was allocated though a block was free");
    if (grows) {
      ++p.pages;
      bytes_ += p.allocation;
    }
    ++p.live;
    admit(at, cpu, dma, flags);
  }

  void admit(unsigned at, void* cpu, uint64_t dma, unsigned flags) {
    const Pool& p = pools_[at];
    const uint64_t mask = config_.mask_bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << config_.mask_bits) - 1;
    const auto address = reinterpret_cast<uintptr_t>(cpu);
    if (dma & (p.align - 1)) ByteTarget::mismatch("block at {:#x} is not aligned to {}", dma, p.align);
    // Memory that the CPU sees through an alias is aligned to pages there.
    if (address & (std::min(p.align, kPage) - 1)) ByteTarget::mismatch("{:#x} is not aligned to {}", address, p.align);
    if (p.boundary && dma / p.boundary != (dma + p.size - 1) / p.boundary) {
      ByteTarget::mismatch("block {:#x}+{} crosses a boundary of {}", dma, p.size, p.boundary);
    }
    if (dma + p.size - 1 > mask) ByteTarget::mismatch("block {:#x}+{} is beyond the mask {:#x}", dma, p.size, mask);
    for (const Block& other : blocks_) {
      const auto there = reinterpret_cast<uintptr_t>(other.cpu);
      const uint64_t n = pools_[other.pool].size;
      if (address < there + n && there < address + p.size) {
        ByteTarget::mismatch("block {:#x}+{} overlaps {:#x}+{}", address, p.size, there, n);
      }
      if (dma < other.dma + n && other.dma < dma + p.size) {
        ByteTarget::mismatch("block {:#x}+{} overlaps {:#x}+{} for the device", dma, p.size, other.dma, n);
      }
    }
    Block& b = blocks_.emplace_back();
    b.pool = at;
    b.cpu = cpu;
    b.dma = dma;
    b.bytes.resize(p.size);
    if (flags & KERNEL_POOL_ZERO) return check(b);
    for (uint64_t i = 0; i < p.size; ++i)
      b.bytes[i] = dmaf_pattern(static_cast<uint16_t>(dma >> 4), static_cast<uint32_t>(i));
    kernel_pool_write(cpu, 0, b.bytes.data(), p.size);
  }

  // The CPU reads what was written last.
  void check(const Block& b) {
    kernel_pool_read(b.cpu, 0, scratch_.data(), b.bytes.size());
    for (size_t i = 0; i < b.bytes.size(); ++i) {
      if (scratch_[i] != b.bytes[i]) {
        ByteTarget::mismatch("byte {} of block {:#x} reads {:#x} instead of {:#x}", i, b.dma, scratch_[i], b.bytes[i]);
      }
    }
  }

  void free(size_t i) {
    Block b = std::move(blocks_[i]);
    blocks_[i] = std::move(blocks_.back());
    blocks_.pop_back();
    check(b);
    Pool& p = pools_[b.pool];
    t_.op("free {:#x} of {}", b.dma, b.pool);
    kernel_pool_free(p.handle, p.kind, b.cpu, b.dma);
    --p.live;
    last_freed_ = {b.pool, b.cpu, b.dma, {}};
    last_pool_ = p.handle;
  }

  // A pool with checks refuses what is free already, or is none of its memory.
  void free_wrongly(bool twice) {
    const Pool& p = pools_[last_freed_.pool];
    if (!last_pool_ || p.handle != last_pool_ || p.kind != KERNEL_POOL_DEBUG) return;
    if (std::any_of(blocks_.begin(), blocks_.end(), [&](const Block& b) { return b.cpu == last_freed_.cpu; })) return;
    t_.op(twice ? "free {:#x} again" : "free {:#x} with a wrong address", last_freed_.dma);
    kernel_pool_free(p.handle, p.kind, last_freed_.cpu, twice ? last_freed_.dma : ~uint64_t{0});
  }

  void device_access(InputBytes& in, bool write) {
    Block& b = blocks_[in.u8() % blocks_.size()];
    const size_t offset = in.u16() % b.bytes.size();
    const size_t n = 1 + in.u8() % std::min<size_t>(b.bytes.size() - offset, 256);
    t_.op(write ? "device writes {:#x}+{} {} bytes" : "device reads {:#x}+{} {} bytes", b.dma, offset, n);
    if (write) {
      const uint16_t seed = in.u8();
      for (size_t i = 0; i < n; ++i) b.bytes[offset + i] = dmaf_pattern(seed, static_cast<uint32_t>(i));
      const auto result = device().write(b.dma + offset, &b.bytes[offset], n);
      if (!result.ok()) ByteTarget::mismatch("the device cannot write its block: {}", access_error_name(result.error));
      return;
    }
    const auto result = device().read(b.dma + offset, scratch_.data(), n);
    if (!result.ok()) ByteTarget::mismatch("the device cannot read its block: {}", access_error_name(result.error));
    for (size_t i = 0; i < n; ++i) {
      if (scratch_[i] != b.bytes[offset + i]) {
        ByteTarget::mismatch("the device reads {:#x} instead of {:#x} at {:#x}", scratch_[i], b.bytes[offset + i],
                             b.dma + offset + i);
      }
    }
  }

  void step(InputBytes& in) {
    const uint8_t code = in.u8();
    switch (code % 12) {
      case 0:
      case 1:
        return create(in);
      case 2:
      case 3:
      case 4:
      case 5:
        return alloc(in);
      case 6:
      case 7:
        if (!blocks_.empty()) free(in.u8() % blocks_.size());
        return;
      case 8:
      case 9:
        if (!blocks_.empty()) device_access(in, code & 16);
        return;
      case 10:
        if (!blocks_.empty() && code & 16) check(blocks_[in.u8() % blocks_.size()]);
        if (!(code & 16)) free_wrongly(code & 32);
        return;
      default:
        if (code & 16) return destroy_if_empty(in.u8() % kMaxPools);
        t_.op("fail_alloc");
        return t_.fail_alloc(1 + in.below(8));
    }
  }

  ByteTarget& t_;
  dmaf_config config_ = {};
  void* dev_ = nullptr;
  std::array<Pool, kMaxPools> pools_;
  std::vector<Block> blocks_;
  Block last_freed_;
  void* last_pool_ = nullptr;
  uint64_t bytes_ = 0, atomic_bytes_ = 0;
  std::vector<uint8_t> scratch_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static ByteTarget target(DMAFUZZ_TARGET);
  static Run run(target);
  run({data, size});
  return 0;
}
