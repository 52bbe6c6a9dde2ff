// SPDX-License-Identifier: GPL-2.0-only
//
// See plx_dma.h.
#include "driver/models/plx_dma.h"

#include <algorithm>
#include <cstring>

namespace dmafuzz {
namespace {

enum Offset : uint64_t {
  kRing = 0x214,
  kRingHigh = 0x218,
  kNext = 0x21c,
  kCount = 0x220,
  kLastAddress = 0x224,
  kLastSize = 0x228,
  kLimit = 0x234,
  kControl = 0x238,
  kInterrupts = 0x23c,  // 16 bits; what is to be told of
  kStatus = 0x23e,      // 16 bits; writing ones clears
};

enum Control : uint32_t {
  kPause = 1u << 0,
  kAbort = 1u << 1,
  kWriteBack = 1u << 2,
  kStart = 1u << 3,
  kInvalid = 1u << 8,
  kPaused = 1u << 9,
  kAborted = 1u << 10,
  kPausedAtOnce = 1u << 12,
  kInProgress = 1u << 30,
  kCleared = kInvalid | kPaused | kAborted | kPausedAtOnce,  // by writing ones
};

enum Descriptor : uint32_t {
  kValid = 1u << 31,
  kTell = 1u << 30,
  kDone = 1u << 30,
  kReadFailed = 1u << 29,
  kWriteFailed = 1u << 28,
  kSize = 0x7ffffff,
};

constexpr uint16_t kDescriptorDone = 1 << 2;
constexpr uint32_t kDescriptor = 16, kPiece = 16384;

}  // namespace

void PlxDma::reset() {
  ring_low_ = ring_high_ = next_ = count_ = limit_ = control_ = 0;
  status_ = interrupts_ = 0;
  running_ = false;
}

void PlxDma::appear(PciFunction& function) {
  function.add_bar(0, PciFunction::BarKind::kMemory32, 8192);
}

uint32_t* PlxDma::reg(uint64_t offset) {
  switch (offset) {
    case kRing:
      return &ring_low_;
    case kRingHigh:
      return &ring_high_;
    case kNext:
      return &next_;
    case kCount:
      return &count_;
    case kLimit:
      return &limit_;
    default:
      return nullptr;
  }
}

uint64_t PlxDma::read(unsigned, uint64_t offset, unsigned) {
  if (const uint32_t* r = reg(offset)) return *r;
  if (offset == kControl) return control_ | (running_ ? +kInProgress : 0u);
  if (offset == kInterrupts) return interrupts_;
  if (offset == kStatus) return status_;
  return 0;
}

void PlxDma::write(unsigned, uint64_t offset, unsigned size, uint64_t value) {
  const auto word = static_cast<uint32_t>(value);
  if (uint32_t* r = reg(offset)) *r = word;
  // Its upper half is a register of its own.
  if (offset == kControl) control(size == 2 ? (control_ & 0xffff0000) | (word & 0xffff) : word);
  if (offset == kInterrupts) interrupts_ = static_cast<uint16_t>(word);
  if (offset == kStatus) status_ = static_cast<uint16_t>(status_ & ~word);
}

void PlxDma::control(uint32_t value) {
  const uint32_t kept = control_ & kCleared & ~value;
  const bool pause = value & kPause && !(control_ & kPause);
  control_ = (value & ~(kCleared | kStart | kInProgress)) | kept;
  if (pause || value & kAbort) {
    running_ = false;
    control_ |= value & kAbort ? kAborted : kPaused;
  }
  if (value & kStart && !(value & kPause)) {
    if (!count_) world_->misused("a start without a ring");
    running_ = count_ != 0;
  }
}

// A piece at a time, as on the bus: what comes before a failure is there.
bool PlxDma::carry(uint64_t to, uint64_t from, uint32_t n, uint32_t& flags) {
  bytes_.resize(kPiece);
  for (uint32_t at = 0; at < n;) {
    const uint32_t piece = std::min(n - at, kPiece);
    if (!world_->read(from + at, bytes_.data(), piece)) {
      flags = kReadFailed | at;
      return false;
    }
    if (!world_->write(to + at, bytes_.data(), piece)) {
      flags = kWriteFailed | at;
      return false;
    }
    at += piece;
  }
  flags = kDone | n;
  return true;
}

bool PlxDma::act() {
  if (!running_) return false;
  const uint64_t at = uint64_t{ring_high_} << 32 | next_;
  uint8_t raw[kDescriptor];
  if (!world_->read(at, raw, sizeof raw)) {
    running_ = false;
    return false;
  }
  const auto word = [&](unsigned n) {
    uint32_t value;
    std::memcpy(&value, raw + n, sizeof value);
    return value;
  };
  const uint32_t flags = word(0);
  if (!(flags & kValid)) {
    running_ = false;
    control_ |= kInvalid;
    return false;
  }
  const uint64_t to = uint64_t{word(4) & 0xffff} << 32 | word(8), from = uint64_t{word(4) >> 16} << 32 | word(12);
  uint32_t result;
  carry(to, from, flags & kSize, result);
  if (control_ & kWriteBack) world_->write(at, &result, sizeof result);
  next_ += kDescriptor;
  if (next_ >= ring_low_ + count_ * kDescriptor) next_ = ring_low_;
  if (flags & kTell) status_ |= kDescriptorDone;
  return true;
}

bool PlxDma::own_field(uint64_t dma, size_t n) {
  if (dma < ring() || dma + n > ring() + uint64_t{count_} * kDescriptor) return false;
  return (dma - ring()) % kDescriptor + n <= 4;
}

}  // namespace dmafuzz
