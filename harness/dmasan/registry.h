// SPDX-License-Identifier: GPL-2.0-only
// What is mapped for a device, and what was until lately: found by DMA address in constant time, whatever is live.
#ifndef DMAFUZZ_DMASAN_REGISTRY_H_
#define DMAFUZZ_DMASAN_REGISTRY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "memory/stack.h"

namespace dmafuzz {

// As the functions that map tell them apart; what was mapped by one is unmapped by its own counterpart.
enum class MapKind : uint8_t { kPhys, kResource, kSg, kCoherent, kPages };
const char* map_kind_name(MapKind kind);

// Which of its device's masks an address is held against (host.h, enum host_map_mask).
enum class MaskOf : uint8_t { kStreaming, kCoherent, kEither, kNone };

struct Mapping {
  const void* dev = nullptr;
  uint64_t dma = 0;
  uint64_t size = 0;  // bytes
  uint64_t phys = 0;  // of the first byte; unknown (0) for kCoherent memory that has no page
  uint64_t cpu = 0;   // kCoherent: the address that was handed out
  MapKind kind = MapKind::kPhys;
  uint8_t dir = 0;            // enum dmaf_dir
  bool checked = false;       // dma_mapping_error() was asked, or nobody need ask
  bool snoops = true;         // the device sees the CPU's caches
  bool shares_lines = false;  // and if not, its lines may be others' too, says the driver
  uint8_t attrs = 0;          // DMAF_A_*
  // What the device had said of itself by then; the mask is the one of now.
  MaskOf masks = MaskOf::kStreaming;
  uint64_t mask = ~uint64_t{0};
  uint64_t boundary = ~uint64_t{0};  // segment boundary mask
  uint32_t max_seg = ~0u;            // bytes
  bool cpu_first = false;            // handed out with the CPU as its owner, and given back without a sync
  uint32_t index = 0;                // in the registry, which sets it
  uint32_t parts = ~0u;              // of its memory (ownership.h)
  uint32_t pool = ~0u;               // whose blocks it is cut into (pools.h); none
  uint32_t entries = 0;              // kSg: entries of the list that it is the first segment of
  uint32_t segments = 0;             // kSg: segments of that list, this one included; 0: not the first
  uint32_t list = ~0u;               // kSg: index of the first segment of its list; ~0: of none
  Stack mapped_at = {};              // who mapped it
  bool synced_for_cpu = false;
  Stack synced_at = {};    // the last sync, for that side; empty: there was none
  Stack unmapped_at = {};  // and unmapped it, once it is gone
  // The operations that did so (DmaSan::begin_path()).
  uint32_t mapped_op = ~0u, synced_op = ~0u, unmapped_op = ~0u;
};

// Memory that the API itself handed out, found by one address.
inline bool is_memory(MapKind kind) {
  return kind == MapKind::kCoherent || kind == MapKind::kPages;
}
const char* direction_name(unsigned dir);
// "the single mapping 0x...": one at a time, and kept, as a report that does not come back would never free it.
const std::string& described(const Mapping& mapping);

class Registry {
 public:
  static constexpr uint32_t kNone = ~0u;

  Registry();
  // Adds a live mapping. The reference is good until the next add().
  Mapping& add(const Mapping& mapping);
  // Takes a live mapping out; kept for reports among the last that went.
  void remove(uint32_t index);

