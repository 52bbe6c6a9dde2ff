// SPDX-License-Identifier: GPL-2.0-only
//
// See edu.h.
#include "driver/models/edu.h"

namespace dmafuzz {
namespace {

enum Offset : uint64_t {
  kId = 0x00,
  kLive = 0x04,
  kFactorial = 0x08,
  kStatus = 0x20,
  kRaised = 0x24,
  kRaise = 0x60,
  kAcknowledge = 0x64,
  kSource = 0x80,  // from here on 4 or 8 bytes at a time, before 4
  kDestination = 0x88,
  kCount = 0x90,
  kCommand = 0x98,
};

constexpr uint32_t kIdentity = 0x010000ed;
constexpr uint32_t kTellFactorial = 0x80;
constexpr uint32_t kFactorialDone = 1, kTransferDone = 0x100;
constexpr uint64_t kStart = 1, kToHost = 2, kTell = 4;
constexpr uint64_t kReach = 1u << 28;  // its DMA mask, unless it is told otherwise
constexpr uint64_t kBarSize = 1 << 20;
constexpr uint64_t kOnes = ~uint64_t{0};
constexpr uint8_t kMessageId = 0x05;  // of a capability

bool in_buffer(uint64_t at, uint64_t n) {
  return at >= Edu::kBuffer && at - Edu::kBuffer <= Edu::kBufferBytes && n <= Edu::kBufferBytes - (at - Edu::kBuffer);
}

}  // namespace

void Edu::reset() {
  buffer_.fill(0);
  live_ = status_ = raised_ = 0;
  factorial_ = 1;
  source_ = destination_ = count_ = command_ = ends_ = 0;
  written_ = written_bytes_ = 0;
  message_control_ = message_data_ = 0;
}

void Edu::identify(PciIdentity& identity) {
  identity.vendor = 0x1234;
  identity.device = 0x11e8;
  identity.class_code = 0x00ff00;
  identity.revision = 0x10;
}

void Edu::appear(PciFunction& function) {
  function.add_bar(0, PciFunction::BarKind::kMemory32, kBarSize);
  const uint8_t body[12] = {0x80};  // one message, an address of 64 bits
  const uint8_t writable[12] = {0x01, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  message_at_ = function.add_capability(kMessageId, body, 14, writable);
}

void Edu::config_written(unsigned at, uint32_t value) {
  if (at == message_at_) message_control_ = value >> 16;
  if (at == message_at_ + 12) message_data_ = value & 0xffff;
}

uint64_t* Edu::transfer_register(uint64_t offset) {
  switch (offset) {
    case kSource:
      return &source_;
    case kDestination:
      return &destination_;
    case kCount:
      return &count_;
    case kCommand:
      return &command_;
    default:
      return nullptr;
  }
}

uint64_t Edu::read(unsigned, uint64_t offset, unsigned size) {
  if (size != 4 && (size != 8 || offset < kSource)) return kOnes;
  // Whoever looks sees how it is now.
  act();
  switch (offset) {
    case kId:
      return kIdentity;
    case kLive:
      return static_cast<uint32_t>(~live_);
    case kFactorial:
      return factorial_;
    case kStatus:
      return status_;
    case kRaised:
      return raised_;
    default:
      break;
  }
  const uint64_t* r = transfer_register(offset);
  return r ? *r : kOnes;
}

void Edu::write(unsigned, uint64_t offset, unsigned size, uint64_t value) {
  if (size != 4 && (size != 8 || offset < kSource)) return world_->misused("a register written in parts");
  act();
  const auto word = static_cast<uint32_t>(value);
  switch (offset) {
    case kLive:
      live_ = word;
      return;
    case kFactorial:
      factorial_ = 1;
      for (uint32_t n = word; n > 1 && factorial_; --n) factorial_ *= n;
      if (status_ & kTellFactorial) raise(kFactorialDone);
      return;
    case kStatus:
      status_ = word & kTellFactorial;
      return;
    case kRaise:
      raise(word);
      return;
    case kAcknowledge:
      raised_ &= ~word;
      return;
    default:
      break;
  }
  uint64_t* r = transfer_register(offset);
  if (!r) return;
  if (running()) return world_->misused("a register of the transfer that is under way");
  if (offset != kCommand) {
    *r = value;
    return;
  }
  if (!(value & kStart)) return;
  command_ = value;
  start();
}

void Edu::start() {
  const bool to_host = command_ & kToHost;
  const uint64_t host = to_host ? destination_ : source_, own = to_host ? source_ : destination_;
  const char* wrong = nullptr;
  if (!count_) wrong = "a transfer of nothing";
  if (!in_buffer(own, count_)) wrong = "a transfer beyond its buffer";
  if (host >= kReach || count_ > kReach - host) wrong = "an address beyond the 28 bits that it drives";
  if (wrong) {
    command_ = 0;
    return world_->misused(wrong);
  }
  ends_ = world_->now() + kTransferNs;
  written_ = host;
  written_bytes_ = to_host ? count_ : 0;
}

bool Edu::act() {
  if (!running() || world_->now() < ends_) return false;
  const uint64_t command = command_;
  // A bus that keeps it from memory is none of its business.
  if (command & kToHost) {
    world_->write(destination_, &buffer_[source_ - kBuffer], count_);
  } else {
    world_->read(source_, &buffer_[destination_ - kBuffer], count_);
  }
  command_ &= ~kStart;
  if (command & kTell) raise(kTransferDone);
  return true;
}

void Edu::raise(uint32_t why) {
  raised_ |= why;
  if (raised_) world_->message(0);
}

bool Edu::own_field(uint64_t dma, size_t n) {
  return dma >= written_ && dma + n <= written_ + written_bytes_;
}

}  // namespace dmafuzz
