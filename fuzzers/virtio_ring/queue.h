// SPDX-License-Identifier: GPL-2.0-only
//
// A virtqueue between its driver (shims/targets/virtio_ring.h) and its device (device/vring.h), and the model that both
// are held against. README.md says what it demands.
#ifndef DMAFUZZ_FUZZERS_VIRTIO_RING_QUEUE_H
#define DMAFUZZ_FUZZERS_VIRTIO_RING_QUEUE_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "device/vring.h"
#include "dmasan/dmasan.h"
#include "engine/byte_target.h"
#include "host.h"
#include "targets/virtio_ring.h"

namespace dmafuzz {

enum class Degree : uint8_t { kFaithful, kFaulty, kUntrusted };
inline constexpr std::string_view kDegreeWords[] = {"faithful", "faulty", "untrusted"};

// What is known and written down (README.md), and left out unless an input says that it is not. The last is none: it
// takes too long for fuzzing.
enum class Known : uint8_t {
  kResetInOrder = 0x01,  // a queue that is used in order does not survive a reset
  kPollInBatch = 0x02,   // a packed one does not see the rest of a batch
  kDescNext = 0x04,      // whether a chain goes on is read from the ring
  kForgetMapped = 0x08,  // deleting a queue leaves what is mapped for it mapped
  kGivenPacked = 0x10,   // packed queues in memory of the transport's own
  kTableIds = 0x20,      // in indirect tables of packed queues an id is never written
  kLong = 0x80,          // churning goes on for 1100 times as many rounds
};

// A buffer that the driver added, until it has it back.
struct VringBuffer {
  enum class State : uint8_t { kFree, kAdded, kFetched, kUsed };
  State state = State::kFree;
  void* handle = nullptr;  // the driver's
  kernel_vring_shape shape = {};
  unsigned count = 0, out = 0;  // pieces; the first `out` are for the device to read
  uint32_t in_bytes = 0;        // of the others
  uint32_t slots = 0;           // bounce slots that it may take
  bool mapped = false;          // by the driver itself
  bool context = false;
  unsigned descs = 0;   // of the ring
  bool reached = true;  // the device knows where it lies: chain is as the driver made it
  VringChain chain;
  uint32_t written = 0;  // bytes that the device wrote
  uint32_t length = 0;   // and that the driver must be told
  uint16_t seed = 0;     // of what it wrote
};

class Queue {
 public:
  struct Config {
    dmaf_config device = {};
    kernel_vring_setup setup = {};
    Degree degree = Degree::kFaithful;
    unsigned callback_style = 0;  // 0: counts, 1: disables callbacks, 2: takes all and enables them again
    uint8_t lifted = 0;           // of Known
  };

  explicit Queue(ByteTarget& target);

  // False: there is no queue, lawfully.
  bool open(const Config& config);
  // Gives back everything; `detach`: what is on the queue comes back from the queue, else the driver keeps account.
  void close(bool detach);
  bool is_open() const { return open_; }
  // The input is over: the device goes as well.
  void finish();

  // --- the driver
  struct Add {
    kernel_vring_shape shape = {};
    int how = KERNEL_VRING_ADD_SGS;
    bool atomic = false;
  };
  void add(const Add& what);
  // Takes one; false: there was none.
  bool get(bool with_context, bool sync_only = false);
  void kick(bool fails, bool at_once);
  void disable_callbacks();
  enum class Enable { kPlain, kPrepare, kDelayed };
  void enable_callbacks(Enable how);
  void reset(unsigned num, bool stop_fails, bool start_fails);
  void set_broken(bool on, bool queue);
  void hog(unsigned slots);

  // --- the device
  // Looks for what is available, at most so much.
  void fetch(unsigned most);
  // Completes the n-th of what it has, `length` bytes written at most.
  void complete(unsigned n, uint32_t length);
  // In order: completes so many at once, with one used element.
  void complete_batch(unsigned count, uint32_t length);
  void signal();
  // An interrupt out of the blue.
  void interrupt();
  void ask_for_kick(VringDevice::Kick kick, unsigned ahead);

