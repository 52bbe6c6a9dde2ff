// SPDX-License-Identifier: GPL-2.0-only
//
// See virtio.h. Offsets and bits are the specification's.
#include "driver/models/virtio.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace dmafuzz {
namespace {

// Where its structures lie in BAR 0; messages have BAR 1.
constexpr uint32_t kCommon = 0, kIsr = 0x1000, kDevice = 0x2000, kNotify = 0x8000;
constexpr uint32_t kCommonSize = 64, kWindow = 0x1000, kBarSize = 0x10000;
constexpr uint32_t kNotifyStep = 4;

constexpr unsigned kIndirect = 28, kEvent = 29, kVersion1 = 32, kAccessPlatform = 33, kPacked = 34, kInOrder = 35,
                   kNotificationData = 38, kRingReset = 40;
constexpr uint8_t kDriverOk = 4, kFeaturesOk = 8, kNeedsReset = 0x40;
constexpr uint16_t kNoVector = 0xffff;
constexpr size_t kMostBytes = 8u << 20;  // of one buffer

// Common configuration.
enum : uint32_t {
  kDeviceSelect = 0,
  kDeviceFeature = 4,
  kDriverSelect = 8,
  kDriverFeature = 12,
  kConfigVector = 16,
  kNumQueues = 18,
  kStatus = 20,
  kGeneration = 21,
  kSelect = 22,
  kSize = 24,
  kVector = 26,
  kEnable = 28,
  kNotifyOff = 30,
  kAreas = 32,  // descriptors, driver, device: low and high words
  kNotifyName = 56,
  kReset = 58,
};

}  // namespace

void VirtioDevice::reset() {
  kind_ = kind();
  power_off();
  config_vector_ = kNoVector;
  device_select_ = driver_select_ = select_ = 0;
  generation_ = 0;
}

void VirtioDevice::power_off() {
  accepted_ = 0;
  status_ = isr_ = 0;
  config_vector_ = kNoVector;
  for (Queue& queue : queues_) {
    queue = {};
    queue.size = largest();
  }
  for (unsigned i = 0; i < kind_.queues; ++i) forget(i);
}

uint16_t VirtioDevice::largest() const {
  const uint16_t size = variant(kVirtioSmall) ? 32 : 64;
  return variant(kVirtioOdd) && variant(kVirtioPacked) ? static_cast<uint16_t>(size - 11) : size;
}

void VirtioDevice::identify(PciIdentity& identity) {
  identity.device = static_cast<uint16_t>(0x1040 + kind().id);
  identity.subvendor = identity.vendor;
  identity.subdevice = 0x1100;
  identity.class_code = kind().class_code;
  identity.revision = 1;
}

void VirtioDevice::appear(PciFunction& function) {
  function.add_bar(0, PciFunction::BarKind::kMemory64, kBarSize);
  function.add_bar(2, PciFunction::BarKind::kMemory32, 0x1000);
  function.add_messages(kMessages, 2, 0, 0x800);
  const auto structure = [&](uint8_t type, uint32_t offset, uint32_t length, unsigned size) {
    // What follows the id and the link: length of the capability, type, BAR, id, padding, offset and length of it.
    uint8_t body[18] = {static_cast<uint8_t>(size), type};
    std::memcpy(body + 6, &offset, 4);
    std::memcpy(body + 10, &length, 4);
    const uint32_t step = kNotifyStep;
    std::memcpy(body + 14, &step, 4);
    return function.add_capability(9, body, size);
  };
  structure(1, kCommon, kCommonSize, 16);
  notify_capability_ = structure(2, kNotify, kWindow, 20);
  structure(3, kIsr, 1, 16);
  structure(4, kDevice, 0x100, 16);
}

uint32_t VirtioDevice::config_read(unsigned at, uint32_t value) {
  if (!variant(kVirtioFarNotify)) return value;
  if (at == notify_capability_ + 12) return kWindow * kQueues;  // length
  if (at == notify_capability_ + 16) return kWindow;            // step
  return value;
}

uint64_t VirtioDevice::offered() const {
  uint64_t features = kind_.features | bit(kVersion1) | bit(kAccessPlatform);
  if (variant(kVirtioPacked)) features |= bit(kPacked);
  if (!variant(kVirtioNoIndirect)) features |= bit(kIndirect);
  if (!variant(kVirtioNoEvent)) features |= bit(kEvent);
  if (variant(kVirtioRingReset)) features |= bit(kRingReset);
  if (variant(kVirtioNotifyData)) features |= bit(kNotificationData);
  if (variant(kVirtioInOrder)) features |= bit(kInOrder);
  return features;
}

// ---- registers

uint64_t VirtioDevice::read(unsigned bar, uint64_t offset, unsigned size) {
  if (bar != 0) return 0;
  if (offset < kCommonSize) return common_read(static_cast<uint32_t>(offset));
  if (offset == kIsr) return std::exchange(isr_, uint8_t{0});
  uint64_t value = 0;
  if (offset >= kDevice && offset - kDevice + size <= kind_.config.size()) {
    std::memcpy(&value, &kind_.config[offset - kDevice], size);
  }
  return value;
}

