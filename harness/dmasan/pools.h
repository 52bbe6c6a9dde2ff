// SPDX-License-Identifier: GPL-2.0-only
// DMA pools and their blocks, to the byte. The hooks of the DMA API know the memory of a pool only: coherent memory,
// all of it the device's. Which parts of it are handed out is known to mm/dmapool.c and told by shims/dmasan/pools.c.
#ifndef DMAFUZZ_DMASAN_POOLS_H_
#define DMAFUZZ_DMASAN_POOLS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dmasan/violation.h"
#include "memory/stack.h"

namespace dmafuzz {

// What is wrong with a call or an access is returned: whoever asks reports it.
class Pools {
 public:
  static constexpr uint32_t kNone = ~0u;

  // Blocks are `size` bytes for whoever gets them, whatever the pool rounds up to.
  void create(const void* pool, const void* dev, uint64_t size);
  // The number of the pool; kNone: its making was not told.
  uint32_t alloc(const void* pool, uint64_t cpu, uint64_t dma, const void* frame);
  std::optional<Violation> free(const void* pool, uint64_t cpu, uint64_t dma, const void* frame);
  // No word if there is no such pool.
  std::optional<Violation> destroy(const void* pool);

  // Pools by their number, below count(); some are gone.
  uint32_t count() const { return used_; }
  const void* dev(uint32_t number) const { return pools_[number].dev; }
  uint64_t size(uint32_t number) const { return pools_[number].size; }  // of a block, bytes
  // kNone: there is no such pool.
  uint32_t number(const void* pool) const { return find(pool); }
  // More memory of the pool, and memory that it gave back.
  void memory_added(uint32_t number) { ++pools_[number].pieces; }
  void memory_gone(uint32_t number, uint64_t dma, uint64_t size);
  // The device touches n bytes from this address in the pool's memory; `verb` says what it does.
  std::optional<Violation> access(uint32_t number, uint64_t dma, uint64_t n, const char* verb) const;
  // Blocks of the pool that are in use when they must not be; `when` says when. None of a pool that is gone.
  std::optional<Violation> leak(uint32_t number, const char* when) const;
  // The memory cannot be given back: blocks of it are in use.
  bool busy(uint32_t number) const { return pools_[number].live != 0; }

  // What is known now is what each reset() comes back to.
  void snapshot() { kept_.assign(pools_.begin(), pools_.begin() + used_); }
  // Forgets everything since the snapshot; keeps the room.
  void reset();

 private:
  struct Block {
    uint64_t dma = 0;
    uint64_t cpu = 0;
    bool live = false;  // else it was, and is free
    Stack allocated_at = {};
    Stack freed_at = {};
  };
  struct Pool {
    const void* handle = nullptr;  // null: destroyed
    const void* dev = nullptr;
    uint64_t size = 0;
    uint32_t pieces = 0;  // mappings of memory; blocks may stay behind in them when the pool is gone
    uint32_t live = 0;    // blocks in use
    std::vector<Block> blocks;
    std::vector<uint32_t> free_blocks;  // entries to use anew
    std::vector<uint32_t> by_address;   // entries in use, by DMA address
  };

  uint32_t find(const void* pool) const;
  // Where a block at this address is in by_address, or would be.
  static size_t place(const Pool& pool, uint64_t dma);
  static Block* starting_at(Pool& pool, uint64_t dma);
  static const Block* at_or_below(const Pool& pool, uint64_t dma);
  static std::string named(const Pool& pool, const Block& block);
  static Violation about(Check check, const Block* block, std::string what);
  std::optional<Violation> wrong_block(const Pool& pool, uint64_t dma, const Block* block, uint64_t cpu);

  std::vector<Pool> pools_;  // the first used_ of them
  uint32_t used_ = 0;
  std::vector<Pool> kept_;
};

}  // namespace dmafuzz

#endif  // DMAFUZZ_DMASAN_POOLS_H_
