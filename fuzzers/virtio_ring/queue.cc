// SPDX-License-Identifier: GPL-2.0-only
//
// See queue.h: the driver's side and what the kernel calls.
#include "queue.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "device/device.h"
#include "dmasan/cache_model.h"
#include "memory/memory.h"

namespace dmafuzz {
namespace {

Queue* g_queue = nullptr;

// Bounce slots, of 2 KiB, that n bytes take at most.
uint32_t slots_of(uint32_t n) {
  return (n + 2047) / 2048 + 1;
}

}  // namespace

Queue::Queue(ByteTarget& target) : t_(target) {
  g_queue = this;
}

// --- life

bool Queue::open(const Config& config) {
  config_ = config;
  raise_context().degree = kDegreeWords[static_cast<size_t>(config_.degree)];
  const dmaf_config& d = config_.device;
  if (!parent_) {
    memory().set_dense(d.dense);
    memory().set_fill(d.fill);
    parent_ = kernel_device_open(&d);
    if (!parent_) return false;
    cache_model().set_active(!d.coherent);
    dmafuzz::device().open(parent_, d);
    scarce_ = d.path == DMAF_PATH_RESTRICTED || d.path == DMAF_PATH_POOL;
    seed_ = pieces_ = 0;
  }
  config_.setup.parent = parent_;
  const kernel_vring_setup& s = config_.setup;
  const bool packed = s.features & KERNEL_VRING_PACKED;
  const int ret = kernel_vring_open(&s);
  t_.result(static_cast<uint64_t>(ret));
  const bool struck = may_fail(), sound = packed || !(s.num & (s.num - 1));
  if (ret && (sound && !struck)) ByteTarget::mismatch("no queue came of sound parameters: {}", ret);
  if (!ret && !sound) ByteTarget::mismatch("a queue of {} came", s.num);
  if (ret) return false;
  open_ = true;
  dead_ = broken_ = stopped_ = false;
  features_ = kernel_vring_features();
  kernel_vring_look(&state_);
  num_ = state_.num;
  const bool reduced = num_ < s.num && s.flags & KERNEL_VRING_MAY_REDUCE && struck && !packed;
  if (num_ != s.num && !reduced) ByteTarget::mismatch("a queue of {} instead of {}", num_, s.num);
  slots_ = 0;
  start_device();
  check_state();
  return true;
}

void Queue::start_device() {
  pieces_ += 3;
  kernel_vring_look(&state_);
  device_.open({.packed = packed(),
                .event_idx = (features_ & KERNEL_VRING_EVENT_IDX) != 0,
                .indirect = (features_ & KERNEL_VRING_INDIRECT) != 0,
                .num = state_.num,
                .desc = state_.desc,
                .driver = state_.driver,
                .device = state_.device},
               {this,
                [](void* q, uint64_t address, void* bytes, size_t n) {
                  return static_cast<Queue*>(q)->device_read(address, bytes, n);
                },
                [](void* q, uint64_t address, const void* bytes, size_t n) {
                  return static_cast<Queue*>(q)->device_write(address, bytes, n);
                }});
  free_ = num_ = state_.num;
  added_at_ = kicked_at_ = taken_at_ = 0;
  enabled_ = config_.setup.flags & KERNEL_VRING_CALLBACK;
  event_flag_ = armed_ = false;
  if (enabled_) arm(0, 0);
}

void Queue::close(bool detach) {
  t_.op(detach ? "close, {} on the queue" : "close without looking, {} on the queue", outstanding());
  stopped_ = true;
  if (detach) {
    // Nothing that a device did may keep a driver from its buffers, nor bring any twice.
    while (void* handle = kernel_vring_detach()) {
      VringBuffer* b = remove(handle);
      if (!b) ByteTarget::mismatch("a buffer is detached that is not on the queue");
      release(b);
    }
    if (outstanding()) ByteTarget::mismatch("{} buffers did not come back", outstanding());
  } else {
    each_outstanding([](VringBuffer& b) {
      if (b.mapped) kernel_vring_unmap(b.handle);
      b.mapped = false;
    });
  }
  kernel_vring_close();
  for (auto* list : {&added_, &fetched_, &used_}) {
    for (VringBuffer* b : *list) release(b);
    list->clear();
  }
  open_ = false;
}

void Queue::finish() {
  if (!parent_) return;
  kernel_vring_hog(0);
  kernel_device_close(parent_);
  parent_ = nullptr;
}

void Queue::hog(unsigned slots) {
  if (iommu()) return;
  t_.op("leave {} bounce slots", slots);
  kernel_vring_hog(slots);
  t_.failure_struck();
  const auto path = config_.device.path;
  scarce_ = slots || path == DMAF_PATH_RESTRICTED || path == DMAF_PATH_POOL;
}

// --- buffers

VringBuffer* Queue::take() {
  if (unused_.empty()) {
    pool_.push_back(std::make_unique<VringBuffer>());
    return pool_.back().get();
  }
  VringBuffer* b = unused_.back();
  unused_.pop_back();
  return b;
}

void Queue::give_back(VringBuffer* b) {
  b->state = VringBuffer::State::kFree;
  unused_.push_back(b);
}

VringBuffer* Queue::remove(void* handle) {
  for (auto* list : {&used_, &fetched_, &added_}) {
    const auto at = std::ranges::find(*list, handle, &VringBuffer::handle);
    if (at == list->end()) continue;
    VringBuffer* b = *at;
    list->erase(at);
    return b;
  }
  return nullptr;
}

// The driver is done with a buffer that is on the queue no more.
void Queue::release(VringBuffer* b) {
  slots_ -= b->slots;
  if (b->mapped) kernel_vring_unmap(b->handle);
  kernel_vring_free(b->handle);
  give_back(b);
}

// What the device wrote is there, and what it did not write is as it was.
void Queue::check_bytes(const VringBuffer& b) {
  uint32_t left = b.written;
  for (unsigned i = b.out; i < b.count; ++i) {
    const uint32_t n = b.shape.length[i], written = std::min(left, n);
    left -= written;
    scratch_.resize(n);
    expected_.resize(n);
    kernel_vring_read(b.handle, i, scratch_.data(), n);
    dmaf_pattern_bytes(expected_.data(), static_cast<dmaf_u16>(b.shape.seed + i), 0, n);
    dmaf_pattern_bytes(expected_.data(), static_cast<dmaf_u16>(b.seed + i), 0, written);
    const auto at = std::ranges::mismatch(scratch_, expected_);
    if (at.in1 == scratch_.end()) continue;
    ByteTarget::mismatch("byte {} of piece {} reads {:#x} instead of {:#x}, {} of {} being written",
                         at.in1 - scratch_.begin(), i, *at.in1, *at.in2, written, n);
  }
}

// --- the driver

void Queue::add(const Add& what) {
  VringBuffer* b = take();
  b->shape = what.shape;
  b->shape.seed = seed_ += 64;
  b->count = b->out = 0;
  b->in_bytes = b->slots = 0;
  const unsigned lists = b->shape.lists_out + b->shape.lists_in;
  for (unsigned i = 0; i < lists; ++i) {
    b->count += b->shape.pieces[i];
    if (i < b->shape.lists_out) b->out = b->count;
  }
  for (unsigned i = 0; i < b->count; ++i) {
    b->slots += slots_of(b->shape.length[i]);
    if (i >= b->out) b->in_bytes += b->shape.length[i];
  }
  pieces_ += b->count + (b->count > 1);
  b->context = what.how == KERNEL_VRING_ADD_IN_CONTEXT ||
               (what.how == KERNEL_VRING_ADD_IN_MAPPED && config_.setup.flags & KERNEL_VRING_CONTEXT);
  b->mapped = false;
  t_.op("add {} pieces, {} to read, how {}, {} bytes to write", b->count, b->out, static_cast<uint64_t>(what.how),
        b->in_bytes);
  b->handle = kernel_vring_buffer(&b->shape);
  if (!b->handle) {
    if (!t_.failure_struck()) ByteTarget::mismatch("no memory for a buffer");
    return give_back(b);
  }
  const bool by_queue = config_.setup.flags & KERNEL_VRING_PREMAPPED && !kernel_vring_premaps_buffers();
  if (by_queue || what.how == KERNEL_VRING_ADD_OUT_MAPPED || what.how == KERNEL_VRING_ADD_IN_MAPPED) {
    const int ret = kernel_vring_map(b->handle);
    if (ret && !may_fail()) ByteTarget::mismatch("a buffer could not be mapped: {}", ret);
    if (ret) {
      kernel_vring_free(b->handle);
      return give_back(b);
    }
    b->mapped = true;
  }
  slots_ += b->slots;
  const unsigned notified = notified_;
  call();
  const int ret = kernel_vring_add(b->handle, what.how, what.atomic);
  t_.result(static_cast<uint64_t>(ret));
  const bool struck = may_fail();
  const bool table = indirect() && b->count > 1 && free_;
  const unsigned needed = table ? 1 : b->count;
  kernel_vring_look(&state_);
  if (broken_ != (ret == -EIO) && !(struck && !broken_))
    ByteTarget::mismatch("adding to a queue that is broken or not: {}", ret);
  if (!ret) {
    b->descs = free_ - state_.num_free;
    // A table that there was no memory for.
    if (b->descs != needed && !(struck && b->descs == b->count)) {
      ByteTarget::mismatch("a buffer of {} pieces took {} descriptors", b->count, b->descs);
    }
    if (b->descs > free_) ByteTarget::mismatch("a buffer took {} descriptors of {}", b->descs, free_);
    free_ -= b->descs;
    b->state = VringBuffer::State::kAdded;
    b->reached = true;
    b->written = 0;
    added_.push_back(b);
    added_at_ += weight(*b);
    // The driver notifies by itself before its count of what is new would wrap.
    if (!packed() && added_at_ - kicked_at_ == 0xffff) kicked_at_ = added_at_;
    return check_state();
  }
  if (ret == -ENOSPC) {
    if (needed <= free_ && !(struck && b->count > free_))
      ByteTarget::mismatch("{} descriptors are free, not {}", free_, needed);
  } else if (ret != -EIO && ret != -ENOMEM) {
    ByteTarget::mismatch("adding a buffer gave {}", ret);
  } else if (!struck && !broken_) {
    ByteTarget::mismatch("a buffer could not be added: {}", ret);
  }
  if (notified != notified_ && ret != -ENOSPC) ByteTarget::mismatch("the device was notified of nothing");
  release(b);
  check_state();
}

bool Queue::get(bool with_context, bool sync_only) {
  unsigned length = 0;
  const void* context = nullptr;
  t_.op("get context {}, {} used", with_context, used_.size());
  call();
  void* handle = kernel_vring_get(&length, with_context ? &context : nullptr);
  const bool faithful = !hostile();
  t_.result(handle ? length : 0, handle != nullptr);
  if (!handle) {
    if (faithful && !broken_ && !used_.empty())
      ByteTarget::mismatch("{} buffers are used and none comes back", used_.size());
    check_state();
    return false;
  }
  if (broken_) ByteTarget::mismatch("a buffer comes back from a broken queue");
  if (faithful && (used_.empty() || used_.front()->handle != handle)) {
    ByteTarget::mismatch("a buffer comes back that was not {}", used_.empty() ? "used" : "the next that was used");
  }
  VringBuffer* b = remove(handle);
  if (!b) ByteTarget::mismatch("a buffer comes back that is not on the queue");
  if (faithful && length != b->length)
    ByteTarget::mismatch("{} bytes are told to be written instead of {}", length, b->length);
  const bool contexts = config_.setup.flags & KERNEL_VRING_CONTEXT;
  if (with_context && contexts && context != (b->context ? kernel_vring_context(handle) : nullptr)) {
    ByteTarget::mismatch("the context is not the buffer's");
  }
  free_ += b->descs;
  taken_at_ += weight(*b);
  if (enabled_) arm(taken_at_, taken_at_);
  check_state();
  if (b->mapped && sync_only) {
    kernel_vring_sync(handle, 1);
    if (faithful) check_bytes(*b);
    kernel_vring_sync(handle, 0);
  }
  if (b->mapped) kernel_vring_unmap(handle);
  b->mapped = false;
  if (faithful) check_bytes(*b);
  release(b);
  return true;
}

void Queue::kick(bool fails, bool at_once) {
  notify_fails_ = fails;
  const bool due = device_.kick_due(kicked_at_, added_at_);
  // Of more than a round what an event index means is not said.
  const bool said = !packed() || added_at_ - kicked_at_ <= num_;
  const unsigned before = notified_;
  bool needed, ok = true;
  t_.op("kick, {} new, due {}", added_at_ - kicked_at_, due);
  call();
  if (at_once) {
    ok = kernel_vring_kick();
    // A broken queue notifies nobody, so that nothing shows.
    needed = broken_ ? !ok : notified_ != before;
  } else {
    needed = kernel_vring_kick_prepare();
    if (needed) ok = kernel_vring_notify();
  }
  t_.result(needed, ok);
  kicked_at_ = added_at_;
  if (!hostile() && said && needed != due) ByteTarget::mismatch("a notification is {}", due ? "lost" : "needless");
  if (ok == (needed && (broken_ || fails))) ByteTarget::mismatch("a notification came to {}", ok);
  if (notified_ - before != (needed && !broken_)) ByteTarget::mismatch("{} notifications", notified_ - before);
  if (needed && fails) broken_ = true;
  notify_fails_ = false;
  check_state();
}

void Queue::arm(uint64_t lo, uint64_t hi) {
  armed_ = device_.told() <= lo;
  armed_lo_ = lo;
  armed_hi_ = hi;
}

void Queue::disable_callbacks() {
  t_.op("disable callbacks");
  call();
  kernel_vring_disable_cb();
  enabled_ = armed_ = false;
  check_state();
}

void Queue::enable_callbacks(Enable how) {
  const uint64_t on_queue = added_at_ - taken_at_;
  uint64_t pending = 0;
  for (const VringBuffer* b : used_) pending += weight(*b);
  bool got = false, expected = pending == 0;
  t_.op("enable callbacks {}, {} used of {}", static_cast<uint64_t>(how), pending, on_queue);
  call();
  switch (how) {
    case Enable::kPlain:
      got = kernel_vring_enable_cb();
      break;
    case Enable::kPrepare:
      got = !kernel_vring_poll(kernel_vring_enable_cb_prepare());
      break;
    case Enable::kDelayed:
      got = kernel_vring_enable_cb_delayed();
      if (!packed()) expected = pending <= on_queue * 3 / 4;
  }
  t_.result(got);
  const bool unseen = in_order() && packed() && !lifted(Known::kPollInBatch);
  if (!hostile() && !broken_ && got != expected && !(unseen && got)) {
    ByteTarget::mismatch("enabling callbacks says that {} is pending, and {} of {} is", got ? "nothing" : "something",
                         pending, on_queue);
  }
  // Of a broken queue they stay as they were.
  if (broken_ && how == Enable::kDelayed) return check_state();
  // Disabled callbacks come back as ones that ask for a position.
  if (!enabled_) event_flag_ = true;
  enabled_ = true;
  arm(taken_at_, how == Enable::kDelayed && on_queue ? added_at_ - 1 : taken_at_);
  check_state();
}

void Queue::set_broken(bool on, bool queue) {
  t_.op("break {}", on);
  kernel_vring_break(on, queue);
  broken_ = on;
  check_state();
}

void Queue::reset(unsigned num, bool stop_fails, bool start_fails) {
  const bool resize = num != ~0u, given = config_.setup.flags & KERNEL_VRING_GIVEN;
  // A failure on the way leaves a queue that was only reset.
  const bool replaced = resize && num && num <= config_.setup.num && (packed() || !(num & (num - 1)));
  if (in_order() && !lifted(Known::kResetInOrder) && (!replaced || scarce_ || memory().fail_pending())) return;
  t_.op(resize ? "resize to {}, stop fails {} start fails {}" : "reset, stop fails {1} start fails {2}", num,
        stop_fails, start_fails);
  stop_fails_ = stop_fails;
  start_fails_ = start_fails;
  all_recycled_ = false;
  const unsigned before = num_;
  call();
  const int ret = kernel_vring_reset(num);
  t_.result(static_cast<uint64_t>(ret));
  const bool struck = may_fail();
  int expected = 0;
  bool done = false;
  if (resize && num > config_.setup.num) {
    expected = -E2BIG;
  } else if (resize && !num) {
    expected = -EINVAL;
  } else if (resize && num == before) {
    expected = 0;
  } else if (given) {
    expected = -EPERM;
  } else if (!(features_ & KERNEL_VRING_RESET)) {
    expected = -ENOENT;
  } else if (stop_fails) {
    expected = -EIO;
  } else {
    done = true;
    if (start_fails) {
      expected = -EBUSY;
    } else if (resize && !packed() && num & (num - 1)) {
      expected = -ENOMEM;
    }
  }
  if (ret != expected && !(done && resize && struck && ret == -ENOMEM)) ByteTarget::mismatch("a reset gave {}", ret);
  if (done != all_recycled_)
    ByteTarget::mismatch("the buffers of a queue that is reset {}", done ? "stay" : "are taken");
  if (done && start_fails) dead_ = true;
  if (done && !dead_) {
    const bool resized = resize && !ret;
    const bool reduced = config_.setup.flags & KERNEL_VRING_MAY_REDUCE && struck && num_ < num;
    if (num_ != (resized ? num : before) && !(resized && reduced)) ByteTarget::mismatch("the queue is of {} now", num_);
  }
  if (dead_) {
    kernel_vring_look(&state_);
    num_ = free_ = state_.num;
  } else {
    check_state();
  }
}

void Queue::check_state() {
  kernel_vring_look(&state_);
  if (state_.num != num_) ByteTarget::mismatch("the queue's size is {} instead of {}", state_.num, num_);
  if (state_.num_free != free_) ByteTarget::mismatch("{} descriptors are free instead of {}", state_.num_free, free_);
  const unsigned next = static_cast<unsigned>(device_.wrapped(added_at_)) << 16;
  if (state_.notification != next)
    ByteTarget::mismatch("the device is notified of {:#x} instead of {:#x}", state_.notification, next);
  if (hostile()) broken_ |= state_.broken != 0;
  if ((state_.broken != 0) != broken_) ByteTarget::mismatch("the queue is {}broken", broken_ ? "not " : "");
}

// --- what the kernel calls

int Queue::on_notify() {
  ++notified_;
  return !notify_fails_;
}

void Queue::on_callback() {
  ++called_;
  if (config_.callback_style == 0) return;
  disable_callbacks();
  if (config_.callback_style == 1) return;
  // A device that is not faithful may pretend that there is more.
  for (unsigned rounds = 0; rounds < 4; ++rounds) {
    while (get(false)) {
    }
    enable_callbacks(Enable::kPlain);
    if (used_.empty() || broken_) return;
    disable_callbacks();
  }
}

int Queue::on_stop() {
  stopped_ = !stop_fails_;
  return stop_fails_ ? -EIO : 0;
}

int Queue::on_start() {
  if (start_fails_) return -EIO;
  stopped_ = false;
  start_device();
  return 0;
}

void Queue::on_recycle(void* handle) {
  if (!stopped_) ByteTarget::mismatch("a buffer comes back before the queue was stopped");
  VringBuffer* b = remove(handle);
  if (!b) ByteTarget::mismatch("a buffer comes back from a reset that is not on the queue");
  release(b);
}

void Queue::on_recycled() {
  if (outstanding()) ByteTarget::mismatch("{} buffers did not come back from a reset", outstanding());
  all_recycled_ = true;
}

}  // namespace dmafuzz

extern "C" {

int host_vring_notify(void) {
  return dmafuzz::g_queue->on_notify();
}
void host_vring_callback(void) {
  dmafuzz::g_queue->on_callback();
}
int host_vring_stop(void) {
  return dmafuzz::g_queue->on_stop();
}
int host_vring_start(void) {
  return dmafuzz::g_queue->on_start();
}
void host_vring_recycle(void* buffer) {
  dmafuzz::g_queue->on_recycle(buffer);
}
void host_vring_recycled(void) {
  dmafuzz::g_queue->on_recycled();
}

}  // extern "C"
