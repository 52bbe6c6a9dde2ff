// SPDX-License-Identifier: GPL-2.0-only
//
// There is no public manual: by the declarations of VMware's driver and by what it expects.
#include "driver/models/pvscsi.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace dmafuzz {
namespace {

constexpr uint64_t kPage = 4096, kBarSize = 8 * kPage, kMessageTable = 6 * kPage, kMessagesWaiting = 7 * kPage;
constexpr unsigned kMessageId = 0x05;  // of a capability

enum Register : uint64_t {
  kCommandRegister = 0,
  kCommandData = 4,
  kCommandStatus = 8,
  kRaised = 0x100c,
  kEnabled = 0x2010,
  kKickOthers = 0x3014,
  kKickTransfers = 0x4018,
};
enum Command : uint32_t {
  kResetHost = 1,
  kSetUpRings = 3,
  kResetBus = 4,
  kResetDevice = 5,
  kAbort = 6,
  kConfigure = 7,
  kSetUpMessages = 8,
  kSetUpThreshold = 10,
};
constexpr uint32_t kRefused = ~0u;

constexpr uint32_t kCompleted = 1, kSaid = 4;  // interrupts
constexpr uint32_t kAdded = 0, kRemoved = 1;   // what it says

// Words of the page of indices.
enum State : unsigned {
  kRequestsMade = 0,
  kRequestsTaken = 4,
  kRequestsLog = 8,
  kCompletionsMade = 12,
  kCompletionsTaken = 16,
  kCompletionsLog = 20,
  kThreshold = 24,
  kMessagesMade = 128,
  kMessagesTaken = 132,
  kMessagesLog = 136,
};
constexpr uint32_t kRequestSize = 128, kCompletionSize = 32, kMessageSize = 128;

// Of a request.
constexpr uint32_t kByList = 1, kToHost = 8, kToDevice = 16;
constexpr uint32_t kChained = 1;  // of an element of a list
constexpr unsigned kMostElements = 512;
constexpr uint64_t kMostBytes = 64u << 20;

enum HostStatus : uint16_t { kSuccess = 0, kNobody = 0x11, kBusFree = 0x13, kBusReset = 0x25, kAborted = 0x26 };

constexpr uint32_t kBusyThreshold = 1 << 16;
constexpr unsigned kComesAfter = 8, kGoesAfter = 24, kLosesEach = 5, kStumblesEach = 4;

bool is_transfer(uint8_t op) {
  return (op & 0x1d) == 0x08;  // of 6, 10, 12 and 16 bytes
}

}  // namespace

bool Pvscsi::Ring::has(uint64_t dma, size_t n) const {
  return std::any_of(pages.begin(), pages.begin() + count,
                     [&](uint64_t page) { return dma >= page && dma - page + n <= kPage; });
}

void Pvscsi::reset() {
  for (ScsiDisk& disk : disks_) {
    disk.reset({.big_blocks = has(kBigBlocks),
                .no_cache = has(kNoCache),
                .no_extras = has(kNoExtras),
                .read_only = has(kReadOnly)});
  }
  power_on();
}

void Pvscsi::lose_power() {
  for (ScsiDisk& disk : disks_) disk.lose_power();
  power_on();
}

void Pvscsi::power_on() {
  single_control_ = single_data_ = 0;
  command_ = result_ = raised_ = enabled_ = 0;
  arguments_.clear();
  second_ = has(kTwoDisks);
  served_ = moved_ = 0;
  forget();
}

void Pvscsi::forget() {
  state_ = 0;
  requests_ = completions_ = messages_ = {};
  threshold_ = kicked_ = false;
  raised_ = 0;
  waiting_.clear();
  lost_.clear();
}

void Pvscsi::identify(PciIdentity& identity) {
  identity.subvendor = identity.vendor;
  identity.subdevice = identity.device;
  identity.class_code = 0x010700;
  identity.revision = 2;
}

