// SPDX-License-Identifier: GPL-2.0-only
//
// Intel 82559: system control block, command unit with its list of blocks, receive unit with simplified frame
// descriptors, serial EEPROM, MDI, self test, counters. By Intel's "8255x 10/100 Mbps Ethernet Controller Family Open
// Source Software Developer Manual", chapters 6 and 7. What it lacks: microcode (a load is taken, and forgotten), flow
// control, receive buffer descriptors of the flexible mode, wake-up; a frame that its descriptor has no room for is
// dropped rather than cut.
#include "driver/models/e100.h"

#include <algorithm>
#include <cstring>

namespace dmafuzz {
namespace {

enum Register : unsigned {
  kStatus = 0,
  kCauses = 1,
  kCommand = 2,
  kMask = 3,
  kPointer = 4,
  kPort = 8,
  kEeprom = 14,
  kManagement = 16,
};

// Causes of interrupts, and the bits that mask one each beside the one that masks all.
constexpr uint8_t kCommandDone = 0x80, kFrameReceived = 0x40, kNotActive = 0x20, kNotReady = 0x10, kSoftware = 0x04;
constexpr uint8_t kMaskAll = 1, kRaiseSoftware = 2;
// Status and command of a block.
constexpr uint16_t kComplete = 0x8000, kOk = 0x2000, kEnd = 0x8000, kSuspend = 0x4000, kInterrupt = 0x2000,
                   kFlexible = 8;
constexpr uint32_t kReady = 1u << 28;
constexpr unsigned kPhyAddress = 1, kFrameHead = 16, kCheck = 4, kRemembered = 64, kDumpBytes = 596;
constexpr size_t kMaxFrame = 16384, kLongest = 1518;

uint32_t word(const uint8_t* p) {
  uint32_t value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

uint16_t half(const uint8_t* p) {
  return static_cast<uint16_t>(p[0] | p[1] << 8);
}

}  // namespace

void E100::reset() {
  eeprom_.reset();
  const uint8_t mac[] = {0x02, 0x00, 0x5e, 0x82, 0x55, 0x90};
  for (unsigned i = 0; i < 3; ++i) eeprom_.words[i] = static_cast<uint16_t>(mac[2 * i] | mac[2 * i + 1] << 8);
  eeprom_.words[3] = 0x0203;
  eeprom_.words[6] = 0x4701;  // an 82555 at address 1
  eeprom_.words[10] = 0x4000;
  uint16_t sum = 0;
  for (unsigned i = 0; i < Microwire::kWords - 1; ++i) sum = static_cast<uint16_t>(sum + eeprom_.words[i]);
  eeprom_.words[Microwire::kWords - 1] = static_cast<uint16_t>(0xbaba - sum);
  phy_.fill(0);
  phy_[0] = 0x3100;
  phy_[1] = 0x782d;  // link, negotiation complete
  phy_[2] = 0x02a8;
  phy_[3] = 0x0150;
  phy_[4] = 0x05e1;
  phy_[5] = 0x45e1;
  software_reset();
}

void E100::selective_reset() {
  cu_ = Command::kIdle;
  ru_ = Receive::kIdle;
  blocks_.clear();
  frames_.clear();
}

void E100::software_reset() {
  selective_reset();
  regs_.fill(0);
  const uint32_t ready = kReady;
  std::memcpy(&regs_[kManagement], &ready, sizeof ready);
  causes_ = 0;
  cu_base_ = ru_base_ = counters_at_ = 0;
  sent_ = received_ = no_resources_ = 0;
  address_.fill(0);
  groups_.clear();
  config_.fill(0);
  config_[6] = 0x32;  // standard blocks and counters
}

void E100::appear(PciFunction& function) {
  function.add_bar(0, PciFunction::BarKind::kMemory32, 4096);
  function.add_bar(1, PciFunction::BarKind::kPorts, 64);
  const uint8_t power[6] = {0x22, 0xfe, 0, 0, 0, 0};  // version 2, wakes from every state
  const uint8_t writable[6] = {0, 0, 0x03, 0x01, 0, 0};
  function.add_capability(1, power, sizeof power + 2, writable);
}

bool E100::interrupt() const {
  const uint8_t mask = regs_[kMask];
  return !(mask & kMaskAll) && causes_ & ~(mask & 0xfc);
}

uint8_t E100::byte_read(unsigned at) const {
  switch (at) {
    case kStatus:
      return static_cast<uint8_t>(static_cast<unsigned>(cu_) << 6 | static_cast<unsigned>(ru_) << 2);
    case kCauses:
      return causes_;
    case kEeprom:
      return static_cast<uint8_t>((regs_[at] & ~8u) | (eeprom_.out() ? 8u : 0));
    default:
      return regs_[at];
  }
}

uint64_t E100::read(unsigned, uint64_t offset, unsigned size) {
  if (offset + size > regs_.size()) return 0;
  uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i) value |= uint64_t{byte_read(static_cast<unsigned>(offset) + i)} << 8 * i;
  return value;
}

void E100::write(unsigned, uint64_t offset, unsigned size, uint64_t value) {
  if (offset + size > regs_.size() || size > 4) return;
  const auto at = static_cast<unsigned>(offset);
  const auto whole = [&](unsigned from) { return at <= from && at + size >= from + 4; };
  if (whole(kPort)) return port(static_cast<uint32_t>(value));
  if (whole(kManagement)) return management(static_cast<uint32_t>(value));
  for (unsigned i = 0; i < size; ++i) byte_written(at + i, static_cast<uint8_t>(value >> 8 * i));
}

void E100::byte_written(unsigned at, uint8_t value) {
  switch (at) {
    case kStatus:
      return;
    case kCauses:
      causes_ &= static_cast<uint8_t>(~value);
      return;
    case kCommand:
      // Commands are taken at once, so the register reads as zero.
      receive_command(value & 7);
      return command(value >> 4);
    case kMask:
      if (value & kRaiseSoftware) causes_ |= kSoftware;
      regs_[at] = value & static_cast<uint8_t>(~kRaiseSoftware);
      return;
    case kEeprom:
      eeprom_.drive(value & 2, value & 1, value & 4);
      break;
    default:
      break;
  }
  regs_[at] = value;
}

void E100::port(uint32_t value) {
  const uint32_t at = value & ~15u;
  switch (value & 15) {
    case 0:
      return software_reset();
    case 1: {
      software_reset();
      const uint32_t result[2] = {0x12345678, 0};  // a signature of its microcode, and that all is well
      world_->write(at, result, sizeof result);
      return;
    }
    case 2:
      return selective_reset();
    case 3: {
      const std::array<uint8_t, kDumpBytes> state = {};
      world_->write(at, state.data(), state.size());
      return;
    }
    default:
      return;
  }
}

void E100::management(uint32_t value) {
  const unsigned reg = value >> 16 & 31, phy = value >> 21 & 31, opcode = value >> 26 & 3;
  if (opcode == 2) value = (value & 0xffff0000) | (phy == kPhyAddress ? phy_[reg] : 0xffff);
  const bool fixed = (reg >= 1 && reg <= 3) || reg == 5;
  // Reset and a new negotiation are done at once.
  if (opcode == 1 && phy == kPhyAddress && !fixed) phy_[reg] = static_cast<uint16_t>(reg ? value : value & 0x7dff);
  value |= kReady;
  std::memcpy(&regs_[kManagement], &value, sizeof value);
}

void E100::command(unsigned value) {
  const uint32_t pointer = word(&regs_[kPointer]);
  switch (value) {
    case 1:
      cu_ = Command::kActive;
      cu_at_ = cu_base_ + pointer;
      return execute_at_once();
    case 2:
      if (cu_ == Command::kSuspended) cu_ = Command::kActive;
      return execute_at_once();
    case 4:
      counters_at_ = pointer;
      return;
    case 5:
      return dump_counters(false);
    case 6:
      cu_base_ = pointer;
      return;
    case 7:
      return dump_counters(true);
    default:
      return;
  }
}

void E100::receive_command(unsigned value) {
  const uint32_t pointer = word(&regs_[kPointer]);
  switch (value) {
    case 1:
      ru_ = Receive::kReady;
      ru_at_ = ru_base_ + pointer;
      frames_.clear();
      return;
    case 2:
      if (ru_ == Receive::kSuspended) ru_ = Receive::kReady;
      return;
    case 4:
      ru_ = Receive::kIdle;
      return;
    case 6:
      ru_base_ = pointer;
      return;
    default:
      return;
  }
}

void E100::remember(std::deque<uint32_t>& seen, uint32_t at) {
  seen.push_back(at);
  if (seen.size() > kRemembered) seen.pop_front();
}

// Sixteen counters, three more if extended, a word for TCO traffic; then what says that they are there.
void E100::dump_counters(bool clear) {
  if (!counters_at_) return;
  uint32_t counters[21] = {};
  counters[0] = sent_;
  counters[9] = received_;
  counters[12] = no_resources_;
  const unsigned count = config_[6] & 4 ? 20 : config_[6] & 0x20 ? 16 : 19;
  counters[count] = clear ? 0xa007 : 0xa005;
  world_->write(counters_at_, counters, (count + 1) * sizeof counters[0]);
  if (clear) sent_ = received_ = no_resources_ = 0;
}

bool E100::act() {
  return cu_ == Command::kActive && execute();
}

// What sends nothing needs no time, nor does a frame that stays inside.
void E100::execute_at_once() {
  uint8_t head[4];
  for (unsigned i = 0; i < kRemembered && cu_ == Command::kActive; ++i) {
    if (!world_->read(cu_at_, head, sizeof head)) return;
    if ((half(head + 2) & 7) == 4 && !loops_back()) return;
    execute();
  }
}

bool E100::execute() {
  uint8_t head[8];
  if (!world_->read(cu_at_, head, sizeof head)) {
    cu_ = Command::kIdle;
    return false;
  }
  const Block block = {half(head), half(head + 2), word(head + 4)};
  const uint32_t at = cu_at_;
  remember(blocks_, at);
  const bool ok = do_block(at, block);
  const uint16_t status = static_cast<uint16_t>(kComplete | (ok ? kOk : 0));
  world_->write(at, &status, sizeof status);
  cu_at_ = cu_base_ + block.link;
  if (block.command & kInterrupt) causes_ |= kCommandDone;
  if (block.command & (kEnd | kSuspend)) {
    cu_ = block.command & kEnd ? Command::kIdle : Command::kSuspended;
    causes_ |= kNotActive;
  }
  return true;
}

bool E100::do_block(uint32_t at, const Block& block) {
  switch (block.command & 7) {
    case 1:
      return world_->read(at + 8, address_.data(), address_.size());
    case 2:
      return configure(at);
    case 3: {
      uint8_t count[2];
      if (!world_->read(at + 8, count, sizeof count)) return false;
      groups_.resize(half(count) & 0x3fff);
      return groups_.empty() || world_->read(at + 10, groups_.data(), groups_.size());
    }
    case 4:
      return send(at, block.command);
    case 6: {
      uint8_t to[4];
      const std::array<uint8_t, kDumpBytes> state = {};
      return world_->read(at + 8, to, sizeof to) && world_->write(word(to), state.data(), state.size());
    }
    default:
      return true;
  }
}

bool E100::configure(uint32_t at) {
  uint8_t bytes[kConfigBytes];
  if (!world_->read(at + 8, bytes, 1)) return false;
  const size_t count = std::min<size_t>(bytes[0] & 0x3f, kConfigBytes);
  if (!count || !world_->read(at + 8, bytes, count)) return false;
  std::copy_n(bytes, count, config_.begin());
  return true;
}

bool E100::send(uint32_t at, uint16_t command) {
  uint8_t block[8];
  if (!world_->read(at + 8, block, sizeof block)) return false;
  const uint32_t table = word(block);
  const size_t inside = half(block + 4) & 0x3fff;
  const unsigned count = command & kFlexible ? block[7] : 0;
  const bool extended = !(config_[6] & 0x10);
  frame_.clear();
  const auto add = [&](uint32_t from, size_t n) {
    const size_t old = frame_.size();
    if (old + n > kMaxFrame) return false;
    frame_.resize(old + n);
    return !n || world_->read(from, frame_.data() + old, n);
  };
  if (!add(at + 16, inside)) return false;
  for (unsigned i = 0; i < count; ++i) {
    // An extended block has the first two of its buffers' addresses in itself.
    const uint32_t entry = !extended ? table + 8 * i : i < 2 ? at + 16 + 8 * i : table + 8 * (i - 2);
    uint8_t buffer[8];
    if (!world_->read(entry, buffer, sizeof buffer)) return false;
    if (!add(word(buffer), word(buffer + 4) & 0x7fff)) return false;
    if (word(buffer + 4) & 0x10000) break;
  }
  ++sent_;
  if (loops_back()) {
    store(frame_);
  } else {
    world_->sent(frame_, false);
  }
  return true;
}

bool E100::is_for_us(std::span<const uint8_t> frame) const {
  const auto to = frame.first(6);
  if (config_[15] & 1) return true;  // promiscuous
  if (std::ranges::all_of(to, [](uint8_t b) { return b == 0xff; })) return !(config_[15] & 2);
  if (!(to[0] & 1)) return std::ranges::equal(to, address_);
  if (config_[21] & 8) return true;
  for (size_t at = 0; at + 6 <= groups_.size(); at += 6) {
    if (std::ranges::equal(to, std::span(groups_).subspan(at, 6))) return true;
  }
  return false;
}

bool E100::receive(std::span<const uint8_t> frame) {
  if (loops_back() || frame.size() < 6 || !is_for_us(frame)) return false;
  // Beyond a frame with a tag, only who saves what is too long gets it.
  if (frame.size() > (config_[18] & 8 ? kLongest : kLongest - 4) && !(config_[6] & 0x40)) return false;
  return store(frame);
}

bool E100::store(std::span<const uint8_t> frame) {
  if (ru_ != Receive::kReady) {
    no_resources_ += ru_ == Receive::kNoResources;
    return false;
  }
  uint8_t head[kFrameHead];
  if (!world_->read(ru_at_, head, sizeof head)) return false;
  const uint16_t command = half(head + 2);
  const size_t size = half(head + 14) & 0x3fff;
  const auto out_of_resources = [&] {
    ru_ = Receive::kNoResources;
    causes_ |= kNotReady;
  };
  // A descriptor without room that is the last: nothing is written there.
  if (!size && command & kEnd) {
    ++no_resources_;
    out_of_resources();
    return false;
  }
  std::vector<uint8_t> bytes(frame.begin(), frame.end());
  if (config_[18] & 4) bytes.resize(frame.size() + kCheck);
  if (bytes.size() > size) return false;
  remember(frames_, ru_at_);
  const uint32_t at = ru_at_;
  if (!world_->write(at + kFrameHead, bytes.data(), bytes.size())) return false;
  const uint16_t count = static_cast<uint16_t>(0xc000 | bytes.size());  // end of frame, the count is valid
  const uint16_t status = kComplete | kOk;
  if (!world_->write(at + 12, &count, sizeof count) || !world_->write(at, &status, sizeof status)) return false;
  ru_at_ = ru_base_ + word(head + 4);
  ++received_;
  causes_ |= kFrameReceived;
  if (command & kEnd) {
    out_of_resources();
  } else if (command & kSuspend) {
    ru_ = Receive::kSuspended;
    causes_ |= kNotReady;
  }
  return true;
}

bool E100::own_field(uint64_t dma, size_t n) {
  const auto in = [&](uint64_t start, uint64_t size) { return dma >= start && dma + n <= start + size; };
  if (counters_at_ && in(counters_at_, 84)) return true;
  if (std::ranges::any_of(blocks_, [&](uint32_t at) { return in(at, 2); }) || in(cu_at_, 2)) return true;
  const auto in_frame = [&](uint32_t at) {
    return in(at, 2) || in(at + 12, 2) || in(at + kFrameHead, kLongest + kCheck);
  };
  if (std::ranges::any_of(frames_, in_frame)) return true;
  // And those that it would come to.
  uint32_t at = ru_at_;
  for (unsigned i = 0; i < kRemembered && ru_ == Receive::kReady; ++i) {
    if (in_frame(at)) return true;
    uint8_t head[kFrameHead];
    if (!world_->read(at, head, sizeof head)) break;
    at = ru_base_ + word(head + 4);
  }
  return false;
}

}  // namespace dmafuzz
