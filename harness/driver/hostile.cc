// SPDX-License-Identifier: GPL-2.0-only
//
// See hostile.h.
#include "driver/hostile.h"

#include <fmt/format.h>

#include <algorithm>

#include "dmasan/dmasan.h"
#include "engine/trace.h"
#include "host.h"
#include "memory/raw.h"

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
  device_values().restart();
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

void Hostile::show_load(uint64_t address, uint64_t n) {
  // Of a copy that is longer than a descriptor, no byte is looked at by itself yet.
  constexpr uint64_t kAtMost = 32;
  for (uint64_t done = 0; done < std::min(n, kAtMost);) {
    const uint64_t at = address + done;
    const auto size = static_cast<unsigned>(std::min<uint64_t>(8, n - done));
    done += size;
    if (!shared(at, size)) continue;
    const Mapping* from = nullptr;
    uint64_t offset = 0;
    const Registry& registry = dmasan().registry();
    dmasan().ownership().each_at(at - HOST_LINEAR_BASE, size, [&](const Piece& piece, uint32_t lo, uint32_t) {
      from = &registry.at(piece.mapping);
      offset = piece.dma + lo - from->dma;
    });
    if (!from) {
      registry.each([&](const Mapping& m) {
        if (m.kind != MapKind::kCoherent || m.dev != dev_ || at < m.cpu || at + size > m.cpu + m.size) return;
        from = &m;
        offset = at - m.cpu;
      });
    }
    if (!from || !device_may_write(*from)) continue;
    auto* bytes = reinterpret_cast<void*>(at);
    uint64_t value = 0;
    raw::copy(&value, bytes, size);
    const auto where = [&] { return fmt::format("byte {} of {}", offset, described(*from)); };
    const uint64_t taken = device_values().take(value, size, where, __builtin_frame_address(0));
    if (taken != value) raw::copy(bytes, &taken, size);
  }
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
  if (!write && device_values().wanted()) show_load(reinterpret_cast<uint64_t>(address), n);
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
  if (!device_values().wanted()) return value;
  const auto where = [&] { return fmt::format("BAR {} + {:#x}", bar, offset); };
  return device_values().take(value, size, where, __builtin_frame_address(0));
}

uint32_t Hostile::config_read(unsigned at, uint32_t value) {
  const uint32_t read = model_->config_read(at, value);
  if (!device_values().wanted()) return read;
  const auto where = [&] { return fmt::format("configuration space + {:#x}", at); };
  return static_cast<uint32_t>(device_values().take(read, 4, where, __builtin_frame_address(0)));
}

void Hostile::write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) {
  count_access();
  model_->write(bar, offset, size, value);
}

}  // namespace dmafuzz
