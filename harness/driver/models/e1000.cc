// SPDX-License-Identifier: GPL-2.0-only
//
// Intel 82540EM: registers, microwire EEPROM, PHY, legacy receive and all three kinds of transmit descriptor. By the
// "PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual", chapters 3, 5, 8, 13.
#include "driver/models/e1000.h"

#include <algorithm>
#include <cstring>

namespace dmafuzz {
namespace {

enum Register : uint32_t {
  kCtrl = 0x0000,
  kStatus = 0x0008,
  kEecd = 0x0010,
  kMdic = 0x0020,
  kIcr = 0x00c0,
  kIcs = 0x00c8,
  kIms = 0x00d0,
  kImc = 0x00d8,
  kRctl = 0x0100,
  kTctl = 0x0400,
  kRdbal = 0x2800,
  kRdbah = 0x2804,
  kRdlen = 0x2808,
  kRdh = 0x2810,
  kRdt = 0x2818,
  kTdbal = 0x3800,
  kTdbah = 0x3804,
  kTdlen = 0x3808,
  kTdh = 0x3810,
  kTdt = 0x3818,
};

constexpr uint32_t kCtrlReset = 1u << 26;
constexpr uint32_t kTxWritten = 1u << 0, kTxEmpty = 1u << 1, kRxOverrun = 1u << 6, kRxTimer = 1u << 7;
constexpr unsigned kDescriptor = 16;

// EECD.
constexpr uint32_t kEeClock = 1, kEeSelect = 2, kEeIn = 4, kEeOut = 8, kEeRequest = 0x40, kEeGrant = 0x80,
                   kEePresent = 0x100;

constexpr unsigned kMaxFrame = 16384;

template <typename T>
T get(const uint8_t* p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

}  // namespace

void E1000::reset() {
  regs_.fill(0);
  eeprom_.reset();
  const uint8_t mac[] = {0x02, 0x00, 0x5e, 0x10, 0x20, 0x30};
  for (unsigned i = 0; i < 3; ++i) eeprom_.words[i] = static_cast<uint16_t>(mac[2 * i] | mac[2 * i + 1] << 8);
  eeprom_.words[0x0a] = 0x4408;  // no alternate address, 3.3 V
  eeprom_.words[0x0d] = 0x8086;
  eeprom_.words[0x0f] = 0x0200;
  uint16_t sum = 0;
  for (unsigned i = 0; i < Microwire::kWords - 1; ++i) sum = static_cast<uint16_t>(sum + eeprom_.words[i]);
  eeprom_.words[Microwire::kWords - 1] = static_cast<uint16_t>(0xbaba - sum);
  phy_.fill(0);
  phy_[0] = 0x1140;  // autonegotiation, full duplex
  phy_[1] = 0x796d;  // link, negotiation complete
  phy_[2] = 0x0141;  // Marvell M88E1011
  phy_[3] = 0x0c20;
  phy_[4] = 0x0de1;
  phy_[5] = 0xc1e1;
  phy_[9] = 0x0300;
  phy_[10] = 0x3c00;
  phy_[17] = 0xac00;  // 1000 Mb/s, full duplex, resolved, link
  soft_reset();
}

void E1000::soft_reset() {
  const uint32_t eecd = regs_[kEecd / 4];
  regs_.fill(0);
  regs_[kEecd / 4] = eecd;
  regs_[kStatus / 4] = 0x83;  // full duplex, link up, 1000 Mb/s
  cause_ = mask_ = 0;
  frame_.clear();
  rewritten_ = false;
  context_ = false;
}

void E1000::appear(PciFunction& function) {
  function.add_bar(0, PciFunction::BarKind::kMemory32, 0x20000);
  function.add_bar(1, PciFunction::BarKind::kPorts, 0x40);
}

// Address and data register of the ports, or memory.
uint64_t E1000::read(unsigned bar, uint64_t offset, unsigned) {
  if (bar == 1) return offset == 4 ? register_read(io_address_) : io_address_;
  return register_read(static_cast<uint32_t>(offset));
}

void E1000::write(unsigned bar, uint64_t offset, unsigned, uint64_t value) {
  if (bar == 0) return register_write(static_cast<uint32_t>(offset), static_cast<uint32_t>(value));
  if (offset == 0) io_address_ = static_cast<uint32_t>(value) & 0x1fffc;
  if (offset == 4) register_write(io_address_, static_cast<uint32_t>(value));
}

uint32_t E1000::register_read(uint32_t at) {
  if (at >= 4 * regs_.size()) return 0;
  switch (at) {
    case kEecd:
      return (regs_[at / 4] & (kEeClock | kEeSelect | kEeIn | kEeRequest)) | kEePresent |
             (regs_[at / 4] & kEeRequest ? kEeGrant : 0) | (eeprom_.out() ? kEeOut : 0);
    case kIcr: {
      const uint32_t cause = cause_ | (cause_ & mask_ ? 1u << 31 : 0);
      cause_ = 0;
      return cause;
    }
    case kIms:
      return mask_;
    default:
      return regs_[at / 4];
  }
}

void E1000::register_write(uint32_t at, uint32_t value) {
  if (at >= 4 * regs_.size()) return;
  switch (at) {
    case kCtrl:
      if (value & kCtrlReset) return soft_reset();
      break;
    case kStatus:
      return;
    case kEecd:
      eeprom_.drive(value & kEeSelect, value & kEeClock, value & kEeIn);
      break;
    case kMdic: {
      const unsigned phy = value >> 16 & 31;
      value |= 1u << 28;  // ready
      if ((value >> 26 & 3) == 2) value = (value & 0xffff0000) | phy_[phy];
      // Reset and restart of the negotiation are done at once.
      if ((value >> 26 & 3) == 1 && phy != 1 && phy != 2 && phy != 3 && phy != 17) {
        phy_[phy] = static_cast<uint16_t>(phy ? value : value & 0x7dff);
      }
      break;
    }
    case kIcs:
      cause_ |= value;
      return;
    case kIms:
      mask_ |= value;
      return;
    case kImc:
      mask_ &= ~value;
      return;
    case kIcr:
      cause_ &= ~value;
      return;
    default:
      break;
  }
  regs_[at / 4] = value;
}

uint64_t E1000::ring(uint32_t low) const {
  return (regs_[low / 4] & ~15u) | uint64_t{regs_[low / 4 + 1]} << 32;
}

unsigned E1000::entries(uint32_t length) const {
  return (regs_[length / 4] & 0xfff80) / kDescriptor;
}

bool E1000::act() {
  const unsigned count = entries(kTdlen);
  uint32_t& head = regs_[kTdh / 4];
  if (!(regs_[kTctl / 4] & 2) || !count || head >= count || head == regs_[kTdt / 4]) return false;
  uint8_t d[kDescriptor];
  const uint64_t at = ring(kTdbal) + head * kDescriptor;
  if (!world_->read(at, d, sizeof d)) return false;
  transmit(d);
  if (d[11] & 8) {  // report status
    const uint8_t done = static_cast<uint8_t>(d[12] | 1);
    if (!world_->write(at + 12, &done, 1)) return false;
  }
  head = (head + 1) % count;
  cause_ |= kTxWritten | (head == regs_[kTdt / 4] ? kTxEmpty : 0);
  return true;
}

void E1000::transmit(const uint8_t* d) {
  const uint8_t command = d[11];
  const bool extended = command & 0x20;
  if (extended && (d[10] >> 4) == 0) {  // a context: what the following frames are to be changed by
    context_ = true;
    return;
  }
  const size_t length = extended ? get<uint32_t>(d + 8) & 0xfffff : get<uint16_t>(d + 8);
  if (frame_.size() + length <= kMaxFrame * 5) {
    const size_t old = frame_.size();
    frame_.resize(old + length);
    if (length && !world_->read(get<uint64_t>(d), frame_.data() + old, length)) frame_.resize(old);
  }
  if (extended && (command & 4 || d[13] & 3)) rewritten_ = true;
  if (!extended && command & 4) rewritten_ = true;  // checksum of a legacy descriptor
  if (!(command & 1)) return;                       // not the frame's last
  world_->sent(frame_, rewritten_);
  frame_.clear();
  rewritten_ = false;
}

bool E1000::receive(std::span<const uint8_t> frame) {
  const uint32_t control = regs_[kRctl / 4];
  const unsigned count = entries(kRdlen);
  uint32_t& head = regs_[kRdh / 4];
  if (!(control & 2) || !count || head >= count || regs_[kRdt / 4] >= count) return false;
  size_t size = size_t{2048} >> (control >> 16 & 3);
  if (control & 1u << 25) size *= 16;
  // The frame check sequence is in memory unless it is stripped.
  const size_t check = control & 1u << 26 ? 0 : 4;
  const size_t total = frame.size() + check;
  const size_t needed = (total + size - 1) / size;
  if (frame.size() > 1518 && !(control & 1u << 5)) return false;  // no long packets
  const uint32_t tail = regs_[kRdt / 4];
  const size_t room = (tail + count - head) % count;
  if (room < needed) {
    cause_ |= kRxOverrun;
    return false;
  }
  uint8_t buffer[kMaxFrame + 4] = {};
  if (frame.size() > kMaxFrame) return false;
  std::memcpy(buffer, frame.data(), frame.size());
  for (size_t done = 0; done < total;) {
    const uint64_t at = ring(kRdbal) + head * kDescriptor;
    uint8_t d[kDescriptor];
    if (!world_->read(at, d, sizeof d)) return false;
    const size_t part = std::min(size, total - done);
    if (!world_->write(get<uint64_t>(d), buffer + done, part)) return false;
    done += part;
    uint8_t status[8] = {};
    status[0] = static_cast<uint8_t>(part);
    status[1] = static_cast<uint8_t>(part >> 8);
    status[4] = static_cast<uint8_t>(1 | (done == total ? 2 : 0) | 4);  // done, end of packet, no checksum
    if (!world_->write(at + 8, status, sizeof status)) return false;
    head = (head + 1) % count;
  }
  cause_ |= kRxTimer;
  return true;
}

bool E1000::own_field(uint64_t dma, size_t n) {
  const auto in = [&](uint32_t base, uint32_t length, unsigned from, unsigned to) {
    const uint64_t start = ring(base);
    if (dma < start || dma - start >= uint64_t{entries(length)} * kDescriptor) return false;
    const uint64_t at = (dma - start) % kDescriptor;
    return at >= from && at + n <= to;
  };
  return in(kRdbal, kRdlen, 8, 16) || in(kTdbal, kTdlen, 12, 13);
}

}  // namespace dmafuzz
