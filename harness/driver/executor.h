// SPDX-License-Identifier: GPL-2.0-only
//
// Runs the life of the driver that is linked into this program, against the model of its device, through whatever the
// program says of a hostile one; then everything must have been given back.
#ifndef DMAFUZZ_DRIVER_EXECUTOR_H
#define DMAFUZZ_DRIVER_EXECUTOR_H

#include <csetjmp>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "device/device.h"
#include "device/pci_function.h"
#include "driver/copies.h"
#include "driver/disk.h"
#include "driver/files.h"
#include "driver/hostile.h"
#include "driver/model.h"
#include "life/life.h"

namespace dmafuzz {

class LifeExecutor : Surroundings {
 public:
  // Boots the machine with the device on its bus. With `up` it brings the driver up as well, once, and each input goes
  // on from there (Start::kUp, on the path and with the caches that it names), many times as fast. Such an input ends
  // where its program ends: nothing is unloaded, so that leaks are found by executors without `up` only.
  // `pass_known`: an input that comes to what is known already ends there (driver/known.h).
  // `model`: the device, if it is another than make_model() has.
  LifeExecutor(const char* target, const std::optional<LifeConfig>& up, bool pass_known,
               std::unique_ptr<DeviceModel> model = nullptr);
  // With `up`, the life must start as it says.
  void run(const Life& life);

  // The stack got a frame (host_net_received()).
  void received(std::span<const uint8_t> frame);
  // A reader of random numbers got some (host_random_read()).
  void was_random(std::span<const uint8_t> buffer, size_t given);
  // Somebody waits: a turn of the device (host_idle()).
  bool idle();
  // When the device does something next by itself (host_next_event()).
  uint64_t next_event() const { return unplugged_ ? DeviceModel::kNothing : model_->next(); }
  // The machine sleeps (host_machine_sleeps()).
  void asleep(bool power_lost);
  // The one whose life runs, or null.
  static LifeExecutor* running() { return g_running; }
  // Ends its life here, without a finding.
  [[noreturn]] static void stop();

 private:
  static void pass_over_known();
  bool read(uint64_t dma, void* to, size_t n) override { return access(dma, to, nullptr, n); }
  bool write(uint64_t dma, const void* from, size_t n) override { return access(dma, nullptr, from, n); }
  void sent(std::span<const uint8_t> frame, bool rewritten) override;
  bool message(unsigned n) override;
  void misused(std::string_view why) override;
  uint64_t now() override { return kernel_now(); }
  bool saw(uint64_t dma, size_t n, bool write) override;
  std::span<const DmaRange> reach() override;
  uint64_t reach_changes() override;
  bool confined() override { return !faithful(); }
  void blocked(uint64_t page, bool write) override;
  void broken(std::string_view why) override;

  struct Frame {
    std::vector<uint8_t> bytes;
    bool whole;        // nothing of it was left to the device
    bool sure;         // it must come out; what is given to a device without a link need not
    bool cut = false;  // the device may make several of it
  };

  // The device shows itself, at boot: on PCI, where it is found, or on the platform bus. Its struct device, or null.
  void* appear_on_pci();
  void* appear_on_platform();
  void open(const LifeConfig& config);
  // From now on the device is as bad as the program wants it.
  void begin(const LifeConfig& config);
  void bring_up(const LifeConfig& config);
  // Back to where the driver was up.
  void resume(const LifeConfig& config);
  void step(const LifeOp& op);
  void finish();
  void unload();
  void close();
  void check_traffic();
  // Frames that must come out have not.
  bool traffic_under_way() const;
  void transmit(const LifeOp& op);
  void wire(const LifeOp& op);
  void read_random(const LifeOp& op);
  void sleep(unsigned how);
  void bound_or_not();
  LifeOp as_the_device_can(LifeOp op) const;
  // Lets the device, interrupts and deferred work have their turns until nothing happens.
  void settle();
  void unsettle();
  bool may_access(uint64_t dma, size_t n, bool write) const;
  // Whether the address is in memory that is cut into blocks of a pool.
  bool in_pool(uint64_t dma) const;
  bool faithful() const { return degree_ == Degree::kFaithful; }
  // Faithful, and nothing failed on purpose: everything that goes in must come out.
  bool demanding() const { return faithful() && !failing_; }
  void check_left();
  void check_bus_master();
  // One of `to` and `from` is null, or both: the device has written or read by itself.
  bool access(uint64_t dma, void* to, const void* from, size_t n);
  bool access(uint64_t dma, void* to, const void* from, size_t n, bool write);
  static AccessResult move(uint64_t dma, void* to, const void* from, size_t n, bool write);

  static std::vector<std::string> last_operations();
  static std::vector<std::string> program_text();
  static std::string operation_text(uint32_t number);
  // What the device has to tell of: messages, or its pin. True: a handler heard of it.
  bool tell();
  // An interrupt of the device, for no reason.
  static unsigned strike();
  static void listen(const void* address, size_t n, bool write);

  static LifeExecutor* g_running;

  std::unique_ptr<DeviceModel> model_;
  Hostile hostile_;
  DiskUser disk_;
  CopyUser copies_;
  FileUser files_;
  PciFunction powered_on_;  // as nobody has touched it
  PciFunction at_boot_;     // as the bus left it when it was scanned
  void* dev_ = nullptr;
  // All that is not the machine's when the driver is up, if inputs start there.
  struct Up {
    LifeConfig config;
    std::unique_ptr<DeviceModel> model;
    PciFunction function;
    Device device;
    DiskUser disk;
    CopyUser copies;
    FileUser files;
    bool loaded, opened;
  };
  std::unique_ptr<Up> up_;
  const Life* life_ = nullptr;
  size_t at_ = 0;
  Degree degree_ = Degree::kFaithful;
  unsigned struck_ = 0;
  bool single_message_ = false;  // is on its way
  bool loaded_ = false, opened_ = false, unplugged_ = false, failing_ = false;
  bool keeps_fcs_ = false;            // the user asked that frames come up with their check sequence
  std::deque<Frame> on_its_way_;      // handed to the driver to send
  std::deque<Frame> to_be_received_;  // put into its memory
  std::vector<uint8_t> frame_;
  std::vector<DmaRange> reach_;
  std::vector<uint8_t> cut_header_;  // of the frame of which a device of another process has sent a segment
  sigjmp_buf stopped_;
};

// A frame of `len` bytes (at least 14) from a seed: a header to `to`, IPv4 with UDP where there is room, then bytes.
// Bit 31 of the seed makes it TCP, bit 30 IPv6, from 74 bytes on.
void make_frame(std::vector<uint8_t>& out, uint32_t len, uint32_t seed, const uint8_t to[6]);

}  // namespace dmafuzz

#endif