  const Config& config() const { return config_; }
  bool lifted(Known known) const { return config_.lifted & static_cast<uint8_t>(known); }
  VringDevice& device() { return device_; }
  const VringDevice& device() const { return device_; }
  ByteTarget& target() { return t_; }
  const void* parent() const { return parent_; }
  bool platform() const { return features_ & KERNEL_VRING_PLATFORM; }
  bool iommu() const { return config_.device.path == DMAF_PATH_IOMMU || config_.device.path == DMAF_PATH_IOMMU_LAZY; }
  bool in_order() const { return features_ & KERNEL_VRING_IN_ORDER; }
  bool packed() const { return features_ & KERNEL_VRING_PACKED; }
  bool indirect() const { return features_ & KERNEL_VRING_INDIRECT && !(config_.setup.flags & KERNEL_VRING_CONTEXT); }
  unsigned num() const { return num_; }
  unsigned free() const { return free_; }
  uint32_t slots() const { return slots_; }
  // Whether so many pieces more may be mapped in this input.
  bool room_for(unsigned pieces) const { return pieces_ + pieces + 1 <= (iommu() ? kMostMapped : kMostPieces); }
  bool dead() const { return dead_; }
  size_t fetched() const { return fetched_.size(); }
  size_t outstanding() const { return added_.size() + fetched_.size() + used_.size(); }
  bool hostile() const { return config_.degree != Degree::kFaithful; }
  const kernel_vring_state& state() const { return state_; }
  // Calls visit(buffer) for each that the driver has not got back.
  template <typename Visit>
  void each_outstanding(Visit visit) {
    for (auto* list : {&added_, &fetched_, &used_}) {
      for (VringBuffer* b : *list) visit(*b);
    }
  }
  bool device_read(uint64_t address, void* bytes, size_t n);
  bool device_write(uint64_t address, const void* bytes, size_t n);

  // What the kernel calls.
  int on_notify();
  void on_callback();
  int on_stop();
  int on_start();
  void on_recycle(void* handle);
  void on_recycled();

 private:
  // So that no input is slow; and behind an IOMMU, so that its IOVA caches do not grow: what they take they keep.
  static constexpr unsigned kMostPieces = 500, kMostMapped = 110;

  // The driver is about to call the kernel: what one call loads twice is check double-fetch's.
  static void call() { dmasan().begin_path(); }
  VringBuffer* take();
  void give_back(VringBuffer* b);
  void check_state();
  void start_device();
  void check_chain(VringBuffer& b);
  bool reachable(const VringBuffer& b) const;
  bool may_touch(uint64_t address, size_t n, bool write) const;
  void read_out(const VringBuffer& b);
  void write_in(VringBuffer& b, uint32_t length);
  void check_bytes(const VringBuffer& b);
  // Out of whichever list it is in; null: it is in none.
  VringBuffer* remove(void* handle);
  void release(VringBuffer* b);
  void used(VringBuffer* b, uint32_t length);
  bool may_fail() { return t_.failure_struck() || scarce_; }
  // The driver has told the device up to where it has seen; the next past it must interrupt.
  void arm(uint64_t lo, uint64_t hi);
  uint64_t& position(bool added) { return added ? added_at_ : taken_at_; }
  uint64_t weight(const VringBuffer& b) const { return packed() ? b.descs : 1; }

  ByteTarget& t_;
  Config config_;
  bool open_ = false;
  bool dead_ = false;  // after a reset that failed half way: it may only be closed
  void* parent_ = nullptr;
  unsigned features_ = 0, num_ = 0, free_ = 0;
  uint32_t slots_ = 0;
  unsigned pieces_ = 0;  // mapped in this input, tables and rings as well
  bool broken_ = false, scarce_ = false;
  kernel_vring_state state_ = {};
  VringDevice device_;
  std::vector<std::unique_ptr<VringBuffer>> pool_;
  std::vector<VringBuffer*> unused_;
  // In order: added and not seen by the device, seen, completed and not taken back.
  std::vector<VringBuffer*> added_, fetched_, used_;
  uint64_t added_at_ = 0, kicked_at_ = 0, taken_at_ = 0;
  // Callbacks: whether the driver wants them, and what it must hear of.
  bool enabled_ = false, armed_ = false, event_flag_ = false;
  uint64_t armed_lo_ = 0, armed_hi_ = 0;
  unsigned notified_ = 0, called_ = 0, recycled_ = 0, seed_ = 0;
  bool notify_fails_ = false, stop_fails_ = false, start_fails_ = false, all_recycled_ = false, stopped_ = false;
  std::vector<uint8_t> scratch_, expected_;
};

}  // namespace dmafuzz

#endif
