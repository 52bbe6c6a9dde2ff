// SPDX-License-Identifier: GPL-2.0-only
//
// See dw_axi_dmac.h.
#include "driver/models/dw_axi_dmac.h"

#include <algorithm>
#include <cstring>

namespace dmafuzz {
namespace {

constexpr uint64_t kSize = 4096, kCommon = 0x100;
// Common registers.
constexpr uint64_t kConfig = 0x10, kEnable = 0x18;
constexpr uint32_t kOn = 1, kInterrupts = 2;
// In kEnable a bit of a channel counts if that of the same channel is written eight above it.
constexpr unsigned kWriteEnable = 8;
// A channel's, each of 32 bits.
constexpr uint64_t kList = 0x28, kShown = 0x80, kHappened = 0x88, kSignalled = 0x90, kClear = 0x98;
// What happened.
constexpr uint32_t kBlockDone = 1u << 0, kDone = 1u << 1, kReadError = 1u << 5, kWriteError = 1u << 6,
                   kListReadError = 1u << 9, kListWriteError = 1u << 10, kInvalid = 1u << 13, kDisabled = 1u << 30;
// An item of a list: source, destination, count, next, control, status.
constexpr unsigned kItem = 64, kCount = 16, kNext = 24, kControlLow = 32, kControlHigh = 36, kStatus = 40,
                   kStatusEnd = 56;
constexpr uint32_t kLast = 1u << 30, kValid = 1u << 31, kSourceFixed = 1u << 4, kDestinationFixed = 1u << 6;
constexpr uint32_t kMaxCount = 1u << 22, kPiece = 16384;

}  // namespace

void DwAxiDmac::reset() {
  channels_ = {};
  config_ = 0;
  turn_ = 0;
}

void DwAxiDmac::describe(PlatformIdentity& identity) {
  identity.registers = kSize;
  identity.properties = {{"dma-channels", {kChannels}},   {"snps,dma-masters", {2}},
                         {"snps,data-width", {3}},        {"snps,block-size", {4096, 4096, 512, 16}},
                         {"snps,priority", {0, 1, 2, 3}}, {"snps,axi-max-burst-len", {16}}};
}

void DwAxiDmac::appear(PciFunction& function) {
  function.add_bar(0, PciFunction::BarKind::kMemory32, kSize);
}

uint64_t DwAxiDmac::read(unsigned, uint64_t offset, unsigned) {
  if (offset < kCommon) {
    if (offset == kConfig) return config_;
    uint32_t enabled = 0;
    for (unsigned n = 0; n < kChannels; ++n) enabled |= channels_[n].enabled ? 1u << n : 0u;
    return offset == kEnable ? enabled : 0;
  }
  const uint64_t n = offset / kCommon - 1, at = offset % kCommon;
  if (n >= kChannels) return 0;
  const Channel& channel = channels_[n];
  if (at == kHappened) return channel.status & channel.registers[kShown / 4];
  return channel.registers[at / 4];
}

void DwAxiDmac::write(unsigned, uint64_t offset, unsigned, uint64_t value) {
  const auto word = static_cast<uint32_t>(value);
  if (offset == kConfig) config_ = word;
  if (offset == kEnable) {
    for (unsigned n = 0; n < kChannels; ++n) {
      if (!(word >> (n + kWriteEnable) & 1)) continue;
      Channel& channel = channels_[n];
      const bool enable = word >> n & 1;
      if (channel.enabled && !enable) channel.status |= kDisabled;
      channel.enabled = enable;
    }
  }
  if (offset < kCommon) return;
  const uint64_t n = offset / kCommon - 1, at = offset % kCommon;
  if (n >= kChannels) return;
  Channel& channel = channels_[n];
  if (at == kClear) channel.status &= ~word;
  if (at != kClear && at != kHappened) channel.registers[at / 4] = word;
}

// What goes wrong, or 0. A piece at a time: what comes before it is there.
uint32_t DwAxiDmac::carry(uint64_t to, uint64_t from, uint64_t n) {
  bytes_.resize(kPiece);
  for (uint64_t at = 0; at < n;) {
    const uint64_t piece = std::min<uint64_t>(n - at, kPiece);
    if (!world_->read(from + at, bytes_.data(), piece)) return kReadError;
    if (!world_->write(to + at, bytes_.data(), piece)) return kWriteError;
    at += piece;
  }
  return 0;
}

void DwAxiDmac::block(Channel& channel) {
  const auto fail = [&](uint32_t why) {
    channel.status |= why;
    channel.enabled = false;
  };
  uint8_t item[kItem];
  const uint64_t list = (uint64_t{channel.registers[kList / 4 + 1]} << 32 | channel.registers[kList / 4]) & ~63ull;
  if (!world_->read(list, item, sizeof item)) return fail(kListReadError);
  const auto word = [&](unsigned at) {
    uint32_t w;
    std::memcpy(&w, item + at, sizeof w);
    return w;
  };
  const auto address = [&](unsigned at) { return uint64_t{word(at + 4)} << 32 | word(at); };
  const uint32_t low = word(kControlLow), high = word(kControlHigh);
  if (!(high & kValid)) return fail(kInvalid);
  if (low & (kSourceFixed | kDestinationFixed)) world_->misused("a block of memory whose address does not go on");
  if (((low >> 8) & 7) != ((low >> 11) & 7)) world_->misused("a block of memory of two widths");
  const uint64_t n = (uint64_t{word(kCount) & (kMaxCount - 1)} + 1) << ((low >> 8) & 7);
  if (const uint32_t why = carry(address(8), address(0), n)) return fail(why);
  // What it writes back: the item is used up.
  const uint32_t used = high & ~kValid;
  if (!world_->write(list + kControlHigh, &used, sizeof used)) return fail(kListWriteError);
  channel.status |= kBlockDone;
  if (high & kLast) {
    channel.status |= kDone;
    channel.enabled = false;
    return;
  }
  channel.registers[kList / 4] = word(kNext);
  channel.registers[kList / 4 + 1] = word(kNext + 4);
}

bool DwAxiDmac::act() {
  if (!(config_ & kOn)) return false;
  for (unsigned tried = 0; tried < kChannels; ++tried) {
    Channel& channel = channels_[turn_++ % kChannels];
    if (!channel.enabled) continue;
    block(channel);
    return true;
  }
  return false;
}

bool DwAxiDmac::interrupt() const {
  if (!(config_ & kInterrupts)) return false;
  return std::ranges::any_of(channels_, [](const Channel& c) {
    return (c.status & c.registers[kShown / 4] & c.registers[kSignalled / 4]) != 0;
  });
}

bool DwAxiDmac::own_field(uint64_t dma, size_t n) {
  const uint64_t at = dma % kItem;
  return at >= kControlHigh && at + n <= kStatusEnd && (at >= kStatus || at + n <= kStatus);
}

}  // namespace dmafuzz
