// SPDX-License-Identifier: GPL-2.0-only
//
// QEMU as the machine that a device model lives in: no CPU runs in it, its memory is the arena, its time is ours. One
// device is on its PCI bus, and is spoken to by qtest, QEMU's protocol for tests of devices (docs/qemu.md).
//
// What is sent before an answer is needed goes out together: a posted write takes effect at the next read, at the
// latest, or when settle() is called, as on a real bus.
//
// With our module no CPU is there, and each access of the device is seen. Without it QEMU is taken as it is: its CPU is
// halted by its first instructions, an IOMMU (iommu.h) is in front of the device, and time is not ours: it stands still
// while no device waits for it, and else leaps to where the next one waits for.
#ifndef DMAFUZZ_DEVICE_QEMU_QEMU_H_
#define DMAFUZZ_DEVICE_QEMU_QEMU_H_

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "device/qemu/watch_log.h"

namespace dmafuzz {

class Qemu {
 public:
  struct Machine {
    int memory = -1;       // descriptor of the arena's file
    std::string device;    // as for QEMU's -device: "e1000" with its properties
    std::string behind;    // a second one, behind the first (a disk of a host adapter); empty: none
    bool network = false;  // its netdev is named "wire"
    uint64_t disk = 0;     // bytes of the drive that is named "disk"; 0: none
    std::string modules;   // folder of the module (watch_module.c); empty: QEMU as it is, with its IOMMU
  };

  Qemu() = default;
  ~Qemu();
  Qemu(const Qemu&) = delete;
  Qemu& operator=(const Qemu&) = delete;

  // Starts it. False: it did not come up, and why() says what it said.
  bool start(const Machine& machine);
  // Once it died or no longer answers, reads give ones and nothing else happens any more.
  bool alive() const { return pid_ > 0; }
  const std::string& why() const { return why_; }
  pid_t process() const { return pid_; }

  // All devices as after power-on. Frames on their way are lost. Time goes on.
  void reset();

  // Registers: size is 1, 2, 4 or 8 bytes (ports: no 8) at an address of QEMU's machine.
  uint64_t read(uint64_t address, unsigned size);
  void write(uint64_t address, unsigned size, uint64_t value);
  uint32_t port_read(unsigned port, unsigned size);
  void port_write(unsigned port, unsigned size, uint32_t value);
  // Configuration space of the device (its first 256 bytes), size 1, 2 or 4.
  uint32_t config_read(unsigned where, unsigned size);
  void config_write(unsigned where, unsigned size, uint32_t value);

  // It is that many nanoseconds since the start, or later; timers in between have run when the next answer comes.
  // Without the module nothing happens: timers run when they are set.
  void set_time(uint64_t ns);
  // All that was written has reached the device.
  void finish() { await(); }
  // And what it puts off until QEMU's main loop has turned is done.
  void settle();
  // The same, and no request of the disk is under way any more.
  void drain();
  // The disk holds zeroes. Nothing may be under way.
  void clear_disk();
  // Whether the device's pin is up, as of the last answer.
  bool pin() const { return pins_ != 0; }

  // Puts a frame on the wire. False: the device takes none now, and it is not there any more.
  bool give_frame(std::span<const uint8_t> frame);
  // The next frame that the device sent, or nothing. Valid until the next call.
  std::optional<std::span<const uint8_t>> take_frame();

  // Whether it has the module.
  bool watched() const { return log_ != nullptr; }
  // What the device did to memory since forget_accesses(), in order; with the module only.
  std::span<const watch_access> accesses() const;
  void forget_accesses() {
    if (log_) log_->count = 0;
  }

  // With the module: from the next command on the device reaches these ranges only, or all memory. False: there are
  // more than WATCH_LOG_RANGES, and it is kept to the first of them.
  bool restrict_to(std::span<const watch_range> ranges);
  void restrict_nothing() {
    if (log_) log_->restricted = 0;
  }

  // Without the module: the machine's memory from physical address 0 to VtdTables::kEnd, shared with it; else null.
  uint8_t* low_memory() { return low_; }
  // A write that is done before those that wait.
  void write_first(uint64_t address, unsigned size, uint64_t value);
  // From now on the 32-bit register there is read behind each batch of commands, until the next reset.
  void attend(uint64_t address) { attended_at_ = address; }
  // What it was then; 0: there is none.
  uint32_t attended() const { return attended_; }

  // Where the device's function is.
  static constexpr unsigned kSlot = 1;

 private:
  void command(std::string_view text);
  // Sends what waits and takes answers until all came; the last one's value.
  uint64_t await();
  // The same, with the timers left out that were set meanwhile.
  void exchange();
  // Without the module: timers that were set have run. They do in the CPU's thread, as soon as it gets its turn.
  void run_timers();
  bool take_line(std::string_view line);
  bool run(const Machine& machine, const int (&fds)[7]);
  // Has the monitor do something, and waits until it is done and, if one is named, that event has come.
  bool manage(std::string_view command, std::string_view event = {});
  // Without the module: the CPU has come to its end, and the clock can be read.
  void settle_cpu();
  bool receive(int socket, std::string& into);
  void died(std::string_view how);
  void close_all();

  pid_t pid_ = -1;
  std::string why_;
  int qtest_ = -1, monitor_ = -1, wire_ = -1, far_end_ = -1, errors_ = -1, disk_ = -1;
  uint64_t disk_bytes_ = 0;
  watch_log* log_ = nullptr;
  uint8_t* low_ = nullptr;
  std::string waiting_;  // commands that are not sent
  unsigned unanswered_ = 0;
  std::string arrived_;                   // of an answer
  std::string managed_;                   // of the monitor's answers
  std::array<uint64_t, 3> answers_ = {};  // the last one first
  uint64_t attended_at_ = 0;
  uint32_t attended_ = 0;
  uint64_t clock_ = 0;      // without the module: QEMU's, in units of its own
  bool maps_anew_ = false;  // a command since the last answer may have changed where the device's registers are
  uint64_t time_ = 0;
  uint32_t pins_ = 0;  // lines of the interrupt controller that are up, bit 0: the first of PCI's
  std::vector<uint8_t> frame_;
};

}  // namespace dmafuzz

#endif  // DMAFUZZ_DEVICE_QEMU_QEMU_H_
