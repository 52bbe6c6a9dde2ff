// SPDX-License-Identifier: GPL-2.0-only
//
// See queue.h: the device's side.
#include <algorithm>

#include "device/device.h"
#include "dmasan/dmasan.h"
#include "memory/memory.h"
#include "queue.h"

namespace dmafuzz {
namespace {

uint64_t phys_of(const void* piece) {
  return reinterpret_cast<uint64_t>(piece) - HOST_LINEAR_BASE;
}

}  // namespace

// A device that follows what it wrote itself, or what is gone by now, runs into its IOMMU: that is no finding.
bool Queue::may_touch(uint64_t address, size_t n, bool write) const {
  const auto covers = [&](const Mapping& m) {
    return address + n <= m.dma + m.size && (m.dir == DMAF_BIDIRECTIONAL || (m.dir == DMAF_FROM_DEVICE) == write);
  };
  const uint32_t at = dmasan().registry().covering(parent_, address, covers);
  return at != Registry::kNone && covers(dmasan().registry().at(at));
}

// Without VIRTIO_F_ACCESS_PLATFORM the device is part of the machine: it has physical addresses and passes by the DMA
// API and what that stands for.
bool Queue::device_read(uint64_t address, void* bytes, size_t n) {
  if (!platform()) return memory().device_read(address, bytes, n);
  if (hostile() && !may_touch(address, n, false)) return false;
  return dmafuzz::device().read(address, bytes, n).ok();
}

bool Queue::device_write(uint64_t address, const void* bytes, size_t n) {
  if (!platform()) return memory().device_write(address, bytes, n);
  if (hostile() && !may_touch(address, n, true)) return false;
  return dmafuzz::device().write(address, bytes, n).ok();
}

// Whether the chain leads to where the buffer lies, by the books of DmaSan: a device that is not faithful may have
// written into the ring what it reads there.
bool Queue::reachable(const VringBuffer& b) const {
  for (size_t i = 0; i < b.chain.segments.size(); ++i) {
    const VringSegment& s = b.chain.segments[i];
    const uint64_t phys = phys_of(kernel_vring_piece(b.handle, static_cast<unsigned>(i)));
    if (!platform()) {
      if (s.address != phys) return false;
      continue;
    }
    const unsigned dir = s.writable ? DMAF_FROM_DEVICE : DMAF_TO_DEVICE;
    const auto is_it = [&](const Mapping& m) {
      return m.dev == parent_ && m.phys == phys && m.size == s.length && m.dir == dir;
    };
    const uint32_t at = dmasan().registry().find(s.address, is_it);
    if (at == Registry::kNone || !is_it(dmasan().registry().at(at))) return false;
  }
  return true;
}

// What the device sees is what the driver added.
void Queue::check_chain(VringBuffer& b) {
  const VringChain& c = b.chain;
  bool same = c.segments.size() == b.count && c.descs == b.descs && c.indirect == (b.descs == 1 && b.count > 1);
  for (unsigned i = 0; same && i < b.count; ++i) {
    same = c.segments[i].length == b.shape.length[i] && c.segments[i].writable == (i >= b.out);
  }
  if (hostile()) {
    b.reached = same && reachable(b);
    return;
  }
  if (!same) {
    ByteTarget::mismatch(
        "the device sees {} pieces in {} descriptors, indirect {}, of a buffer of {} pieces in {}, or other lengths",
        c.segments.size(), c.descs, c.indirect, b.count, b.descs);
  }
  if (!platform() && !reachable(b)) ByteTarget::mismatch("the device does not see physical addresses");
}

// The device reads what it was given to read.
void Queue::read_out(const VringBuffer& b) {
  for (unsigned i = 0; i < b.out; ++i) {
    const uint32_t n = b.shape.length[i];
    scratch_.resize(n);
    expected_.resize(n);
    const bool ok = device_read(b.chain.segments[i].address, scratch_.data(), n);
    if (hostile()) continue;
    if (!ok) ByteTarget::mismatch("the device cannot read piece {} at {:#x}", i, b.chain.segments[i].address);
    dmaf_pattern_bytes(expected_.data(), static_cast<dmaf_u16>(b.shape.seed + i), 0, n);
    if (scratch_ != expected_) ByteTarget::mismatch("the device does not read in piece {} what the driver wrote", i);
  }
}

// And writes so much of what it was given to write.
void Queue::write_in(VringBuffer& b, uint32_t length) {
  b.written = std::min(length, b.in_bytes);
  b.seed = static_cast<uint16_t>(b.shape.seed ^ 0x8000);
  uint32_t left = b.written;
  for (unsigned i = b.out; i < b.count && left; ++i) {
    const uint32_t n = std::min(left, b.shape.length[i]);
    left -= n;
    scratch_.resize(n);
    dmaf_pattern_bytes(scratch_.data(), static_cast<dmaf_u16>(b.seed + i), 0, n);
    if (!device_write(b.chain.segments[i].address, scratch_.data(), n) && !hostile()) {
      ByteTarget::mismatch("the device cannot write piece {} at {:#x}", i, b.chain.segments[i].address);
    }
  }
}

void Queue::fetch(unsigned most) {
  if (dead_) return;
  static VringChain chain;
  unsigned count = 0;
  for (; count < most; ++count) {
    const auto result = device_.fetch(chain);
    if (result == VringDevice::Fetch::kMalformed) {
      if (!hostile()) ByteTarget::mismatch("the device finds {}", device_.complaint());
      break;
    }
    if (result == VringDevice::Fetch::kNothing) {
      if (!hostile() && !added_.empty()) ByteTarget::mismatch("the device does not see {} buffers", added_.size());
      break;
    }
    if (added_.empty()) {
      if (!hostile()) ByteTarget::mismatch("the device sees a buffer that was not added");
      break;
    }
    VringBuffer* b = added_.front();
    added_.erase(added_.begin());
    fetched_.push_back(b);
    b->state = VringBuffer::State::kFetched;
    std::swap(b->chain, chain);
    check_chain(*b);
    if (b->reached) read_out(*b);
  }
  t_.op("device takes {}", count);
}

void Queue::used(VringBuffer* b, uint32_t length) {
  b->length = length;
  b->state = VringBuffer::State::kUsed;
  used_.push_back(b);
}

void Queue::complete(unsigned n, uint32_t length) {
  if (fetched_.empty() || dead_) return;
  n = in_order() ? 0 : n % static_cast<unsigned>(fetched_.size());
  VringBuffer* b = fetched_[n];
  fetched_.erase(fetched_.begin() + n);
  if (b->reached) write_in(*b, length);
  t_.op("device completes {}, {} bytes of {}", b->chain.id, b->written, b->in_bytes);
  used(b, b->written);
  device_.use(b->chain.id, b->written, 1, b->chain.descs);
}

void Queue::complete_batch(unsigned count, uint32_t length) {
  if (dead_) return;
  count = std::min(count, static_cast<unsigned>(fetched_.size()));
  if (!count) return;
  unsigned descs = 0;
  VringBuffer* last = nullptr;
  for (unsigned i = 0; i < count; ++i) {
    last = fetched_.front();
    fetched_.erase(fetched_.begin());
    // Of those that are passed over the driver takes it that they were filled.
    if (last->reached) write_in(*last, i + 1 == count ? length : ~0u);
    used(last, last->written);
    descs += last->chain.descs;
  }
  t_.op("device completes {} up to {}, {} bytes of {}", count, last->chain.id, last->written, last->in_bytes);
  device_.use(last->chain.id, last->written, count, descs);
}

void Queue::ask_for_kick(VringDevice::Kick kick, unsigned ahead) {
  if (dead_) return;
  t_.op("device asks for notifications: {}, {} ahead", static_cast<uint64_t>(kick), ahead);
  device_.ask_for_kick(kick, device_.available() + ahead);
}

void Queue::signal() {
  if (dead_) return;
  const uint64_t from = device_.told(), to = device_.used();
  const bool wanted = device_.interrupt_wanted(), event = features_ & KERNEL_VRING_EVENT_IDX;
  t_.op("device would signal {} new, wanted {}", to - from, wanted);
  if (from == to) return;
  if (!hostile()) {
    if (!event && wanted != enabled_) {
      ByteTarget::mismatch("callbacks are {}, and interrupts {}", enabled_ ? "enabled" : "disabled",
                           wanted ? "on" : "off");
    }
    const bool always = packed() && enabled_ && !event_flag_;
    if (event && !wanted && (always || (armed_ && to > armed_hi_))) {
      ByteTarget::mismatch("the driver does not want the interrupt that it has asked for");
    }
  }
  if (!wanted) return;
  armed_ = false;
  interrupt();
}

void Queue::interrupt() {
  const unsigned called = called_;
  const bool pending = !used_.empty(), broken = broken_;
  t_.op("interrupt, {} used", used_.size());
  call();
  const bool handled = kernel_vring_interrupt();
  t_.result(handled);
  if (!hostile() && handled != pending)
    ByteTarget::mismatch("an interrupt with {} is {}handled", pending, handled ? "" : "not ");
  const bool calls = handled && !broken && config_.setup.flags & KERNEL_VRING_CALLBACK;
  if (called_ - called != calls) ByteTarget::mismatch("the callback was called {} times", called_ - called);
  check_state();
}

}  // namespace dmafuzz
