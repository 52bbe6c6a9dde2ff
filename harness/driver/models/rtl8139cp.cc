// SPDX-License-Identifier: GPL-2.0-only
//
// RTL8139C+ in its C+ mode: rings of 16-byte descriptors, one ring each way. By Realtek's data sheet of the RTL8139C+,
// chapters 5, 6 and 9.
#include "driver/models/rtl8139cp.h"

#include <algorithm>
#include <cstring>

namespace dmafuzz {
namespace {

enum Register : unsigned {
  kTally = 0x10,  // where counters are dumped to
  kTxRing = 0x20,
  kCommand = 0x37,
  kMask = 0x3c,
  kStatus = 0x3e,
  kRxConfig = 0x44,
  kEeprom = 0x50,
  kMediaStatus = 0x58,
  kBasicControl = 0x62,
  kBasicStatus = 0x64,
  kAdvertised = 0x66,
  kPartner = 0x68,
  kTxPoll = 0xd9,
  kRxRing = 0xe4,
};

constexpr uint8_t kReset = 0x10, kRxOn = 8, kTxOn = 4;
constexpr uint16_t kRxOk = 1, kTxOk = 4, kRxEmpty = 0x10, kTxEmpty = 0x80;
constexpr uint32_t kOwn = 1u << 31, kRingEnd = 1u << 30, kFirst = 1u << 29, kLast = 1u << 28, kSegment = 1u << 27;
constexpr uint32_t kChecksums = 7u << 16;
constexpr unsigned kDescriptor = 16, kRing = 64;
constexpr size_t kMaxFrame = 1u << 16;

uint32_t word(const uint8_t* p) {
  uint32_t value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

uint64_t address(const uint8_t* p) {
  return word(p + 8) | uint64_t{word(p + 12)} << 32;
}

}  // namespace

template <typename T>
T Rtl8139cp::get(unsigned at) const {
  T value;
  std::memcpy(&value, &regs_[at], sizeof value);
  return value;
}

template <typename T>
void Rtl8139cp::set(unsigned at, T value) {
  std::memcpy(&regs_[at], &value, sizeof value);
}

void Rtl8139cp::reset() {
  eeprom_.reset();
  eeprom_.words[0] = 0x8129;
  const uint8_t mac[] = {0x02, 0x00, 0x5e, 0x81, 0x39, 0x0c};
  for (unsigned i = 0; i < 3; ++i) eeprom_.words[7 + i] = static_cast<uint16_t>(mac[2 * i] | mac[2 * i + 1] << 8);
  regs_.fill(0);
  std::memcpy(&regs_[0], mac, sizeof mac);
  soft_reset();
}

void Rtl8139cp::soft_reset() {
  const std::array<uint8_t, 6> mac = {regs_[0], regs_[1], regs_[2], regs_[3], regs_[4], regs_[5]};
  regs_.fill(0);
  std::ranges::copy(mac, regs_.begin());
  set<uint16_t>(kBasicControl, 0x3100);
  set<uint16_t>(kBasicStatus, 0x782d);  // link, negotiation complete
  set<uint16_t>(kAdvertised, 0x05e1);
  set<uint16_t>(kPartner, 0x45e1);
  set<uint8_t>(kEeprom, 0);
  tx_ = rx_ = 0;
  polled_ = false;
  frame_.clear();
  rewritten_ = false;
}

void Rtl8139cp::appear(PciFunction& function) {
  function.add_bar(0, PciFunction::BarKind::kPorts, 256);
  function.add_bar(1, PciFunction::BarKind::kMemory32, 256);
}

bool Rtl8139cp::interrupt() const {
  return get<uint16_t>(kStatus) & get<uint16_t>(kMask);
}

void Rtl8139cp::raise(uint16_t cause) {
  set<uint16_t>(kStatus, get<uint16_t>(kStatus) | cause);
}

uint64_t Rtl8139cp::read(unsigned, uint64_t offset, unsigned size) {
  uint64_t value = 0;
  if (offset + size > regs_.size()) return ~uint64_t{0};
  std::memcpy(&value, &regs_[offset], size);
  if (offset == kEeprom) value = (value & ~uint64_t{1}) | eeprom_.out();
  return value;
}

void Rtl8139cp::write(unsigned, uint64_t offset, unsigned size, uint64_t value) {
  if (offset + size > regs_.size() || size > 4) return;
  switch (offset) {
    case kCommand:
      if (value & kReset) return soft_reset();
      // Each engine starts at the beginning of its ring.
      if (value & kTxOn && !(regs_[kCommand] & kTxOn)) tx_ = 0;
      if (value & kRxOn && !(regs_[kCommand] & kRxOn)) rx_ = 0;
      break;
    case kStatus:
      return set<uint16_t>(kStatus, static_cast<uint16_t>(get<uint16_t>(kStatus) & ~value));
    case kEeprom:
      eeprom_.drive(value & 8 && value & 0x80, value & 4, value & 2);
      break;
    case kTxPoll:
      polled_ |= (value & 0x40) != 0;
      return;
    case kBasicControl:
      value &= ~uint64_t{0x8200};  // reset and a new negotiation are done at once
      break;
    case kBasicStatus:
    case kPartner:
      return;
    case kTally:
      // Counters: all zero.
      if (value & 8) {
        const uint8_t counters[64] = {};
        world_->write((value & ~uint64_t{63}) | uint64_t{get<uint32_t>(kTally + 4)} << 32, counters, sizeof counters);
        value &= ~uint64_t{8};
      }
      break;
    default:
      break;
  }
  std::memcpy(&regs_[offset], &value, size);
}

bool Rtl8139cp::act() {
  if (!polled_ || !(regs_[kCommand] & kTxOn)) return false;
  const uint64_t at = get<uint64_t>(kTxRing) + tx_ * kDescriptor;
  uint8_t d[kDescriptor];
  if (!world_->read(at, d, sizeof d)) return polled_ = false;
  const uint32_t options = word(d);
  if (!(options & kOwn)) {
    polled_ = false;
    raise(kTxEmpty);
    return true;
  }
  const size_t length = options & 0xffff;
  if (options & kFirst) {
    frame_.clear();
    rewritten_ = options & (kSegment | kChecksums);
  }
  if (frame_.size() + length <= kMaxFrame) {
    const size_t old = frame_.size();
    frame_.resize(old + length);
    if (length && !world_->read(address(d), frame_.data() + old, length)) frame_.resize(old);
  }
  const uint32_t done = options & (kRingEnd | kFirst | kLast);
  world_->write(at, &done, sizeof done);
  tx_ = options & kRingEnd ? 0 : (tx_ + 1) % kRing;
  if (options & kLast) {
    world_->sent(frame_, rewritten_);
    frame_.clear();
    raise(kTxOk);
  }
  return true;
}

bool Rtl8139cp::receive(std::span<const uint8_t> frame) {
  if (!(regs_[kCommand] & kRxOn)) return false;
  const uint64_t at = get<uint64_t>(kRxRing) + rx_ * kDescriptor;
  uint8_t d[kDescriptor];
  if (!world_->read(at, d, sizeof d)) return false;
  const uint32_t options = word(d);
  if (!(options & kOwn)) {
    raise(kRxEmpty);
    return false;
  }
  // One buffer holds a whole frame and its check sequence, or the driver's settings do not fit its MTU.
  if ((options & 0x1fff) < frame.size() + 4) return false;
  std::vector<uint8_t> bytes(frame.begin(), frame.end());
  bytes.resize(frame.size() + 4);
  if (!world_->write(address(d), bytes.data(), bytes.size())) return false;
  const uint32_t result[2] = {static_cast<uint32_t>((options & kRingEnd) | kFirst | kLast | bytes.size()), 0};
  if (!world_->write(at, result, sizeof result)) return false;
  rx_ = options & kRingEnd ? 0 : (rx_ + 1) % kRing;
  raise(kRxOk);
  return true;
}

bool Rtl8139cp::own_field(uint64_t dma, size_t n) {
  for (const unsigned ring : {unsigned{kTxRing}, unsigned{kRxRing}}) {
    const uint64_t start = get<uint64_t>(ring);
    if (!start || dma < start || dma - start >= kRing * kDescriptor) continue;
    if ((dma - start) % kDescriptor + n <= 8) return true;  // options; the address is the driver's
  }
  return false;
}

}  // namespace dmafuzz
