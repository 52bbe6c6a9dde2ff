// SPDX-License-Identifier: GPL-2.0-only
#include "dmasan/pools.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace dmafuzz {
namespace {

// No block is nearer to the next than this (mm/dmapool.c keeps its list in free blocks).
constexpr uint64_t kLeastRoom = 16;

}  // namespace

uint32_t Pools::find(const void* pool) const {
  for (uint32_t i = 0; pool && i < used_; ++i) {
    if (pools_[i].handle == pool) return i;
  }
  return kNone;
}

size_t Pools::place(const Pool& pool, uint64_t dma) {
  const auto& order = pool.by_address;
  const auto at =
      std::lower_bound(order.begin(), order.end(), dma, [&](uint32_t i, uint64_t d) { return pool.blocks[i].dma < d; });
  return static_cast<size_t>(at - order.begin());
}

Pools::Block* Pools::starting_at(Pool& pool, uint64_t dma) {
  const size_t at = place(pool, dma);
  if (at == pool.by_address.size()) return nullptr;
  Block& block = pool.blocks[pool.by_address[at]];
  return block.dma == dma ? &block : nullptr;
}

const Pools::Block* Pools::at_or_below(const Pool& pool, uint64_t dma) {
  const size_t above = place(pool, dma + 1);
  return above ? &pool.blocks[pool.by_address[above - 1]] : nullptr;
}

std::string Pools::named(const Pool& pool, const Block& block) {
  return fmt::format("the pool's block {:#x}..{:#x}", block.dma, block.dma + pool.size);
}

Violation Pools::about(Check check, const Block* block, std::string what) {
  Violation v;
  v.check = check;
  v.what = std::move(what);
  if (block) {
    v.stacks.push_back({"block allocated at", block->allocated_at});
    if (!block->live) v.stacks.push_back({"block freed at", block->freed_at});
  }
  return v;
}

void Pools::create(const void* pool, const void* dev, uint64_t size) {
  uint32_t i = 0;
  while (i < used_ && (pools_[i].handle || pools_[i].pieces)) ++i;
  if (i == pools_.size()) pools_.emplace_back();
  used_ = std::max(used_, i + 1);
  Pool& p = pools_[i];
  p.handle = pool;
  p.dev = dev;
  p.size = size;
  p.pieces = p.live = 0;
  p.blocks.clear();
  p.free_blocks.clear();
  p.by_address.clear();
}

uint32_t Pools::alloc(const void* pool, uint64_t cpu, uint64_t dma, const void* frame) {
  const uint32_t number = find(pool);
  if (number == kNone) return kNone;
  Pool& p = pools_[number];
  Block* block = starting_at(p, dma);
  if (!block) {
    uint32_t entry;
    if (p.free_blocks.empty()) {
      entry = static_cast<uint32_t>(p.blocks.size());
      p.blocks.emplace_back();
    } else {
      entry = p.free_blocks.back();
      p.free_blocks.pop_back();
    }
    p.by_address.insert(p.by_address.begin() + static_cast<std::ptrdiff_t>(place(p, dma)), entry);
    block = &p.blocks[entry];
    block->dma = dma;
    block->live = false;
  }
  p.live += !block->live;
  block->live = true;
  block->cpu = cpu;
  take_stack(block->allocated_at, frame);
  return number;
}

// What a block that is given back is instead of one in use at this address of this pool.
std::optional<Violation> Pools::wrong_block(const Pool& pool, uint64_t dma, const Block* block, uint64_t cpu) {
  if (!block) {
    for (uint32_t i = 0; i < used_; ++i) {
      const Block* other = starting_at(pools_[i], dma);
      if (other && pools_[i].dev == pool.dev) {
        return about(Check::kFreeMismatch, other,
                     fmt::format("{} is given back to another pool", named(pools_[i], *other)));
      }
    }
    return about(Check::kFreeMismatch, nullptr,
                 fmt::format("{:#x} is given back to a pool, and no block of it starts there", dma));
  }
  if (!block->live) {
    return about(Check::kFreeMismatch, block, fmt::format("{} is given back, and is free", named(pool, *block)));
  }
  if (block->cpu != cpu) {
    return about(
        Check::kFreeMismatch, block,
        fmt::format("{} is given back with CPU address {:#x}, not {:#x}", named(pool, *block), cpu, block->cpu));
  }
  return std::nullopt;
}

