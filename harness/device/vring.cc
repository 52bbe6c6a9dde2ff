// SPDX-License-Identifier: GPL-2.0-only
//
// See vring.h. Names of offsets and bits are the specification's.
#include "device/vring.h"

#include <fmt/format.h>

#include <utility>

namespace dmafuzz {
namespace {

constexpr uint16_t kNext = 1, kWrite = 2, kIndirect = 4;
constexpr uint16_t kPackedAvail = 1 << 7, kPackedUsed = 1 << 15;
constexpr uint16_t kNoInterrupt = 1, kNoNotify = 1;
constexpr uint16_t kEventEnable = 0, kEventDisable = 1, kEventDesc = 2;
constexpr size_t kDescSize = 16;
// No driver makes longer tables.
constexpr uint32_t kLongestTable = 1024;

struct SplitDesc {
  uint64_t address;
  uint32_t length;
  uint16_t flags, next;
};
struct PackedDesc {
  uint64_t address;
  uint32_t length;
  uint16_t id, flags;
};
static_assert(sizeof(SplitDesc) == kDescSize && sizeof(PackedDesc) == kDescSize);

}  // namespace

template <typename T>
T VringDevice::read(uint64_t address) const {
  T value = {};
  if (!bus_.read(bus_.context, address, &value, sizeof value)) unreachable_ = true;
  return value;
}

template <typename T>
void VringDevice::write(uint64_t address, T value) const {
  if (!bus_.write(bus_.context, address, &value, sizeof value)) unreachable_ = true;
}

void VringDevice::open(const Layout& layout, const Bus& bus) {
  layout_ = layout;
  bus_ = bus;
  available_ = used_ = told_ = 0;
  kick_ = Kick::kAlways;
  kick_at_ = 0;
  unreachable_ = false;
  // A split ring with event indices starts with one of 0, which asks for the first.
  if (layout_.event_idx && !layout_.packed) kick_ = Kick::kAt;
}

VringDevice::Fetch VringDevice::malformed(std::string why) {
  complaint_ = std::move(why);
  return Fetch::kMalformed;
}

uint16_t VringDevice::wrapped(uint64_t position) const {
  if (!layout_.packed) return static_cast<uint16_t>(position);
  return static_cast<uint16_t>(position % layout_.num | (wrap(position) ? 1u << 15 : 0));
}

VringDevice::Fetch VringDevice::fetch(VringChain& chain) {
  chain.segments.clear();
  chain.indirect = false;
  chain.descs = 0;
  unreachable_ = false;
  const Fetch result = layout_.packed ? fetch_packed(chain) : fetch_split(chain);
  if (unreachable_) return malformed("the device cannot reach the ring");
  if (result != Fetch::kChain) return result;
  bool writable = false;
  for (const VringSegment& s : chain.segments) {
    if (writable && !s.writable) return malformed("what is to be read comes after what is to be written");
    writable |= s.writable;
  }
  available_ += layout_.packed ? chain.descs : 1;
  return Fetch::kChain;
}

// A table of either kind: split ones are chained, of packed ones all descriptors count.
VringDevice::Fetch VringDevice::fetch_table(VringChain& chain, uint64_t address, uint32_t length) {
  if (!layout_.indirect) return malformed("an indirect table, which was not negotiated");
  if (!length || length % kDescSize) return malformed(fmt::format("an indirect table of {} bytes", length));
  const uint32_t count = length / kDescSize;
  if (count > kLongestTable) return malformed(fmt::format("an indirect table of {} descriptors", count));
  chain.indirect = true;
  uint32_t at = 0;
  for (uint32_t n = 0; n < count; ++n) {
    if (layout_.packed) {
      const auto desc = read<PackedDesc>(address + n * kDescSize);
      chain.segments.push_back({desc.address, desc.length, (desc.flags & kWrite) != 0});
      continue;
    }
    const auto desc = read<SplitDesc>(address + at * kDescSize);
    if (desc.flags & kIndirect) return malformed("an indirect table in another");
    chain.segments.push_back({desc.address, desc.length, (desc.flags & kWrite) != 0});
    if (!(desc.flags & kNext)) return n + 1 == count ? Fetch::kChain : malformed("an indirect table that ends early");
    at = desc.next;
    if (at >= count) return malformed(fmt::format("a table of {} goes on at {}", count, at));
  }
  return layout_.packed ? Fetch::kChain : malformed("an indirect table without end");
}

VringDevice::Fetch VringDevice::fetch_split(VringChain& chain) {
  const auto index = read<uint16_t>(layout_.driver + 2);
  const auto ahead = static_cast<uint16_t>(index - available_);
  if (!ahead) return Fetch::kNothing;
  if (ahead > layout_.num) return malformed(fmt::format("{} buffers available in a ring of {}", ahead, layout_.num));
  chain.id = read<uint16_t>(layout_.driver + 4 + 2 * (available_ % layout_.num));
  uint16_t at = chain.id;
  for (;;) {
    if (at >= layout_.num) return malformed(fmt::format("descriptor {} of a ring of {}", at, layout_.num));
    if (++chain.descs > layout_.num) return malformed("a chain without end");
    const auto desc = read<SplitDesc>(layout_.desc + at * kDescSize);
    if (desc.flags & kIndirect) {
      if (desc.flags & (kNext | kWrite) || chain.descs > 1) return malformed("an indirect descriptor in a chain");
      return fetch_table(chain, desc.address, desc.length);
    }
    chain.segments.push_back({desc.address, desc.length, (desc.flags & kWrite) != 0});
    if (!(desc.flags & kNext)) return Fetch::kChain;
    at = desc.next;
  }
}

VringDevice::Fetch VringDevice::fetch_packed(VringChain& chain) {
  for (;;) {
    const uint64_t position = available_ + chain.descs;
    const auto desc = read<PackedDesc>(layout_.desc + position % layout_.num * kDescSize);
    const bool avail = desc.flags & kPackedAvail, used = desc.flags & kPackedUsed;
    if (avail != wrap(position) || used == wrap(position)) {
      return chain.descs ? malformed("a chain ends in a descriptor that is not available") : Fetch::kNothing;
    }
    if (++chain.descs > layout_.num) return malformed("a chain without end");
    chain.id = desc.id;
    if (desc.flags & kIndirect) {
      if (desc.flags & (kNext | kWrite) || chain.descs > 1) return malformed("an indirect descriptor in a chain");
      return fetch_table(chain, desc.address, desc.length);
    }
    chain.segments.push_back({desc.address, desc.length, (desc.flags & kWrite) != 0});
    if (!(desc.flags & kNext)) return Fetch::kChain;
  }
}

void VringDevice::use(uint16_t id, uint32_t length, unsigned buffers, unsigned descs) {
  const uint64_t slot = used_ % layout_.num;
  if (!layout_.packed) {
    write<uint32_t>(layout_.device + 4 + 8 * slot, id);
    write<uint32_t>(layout_.device + 4 + 8 * slot + 4, length);
    used_ += buffers;
    write(layout_.device + 2, static_cast<uint16_t>(used_));
    return;
  }
  const uint64_t at = layout_.desc + slot * kDescSize;
  write(at + 8, length);
  write(at + 12, id);
  const uint16_t flags = (wrap(used_) ? kPackedAvail | kPackedUsed : 0) | (length ? kWrite : 0);
  write(at + 14, flags);
  used_ += descs;
}

bool VringDevice::passes(uint64_t from, uint64_t to, uint16_t event) const {
  for (uint64_t at = from; at < to; ++at) {
    if (wrapped(at) == event) return true;
  }
  return false;
}

bool VringDevice::interrupt_wanted() {
  const uint64_t from = std::exchange(told_, used_);
  if (from == used_) return false;
  if (!layout_.packed) {
    if (!layout_.event_idx) return !(read<uint16_t>(layout_.driver) & kNoInterrupt);
    return passes(from, used_, read<uint16_t>(layout_.driver + 4 + 2 * layout_.num));
  }
  const auto flags = read<uint16_t>(layout_.driver + 2);
  if (flags == kEventDesc && layout_.event_idx) return passes(from, used_, read<uint16_t>(layout_.driver));
  return flags != kEventDisable;
}

void VringDevice::ask_for_kick(Kick kick, uint64_t position) {
  kick_ = kick;
  kick_at_ = position;
  if (!layout_.packed) {
    if (!layout_.event_idx) {
      write<uint16_t>(layout_.device, kick == Kick::kNever ? kNoNotify : 0);
    } else {
      // Never and always are said by positions: the farthest, and the next of what is looked at first.
      if (kick == Kick::kNever) kick_at_ = available_ + 0x8000;
      if (kick == Kick::kAlways) kick_at_ = available_;
      kick_ = Kick::kAt;
      write(layout_.device + 4 + 8 * layout_.num, wrapped(kick_at_));
    }
    return;
  }
  if (kick == Kick::kAt && layout_.event_idx) {
    write(layout_.device, wrapped(position));
    write<uint16_t>(layout_.device + 2, kEventDesc);
  } else {
    write<uint16_t>(layout_.device + 2, kick == Kick::kNever ? kEventDisable : kEventEnable);
  }
}

bool VringDevice::kick_due(uint64_t from, uint64_t to) const {
  if (kick_ == Kick::kAt && layout_.event_idx) return passes(from, to, wrapped(kick_at_));
  return kick_ != Kick::kNever;
}

}  // namespace dmafuzz
