// SPDX-License-Identifier: GPL-2.0-only
//
// Registers and queues of an NVMe controller. By the NVM Express Base Specification 1.4, chapters 3, 4 and 7.
#include "driver/models/nvme.h"

#include <algorithm>
#include <cstring>

#include "driver/models/nvme_internal.h"

namespace dmafuzz {

using namespace nvme;

namespace {

enum Register : uint64_t {
  kCapabilities = 0,
  kVersion = 8,
  kMaskSet = 0xc,
  kMaskClear = 0x10,
  kConfig = 0x14,
  kStatus = 0x1c,
  kAdminSizes = 0x24,
  kAdminSubmission = 0x28,
  kAdminCompletion = 0x30,
  kDoorbells = 0x1000,
};

constexpr uint32_t kEnable = 1, kReady = 1, kShutDown = 2 << 2;
constexpr uint64_t kBarSize = 0x4000, kMessageTable = 0x2000, kMessagesWaiting = 0x3000;
constexpr uint32_t kSubmissionEntry = 64, kCompletionEntry = 16;
constexpr uint32_t kMaxEntries = 64;

}  // namespace

uint64_t Nvme::blocks() const {
  return kDisk / block();
}

void Nvme::reset() {
  disk_.reset();
  lose_power();
}

void Nvme::lose_power() {
  config_ = status_ = masked_ = admin_sizes_ = 0;
  admin_submission_ = admin_completion_ = 0;
  served_ = 0;
  stop_queues();
}

void Nvme::stop_queues() {
  submissions_.fill({});
  completions_.fill({});
  next_ = 0;
  events_ = 0;
  shadows_ = shadow_events_ = 0;
  host_memory_.clear();
}

void Nvme::identify(PciIdentity& identity) {
  // A controller like any other: the driver's entry for the class.
  identity.vendor = 0x1d0c;
  identity.device = 0x0001;
  identity.class_code = 0x010802;
}

void Nvme::appear(PciFunction& function) {
  function.add_bar(0, PciFunction::BarKind::kMemory64, kBarSize);
  function.add_messages(kQueues, 0, kMessageTable, kMessagesWaiting);
}

uint64_t Nvme::capabilities() const {
  const uint64_t contiguous = 1 << 16, ready_in = 2, nvm_commands = uint64_t{1} << 37;
  return (kMaxEntries - 1) | contiguous | ready_in << 24 | uint64_t{stride()} << 32 | nvm_commands;
}

bool Nvme::interrupt() const {
  return std::ranges::any_of(completions_, [&](const Completion& c) {
    return c.on && c.interrupts && c.head != c.tail && !(masked_ & 1u << c.vector);
  });
}

uint32_t Nvme::word(uint64_t offset) const {
  const auto half = [&](uint64_t value) { return static_cast<uint32_t>(offset & 4 ? value >> 32 : value); };
  switch (offset & ~uint64_t{7}) {
    case kCapabilities:
      return half(capabilities());
    case kAdminSubmission:
      return half(admin_submission_);
    case kAdminCompletion:
      return half(admin_completion_);
    default:
      break;
  }
  switch (offset) {
    case kVersion:
      return 0x10400;
    case kMaskSet:
    case kMaskClear:
      return masked_;
    case kConfig:
      return config_;
    case kStatus:
      return status_;
    case kAdminSizes:
      return admin_sizes_;
    default:
      return 0;
  }
}

uint64_t Nvme::read(unsigned, uint64_t offset, unsigned size) {
  if (size == 8) return pair(word(offset), word(offset + 4));
  const uint32_t value = word(offset & ~uint64_t{3}) >> (offset & 3) * 8;
  return size == 4 ? value : value & ((1u << size * 8) - 1);
}

void Nvme::write(unsigned, uint64_t offset, unsigned size, uint64_t value) {
  if (size == 8) write_word(offset + 4, static_cast<uint32_t>(value >> 32));
  if (size >= 4) write_word(offset, static_cast<uint32_t>(value));
}

void Nvme::write_word(uint64_t offset, uint32_t value) {
  const auto set_half = [&](uint64_t& reg) {
    const unsigned shift = offset & 4 ? 32 : 0;
    reg = (reg & ~(uint64_t{0xffffffff} << shift)) | uint64_t{value} << shift;
  };
  switch (offset) {
    case kMaskSet:
      masked_ |= value;
      return;
    case kMaskClear:
      masked_ &= ~value;
      return;
    case kConfig:
      return configure(value);
    case kAdminSizes:
      admin_sizes_ = value;
      return;
    case kAdminSubmission:
    case kAdminSubmission + 4:
      return set_half(admin_submission_);
    case kAdminCompletion:
    case kAdminCompletion + 4:
      return set_half(admin_completion_);
    default:
      if (offset >= kDoorbells) ring(offset - kDoorbells, value);
  }
}

void Nvme::configure(uint32_t value) {
  const bool was_on = config_ & kEnable, on = value & kEnable;
  config_ = value;
  if (!was_on && on) {
    stop_queues();
    submissions_[0] = {.on = true, .base = admin_submission_ & ~(kPage - 1), .size = (admin_sizes_ & 0xfff) + 1};
    completions_[0] = {.on = true,
                       .base = admin_completion_ & ~(kPage - 1),
                       .size = (admin_sizes_ >> 16 & 0xfff) + 1,
                       .phase = true,
                       .interrupts = true};
    status_ = kReady;
  } else if (was_on && !on) {
    stop_queues();
    masked_ = 0;
    status_ = 0;
  }
  // Told that the power goes: it is done with all at once, and leaves the host's memory alone.
  if (value & 3u << 14) {
    host_memory_.clear();
    status_ |= kShutDown;
  } else {
    status_ &= ~kShutDown;
  }
}

void Nvme::ring(uint64_t offset, uint32_t value) {
  const uint64_t apart = uint64_t{4} << stride();
  const uint64_t n = offset / apart;
  if (offset % apart || n / 2 >= kQueues) return;
  // A value that the queue does not have changes nothing.
  if (n % 2) {
    Completion& c = completions_[n / 2];
    if (c.on && value < c.size) c.head = value;
  } else {
    Submission& s = submissions_[n / 2];
    if (s.on && value < s.size) s.tail = value;
  }
}

// Doorbells that the driver keeps in its memory; it is told from which value on it is to use the register.
void Nvme::look_at_shadows() {
  if (!shadows_) return;
  const uint64_t apart = uint64_t{4} << stride();
  for (unsigned queue = 1; queue < kQueues; ++queue) {
    if (!submissions_[queue].on || !completions_[queue].on) continue;
    for (unsigned which = 0; which < 2; ++which) {
      const uint64_t at = (queue * 2 + which) * apart;
      uint32_t value = 0;
      if (!world_->read(shadows_ + at, &value, sizeof value)) continue;
      ring(at, value);
      world_->write(shadow_events_ + at, &value, sizeof value);
    }
  }
}

bool Nvme::complete(unsigned queue, uint32_t command, uint32_t result, uint32_t status) {
  const Submission& s = submissions_[queue];
  Completion& c = completions_[s.completion];
  const uint32_t entry[4] = {result, 0, s.head | queue << 16,
                             (command & 0xffff) | uint32_t{c.phase} << 16 | status << 17};
  // The word with the phase bit comes last.
  const uint64_t at = c.base + c.tail * kCompletionEntry;
  if (!world_->write(at, entry, 12) || !world_->write(at + 12, &entry[3], 4)) return false;
  if (++c.tail == c.size) {
    c.tail = 0;
    c.phase = !c.phase;
  }
  if (c.interrupts) world_->message(c.vector);
  return true;
}

bool Nvme::act() {
  if (!(status_ & kReady)) return false;
  look_at_shadows();
  for (unsigned i = 0; i < kQueues; ++i) {
    const unsigned queue = (next_ + i) % kQueues;
    Submission& s = submissions_[queue];
    if (!s.on || s.head == s.tail) continue;
    const Completion& c = completions_[s.completion];
    if (!c.on || (c.tail + 1) % c.size == c.head) continue;  // no room to say that it is done
    next_ = queue + 1;
    Command command;
    const bool got = world_->read(s.base + s.head * kSubmissionEntry, command.data(), sizeof command);
    s.head = (s.head + 1) % s.size;
    if (!got) return true;
    uint32_t result = 0;
    bool later = false;
    const uint32_t status = queue ? serve(command) : administer(command, result, later);
    if (!later) complete(queue, command[0] >> 16, result, status);
    return true;
  }
  return false;
}

bool Nvme::own_field(uint64_t dma, size_t n) {
  const auto inside = [&](uint64_t base, uint64_t size) { return dma >= base && dma + n <= base + size; };
  return std::ranges::any_of(completions_,
                             [&](const Completion& c) { return c.on && inside(c.base, c.size * kCompletionEntry); }) ||
         std::ranges::any_of(host_memory_, [&](const Piece& p) { return inside(p.dma, p.size); }) ||
         (shadow_events_ && inside(shadow_events_, kPage));
}

}  // namespace dmafuzz