  const Mapping& at(uint32_t index) const { return slots_[index].mapping; }
  // The same, to be changed.
  Mapping& edit(uint32_t index) {
    note(index);
    return slots_[index].mapping;
  }
  // The live mapping that starts at the address; of several, one that `fits(mapping)`, else any. kNone: there is none.
  template <typename Fits>
  uint32_t find(uint64_t dma, Fits fits) const {
    uint32_t any = kNone;
    for (uint32_t n = heads_[bucket(dma >> kShift)]; n != kNone; n = nodes_[n].next) {
      if (nodes_[n].key != dma >> kShift) continue;
      const Mapping& m = slots_[nodes_[n].slot].mapping;
      if (m.dma != dma) continue;
      if (fits(m)) return nodes_[n].slot;
      any = nodes_[n].slot;
    }
    return any;
  }
  // A live mapping of the device that covers the byte and, if any does, `fits(mapping)`; kNone: none covers it.
  template <typename Fits>
  uint32_t covering(const void* dev, uint64_t dma, Fits fits) const {
    uint32_t any = kNone;
    for (uint32_t n = heads_[bucket(dma >> kShift)]; n != kNone; n = nodes_[n].next) {
      if (nodes_[n].key != dma >> kShift) continue;
      const Mapping& m = slots_[nodes_[n].slot].mapping;
      if (m.dev != dev || dma < m.dma || dma - m.dma >= m.size) continue;
      if (fits(m)) return nodes_[n].slot;
      any = nodes_[n].slot;
    }
    return any;
  }
  // The mapping of the device that covered the byte and went last, or null: only so many are remembered.
  const Mapping* gone(const void* dev, uint64_t dma) const;
  // The mapping of the device that had a byte of the n and went last, of those that `fits(mapping)`; or null.
  template <typename Fits>
  const Mapping* gone_within(const void* dev, uint64_t dma, uint64_t n, Fits fits) const {
    for (size_t i = gone_.size(); i; --i) {
      const Mapping& m = gone_[(gone_next_ + i - 1) % gone_.size()];
      if (m.dev == dev && m.dma < dma + n && dma < m.dma + m.size && fits(m)) return &m;
    }
    return nullptr;
  }
  // The live mapping of the device that lies nearest below the address, within its page or the one before; or null.
  const Mapping* below(const void* dev, uint64_t dma) const;

  uint32_t live() const { return live_; }
  // Another number whenever a coherent mapping came or went, or any.
  uint64_t coherent_changes() const { return coherent_changes_; }
  uint64_t changes() const { return changes_; }
  // Calls visit(mapping) for each live one, oldest slot first.
  template <typename Visit>
  void each(Visit visit) const {
    for (const Slot& slot : slots_) {
      if (slot.used) visit(slot.mapping);
    }
  }
  // The first live one from slot `from` on that `which(mapping)` names, or kNone.
  template <typename Which>
  uint32_t next(uint32_t from, Which which) const {
    for (uint32_t i = from; i < slots_.size(); ++i) {
      if (slots_[i].used && which(slots_[i].mapping)) return i;
    }
    return kNone;
  }
  // What is known now is what each reset() comes back to.
  void snapshot();
  // Forgets everything since the snapshot, or all of it if there was none. Takes time for what was added or changed
  // since, not for what could be.
  void reset();

 private:
  static constexpr unsigned kShift = 12;
  static constexpr uint32_t kBuckets = 1u << 12;
  static constexpr unsigned kRemembered = 512;  // more than the longest list

  struct Slot {
    Mapping mapping;
    bool used = false;
  };
  // A mapping is entered under each page that it touches.
  struct Node {
    uint64_t key;
    uint32_t slot;
    uint32_t next;
  };

  static uint32_t bucket(uint64_t key) { return static_cast<uint32_t>(key * 0x9e3779b97f4a7c15 >> 52) % kBuckets; }

  // Writes down that a slot of the snapshot is no longer as it was.
  void note(uint32_t index) {
    if (index >= noted_.size() || noted_[index]) return;
    noted_[index] = true;
    changed_.push_back(index);
  }

  std::vector<Slot> slots_;
  std::vector<uint32_t> free_slots_;
  std::vector<Node> nodes_;
  uint32_t free_node_ = kNone;
  std::vector<uint32_t> heads_;
  std::vector<uint32_t> touched_;  // buckets that may hold something
  std::vector<Mapping> gone_;
  uint32_t gone_next_ = 0;
  uint32_t live_ = 0;
  uint64_t coherent_changes_ = 0, changes_ = 0;

  // The snapshot, and which of its slots have changed.
  struct Kept {
    std::vector<Slot> slots;
    std::vector<uint32_t> free_slots;
    std::vector<Node> nodes;
    uint32_t free_node = kNone;
    std::vector<uint32_t> heads;  // of touched
    std::vector<uint32_t> touched;
    std::vector<Mapping> gone;
    uint32_t gone_next = 0;
    uint32_t live = 0;
  };
  Kept kept_;
  std::vector<bool> noted_;
  std::vector<uint32_t> changed_;
};

}  // namespace dmafuzz

#endif  // DMAFUZZ_DMASAN_REGISTRY_H_
