// SPDX-License-Identifier: GPL-2.0-only
//
// A device that QEMU plays: its registers, rings and interrupt are QEMU's, on the bus of the driver under test. It
// reads and writes the arena by itself; each access comes to DmaSan when the command is over that made it. Without our
// module only those come that its IOMMU has refused.
#ifndef DMAFUZZ_DRIVER_MODELS_QEMU_DEVICE_H
#define DMAFUZZ_DRIVER_MODELS_QEMU_DEVICE_H

#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "device/qemu/iommu.h"
#include "device/qemu/qemu.h"
#include "driver/model.h"

namespace dmafuzz {

class QemuDevice : public DeviceModel {
 public:
  // What QEMU has for a driver's device: its name and properties there.
  struct Kind {
    std::string_view driver;
    std::string_view device;
    std::string_view behind = {};
    bool network = false, disk = false;
    // A device of a hypervisor's own making: a write to its registers is trapped, and done when it returns.
    bool trapped = false;
    // It reads the rest of the page where it needs a part of it: what lies behind the first word is not looked at.
    bool reads_ahead = false;
    // A transfer ends by itself so many ns after the last write to its registers.
    uint64_t takes = 0;
  };
  explicit QemuDevice(const Kind& kind) : kind_(kind) {}

  void reset() override;
  void lose_power() override;
  void identify(PciIdentity& identity) override;
  void appear(PciFunction& function) override;
  uint64_t read(unsigned bar, uint64_t offset, unsigned size) override;
  void write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) override;
  void config_arrives() override;
  bool act() override;
  uint64_t next() const override { return kind_.takes && kernel_now() < ends_ ? ends_ : kNothing; }
  bool receive(std::span<const uint8_t> frame) override;
  bool interrupt() const override { return qemu_.pin(); }
  bool outside() const override { return true; }
  std::unique_ptr<DeviceModel> copy() const override;
  void assign(const DeviceModel& other) override;

 private:
  struct Bar {
    bool ports = false;
    uint64_t base = 0;  // in QEMU's machine; 0: there is none
  };

  void start();
  // Bus mastering, messages and time are as on our bus; where it may reach is said.
  void prepare();
  // It can reach what is mapped for it, if more cannot be seen.
  void confine();
  // What it did meanwhile is told.
  void tell();
  void tell_of_pages();
  // Where in memory that it may write these bytes lie.
  std::vector<uint64_t> found(std::span<const uint8_t> frame) const;
  // All that was posted has been done.
  void quiet();
  void aim_messages(bool on);

  Kind kind_;
  Qemu qemu_;
  std::array<Bar, PciFunction::kBars> bars_ = {};
  unsigned messages_ = 0, vectors_ = 0, table_bar_ = 0;  // its MSI-X capability: where, how many, the table's BAR
  uint32_t table_ = 0;
  uint64_t time_ = 0;    // ours, of which it was told
  uint64_t offset_ = 0;  // QEMU's less ours
  uint64_t ends_ = 0;    // what it was last told to do, ours
  bool mastering_ = false, messages_on_ = false;
  bool stirred_ = false;            // since it was last quiet, registers were written or time went on
  std::optional<QemuIommu> iommu_;  // without the module
  std::vector<watch_range> ranges_;
  static constexpr uint64_t kNever = ~uint64_t{0};
  uint64_t reach_as_of_ = kNever;  // ranges_ are those of so many changes
  bool did_ = false;               // there was something to tell
  uint64_t written_ = 0;           // bytes that it wrote, if that is seen
};

// QEMU's device for that driver, or null if it has none.
std::unique_ptr<DeviceModel> make_qemu_device(std::string_view driver);

}  // namespace dmafuzz

#endif
