// SPDX-License-Identifier: GPL-2.0-only
//
// Am79C973 with software styles 2 and 3: control and status registers (CSR), bus registers (BCR) with the management of
// its PHY, initialization block, rings. By AMD's data sheet of the Am79C973/Am79C975, "User Accessible Registers",
// "Initialization Block", "Receive Descriptors", "Transmit Descriptors". What it lacks: 16-bit structures (styles 0
// and 1), magic packets, the counters of collisions.
#include "driver/models/pcnet32.h"

#include <algorithm>
#include <cstring>

namespace dmafuzz {
namespace {

constexpr uint8_t kMac[6] = {0x02, 0x00, 0x5e, 0x79, 0xc9, 0x73};

// CSR0.
constexpr uint16_t kInit = 1, kStart = 2, kStop = 4, kDemand = 8, kTxOn = 0x10, kRxOn = 0x20, kInterrupts = 0x40,
                   kRaised = 0x80, kInitDone = 0x100, kTxInterrupt = 0x200, kRxInterrupt = 0x400, kMissed = 0x1000,
                   kCauses = 0x7f00, kErrors = 0x7800, kError = 0x8000;
// CSR3 masks these of them.
constexpr uint16_t kMaskable = 0x5f00;
// CSR15.
constexpr uint16_t kPromiscuous = 0x8000, kNoBroadcast = 0x4000, kNoUnicast = 0x2000, kLoop = 4, kTxOff = 2, kRxOff = 1;
constexpr uint16_t kNoPolling = 0x1000;  // CSR4
constexpr uint16_t kMissedFrames = 112;

// Status of a descriptor: the upper half of its second dword.
constexpr uint32_t kOwn = 1u << 31, kBad = 1u << 30, kOverflow = 1u << 28, kNoBuffer = 1u << 26, kFirst = 1u << 25,
                   kLast = 1u << 24, kUnicast = 1u << 22, kMulticast = 1u << 21, kBroadcast = 1u << 20;
constexpr unsigned kDescriptor = 16, kMaxFrame = 65536, kCheck = 4;
constexpr unsigned kPhyAddress = 30;

uint32_t count(uint32_t status) {
  return 4096 - (status & 0xfff);  // two's complement of twelve bits
}

uint32_t word(const uint8_t* p) {
  uint32_t value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

// The upper six bits of a group address's check sequence.
unsigned group_hash(const uint8_t* address) {
  uint32_t crc = ~0u;
  for (unsigned i = 0; i < 6; ++i) {
    crc ^= address[i];
    for (unsigned bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return crc >> 26;
}

}  // namespace

void Pcnet32::reset() {
  csr_.fill(0);
  bcr_.fill(0);
  bcr_[0] = bcr_[1] = 5;
  bcr_[2] = 2;
  bcr_[4] = 0xc0;
  bcr_[5] = 0x84;
  bcr_[6] = 0x88;
  bcr_[7] = 0x90;
  bcr_[18] = 0x9001;
  bcr_[32] = 0x400;
  bcr_[33] = kPhyAddress << 5;
  phy_.fill(0);
  phy_[0] = 0x3100;  // autonegotiation, 100 Mb/s, full duplex
  phy_[1] = 0x782d;  // link, negotiation complete
  phy_[3] = 0x6b71;
  phy_[4] = 0x01e1;
  phy_[5] = 0x41e1;
  address_ = 0;
  dwords_ = false;
  soft_reset();
}

void Pcnet32::soft_reset() {
  std::memcpy(&csr_[12], kMac, sizeof kMac);
  csr_[3] = 0;
  csr_[4] = 0x115;
  csr_[5] = 0;
  csr_[15] = 0;
  csr_[kMissedFrames] = 0;
  csr_[80] = 0x1410;
  csr_[88] = 0x5003;  // who it is
  csr_[89] = 0x0262;
  tx_ = rx_ = {};
  stop();
}

void Pcnet32::stop() {
  csr_[0] = kStop;
  csr_[5] &= static_cast<uint16_t>(~1u);
  demanded_ = false;
  frame_.clear();
}

void Pcnet32::appear(PciFunction& function) {
  function.add_bar(0, PciFunction::BarKind::kPorts, 32);
  function.add_bar(1, PciFunction::BarKind::kMemory32, 32);
}

bool Pcnet32::interrupt() const {
  return csr_[0] & kInterrupts && csr_[0] & kMaskable & ~csr_[3];
}

uint64_t Pcnet32::read(unsigned, uint64_t offset, unsigned size) {
  if (offset < 16) {
    uint8_t rom[16] = {};
    std::memcpy(rom, kMac, sizeof kMac);
    rom[14] = rom[15] = 'W';
    uint64_t value = 0;
    if (offset + size <= sizeof rom) std::memcpy(&value, rom + offset, size);
    return value;
  }
  if (size != (dwords_ ? 4u : 2u)) return ~uint64_t{0};
  switch ((offset - 16) / size) {
    case 0:
      return csr_read(address_);
    case 1:
      return address_;
    case 2:
      soft_reset();
      return 0;
    case 3:
      return bcr_read(address_);
    default:
      return 0;
  }
}

void Pcnet32::write(unsigned, uint64_t offset, unsigned size, uint64_t value) {
  if (offset == 16 && size == 4) dwords_ = true;
  if (offset < 16 || size != (dwords_ ? 4u : 2u)) return;
  switch ((offset - 16) / size) {
    case 0:
      return csr_write(address_, static_cast<uint16_t>(value));
    case 1:
      address_ = value % kRegisters;
      return;
    case 3:
      return bcr_write(address_, static_cast<uint16_t>(value));
    default:
      return;
  }
}

uint16_t Pcnet32::csr_read(unsigned at) const {
  if (at == 58) return bcr_read(20);
  if (at != 0) return csr_[at];
  uint16_t value = csr_[0];
  if (value & kErrors) value |= kError;
  if (value & kMaskable & ~csr_[3]) value |= kRaised;
  return value;
}

void Pcnet32::csr_write(unsigned at, uint16_t value) {
  switch (at) {
    case 0:
      return control(value);
    case 58:
      return bcr_write(20, value);
    case 88:
    case 89:
    case kMissedFrames:
      return;
    default:
      csr_[at] = value;
  }
}

void Pcnet32::control(uint16_t value) {
  csr_[0] &= static_cast<uint16_t>(~(value & kCauses));
  if (value & kStop) return stop();
  csr_[0] = static_cast<uint16_t>((csr_[0] & ~kInterrupts) | (value & kInterrupts));
  if (value & kInit && !(csr_[0] & kInit)) {
    csr_[0] = static_cast<uint16_t>((csr_[0] & ~kStop) | kInit);
    if (initialise()) csr_[0] |= kInitDone;
  }
  if (value & kStart && !(csr_[0] & kStart)) {
    csr_[0] = static_cast<uint16_t>((csr_[0] & ~kStop) | kStart);
    if (!(csr_[15] & kTxOff)) csr_[0] |= kTxOn;
    if (!(csr_[15] & kRxOff)) csr_[0] |= kRxOn;
    demanded_ = true;
    // Inside of the chip a frame needs no time.
    if (csr_[15] & kLoop) {
      for (unsigned i = 0; i < tx_.entries && act(); ++i) {
      }
    }
  }
  if (value & kDemand) demanded_ = true;
}

uint16_t Pcnet32::bcr_read(unsigned at) const {
  if (at != 34) return bcr_[at];
  return (bcr_[33] >> 5 & 31) == kPhyAddress ? phy_[bcr_[33] & 31] : 0xffff;
}

void Pcnet32::bcr_write(unsigned at, uint16_t value) {
  switch (at) {
    case 20:
      // Styles 1 to 3 have structures of 32 bits.
      value &= 0xff;
      bcr_[at] = static_cast<uint16_t>(value | (value >= 1 && value <= 3 ? 0x100 : 0));
      return;
    case 34: {
      const unsigned reg = bcr_[33] & 31;
      if ((bcr_[33] >> 5 & 31) != kPhyAddress || (reg >= 1 && reg <= 3) || reg == 5) return;
      // Reset and a new negotiation are done at once.
      phy_[reg] = static_cast<uint16_t>(reg ? value : value & 0x7dff);
      return;
    }
    default:
      bcr_[at] = value;
  }
}

// Of the rings only lengths up to 512 exist.
bool Pcnet32::initialise() {
  const unsigned style = bcr_[20] & 0xff;
  if (style != 2 && style != 3) return false;
  uint8_t block[28];
  if (!world_->read(csr_[1] | uint32_t{csr_[2]} << 16, block, sizeof block)) return false;
  std::memcpy(&csr_[15], block, 2);
  std::memcpy(&csr_[12], block + 4, 6);
  std::memcpy(&csr_[8], block + 12, 8);
  rx_ = {word(block + 20), 1u << std::min(block[2] >> 4, 9), 0};
  tx_ = {word(block + 24), 1u << std::min(block[3] >> 4, 9), 0};
  return true;
}

bool Pcnet32::fetch(const Ring& ring, Descriptor& d) {
  uint8_t bytes[kDescriptor];
  if (!world_->read(ring.current(), bytes, sizeof bytes)) return false;
  d = {word(bytes), word(bytes + 4), word(bytes + 8)};
  if (reordered()) std::swap(d.address, d.more);
  return true;
}

// The count of the buffer and its address stay the driver's; the owner changes last.
bool Pcnet32::give_back(const Ring& ring, uint32_t status, uint32_t more) {
  const uint16_t high = static_cast<uint16_t>(status >> 16);
  return world_->write(ring.current() + (reordered() ? 0 : 8), &more, sizeof more) &&
         world_->write(ring.current() + 6, &high, sizeof high);
}

bool Pcnet32::act() {
  if (!(csr_[0] & kTxOn) || suspended() || !tx_.entries) return false;
  // It polls by itself unless told not to.
  if (!demanded_ && csr_[4] & kNoPolling) return false;
  Descriptor d;
  if (!fetch(tx_, d) || !(d.status & kOwn)) return demanded_ = false;
  const size_t length = count(d.status);
  if (d.status & kFirst) frame_.clear();
  if (frame_.size() + length <= kMaxFrame) {
    const size_t old = frame_.size();
    frame_.resize(old + length);
    if (!world_->read(d.address, frame_.data() + old, length)) frame_.resize(old);
  }
  if (!give_back(tx_, d.status & ~kOwn, 0)) return demanded_ = false;
  tx_.advance();
  if (d.status & kLast) {
    if (csr_[15] & kLoop) {
      store(frame_);
    } else {
      world_->sent(frame_, false);
    }
    frame_.clear();
    csr_[0] |= kTxInterrupt;
  }
  return true;
}

bool Pcnet32::is_for_us(std::span<const uint8_t> frame) const {
  static constexpr uint8_t kAll[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  const uint8_t* to = frame.data();
  if (csr_[15] & kPromiscuous) return true;
  if (!std::memcmp(to, kAll, sizeof kAll)) return !(csr_[15] & kNoBroadcast);
  if (!(to[0] & 1)) return !(csr_[15] & kNoUnicast) && !std::memcmp(to, &csr_[12], 6);
  const unsigned hash = group_hash(to);
  return csr_[8 + hash / 16] >> hash % 16 & 1;
}

bool Pcnet32::receive(std::span<const uint8_t> frame) {
  if (csr_[15] & kLoop || frame.size() < 6 || !is_for_us(frame)) return false;
  return store(frame);
}

// A frame goes on in the next buffer if it is longer than one. It is then stored, but nobody is asked to take it:
// drivers have buffers for the longest frame of their MTU.
bool Pcnet32::store(std::span<const uint8_t> frame) {
  if (!(csr_[0] & kRxOn) || suspended() || !rx_.entries) return false;
  std::vector<uint8_t> bytes(frame.begin(), frame.end());
  bytes.resize(frame.size() + kCheck);
  uint32_t to = frame[0] & 1 ? kMulticast : kUnicast;
  if (std::ranges::all_of(frame.first(6), [](uint8_t b) { return b == 0xff; })) to = kBroadcast;
  Descriptor d;
  if (!fetch(rx_, d)) return false;
  if (!(d.status & kOwn)) {
    csr_[0] |= kMissed;
    ++csr_[kMissedFrames];
    return false;
  }
  const bool whole = count(d.status) >= bytes.size();
  for (size_t done = 0;;) {
    const size_t part = std::min<size_t>(count(d.status), bytes.size() - done);
    if (!world_->write(d.address, bytes.data() + done, part)) return false;
    uint32_t status = (done ? 0 : kFirst) | (d.status & 0xffff);
    done += part;
    Ring next = rx_;
    next.advance();
    Descriptor following = {};
    const bool last = done == bytes.size();
    const bool more_room = !last && fetch(next, following) && following.status & kOwn;
    if (last) status |= kLast | to;
    if (!last && !more_room) status |= kLast | kBad | kNoBuffer | kOverflow;
    if (!give_back(rx_, status, last ? static_cast<uint32_t>(bytes.size() & 0xfff) : 0)) return false;
    rx_ = next;
    if (last || !more_room) break;
    d = following;
  }
  csr_[0] |= kRxInterrupt;
  return whole;
}

bool Pcnet32::own_field(uint64_t dma, size_t n) {
  for (const Ring& ring : {tx_, rx_}) {
    if (dma < ring.base || dma - ring.base >= uint64_t{ring.entries} * kDescriptor) continue;
    const uint64_t at = (dma - ring.base) % kDescriptor;
    const bool status = at >= 6 && at + n <= 8;
    const bool more = reordered() ? at + n <= 4 : at >= 6 && at + n <= 12;
    if (status || more) return true;
  }
  return false;
}

}  // namespace dmafuzz