uint64_t VirtioDevice::common_read(uint32_t at) const {
  const Queue* queue = select_ < kind_.queues ? &queues_[select_] : nullptr;
  const auto half = [](uint64_t features, uint32_t select) {
    return select < 2 ? features >> 32 * select & 0xffffffff : 0;
  };
  switch (at) {
    case kDeviceSelect:
      return device_select_;
    case kDeviceFeature:
      return half(offered(), device_select_);
    case kDriverSelect:
      return driver_select_;
    case kDriverFeature:
      return half(accepted_, driver_select_);
    case kConfigVector:
      return config_vector_;
    case kNumQueues:
      return kind_.queues;
    case kStatus:
      return status_;
    case kGeneration:
      return generation_;
    case kSelect:
      return select_;
    default:
      break;
  }
  if (!queue) return 0;
  switch (at) {
    case kSize:
      return queue->size;
    case kVector:
      return queue->vector;
    case kEnable:
      return queue->enabled;
    case kNotifyOff:
    case kNotifyName:
      return select_;
    default:
      break;
  }
  if (at >= kAreas && at < kNotifyName) return queue->area[(at - kAreas) / 8] >> 8 * (at % 8) & 0xffffffff;
  return 0;
}

void VirtioDevice::write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) {
  if (bar != 0) return;
  if (offset < kCommonSize) return common_write(static_cast<uint32_t>(offset), size, value);
  if (offset >= kDevice && offset - kDevice + size <= kind_.config.size()) {
    std::memcpy(&kind_.config[offset - kDevice], &value, size);
  }
  if (offset >= kNotify) {
    // The queue is told by the place; what is written says so again.
    const uint64_t queue = (offset - kNotify) / (variant(kVirtioFarNotify) ? kWindow : kNotifyStep);
    if (queue != (value & 0xffff)) return broken("a notification of another queue than it names");
    notify(static_cast<unsigned>(queue));
  }
}

uint16_t VirtioDevice::vector(uint64_t asked) const {
  const unsigned have = variant(kVirtioNoVectors) ? 0 : variant(kVirtioFewVectors) ? 2 : kMessages;
  return asked < have ? static_cast<uint16_t>(asked) : kNoVector;
}

void VirtioDevice::common_write(uint32_t at, unsigned size, uint64_t value) {
  const auto word = static_cast<uint16_t>(value);
  Queue* queue = selected();
  switch (at) {
    case kDeviceSelect:
      device_select_ = static_cast<uint32_t>(value);
      return;
    case kDriverSelect:
      driver_select_ = static_cast<uint32_t>(value);
      return;
    case kDriverFeature:
      if (driver_select_ > 1) {
        if (value) broken("features that there are not");
        return;
      }
      accepted_ = (accepted_ & ~(uint64_t{0xffffffff} << 32 * driver_select_)) | (value & 0xffffffff)
                                                                                     << 32 * driver_select_;
      return;
    case kConfigVector:
      config_vector_ = vector(word);
      return;
    case kStatus:
      return set_status(static_cast<uint8_t>(value));
    case kSelect:
      select_ = word;
      return;
    default:
      break;
  }
  if (!queue) return;
  if (at >= kAreas && at < kNotifyName) {
    uint64_t& area = queue->area[(at - kAreas) / 8];
    if (queue->enabled) broken("another place for a queue that is enabled");
    if (size == 8) area = value;
    if (size == 4) std::memcpy(reinterpret_cast<uint8_t*>(&area) + at % 8, &value, 4);
    return;
  }
  switch (at) {
    case kSize:
      if (queue->enabled) return broken("another size for a queue that is enabled");
      queue->size = word;
      break;
    case kVector:
      queue->vector = vector(word);
      break;
    case kEnable:
      if (word == 1 && !queue->enabled) enable(*queue);
      break;
    case kReset:
      if (word == 1 && has(kRingReset)) {
        const uint16_t keep = queue->vector;
        *queue = {};
        queue->size = largest();
        forget(select_);
        queue->vector = keep;
      }
      break;
    default:
      break;
  }
}

void VirtioDevice::set_status(uint8_t value) {
  if (!value) return power_off();
  // What it does not offer it does not take.
  if (value & kFeaturesOk && !(status_ & kFeaturesOk)) {
    if (accepted_ & ~offered() || !has(kVersion1) || !has(kAccessPlatform)) value &= static_cast<uint8_t>(~kFeaturesOk);
  }
  status_ = static_cast<uint8_t>(value | (status_ & kNeedsReset));
}

void VirtioDevice::enable(Queue& queue) {
  const bool packed = has(kPacked);
  if (!queue.size || queue.size > 1024 || (!packed && queue.size & (queue.size - 1))) {
    return broken("a queue of an impossible size");
  }
  queue.ring.open({.packed = packed,
                   .event_idx = has(kEvent),
                   .indirect = has(kIndirect),
                   .num = queue.size,
                   .desc = queue.area[0],
                   .driver = queue.area[1],
                   .device = queue.area[2]},
                  {this,
                   [](void* self, uint64_t at, void* to, size_t n) {
                     return static_cast<VirtioDevice*>(self)->world_->read(at, to, n);
                   },
                   [](void* self, uint64_t at, const void* from, size_t n) {
                     return static_cast<VirtioDevice*>(self)->world_->write(at, from, n);
                   }});
  queue.enabled = true;
}

