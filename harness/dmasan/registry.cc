// SPDX-License-Identifier: GPL-2.0-only
#include "dmasan/registry.h"

#include <fmt/format.h>

#include <algorithm>

#include "backend/backend.h"

namespace dmafuzz {

const char* map_kind_name(MapKind kind) {
  switch (kind) {
    case MapKind::kPhys:
      return "single";
    case MapKind::kResource:
      return "resource";
    case MapKind::kSg:
      return "scatterlist";
    case MapKind::kCoherent:
      return "coherent";
    case MapKind::kPages:
      return "pages";
  }
  return "?";
}

const char* direction_name(unsigned dir) {
  constexpr const char* kNames[] = {"BIDIRECTIONAL", "TO_DEVICE", "FROM_DEVICE", "NONE"};
  static_assert(DMAF_BIDIRECTIONAL == 0 && DMAF_TO_DEVICE == 1 && DMAF_FROM_DEVICE == 2);
  return dir < std::size(kNames) ? kNames[dir] : "?";
}

const std::string& described(const Mapping& m) {
  static std::string text;
  return text = fmt::format("the {} mapping {:#x}..{:#x}, {}", map_kind_name(m.kind), m.dma, m.dma + m.size,
                            direction_name(m.dir));
}

Registry::Registry() : heads_(kBuckets, kNone) {
  gone_.reserve(kRemembered);
}

Mapping& Registry::add(const Mapping& mapping) {
  uint32_t index;
  if (free_slots_.empty()) {
    index = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    index = free_slots_.back();
    free_slots_.pop_back();
  }
  note(index);
  slots_[index] = {mapping, true};
  slots_[index].mapping.index = index;
  ++live_;
  ++changes_;
  coherent_changes_ += mapping.kind == MapKind::kCoherent;
  const uint64_t last = (mapping.dma + std::max<uint64_t>(mapping.size, 1) - 1) >> kShift;
  for (uint64_t key = mapping.dma >> kShift; key <= last; ++key) {
    uint32_t node = free_node_;
    if (node == kNone) {
      node = static_cast<uint32_t>(nodes_.size());
      nodes_.emplace_back();
    } else {
      free_node_ = nodes_[node].next;
    }
    uint32_t& head = heads_[bucket(key)];
    if (head == kNone) touched_.push_back(bucket(key));
    nodes_[node] = {key, index, head};
    head = node;
  }
  return slots_[index].mapping;
}

void Registry::remove(uint32_t index) {
  note(index);
  Slot& slot = slots_[index];
  const uint64_t last = (slot.mapping.dma + std::max<uint64_t>(slot.mapping.size, 1) - 1) >> kShift;
  for (uint64_t key = slot.mapping.dma >> kShift; key <= last; ++key) {
    for (uint32_t* link = &heads_[bucket(key)]; *link != kNone; link = &nodes_[*link].next) {
      const uint32_t node = *link;
      if (nodes_[node].slot != index || nodes_[node].key != key) continue;
      *link = nodes_[node].next;
      nodes_[node].next = free_node_;
      free_node_ = node;
      break;
    }
  }
  if (gone_.size() < kRemembered) {
    gone_.push_back(slot.mapping);
  } else {
    gone_[gone_next_] = slot.mapping;
  }
  gone_next_ = (gone_next_ + 1) % kRemembered;
  ++changes_;
  coherent_changes_ += slot.mapping.kind == MapKind::kCoherent;
  slot.used = false;
  free_slots_.push_back(index);
  --live_;
}

const Mapping* Registry::gone(const void* dev, uint64_t dma) const {
  for (size_t i = gone_.size(); i; --i) {
    const Mapping& m = gone_[(gone_next_ + i - 1) % gone_.size()];
    if (m.dev == dev && dma >= m.dma && dma - m.dma < m.size) return &m;
  }
  return nullptr;
}

const Mapping* Registry::below(const void* dev, uint64_t dma) const {
  const Mapping* nearest = nullptr;
  for (const uint64_t key : {dma >> kShift, (dma >> kShift) - 1}) {
    for (uint32_t n = heads_[bucket(key)]; n != kNone; n = nodes_[n].next) {
      const Mapping& m = slots_[nodes_[n].slot].mapping;
      if (nodes_[n].key != key || m.dev != dev || m.dma > dma) continue;
      if (!nearest || m.dma + m.size > nearest->dma + nearest->size) nearest = &m;
    }
  }
  return nearest;
}

void Registry::snapshot() {
  kept_.slots = slots_;
  kept_.free_slots = free_slots_;
  kept_.nodes = nodes_;
  kept_.free_node = free_node_;
  kept_.touched = touched_;
  kept_.heads.clear();
  for (const uint32_t bucket : touched_) kept_.heads.push_back(heads_[bucket]);
  kept_.gone = gone_;
  kept_.gone_next = gone_next_;
  kept_.live = live_;
  noted_.assign(slots_.size(), false);
  changed_.clear();
}

void Registry::reset() {
  ++coherent_changes_;
  ++changes_;
  for (const uint32_t bucket : touched_) heads_[bucket] = kNone;
  touched_ = kept_.touched;
  for (size_t i = 0; i < touched_.size(); ++i) heads_[touched_[i]] = kept_.heads[i];
  for (const uint32_t index : changed_) {
    slots_[index] = kept_.slots[index];
    noted_[index] = false;
  }
  changed_.clear();
  slots_.resize(kept_.slots.size());
  free_slots_ = kept_.free_slots;
  nodes_ = kept_.nodes;
  free_node_ = kept_.free_node;
  gone_ = kept_.gone;
  gone_next_ = kept_.gone_next;
  live_ = kept_.live;
}

}  // namespace dmafuzz