void Pvscsi::appear(PciFunction& function) {
  function.add_bar(0, PciFunction::BarKind::kMemory64, kBarSize);
  const uint8_t single[12] = {0x80};  // one message, an address of 64 bits
  const uint8_t writable[12] = {0x01, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  single_at_ = function.add_capability(kMessageId, single, 14, writable);
  table_at_ = function.add_messages(1, 0, kMessageTable, kMessagesWaiting);
}

// What capabilities there are the bus asked before a life began; where the table lies is asked for when it is used.
uint32_t Pvscsi::config_read(unsigned at, uint32_t value) {
  constexpr unsigned kTablePlace = 4;
  constexpr uint32_t kNoSuchBar = 5;
  return has(kNoTable) && at == table_at_ + kTablePlace ? (value & ~7u) | kNoSuchBar : value;
}

void Pvscsi::config_written(unsigned at, uint32_t value) {
  if (at == single_at_) single_control_ = value >> 16;
  if (at == single_at_ + 12) single_data_ = value & 0xffff;
}

// ---- registers

uint64_t Pvscsi::read(unsigned, uint64_t offset, unsigned) {
  switch (offset) {
    case kCommandStatus:
      return result_;
    case kRaised:
      return raised_;
    case kEnabled:
      return enabled_;
    default:
      return 0;
  }
}

void Pvscsi::write(unsigned, uint64_t offset, unsigned size, uint64_t value) {
  if (size != 4) return world_->misused("a register written in parts");
  const auto word = static_cast<uint32_t>(value);
  switch (offset) {
    case kCommandRegister: {
      command_ = word;
      arguments_.clear();
      const unsigned n = words(command_);
      // What it knows says how long it is, which is how drivers find out.
      result_ = n;
      if (n == 0) command();
      return;
    }
    case kCommandData:
      if (result_ == kRefused || arguments_.size() >= words(command_)) return;
      arguments_.push_back(word);
      if (arguments_.size() == words(command_)) command();
      return;
    case kRaised:
      raised_ &= ~word;
      return;
    case kEnabled:
      enabled_ = word;
      return raise(0);
    case kKickOthers:
    case kKickTransfers:
      kicked_ = true;
      return;
    default:
      return;
  }
}

unsigned Pvscsi::words(uint32_t command) const {
  switch (command) {
    case kResetHost:
    case kResetBus:
      return 0;
    case kSetUpRings:
      return 132;
    case kResetDevice:
      return 3;
    case kAbort:
      return 4;
    case kConfigure:
      return has(kOld) ? kRefused : 6;
    case kSetUpMessages:
      return has(kOld) ? kRefused : 34;
    case kSetUpThreshold:
      return has(kOld) || has(kNoThreshold) ? kRefused : 1;
    default:
      return kRefused;
  }
}

void Pvscsi::command() {
  switch (command_) {
    case kResetHost:
      forget();
      for (ScsiDisk& disk : disks_) disk.attend();
      break;
    case kSetUpRings:
      return set_up_rings();
    case kSetUpMessages:
      return set_up_messages();
    case kResetBus:
      return reset_targets(true, 0);
    case kResetDevice:
      return reset_targets(false, arguments_[0]);
    case kAbort:
      return abort(arguments_[0] | uint64_t{arguments_[1]} << 32);
    case kConfigure:
      return configure();
    case kSetUpThreshold:
      threshold_ = arguments_[0];
      result_ = threshold_;
      if (state_) state(kThreshold, threshold_ ? 1 : 0);
      break;
    default:
      break;
  }
}

void Pvscsi::set_up_rings() {
  const auto page = [&](unsigned at) { return (arguments_[at] | uint64_t{arguments_[at + 1]} << 32) * kPage; };
  const uint32_t requests = arguments_[0], completions = arguments_[1];
  if (!std::has_single_bit(requests) || !std::has_single_bit(completions) || requests > kMaxPages ||
      completions > kMaxPages) {
    return world_->misused("rings of an impossible size");
  }
  state_ = page(2);
  requests_ = {.count = requests, .entry = kRequestSize};
  completions_ = {.count = completions, .entry = kCompletionSize};
  for (unsigned i = 0; i < requests; ++i) requests_.pages[i] = page(4 + 2 * i);
  for (unsigned i = 0; i < completions; ++i) completions_.pages[i] = page(4 + 2 * kMaxPages + 2 * i);
  waiting_.clear();
  lost_.clear();
  state(kRequestsLog, static_cast<uint32_t>(std::bit_width(requests_.entries()) - 1));
  state(kCompletionsLog, static_cast<uint32_t>(std::bit_width(completions_.entries()) - 1));
}

void Pvscsi::set_up_messages() {
  if (!state_) return;  // as its declaration has it
  const uint32_t count = arguments_[0];
  if (!std::has_single_bit(count) || count > kMaxPages / 2) return world_->misused("a ring of an impossible size");
  messages_ = {.count = count, .entry = kMessageSize};
  for (unsigned i = 0; i < count; ++i) {
    messages_.pages[i] = (arguments_[2 + 2 * i] | uint64_t{arguments_[3 + 2 * i]} << 32) * kPage;
  }
  state(kMessagesLog, static_cast<uint32_t>(std::bit_width(messages_.entries()) - 1));
}

// The page about the host: how many targets it has.
void Pvscsi::configure() {
  constexpr uint32_t kHost = 0x1958, kHostAddress = 0x2120, kTargets = 472;
  const uint64_t to = arguments_[0] | uint64_t{arguments_[1]} << 32;
  if (arguments_[4] != kHost || arguments_[3] != kHostAddress) return;
  std::array<uint8_t, 480> page = {};
  const uint32_t number = kHost, targets = has(kManyTargets) ? 24 : 4;
  const uint16_t length = page.size() / 4;
  std::memcpy(&page[0], &number, 4);
  std::memcpy(&page[4], &length, 2);
  std::memcpy(&page[kTargets], &targets, 4);
  world_->write(to, page.data(), page.size());
}

uint32_t Pvscsi::state(unsigned at) {
  uint32_t value = 0;
  world_->read(state_ + at, &value, sizeof value);
  return value;
}

void Pvscsi::state(unsigned at, uint32_t value) {
  world_->write(state_ + at, &value, sizeof value);
}

void Pvscsi::raise(uint32_t what) {
  raised_ |= what;
  if (raised_ & enabled_) world_->message(0);
}

// ---- requests

bool Pvscsi::act() {
  if (!state_) return false;
  if (has(kBackwards)) {
    take_all();
  } else if (waiting_.empty()) {
    take();
  }
  if (waiting_.empty()) return false;
  // Without room for the answer it stays.
  if (completions_.at - state(kCompletionsTaken) >= completions_.entries()) return false;
  const Request r = has(kBackwards) ? waiting_.back() : waiting_.front();
  if (has(kBackwards)) {
    waiting_.pop_back();
  } else {
    waiting_.pop_front();
  }
  if (lost(r)) {
    lost_.push_back(r);
  } else {
    serve(r);
  }
  return true;
}

bool Pvscsi::take() {
  if (!kicked_) return false;
  if (state(kRequestsMade) == requests_.at) {
    // Looked at again after the driver was asked to tell of what comes.
    if (threshold_) state(kThreshold, 1);
    if (state(kRequestsMade) == requests_.at) {
      kicked_ = false;
      return false;
    }
  }
  if (threshold_) state(kThreshold, kBusyThreshold);
  if (state(kRequestsMade) - requests_.at > requests_.entries()) {
    world_->misused("more requests than its ring has room for");
    kicked_ = false;
    return false;
  }
  uint8_t e[kRequestSize];
  if (!world_->read(requests_.current(), e, sizeof e)) {
    kicked_ = false;
    return false;
  }
  Request r = {};
  std::memcpy(&r.context, e, 8);
  std::memcpy(&r.data, e + 8, 8);
  std::memcpy(&r.length, e + 16, 8);
  std::memcpy(&r.sense, e + 24, 8);
  std::memcpy(&r.sense_length, e + 32, 4);
  std::memcpy(&r.flags, e + 36, 4);
  std::memcpy(r.cdb.data(), e + 40, 16);
  r.cdb_length = e[56];
  r.lun = e[58];
  r.bus = e[66];
  r.target = e[67];
  ++requests_.at;
  state(kRequestsTaken, requests_.at);
  if (!r.context || r.context >> 32) world_->misused("a request without a name");
  if (!r.cdb_length || r.cdb_length > 16) world_->misused("a command of an impossible length");
  waiting_.push_back(r);
  return true;
}

void Pvscsi::take_all() {
  while (take()) {
  }
}

bool Pvscsi::present(unsigned target) const {
  return target == 0 || (target == 1 && second_);
}

bool Pvscsi::lost(const Request& r) {
  return has(kLoses) && is_transfer(r.cdb[0]) && ++moved_ % kLosesEach == 0;
}

void Pvscsi::serve(const Request& r) {
  if (r.bus || !present(r.target)) {
    answer(r, kNobody, 0, 0, 0);
    return;
  }
  if (has(kStumbles) && is_transfer(r.cdb[0]) && ++moved_ % kStumblesEach == 0) {
    answer(r, kBusFree, 0, 0, 0);
    return;
  }
  ScsiDisk& disk = disks_[r.target];
  out_.clear();
  if (r.flags & kToDevice && r.length <= kMostBytes) {
    out_.resize(r.length);
    if (!move(r, out_.data(), out_.size(), false)) out_.clear();
  }
  const ScsiDisk::Status status = disk.execute(r.cdb, r.lun, out_, in_);
  uint64_t done = out_.size();
  uint32_t told = 0;
  if (status == ScsiDisk::kGood && !in_.empty()) {
    if (!(r.flags & kToHost)) world_->misused("a command that brings data, without saying so");
    done = std::min<uint64_t>(in_.size(), r.length);
    if (!move(r, in_.data(), done, true)) done = 0;
  }
  if (status == ScsiDisk::kCheck) {
    done = 0;
    told = std::min<uint32_t>(r.sense_length, static_cast<uint32_t>(disk.sense().size()));
    if (told && !world_->write(r.sense, disk.sense().data(), told)) told = 0;
  }
  answer(r, kSuccess, status, done, told);
  ++served_;
  if (has(kComesAndGoes) && served_ == kComesAfter) {
    second_ = true;
    disks_[1].attend();
    say(kAdded);
  }
  if (has(kComesAndGoes) && served_ == kGoesAfter) {
    second_ = false;
    say(kRemoved);
  }
}

bool Pvscsi::move(const Request& r, uint8_t* bytes, size_t n, bool to_host) {
  const auto piece = [&](uint64_t dma, size_t size) {
    return to_host ? world_->write(dma, bytes, size) : world_->read(dma, bytes, size);
  };
  if (!(r.flags & kByList)) return !n || piece(r.data, n);
  uint64_t at = r.data;
  for (unsigned i = 0; n && i < kMostElements; ++i) {
    struct {
      uint64_t address;
      uint32_t length, flags;
    } element;
    if (!world_->read(at, &element, sizeof element)) return false;
    at += sizeof element;
    if (element.flags & kChained) {
      at = element.address;
      continue;
    }
    const size_t part = std::min<size_t>(n, element.length);
    if (!part || !piece(element.address, part)) return false;
    bytes += part;
    n -= part;
  }
  return !n;
}

bool Pvscsi::answer(const Request& r, uint16_t host, uint16_t scsi, uint64_t length, uint32_t sense_length) {
  uint8_t e[kCompletionSize] = {};
  std::memcpy(e, &r.context, 8);
  std::memcpy(e + 8, &length, 8);
  std::memcpy(e + 16, &sense_length, 4);
  std::memcpy(e + 20, &host, 2);
  std::memcpy(e + 22, &scsi, 2);
  if (!world_->write(completions_.current(), e, sizeof e)) return false;
  ++completions_.at;
  state(kCompletionsMade, completions_.at);
  raise(kCompleted);
  return true;
}

void Pvscsi::abort(uint64_t context) {
  if (!state_ || has(kIgnoresAborts)) return;
  take_all();
  const auto named = [&](const Request& r) { return r.context == context; };
  if (const auto at = std::ranges::find_if(lost_, named); at != lost_.end()) {
    const Request r = *at;
    lost_.erase(at);
    answer(r, kAborted, 0, 0, 0);
  } else if (const auto still = std::ranges::find_if(waiting_, named); still != waiting_.end()) {
    const Request r = *still;
    waiting_.erase(still);
    answer(r, kAborted, 0, 0, 0);
  }
}

void Pvscsi::reset_targets(bool all, unsigned target) {
  if (!state_ || has(kIgnoresResets)) return;
  take_all();
  const auto end = [&](auto& requests) {
    std::vector<Request> ended;
    std::erase_if(requests, [&](const Request& r) {
      if (!all && r.target != target) return false;
      ended.push_back(r);
      return true;
    });
    for (const Request& r : ended) answer(r, kBusReset, 0, 0, 0);
  };
  end(lost_);
  end(waiting_);
  for (unsigned i = 0; i < kDisks; ++i) {
    if (all || i == target) disks_[i].attend();
  }
}

void Pvscsi::say(uint32_t type) {
  if (!messages_.count || messages_.at - state(kMessagesTaken) >= messages_.entries()) return;
  uint32_t e[kMessageSize / 4] = {type, 0, 1};
  if (!world_->write(messages_.current(), e, sizeof e)) return;
  ++messages_.at;
  state(kMessagesMade, messages_.at);
  raise(kSaid);
}

bool Pvscsi::own_field(uint64_t dma, size_t n) {
  if (!state_) return false;
  if (completions_.has(dma, n) || messages_.has(dma, n)) return true;
  // Of the indices those that it writes.
  constexpr unsigned kOwn[] = {kRequestsTaken, kRequestsLog,  kCompletionsMade, kCompletionsLog,
                               kThreshold,     kMessagesMade, kMessagesLog};
  return std::ranges::any_of(kOwn, [&](unsigned at) { return dma >= state_ + at && dma + n <= state_ + at + 4; });
}

}  // namespace dmafuzz