std::optional<Violation> Pools::free(const void* pool, uint64_t cpu, uint64_t dma, const void* frame) {
  const uint32_t number = find(pool);
  if (number == kNone) {
    return about(Check::kFreeMismatch, nullptr, fmt::format("{:#x} is given back to a pool that is none", dma));
  }
  Pool& p = pools_[number];
  Block* block = starting_at(p, dma);
  auto wrong = wrong_block(p, dma, block, cpu);
  if (block && block->live) {
    block->live = false;
    --p.live;
    take_stack(block->freed_at, frame);
  }
  return wrong;
}

std::optional<Violation> Pools::destroy(const void* pool) {
  const uint32_t number = find(pool);
  if (number == kNone) return std::nullopt;
  auto left = leak(number, "it is destroyed");
  pools_[number].handle = nullptr;
  return left;
}

std::optional<Violation> Pools::leak(uint32_t number, const char* when) const {
  const Pool& p = pools_[number];
  if (!p.handle || !p.live) return std::nullopt;
  const auto first = std::ranges::find_if(p.by_address, [&](uint32_t entry) { return p.blocks[entry].live; });
  const Block& block = p.blocks[*first];
  return about(Check::kPoolLeak, &block,
               fmt::format("{} of a pool's blocks of {} bytes, the first at {:#x}, {} in use when {}", p.live, p.size,
                           block.dma, p.live == 1 ? "is" : "are", when));
}

void Pools::memory_gone(uint32_t number, uint64_t dma, uint64_t size) {
  Pool& p = pools_[number];
  --p.pieces;
  const auto from = p.by_address.begin() + static_cast<std::ptrdiff_t>(place(p, dma));
  const auto to = p.by_address.begin() + static_cast<std::ptrdiff_t>(place(p, dma + size));
  for (auto entry = from; entry != to; ++entry) {
    p.live -= p.blocks[*entry].live;
    p.free_blocks.push_back(*entry);
  }
  p.by_address.erase(from, to);
}

std::optional<Violation> Pools::access(uint32_t number, uint64_t dma, uint64_t n, const char* verb) const {
  const Pool& p = pools_[number];
  const Block* block = at_or_below(p, dma);
  const uint64_t offset = block ? dma - block->dma : 0;
  if (block && offset < p.size) {
    if (!block->live) {
      return about(Check::kDeviceAfterUnmap, block,
                   fmt::format("the device {} {:#x}: {} is free", verb, dma, named(p, *block)));
    }
    if (n > p.size - offset) {
      return about(
          Check::kDeviceBounds, block,
          fmt::format("the device {} {} bytes at {:#x}, beyond the end of {}", verb, n, dma, named(p, *block)));
    }
    return std::nullopt;
  }
  // As far as the next block would reach it is taken for a block's overrun.
  if (block && block->live && offset - p.size < std::max(p.size, kLeastRoom)) {
    return about(Check::kDeviceBounds, block,
                 fmt::format("the device {} {:#x}, {} bytes past {}", verb, dma, offset - p.size, named(p, *block)));
  }
  return about(Check::kDeviceUnmapped, nullptr,
               fmt::format("the device {} {:#x}, which is a pool's memory and no block in use", verb, dma));
}

void Pools::reset() {
  used_ = static_cast<uint32_t>(kept_.size());
  std::ranges::copy(kept_, pools_.begin());
}

}  // namespace dmafuzz
