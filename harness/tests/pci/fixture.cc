// SPDX-License-Identifier: GPL-2.0-only
#include "tests/pci/fixture.h"

#include <cstring>
#include <ostream>

// Findings jump over the harness's own frames and what they own. Leaks of the kernel are found by its memory's books.
extern "C" int __lsan_is_turned_off() {
  return 1;
}

namespace dmafuzz {

void PrintTo(const Access& access, std::ostream* out) {
  *out << (access.write ? "write" : "read") << " bar " << access.bar << std::hex << "+0x" << access.offset << " size "
       << access.size << " value 0x" << access.value << std::dec;
}

uint64_t Memory4K::read(unsigned bar, uint64_t offset, unsigned size) {
  uint64_t value = 0;
  std::memcpy(&value, &bytes_[bar][offset % 4096], size);
  accesses_.push_back({false, bar, offset, size, value});
  return value;
}

void Memory4K::write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) {
  if (size < 8) value &= (uint64_t{1} << 8 * size) - 1;
  std::memcpy(&bytes_[bar][offset % 4096], &value, size);
  accesses_.push_back({true, bar, offset, size, value});
  if (on_write) on_write(accesses_.back());
}

PciTest::PciTest() {
  if (!machine().booted()) machine().boot();
  raise_context().target = "pci_bus_test";
  show();
  function().unplug();
}

PciTest::~PciTest() {
  arm_trap(nullptr);
  machine().reset();
}

void PciTest::show_bare(uint16_t device) {
  function().open(
      {.vendor = 0x1234, .device = device, .subvendor = 0x5678, .subdevice = 0x9abc, .class_code = 0x020000},
      registers_);
}

void PciTest::show() {
  show_bare();
  function().add_bar(0, PciFunction::BarKind::kMemory64, kBar0Size);
  function().add_bar(2, PciFunction::BarKind::kPorts, kBar2Size);
}

void PciTest::bind(unsigned flags) {
  if (!function().present()) show();
  dev_ = kernel_pci_scan();
  ASSERT_NE(dev_, nullptr);
  kernel_run_deferred(0);
  note_memory();
  pci_test_flags = flags;
  ASSERT_EQ(kernel_driver_load(), 0);
  ASSERT_EQ(kernel_device_bound(dev_), 1);
  registers_.take();
}

std::string PciTest::found(const std::function<void()>& body) {
  static FindingTrap trap;  // does not go with the stack that is jumped over
  if (sigsetjmp(trap.jump, 0) != 0) {
    machine().reset();
    dev_ = nullptr;
    return trap.id + ": " + trap.summary;
  }
  arm_trap(&trap);
  body();
  arm_trap(nullptr);
  return {};
}

void PciTest::note_memory() {
  noted_.clear();
  for (const Description& live : memory().list_live_since_snapshot()) noted_.insert(live.start);
}

void PciTest::expect_nothing_left(const std::string& when) {
  kernel_run_deferred(10'000'000'000);
  struct kernel_driver_usage driver = {};
  kernel_driver_usage(&driver);
  EXPECT_EQ(driver.ioremaps, 0u) << when;
  EXPECT_EQ(driver.irqs, 0u) << when;
  EXPECT_EQ(driver.regions, 0u) << when;
  EXPECT_EQ(driver.netdevs, 0u) << when;
  EXPECT_EQ(driver.timers, 0u) << when;
  struct kernel_usage usage = {};
  kernel_usage(&usage);
  // It gives up when memory runs out, and then forgets its entries.
  if (!usage.debug_disabled) EXPECT_EQ(usage.debug_entries, 0u) << when;
  EXPECT_EQ(usage.swiotlb_slots, 0u) << when;
  EXPECT_EQ(usage.pending_work, 0u) << when;
  for (const Description& left : memory().list_live_since_snapshot()) {
    if (noted_.contains(left.start)) continue;
    std::string frames;
    if (left.alloc_stack) {
      for (const SourceFrame& frame : call_stack(*left.alloc_stack, {}).frames) frames += "\n  " + frame.function;
    }
    if (usage.debug_disabled && frames.find("debug_dma") != frames.npos) continue;
    ADD_FAILURE() << when << ": left: " << left.size << " bytes" << frames;
  }
}

}  // namespace dmafuzz
