// SPDX-License-Identifier: GPL-2.0-only
//
// VMXNET3 up to version 7, with one queue each way and an interrupt by pin: registers, the area that it shares with its
// driver, descriptor and completion rings with generation bits, buffers for small frames, filters, statistics. There is
// no public manual: by the declarations of VMware's drivers and by what they expect. What it lacks: message interrupts,
// receive side scaling, merging of received segments, checking of received checksums (it says so), VLAN tags, wake-up.
#include "driver/models/vmxnet3.h"

#include <algorithm>
#include <cstring>

namespace dmafuzz {
namespace {

constexpr uint8_t kMac[6] = {0x02, 0x50, 0x56, 0x00, 0x00, 0x03};
constexpr uint32_t kVersions = 0x7f;

// Registers of BAR 1, which sets it up, and of BAR 0, which is for every packet.
enum Setup : unsigned {
  kVersion = 0x00,
  kPassThrough = 0x08,
  kSharedLow = 0x10,
  kSharedHigh = 0x18,
  kCommand = 0x20,
  kMacLow = 0x28,
  kMacHigh = 0x30,
  kCause = 0x38,
  kEvents = 0x40,
  kCapabilities = 0x48,
};
enum Fast : unsigned { kMask = 0x000, kTxProducer = 0x600 };

enum Command : uint32_t {
  kActivate = 0xcafe0000,
  kQuiesce,
  kReset,
  kUpdateRxMode,
  kUpdateMacFilters,
  kUpdateVlanFilters,
  kUpdateFeature = 0xcafe0009,
  kGetQueueStatus = 0xf00d0000,
  kGetStats,
  kGetLink,
  kGetMacLow,
  kGetMacHigh,
  kGetInterrupts = 0xf00d0008,
  kGetTxDataSize = 0xf00d000a,
  kGetCoalesce,
  kGetRssFields,
  kGetMaxQueues = 0xf00d000f,
  kGetCapabilities = 0xf00d0012,
};

// The shared area.
enum Shared : unsigned {
  kMagic = 0,
  kFeatures = 24,
  kQueuesAt = 40,
  kMtu = 56,
  kQueueCounts = 60,  // two bytes of scatter limit, transmit and receive queues
  kAutoMask = 80,
  kRxMode = 120,
  kGroupBytes = 124,
  kGroupsAt = 128,
  kEventCauses = 696,
  kCommandInfo = 704,
};
constexpr uint32_t kTheMagic = 0xbabefee1;

// A queue's description.
constexpr unsigned kQueueBytes = 256, kThreshold = 4, kStatus = 80, kStats = 88, kStatsEnd = 168;
// Features, and what is let in.
constexpr uint32_t kMerges = 8;
constexpr uint32_t kUnicast = 1, kGroups = 2, kBroadcast = 4, kAllGroups = 8, kPromiscuous = 16;

constexpr unsigned kHeader = 22, kMaxPieces = 17, kMaxRing = 8192;
constexpr size_t kMaxFrame = 1u << 17;

uint32_t word(const uint8_t* p) {
  uint32_t value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

uint64_t quad(const uint8_t* p) {
  return word(p) | uint64_t{word(p + 4)} << 32;
}

}  // namespace

void Vmxnet3::reset() {
  command_ = answer_ = capabilities_ = 0;
  version_ = 1;
  shared_ = 0;
  std::copy_n(kMac, sizeof kMac, address_.begin());
  sent_ = received_ = no_buffer_ = 0;
  masked_ = true;
  filter_ = 0;
  groups_.clear();
  deactivate();
}

void Vmxnet3::deactivate() {
  active_ = pending_ = kicked_ = false;
  events_ = 0;
  queues_ = small_ = 0;
  tx_ = tx_done_ = rx_[0] = rx_[1] = rx_done_ = {};
  frame_.clear();
  rewritten_ = false;
}

void Vmxnet3::appear(PciFunction& function) {
  function.add_bar(0, PciFunction::BarKind::kMemory32, 4096);
  function.add_bar(1, PciFunction::BarKind::kMemory32, 4096);
}

void Vmxnet3::raise() {
  pending_ = true;
}

uint64_t Vmxnet3::read(unsigned bar, uint64_t offset, unsigned) {
  if (bar == 0) return offset == kMask ? masked_ : 0;
  switch (offset) {
    case kVersion:
      return kVersions;
    case kPassThrough:
      return 1;
    case kSharedLow:
      return static_cast<uint32_t>(shared_);
    case kSharedHigh:
      return shared_ >> 32;
    case kCommand:
      return answer_;
    case kMacLow:
      return word(address_.data());
    case kMacHigh:
      return static_cast<uint32_t>(address_[4] | address_[5] << 8);
    case kCause: {
      const bool was = pending_;
      pending_ = false;
      if (was && masks_itself_) masked_ = true;
      return was;
    }
    case kEvents:
      return events_;
    default:
      return 0;
  }
}

void Vmxnet3::write(unsigned bar, uint64_t offset, unsigned, uint64_t value) {
  const auto v = static_cast<uint32_t>(value);
  if (bar == 0) {
    if (offset == kMask) masked_ = v & 1;
    if (offset == kTxProducer) kicked_ = true;
    return;
  }
  switch (offset) {
    case kVersion:
      version_ = v;
      return;
    case kSharedLow:
      shared_ = (shared_ & ~uint64_t{0xffffffff}) | v;
      return;
    case kSharedHigh:
      shared_ = (shared_ & 0xffffffff) | uint64_t{v} << 32;
      return;
    case kCommand:
      command_ = v;
      answer_ = run(v);
      return;
    case kMacLow:
      std::memcpy(address_.data(), &v, 4);
      return;
    case kMacHigh:
      address_[4] = static_cast<uint8_t>(v);
      address_[5] = static_cast<uint8_t>(v >> 8);
      return;
    case kEvents:
      events_ &= ~v;
      if (active_) world_->write(shared_ + kEventCauses, &events_, sizeof events_);
      return;
    default:
      return;
  }
}

uint32_t Vmxnet3::run(uint32_t command) {
  switch (command) {
    case kActivate:
      return activate() ? 0 : 1;
    case kQuiesce:
    case kReset:
      deactivate();
      return 0;
    case kUpdateRxMode:
    case kUpdateMacFilters:
      if (active_) read_filter();
      return 0;
    case kUpdateFeature:
      if (active_) features_ = shared(kFeatures);
      return 0;
    case kGetQueueStatus:
    case kGetStats:
      if (active_) write_status(command == kGetStats);
      return 0;
    case kGetLink:
      return 10000u << 16 | 1;
    case kGetMacLow:
      return word(kMac);
    case kGetMacHigh:
      return static_cast<uint32_t>(kMac[4] | kMac[5] << 8);
    case kGetInterrupts:
      return 0;  // of any kind, and it masks itself
    case kGetTxDataSize:
      return 128;
    case kGetCoalesce: {
      const uint8_t off[16] = {};
      uint8_t where[16];
      if (active_ && world_->read(shared_ + kCommandInfo, where, sizeof where))
        world_->write(quad(where + 8), off, std::min<size_t>(word(where + 4), sizeof off));
      return 0;
    }
    case kGetRssFields:
      return 3;
    case kGetMaxQueues:
      return 8u << 8 | 8;
    case kGetCapabilities:
      return capabilities_;
    default:
      return 0;
  }
}

uint32_t Vmxnet3::shared(unsigned at) {
  uint8_t bytes[4] = {};
  world_->read(shared_ + at, bytes, sizeof bytes);
  return word(bytes);
}

bool Vmxnet3::activate() {
  deactivate();
  uint8_t area[kRxMode];
  if (!world_->read(shared_, area, sizeof area) || word(area + kMagic) != kTheMagic) return false;
  features_ = word(area + kFeatures);
  queues_ = quad(area + kQueuesAt);
  mtu_ = word(area + kMtu);
  tx_queues_ = area[kQueueCounts + 2];
  rx_queues_ = area[kQueueCounts + 3];
  masks_itself_ = area[kAutoMask];
  if (!tx_queues_ || !rx_queues_) return false;
  uint8_t tx[kStatus], rx[kStatus];
  if (!world_->read(queues_, tx, sizeof tx)) return false;
  if (!world_->read(queues_ + uint64_t{tx_queues_} * kQueueBytes, rx, sizeof rx)) return false;
  const auto size = [](const uint8_t* p) { return std::min(word(p), kMaxRing); };
  tx_ = {quad(tx + 16), size(tx + 56)};
  tx_done_ = {quad(tx + 32), size(tx + 64)};
  rx_[0] = {quad(rx + 16), size(rx + 56)};
  rx_[1] = {quad(rx + 24), size(rx + 60)};
  rx_done_ = {quad(rx + 32), size(rx + 64)};
  small_ = quad(rx + 48);
  small_size_ = static_cast<uint32_t>(rx[74] | rx[75] << 8);
  if (!tx_.entries || !tx_done_.entries || !rx_[0].entries || !rx_done_.entries) return false;
  active_ = true;
  masked_ = true;
  read_filter();
  return true;
}

void Vmxnet3::read_filter() {
  filter_ = shared(kRxMode);
  groups_.resize(filter_ & kGroups ? shared(kGroupBytes) & 0xffff : 0);
  uint8_t where[8];
  if (groups_.empty()) return;
  if (!world_->read(shared_ + kGroupsAt, where, sizeof where) ||
      !world_->read(quad(where), groups_.data(), groups_.size())) {
    groups_.clear();
  }
}

// Of each queue whether it stopped, and of the first, what went through.
void Vmxnet3::write_status(bool counters) {
  for (unsigned i = 0; i < tx_queues_ + rx_queues_; ++i) {
    const uint64_t at = queues_ + uint64_t{i} * kQueueBytes;
    if (!counters) {
      const uint8_t running[8] = {};
      world_->write(at + kStatus, running, sizeof running);
      continue;
    }
    // Packets and bytes merged, to one, to a group, to all; then what was thrown away.
    uint64_t stats[10] = {};
    if (i == 0) stats[2] = sent_;
    if (i == tx_queues_) {
      stats[2] = received_;
      stats[8] = no_buffer_;
    }
    world_->write(at + kStats, stats, sizeof stats);
  }
}

bool Vmxnet3::fetch(const Ring& ring, Descriptor& d) {
  uint8_t bytes[16];
  if (!world_->read(ring.current(), bytes, sizeof bytes)) return false;
  d = {quad(bytes), word(bytes + 8), word(bytes + 12)};
  return true;
}

// The generation bit is in the last word, and comes last.
bool Vmxnet3::complete(Ring& ring, const uint32_t (&words)[4]) {
  const uint32_t last = words[3] | (ring.generation ? 1u << 31 : 0);
  if (!world_->write(ring.current(), words, 12) || !world_->write(ring.current() + 12, &last, 4)) return false;
  ring.advance();
  return true;
}

bool Vmxnet3::act() {
  if (!active_ || !kicked_) return false;
  Descriptor d;
  if (!fetch(tx_, d) || (d.low >> 14 & 1) != tx_.generation) return kicked_ = false;
  const uint32_t index = tx_.at;
  const size_t length = d.low & 0x3fff ? d.low & 0x3fff : 0x4000;
  if (frame_.empty()) rewritten_ = d.high >> 10 & 3;
  if (frame_.size() + length <= kMaxFrame) {
    const size_t old = frame_.size();
    frame_.resize(old + length);
    if (!world_->read(d.address, frame_.data() + old, length)) frame_.resize(old);
  }
  tx_.advance();
  if (!(d.high & 1u << 12)) return true;  // not the frame's last
  world_->sent(frame_, rewritten_);
  frame_.clear();
  ++sent_;
  if (d.high & 1u << 13) {
    if (!complete(tx_done_, {index & 0xfff, 0, 0, 0})) return false;
    raise();
  }
  return true;
}

bool Vmxnet3::is_for_us(std::span<const uint8_t> frame) const {
  const auto to = frame.first(6);
  if (filter_ & kPromiscuous) return true;
  if (std::ranges::all_of(to, [](uint8_t b) { return b == 0xff; })) return filter_ & kBroadcast;
  if (!(to[0] & 1)) return filter_ & kUnicast && std::ranges::equal(to, address_);
  if (filter_ & kAllGroups) return true;
  for (size_t at = 0; at + 6 <= groups_.size(); at += 6) {
    if (std::ranges::equal(to, std::span(groups_).subspan(at, 6))) return true;
  }
  return false;
}

// Which buffers a frame goes into. The first is a head, of the first ring; the rest are bodies, of the first ring as
// long as they follow there, then of the second. Bodies before a head are passed over.
bool Vmxnet3::place(std::span<const uint8_t> frame, Ring (&rings)[2], std::vector<Piece>& pieces) {
  Descriptor d;
  const auto ready = [&](const Ring& ring) {
    return ring.entries && fetch(ring, d) && (d.low >> 31) == ring.generation;
  };
  const auto body = [&] { return (d.low & 1u << 14) != 0; };
  if (!ready(rings[0])) return false;
  for (uint32_t i = 0; body(); ++i) {
    rings[0].advance();
    if (i == rings[0].entries || !ready(rings[0])) return false;
  }
  for (size_t done = 0;;) {
    Ring& ring = pieces.empty() || (ready(rings[0]) && body()) ? rings[0] : rings[1];
    if (pieces.size() == kMaxPieces || !ready(ring) || !(d.low & 0x3fff)) return false;
    const size_t part = std::min<size_t>(d.low & 0x3fff, frame.size() - done);
    pieces.push_back({d.address, static_cast<uint32_t>(part), ring.at, &ring == &rings[0] ? 0 : rx_queues_});
    ring.advance();
    done += part;
    if (done == frame.size()) return true;
  }
}

bool Vmxnet3::receive(std::span<const uint8_t> frame) {
  if (!active_ || frame.size() < 14 || !is_for_us(frame)) return false;
  // Only who lets it merge segments has room for more than a frame.
  if (frame.size() > mtu_ + kHeader && !(features_ & kMerges)) return false;
  std::vector<Piece> pieces;
  Ring rings[2] = {rx_[0], rx_[1]};
  if (!place(frame, rings, pieces)) {
    ++no_buffer_;
    return false;
  }
  rx_[0] = rings[0];
  rx_[1] = rings[1];
  if (small_size_ && frame.size() <= small_size_) {
    pieces.resize(1);
    Piece& piece = pieces[0];
    piece.address = small_ + uint64_t{piece.index} * small_size_;
    piece.length = static_cast<uint32_t>(frame.size());
    piece.queue = 2 * rx_queues_;
  }
  size_t done = 0;
  for (const Piece& piece : pieces) {
    if (!world_->write(piece.address, frame.data() + done, piece.length)) return false;
    done += piece.length;
    const bool first = &piece == &pieces.front(), last = &piece == &pieces.back();
    // Checksums are not calculated; an IPv4 packet, with its check sequence right.
    const uint32_t words[4] = {
        piece.index | (last ? 1u << 14 : 0) | (first ? 1u << 15 : 0) | piece.queue << 16 | 1u << 30, 0, piece.length,
        1u << 20 | 1u << 23 | 3u << 24};
    if (!complete(rx_done_, words)) return false;
  }
  ++received_;
  raise();
  return true;
}

bool Vmxnet3::own_field(uint64_t dma, size_t n) {
  if (!active_) return false;
  const auto in = [&](uint64_t start, uint64_t size) { return dma >= start && dma + n <= start + size; };
  for (const Ring& ring : {tx_done_, rx_done_}) {
    if (in(ring.base, uint64_t{ring.entries} * 16)) return true;
  }
  if (small_size_ && in(small_, uint64_t{small_size_} * rx_[0].entries)) return true;
  if (in(shared_ + kEventCauses, 4)) return true;
  for (unsigned i = 0; i < tx_queues_ + rx_queues_; ++i) {
    const uint64_t at = queues_ + uint64_t{i} * kQueueBytes;
    // How often a transmit queue wants to be told, and whether a receive queue does.
    if (in(i < tx_queues_ ? at + kThreshold : at, 4) || in(at + kStatus, kStatsEnd - kStatus)) return true;
  }
  return false;
}

}  // namespace dmafuzz
