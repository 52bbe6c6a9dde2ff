// SPDX-License-Identifier: GPL-2.0-only
//
// See hostile.h.
#include "hostile.h"

#include <algorithm>

#include "dmasan/dmasan.h"
#include "engine/access.h"

namespace dmafuzz {
namespace {

Hostile* g_hostile = nullptr;

}  // namespace

Hostile::Hostile(Queue& queue) : q_(queue) {
  g_hostile = this;
}

void Hostile::begin() {
  later_.clear();
  loads_ = 0;
  if (!q_.hostile()) return;
  // Where the CPU sees the parts of the ring: each alone, or all in one.
  const auto& l = q_.device().layout();
  const uint64_t parts[] = {l.desc, l.driver, l.device};
  for (size_t i = 0; i < ring_.size(); ++i) {
    ring_[i] = {parts[i] + HOST_LINEAR_BASE, parts[i] + HOST_LINEAR_BASE + 16ul * l.num};
    if (!q_.platform()) continue;
    const auto any = [](const Mapping& m) { return m.kind == MapKind::kCoherent; };
    const uint32_t at = dmasan().registry().covering(q_.parent(), parts[i], any);
    if (at == Registry::kNone) continue;
    const Mapping& m = dmasan().registry().at(at);
    ring_[i] = {m.cpu, m.cpu + m.size};
  }
  set_access_listener([](const void* address, size_t n, bool write) {
    if (!write) g_hostile->loaded(address, n);
  });
}

void Hostile::end() {
  set_access_listener(nullptr);
  later_.clear();
}

void Hostile::loaded(const void* address, size_t n) {
  const auto at = reinterpret_cast<uint64_t>(address);
  if (striking_ || std::ranges::none_of(ring_, [&](const Range& r) { return at < r.hi && at + n > r.lo; })) return;
  if (++loads_ > kManyLoads) {
    raise_finding("hang", "the driver loads from the ring without end");
  }
  if (later_.empty()) return;
  striking_ = true;
  for (size_t i = 0; i < later_.size();) {
    if (later_[i].loads--) {
      ++i;
      continue;
    }
    const Poke p = later_[i].poke;
    later_.erase(later_.begin() + static_cast<ptrdiff_t>(i));
    poke(p);
  }
  striking_ = false;
}

void Hostile::poke_later(const Poke& p, unsigned loads) {
  if (!q_.hostile() || later_.size() >= 8) return;
  q_.target().op("device will write {} {} {:#x} after {} loads", p.where, p.what, p.value, loads);
  later_.push_back({loads, p});
}

uint16_t Hostile::some_id(unsigned n) {
  std::array<uint16_t, 64> ids;
  size_t count = 0;
  q_.each_outstanding([&](VringBuffer& b) {
    if (b.state != VringBuffer::State::kAdded && count < ids.size()) ids[count++] = b.chain.id;
  });
  return count ? ids[n % count] : static_cast<uint16_t>(n);
}

uint32_t Hostile::value(const Poke& p, uint32_t now) {
  switch (p.what % 8) {
    case 0:
      return p.value;
    case 1:
      return some_id(p.value);
    case 2:
      return q_.num() + p.value % 3 - 1;
    case 3:
      return now + 1 + p.value % 4;
    case 4:
      return ~0u;
    case 5:
      return p.value << 16 | p.value;
    case 6:
      return 1u << p.value % 32;
    default:
      return now ^ 1u << p.value % 32;
  }
}

void Hostile::write16(uint64_t address, const Poke& p) {
  uint16_t now = 0;
  q_.device_read(address, &now, sizeof now);
  now = static_cast<uint16_t>(value(p, now));
  q_.device_write(address, &now, sizeof now);
}

void Hostile::write32(uint64_t address, const Poke& p) {
  uint32_t now = 0;
  q_.device_read(address, &now, sizeof now);
  now = value(p, now);
  q_.device_write(address, &now, sizeof now);
}

// Near what the device completes next, or anywhere.
uint64_t Hostile::slot(const Poke& p) const {
  const uint64_t next = q_.device().used() % q_.num();
  return (p.what & 0x80 ? uint64_t{p.value} >> 8 | (p.what & 0x70u) << 4 : next + (p.what >> 4 & 7)) % q_.num();
}

void Hostile::poke(const Poke& p) {
  if (!q_.hostile() || !q_.is_open() || q_.dead()) return;
  q_.target().op("device writes {} {} {:#x}", p.where, p.what, p.value);
  if (p.where % 16 >= 12) return poke_buffer(p);
  if (q_.packed()) {
    poke_packed(p);
  } else {
    poke_split(p);
  }
}

void Hostile::poke_split(const Poke& p) {
  const auto& l = q_.device().layout();
  const uint64_t element = l.device + 4 + 8 * slot(p);
  // What a device of its kind writes, and what it can write as well, since one piece of memory holds it all.
  const unsigned kinds = untrusted() ? 12 : 5;
  switch (p.where % kinds) {
    case 0:
      return write16(l.device + 2, p);
    case 1:
      return write16(l.device, p);
    case 2:
      return write32(element, p);
    case 3:
      return write32(element + 4, p);
    case 4:
      return write16(l.device + 4 + 8 * l.num, p);
    case 5:
      return write32(l.desc + 16 * slot(p), p);
    case 6:
      return write32(l.desc + 16 * slot(p) + 8, p);
    case 7:
      // Whether a chain goes on is read there: README.md.
      if (!q_.lifted(Known::kDescNext)) return;
      return write16(l.desc + 16 * slot(p) + 12, p);
    case 8:
      return write16(l.desc + 16 * slot(p) + 14, p);
    case 9:
      return write16(l.driver + 2 * (p.value & 1), p);
    case 10:
      return write16(l.driver + 4 + 2 * slot(p), p);
    default:
      return write16(l.driver + 4 + 2 * l.num, p);
  }
}

void Hostile::poke_packed(const Poke& p) {
  const auto& l = q_.device().layout();
  const uint64_t desc = l.desc + 16 * slot(p);
  const unsigned kinds = untrusted() ? 8 : 6;
  switch (p.where % kinds) {
    case 0:
      return write16(desc + 14, p);
    case 1:
      return write16(desc + 12, p);
    case 2:
      return write32(desc + 8, p);
    case 3:
      return write32(desc, p);
    case 4:
      return write16(l.device, p);
    case 5:
      return write16(l.device + 2, p);
    case 6:
      return write16(l.driver, p);
    default:
      return write16(l.driver + 2, p);
  }
}

// What it was given to write, at any time that it has it.
void Hostile::poke_buffer(const Poke& p) {
  unsigned n = p.value & 15;
  VringBuffer* chosen = nullptr;
  q_.each_outstanding([&](VringBuffer& b) {
    if (b.state != VringBuffer::State::kAdded && b.reached && b.in_bytes && !chosen && !n--) chosen = &b;
  });
  if (!chosen) return;
  const unsigned i = chosen->out + p.what % (chosen->count - chosen->out);
  const uint32_t at = (p.value >> 4) % chosen->shape.length[i];
  q_.device_write(chosen->chain.segments[i].address + at, &p.what, 1);
}

void Hostile::use(const Poke& p) {
  if (!q_.hostile() || q_.dead()) return;
  const auto id = static_cast<uint16_t>(value(p, p.where));
  const uint32_t length = p.where & 0x40 ? ~0u : p.where & 0x20 ? 0x10000u + p.value : p.where & 15;
  q_.target().op("device completes {} by force, {} bytes", id, length);
  q_.device().use(id, length, 1 + (p.where >> 4 & 1), 1 + (p.where >> 4 & 1));
}

}  // namespace dmafuzz