// ---- queues

void VirtioDevice::notify(unsigned queue) {
  if (queue >= kind_.queues || !queues_[queue].enabled) return broken("a notification of a queue that is not enabled");
  if (!(status_ & kDriverOk)) return broken("a notification before it was started");
  queues_[queue].notified = true;
  if (running() && when(queue) == When::kAtOnce) {
    while (serve_one(queue)) {
    }
  }
}

bool VirtioDevice::act() {
  if (!running()) return false;
  for (unsigned i = 0; i < kind_.queues; ++i) {
    if (when(i) == When::kInTurn && serve_one(i)) return true;
  }
  return false;
}

bool VirtioDevice::take(unsigned index, VringChain& chain) {
  Queue& queue = queues_[index];
  if (!queue.enabled || !queue.notified) return false;
  if (!fetch(index, chain)) {
    // Looked at again after the driver was asked to notify of what comes.
    queue.ring.ask_for_kick(VringDevice::Kick::kAlways);
    if (!fetch(index, chain)) {
      queue.notified = false;
      return false;
    }
  }
  // While it is at it, nobody needs to tell it of more.
  queue.ring.ask_for_kick(VringDevice::Kick::kNever);
  return true;
}

bool VirtioDevice::serve_one(unsigned index) {
  VringChain chain;
  if (!take(index, chain)) return false;
  use(index, chain, serve(index, chain));
  done(index);
  return true;
}

bool VirtioDevice::fetch(unsigned index, VringChain& chain) {
  Queue& queue = queues_[index];
  if (!running() || !queue.enabled) return false;
  switch (queue.ring.fetch(chain)) {
    case VringDevice::Fetch::kChain:
      return true;
    case VringDevice::Fetch::kMalformed:
      broken(queue.ring.complaint());
      return false;
    case VringDevice::Fetch::kNothing:
      break;
  }
  return false;
}

void VirtioDevice::use(unsigned index, const VringChain& chain, uint32_t written) {
  queues_[index].ring.use(chain.id, written, 1, chain.descs);
}

void VirtioDevice::done(unsigned index) {
  Queue& queue = queues_[index];
  if (!queue.ring.interrupt_wanted()) return;
  if (queue.vector == kNoVector || !world_->message(queue.vector)) isr_ |= 1;
}

bool VirtioDevice::gather(const VringChain& chain, std::vector<uint8_t>& out) {
  out.clear();
  for (const VringSegment& s : chain.segments) {
    if (s.writable || !s.length) continue;
    const size_t old = out.size();
    if (old + s.length > kMostBytes) return false;
    out.resize(old + s.length);
    if (!world_->read(s.address, out.data() + old, s.length)) return false;
  }
  return true;
}

uint32_t VirtioDevice::scatter(const VringChain& chain, std::span<const uint8_t> bytes) {
  uint32_t written = 0;
  for (const VringSegment& s : chain.segments) {
    if (!s.writable || bytes.empty()) continue;
    const size_t part = std::min<size_t>(s.length, bytes.size());
    if (!world_->write(s.address, bytes.data(), part)) return 0;
    bytes = bytes.subspan(part);
    written += static_cast<uint32_t>(part);
  }
  return written;
}

uint64_t VirtioDevice::room(const VringChain& chain) {
  uint64_t sum = 0;
  for (const VringSegment& s : chain.segments) sum += s.writable ? s.length : 0;
  return sum;
}

void VirtioDevice::reconfigure(std::vector<uint8_t> config) {
  kind_.config = std::move(config);
  ++generation_;
  if (!(status_ & kDriverOk)) return;
  if (config_vector_ == kNoVector || !world_->message(config_vector_)) isr_ |= 2;
}

void VirtioDevice::broken(std::string_view why) {
  world_->misused(why);
  status_ |= kNeedsReset;
}

bool VirtioDevice::own_field(uint64_t dma, size_t n) {
  const auto in = [&](uint64_t start, uint64_t size) { return start && dma >= start && dma - start + n <= size; };
  for (unsigned i = 0; i < kind_.queues; ++i) {
    const Queue& queue = queues_[i];
    if (!queue.enabled) continue;
    if (!has(kPacked)) {
      // The used ring with what it asks to be notified of.
      if (in(queue.area[2], 4 + 8u * queue.size + 2)) return true;
      continue;
    }
    if (in(queue.area[2], 4)) return true;
    // Of a descriptor: length, id and flags, which it writes back.
    if (in(queue.area[0], 16u * queue.size) && (dma - queue.area[0]) % 16 >= 8 &&
        (dma - queue.area[0]) % 16 + n <= 16) {
      return true;
    }
  }
  return false;
}

}  // namespace dmafuzz
