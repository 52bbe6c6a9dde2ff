// SPDX-License-Identifier: GPL-2.0-only
//
// See hostile.h.
#include "driver/hostile.h"

#include <algorithm>

#include "dmasan/dmasan.h"
#include "engine/trace.h"
#include "host.h"

namespace dmafuzz {
namespace {

bool device_may_write(const Mapping& m) {
  return m.dir != DMAF_TO_DEVICE && m.kind != MapKind::kResource;
}

}  // namespace

void Hostile::open(DeviceModel& model, Surroundings& world, const void* dev, Degree degree, Stop stop) {
  model_ = &model;
  world_ = &world;
  dev_ = dev;
  degree_ = degree;
  stop_ = stop;
  answers_.clear();
  changes_.clear();
  storm_left_ = 0;
  accesses_ = 0;
  answered_ = striking_ = false;
}

void Hostile::answer(const LifeOp& op) {
  answers_.push_back({op.x, op.a, op.b, op.c});
}

void Hostile::write(const LifeOp& op) {
  poke(op);
}

void Hostile::change(const LifeOp& op) {
  changes_.push_back({op.c, op});
}

void Hostile::storm(const LifeOp& op, unsigned (*strike)()) {
  strike_ = strike;
  storm_every_ = storm_next_ = 1u + op.x;
  storm_left_ = op.a;
}

// {n-th mapping, offset}: any numbers hit something that is live.
void Hostile::poke(const LifeOp& op) {
  uint32_t count = 0;
  dmasan().registry().each([&](const Mapping& m) { count += m.dev == dev_ && device_may_write(m); });
  if (!count) return;
  uint32_t n = op.x % count;
  const Mapping* chosen = nullptr;
  dmasan().registry().each([&](const Mapping& m) {
    if (m.dev == dev_ && device_may_write(m) && !n--) chosen = &m;
  });
  size_t size = std::min<uint64_t>(4, chosen->size);
  const uint64_t dma = chosen->dma + op.a % (chosen->size - size + 1);
  // Of memory that both sides use, a faulty device writes what its kind writes.
  const bool shared = is_memory(chosen->kind) || chosen->dir == DMAF_BIDIRECTIONAL;
  if (degree_ == Degree::kFaulty && shared) {
    while (size && !model_->own_field(dma, size)) size /= 2;
    if (!size) return;
  }
  trace().event("poke", dma, op.b, size);
  world_->write(dma, &op.b, size);
}

bool Hostile::shared(uint64_t address, uint64_t n) {
  bool found = false;
  dmasan().ownership().each_at(address - HOST_LINEAR_BASE, n, [&](const Piece&, uint32_t, uint32_t) { found = true; });
  if (found) return true;
  // Coherent memory has no owner, and may be seen at another address than its own.
  const Registry& registry = dmasan().registry();
  if (coherent_as_of_ != registry.coherent_changes()) {
    coherent_as_of_ = registry.coherent_changes();
    coherent_.clear();
    registry.each([&](const Mapping& m) {
      if (m.kind == MapKind::kCoherent && m.dev == dev_) coherent_.push_back({m.cpu, m.cpu + m.size});
    });
  }
  return std::ranges::any_of(coherent_, [&](const Range& r) { return address < r.end && address + n > r.start; });
}

void Hostile::before_access(const void* address, unsigned long n, bool write) {
  if (striking_) return;
  striking_ = true;
  if (!write && !changes_.empty()) {
    // Counted are loads of memory that the device can write.
    if (shared(reinterpret_cast<uint64_t>(address), n)) {
      for (size_t i = 0; i < changes_.size();) {
        if (changes_[i].after) {
          --changes_[i++].after;
          continue;
        }
        const LifeOp op = changes_[i].op;
        changes_.erase(changes_.begin() + static_cast<ptrdiff_t>(i));
        poke(op);
      }
    }
  }
  if (storm_left_ && !--storm_next_) {
    storm_next_ = storm_every_;
    --storm_left_;
    strike_();
  }
  striking_ = false;
}

void Hostile::count_access() {
  if (++accesses_ > kAccesses) stop_();
}

uint64_t Hostile::read(unsigned bar, uint64_t offset, unsigned size) {
  count_access();
  uint64_t value = model_->read(bar, offset, size);
  for (size_t i = 0; i < answers_.size(); ++i) {
    Answer& a = answers_[i];
    if (a.at != 0xffff && a.at != offset) continue;
    if (a.after) {
      --a.after;
      continue;
    }
    value = a.value;
    answered_ = true;
    // 0 times: from now on.
    if (a.times && !--a.times) answers_.erase(answers_.begin() + static_cast<ptrdiff_t>(i));
    break;
  }
  return value;
}

void Hostile::write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) {
  count_access();
  model_->write(bar, offset, size, value);
}

}  // namespace dmafuzz
