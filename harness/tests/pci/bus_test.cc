// SPDX-License-Identifier: GPL-2.0-only
//
// Devices that come, are probed, and go.
#include <chrono>
#include <cstdio>

#include "device/device.h"
#include "dmasan/dmasan.h"
#include "engine/trace.h"
#include "tests/pci/fixture.h"

namespace dmafuzz {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

using PciDeathTest = PciTest;

uint64_t bar_address(unsigned bar) {
  const uint64_t low = pci_function().config_read(0x10 + 4 * bar, 4);
  if (low & 1) return low & ~uint64_t{3};
  return (low & ~uint64_t{15}) | (low & 4 ? uint64_t{pci_function().config_read(0x14 + 4 * bar, 4)} << 32 : 0);
}

TEST_F(PciTest, NothingIsThereWithoutAFunction) {
  EXPECT_EQ(kernel_pci_scan(), nullptr);
  EXPECT_EQ(kernel_driver_load(), 0);
  EXPECT_EQ(pci_test_counts.probes, 0u);
  kernel_driver_unload();
  expect_nothing_left();
}

TEST_F(PciTest, ScanGivesBarsAddressesInTheWindows) {
  show();
  function().add_bar(3, PciFunction::BarKind::kMemory32, 0x100000);
  function().add_bar(4, PciFunction::BarKind::kMemory32, 16);
  function().add_bar(5, PciFunction::BarKind::kPorts, 8);
  void* dev = kernel_pci_scan();
  ASSERT_NE(dev, nullptr);
  EXPECT_STREQ(kernel_device_name(dev), "0000:00:01.0");
  EXPECT_EQ(kernel_device_bound(dev), 0);
  const struct {
    unsigned bar;
    uint64_t size;
    bool ports;
  } bars[] = {{0, kBar0Size, false}, {2, kBar2Size, true}, {3, 0x100000, false}, {4, 16, false}, {5, 8, true}};
  for (const auto& a : bars) {
    const uint64_t start = bar_address(a.bar);
    EXPECT_EQ(start % a.size, 0u) << a.bar;
    EXPECT_GE(start, a.ports ? HOST_PORT_BASE : HOST_MMIO_BASE) << a.bar;
    EXPECT_LE(start + a.size, a.ports ? HOST_PORT_BASE + HOST_PORT_SIZE : HOST_MMIO_BASE + HOST_MMIO_SIZE) << a.bar;
    for (const auto& b : bars) {
      if (a.bar == b.bar || a.ports != b.ports) continue;
      const uint64_t other = bar_address(b.bar);
      EXPECT_TRUE(start + a.size <= other || other + b.size <= start) << a.bar << " and " << b.bar;
    }
  }
  // Another scan finds the same.
  EXPECT_EQ(kernel_pci_scan(), dev);
}

TEST_F(PciTest, TheIdTableIsTheDrivers) {
  struct kernel_pci_id id = {};
  ASSERT_EQ(kernel_pci_id(0, &id), 1);
  EXPECT_EQ(id.vendor, 0x1234u);
  EXPECT_EQ(id.device, 1u);
  EXPECT_EQ(id.subvendor, ~0u);
  ASSERT_EQ(kernel_pci_id(1, &id), 1);
  EXPECT_EQ(id.subdevice, 0x9abcu);
  ASSERT_EQ(kernel_pci_id(2, &id), 1);
  EXPECT_EQ(id.class_code, 0x088000u);
  EXPECT_EQ(id.class_mask, 0xffff00u);
  EXPECT_EQ(kernel_pci_id(3, &id), 0);
}

TEST_F(PciTest, OnlyItsOwnDevicesAreProbed) {
  show_bare(3);
  void* dev = kernel_pci_scan();
  ASSERT_NE(dev, nullptr);
  EXPECT_EQ(kernel_driver_load(), 0);
  EXPECT_EQ(kernel_driver_load(), -17);  // EEXIST
  EXPECT_EQ(kernel_device_bound(dev), 0);
  EXPECT_EQ(kernel_device_bind(dev), 0);
  EXPECT_EQ(pci_test_counts.probes, 0u);
}

TEST_F(PciTest, ProbeSetsUpTheDevice) {
  for (const unsigned flags : {0u, unsigned{PCI_TEST_MANAGED}}) {
    bind(flags);
    EXPECT_EQ(function().config_read(4, 2), 7u);  // ports, memory, master
    EXPECT_EQ(kernel_pci_bus_master(dev_), 1);
    EXPECT_EQ(pci_test_irq(), unsigned{HOST_IRQ_PCI});
    EXPECT_EQ(pci_test_physical_bar(0), bar_address(0));
    EXPECT_EQ(pci_test_physical_bar(2), bar_address(2));
    struct kernel_driver_usage usage = {};
    kernel_driver_usage(&usage);
    EXPECT_EQ(usage.ioremaps, 1u);
    EXPECT_EQ(usage.irqs, 1u);
    EXPECT_EQ(usage.regions, 2u);
    kernel_driver_unload();
    EXPECT_EQ(kernel_device_bound(dev_), 0);
    EXPECT_EQ(function().config_read(4, 2) & 4, 0u);
    EXPECT_EQ(kernel_pci_bus_master(dev_), 0);
    EXPECT_EQ(pci_test_counts.removes, pci_test_counts.probes);
    expect_nothing_left(flags ? "managed" : "by hand");
    machine().reset();
    function().unplug();
  }
}

TEST_F(PciTest, MemoryIsReachableForTheDevice) {
  bind();
  dmaf_config config = {};
  config.path = DMAF_PATH_DIRECT;
  config.coherent = 1;
  config.mask_bits = 64;
  device().open(dev_, config);
  auto* bytes = static_cast<uint8_t*>(pci_test_memory());
  bytes[5] = 0xa5;
  uint8_t value = 0;
  EXPECT_EQ(device().read(pci_test_memory_dma() + 5, &value, 1).error, AccessError::kNone);
  EXPECT_EQ(value, 0xa5);
  value = 0x3c;
  EXPECT_EQ(device().write(pci_test_memory_dma() + 6, &value, 1).error, AccessError::kNone);
  EXPECT_EQ(bytes[6], 0x3c);
  // The driver asked for all of 64 bits, and memory is handed out from the top.
  EXPECT_GE(pci_test_memory_dma(), HOST_BANK_NORMAL_BASE);
}

TEST_F(PciTest, MayBounceAndNotSnoop) {
  dmaf_config config = {};
  config.path = DMAF_PATH_IOMMU;
  EXPECT_EQ(kernel_pci_configure(&config), 0);
  struct kernel_usage usage = {};
  for (const uint8_t path : {DMAF_PATH_DIRECT, DMAF_PATH_BOUNCE}) {
    config.path = path;
    ASSERT_EQ(kernel_pci_configure(&config), 1);
    bind();
    kernel_usage(&usage);
    EXPECT_EQ(usage.swiotlb_slots, path == DMAF_PATH_BOUNCE ? 1u : 0u);
    // Memory that is coherent for a device that does not snoop is an uncached alias.
    const auto at = reinterpret_cast<uint64_t>(pci_test_memory());
    EXPECT_TRUE(at >= HOST_VMAP_BASE && at < HOST_VMAP_BASE + HOST_VMAP_SIZE);
    kernel_driver_unload();
    expect_nothing_left();
    machine().reset();
    function().unplug();
  }
}

TEST_F(PciTest, ProbeFailsCleanly) {
  show_bare();
  function().add_bar(2, PciFunction::BarKind::kPorts, kBar2Size);
  for (const unsigned flags : {0u, unsigned{PCI_TEST_MANAGED}}) {
    dev_ = kernel_pci_scan();
    ASSERT_NE(dev_, nullptr);
    kernel_run_deferred(0);
    note_memory();
    pci_test_flags = flags;
    EXPECT_EQ(kernel_driver_load(), 0);
    EXPECT_EQ(kernel_device_bound(dev_), 0);
    EXPECT_EQ(kernel_device_bind(dev_), -19);  // ENODEV
    EXPECT_EQ(pci_test_counts.probes, 2u) << "of this load: a module's variables are fresh";
    kernel_driver_unload();
    expect_nothing_left();
  }
}

// 1 GiB does not fit into the window; the device is there, but cannot be enabled.
TEST_F(PciTest, ABarThatDoesNotFitStaysWithoutAddress) {
  show_bare();
  function().add_bar(0, PciFunction::BarKind::kMemory32, 0x40000000);
  dev_ = kernel_pci_scan();
  ASSERT_NE(dev_, nullptr);
  note_memory();
  EXPECT_EQ(kernel_driver_load(), 0);
  EXPECT_EQ(pci_test_counts.probes, 1u);
  EXPECT_EQ(kernel_device_bound(dev_), 0);
  EXPECT_EQ(function().config_read(4, 2), 0u);
  kernel_driver_unload();
  expect_nothing_left();
}

TEST_F(PciTest, ProbeThatUndoesItsWorkLeavesNothing) {
  show();
  dev_ = kernel_pci_scan();
  ASSERT_NE(dev_, nullptr);
  kernel_run_deferred(0);
  note_memory();
  pci_test_flags = PCI_TEST_FAIL_LATE;
  EXPECT_EQ(kernel_driver_load(), 0);
  EXPECT_EQ(kernel_device_bound(dev_), 0);
  kernel_driver_unload();
  expect_nothing_left();
}

TEST_F(PciTest, ProbeThatUndoesNothingIsFound) {
  show();
  dev_ = kernel_pci_scan();
  EXPECT_THAT(found([] {
                pci_test_flags = PCI_TEST_DIRTY_PROBE;
                kernel_driver_load();
              }),
              HasSubstr("-leak: "));
}

// Each allocation of scan and probe fails once: nobody falls, and nothing is left.
TEST_F(PciTest, AllocationsMayFail) {
  unsigned struck = 0;
  for (const unsigned flags : {0u, unsigned{PCI_TEST_MANAGED}}) {
    for (unsigned at = 1; at < 400; ++at) {
      show();
      dev_ = kernel_pci_scan();
      ASSERT_NE(dev_, nullptr);
      kernel_run_deferred(0);
      note_memory();
      pci_test_flags = flags;
      memory().set_fail_after(at);
      const int ret = kernel_driver_load();
      const bool bound = ret == 0 && kernel_device_bound(dev_) != 0;
      const bool failed = memory().fail_fired();
      memory().set_fail_after(0);
      kernel_driver_unload();
      expect_nothing_left("allocation " + std::to_string(at));
      machine().reset();
      if (!failed) {
        EXPECT_TRUE(bound);
        break;
      }
      ++struck;
    }
  }
  EXPECT_GT(struck, 10u);
}

TEST_F(PciTest, BindsAndUnbindsAgainAndAgain) {
  bind();
  for (unsigned i = 0; i < 100; ++i) {
    kernel_device_unbind(dev_);
    ASSERT_EQ(kernel_device_bound(dev_), 0);
    // Loaded as it is, it has some memory of the driver core's.
    if (!i) {
      kernel_run_deferred(0);
      note_memory();
    }
    expect_nothing_left("unbound");
    ASSERT_EQ(kernel_device_bind(dev_), 1);
    ASSERT_EQ(kernel_device_bound(dev_), 1);
  }
  EXPECT_EQ(pci_test_counts.probes, 101u);
}

TEST_F(PciTest, LoadsAndUnloadsAgainAndAgain) {
  bind();
  for (unsigned i = 0; i < 100; ++i) {
    kernel_driver_unload();
    expect_nothing_left("unloaded");
    ASSERT_EQ(kernel_driver_load(), 0);
  }
}

TEST_F(PciTest, ALifeAfterEachReset) {
  std::string first;
  for (unsigned i = 0; i < 100; ++i) {
    function().unplug();
    bind(i % 2 ? PCI_TEST_MANAGED : 0);
    const uint64_t dma = pci_test_memory_dma();
    kernel_irq_raise(pci_test_irq());
    EXPECT_EQ(pci_test_counts.irqs, 1u);
    EXPECT_EQ(pci_test_counts.probes, 1u);
    const std::string seen = std::to_string(pci_test_physical_bar(0)) + " " + std::to_string(dma);
    if (i < 2) first += seen + "\n";
    // The same input, the same addresses.
    EXPECT_THAT(first, HasSubstr(seen + "\n"));
    if (i % 3) kernel_driver_unload();
    machine().reset();
    EXPECT_EQ(memory().live_since_snapshot(), LiveCounts());
  }
}

TEST_F(PciTest, TheSameLifeTwiceIsTheSame) {
  const auto live = [this] {
    show();
    bind();
    registers_.on_write = [](const Access&) { kernel_irq_raise(HOST_IRQ_PCI); };
    for (unsigned i = 0; i < 8; ++i) pci_test_write(i & 2, 4 * i, 4, i);
    registers_.on_write = nullptr;
    kernel_driver_unload();
    kernel_pci_remove(dev_);
    kernel_run_deferred(1'000'000'000);
    std::pair<std::vector<Access>, uint64_t> seen = {registers_.take(), trace().hash()};
    machine().reset();
    return seen;
  };
  const auto first = live();
  EXPECT_EQ(first.first.size(), 8u);
  EXPECT_EQ(live(), first);
  EXPECT_EQ(live(), first);
}

// Not a test: how long a life takes, run by name.
TEST_F(PciTest, DISABLED_LivesASecond) {
  constexpr unsigned kLives = 5000;
  const auto start = std::chrono::steady_clock::now();
  for (unsigned i = 0; i < kLives; ++i) {
    show();
    bind();
    kernel_irq_raise(HOST_IRQ_PCI);
    kernel_driver_unload();
    kernel_pci_remove(dev_);
    machine().reset();
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("%.0f lives a second\n", kLives / took.count());
}

TEST_F(PciTest, RemovalTakesTheDriverAlong) {
  for (const unsigned flags : {0u, unsigned{PCI_TEST_MANAGED}}) {
    function().unplug();
    bind(flags);
    kernel_pci_remove(dev_);
    EXPECT_EQ(pci_test_counts.removes, 1u);
    // And it comes back.
    dev_ = kernel_pci_scan();
    ASSERT_NE(dev_, nullptr);
    EXPECT_EQ(kernel_device_bound(dev_), 1);
    kernel_pci_remove(dev_);
    kernel_driver_unload();
    noted_.clear();
    expect_nothing_left("removed");
    machine().reset();
  }
}

TEST_F(PciTest, MappingsThatADriverForgetsAreFound) {
  bind(PCI_TEST_LEAK_MAPPING);
  EXPECT_THAT(found([] { kernel_driver_unload(); }), StartsWith("mapping-leak: "));
  bind(PCI_TEST_LEAK_MAPPING);
  EXPECT_THAT(found([this] { kernel_device_unbind(dev_); }), StartsWith("mapping-leak: "));
  bind(PCI_TEST_LEAK_MAPPING);
  EXPECT_THAT(found([this] { kernel_pci_remove(dev_); }), StartsWith("mapping-leak: "));
}

// The kernel's own checker looks at this bus by itself, and its words are in the report.
TEST_F(PciDeathTest, DmaDebugHasSeenItToo) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        bind(PCI_TEST_LEAK_MAPPING);
        kernel_driver_unload();
      },
      AllOf(HasSubstr("DmaSan: mapping-leak: "), HasSubstr("dma-debug:\n  said: "),
            HasSubstr("device driver has pending DMA allocations")));
}

TEST_F(PciTest, WhatADriverForgetsBesidesIsCounted) {
  bind(PCI_TEST_LEAK_IRQ | PCI_TEST_LEAK_IOREMAP | PCI_TEST_LEAK_REGIONS);
  kernel_driver_unload();
  struct kernel_driver_usage usage = {};
  kernel_driver_usage(&usage);
  EXPECT_EQ(usage.irqs, 1u);
  EXPECT_EQ(usage.ioremaps, 1u);
  EXPECT_EQ(usage.regions, 2u);
}

TEST_F(PciTest, ThatADeviceWakesTheMachineIsNotLeft) {
  bind(PCI_TEST_WAKES);
  kernel_driver_unload();
  expect_nothing_left("unloaded");
}

class PlatformTest : public PciTest {
 protected:
  // A device of the driver's name, with this many bytes of registers and what firmware says of it.
  void* add(uint64_t size = 0x1000) {
    function().open({}, registers_);
    function().add_bar(0, PciFunction::BarKind::kMemory32, size);
    function().config_write(0x10, 4, HOST_MMIO_BASE);
    function().config_write(4, 2, 6);
    static const unsigned list[] = {7, 8, 9}, number[] = {0x12345678};
    static const kernel_platform_property properties[] = {{"list", list, 3}, {"number", number, 1}};
    const kernel_platform_device what = {.name = "pci_test", .mmio_size = size, .properties = properties, .count = 2};
    return kernel_platform_add(&what);
  }
};

TEST_F(PlatformTest, FirmwareSaysWhatThereIs) {
  registers_.write(0, 4, 4, 41);
  dev_ = add();
  ASSERT_NE(dev_, nullptr);
  EXPECT_STREQ(kernel_device_name(dev_), "pci_test");
  EXPECT_EQ(kernel_device_bound(dev_), 0);
  kernel_run_deferred(0);
  note_memory();
  ASSERT_EQ(kernel_driver_load(), 0);
  EXPECT_EQ(kernel_device_bound(dev_), 1);
  EXPECT_EQ(pci_test_counts.probes, 0u) << "it is of another bus";
  EXPECT_EQ(platform_test.probes, 1u);
  EXPECT_EQ(platform_test.count, 3);
  EXPECT_THAT(platform_test.list, ::testing::ElementsAre(7, 8, 9, 0));
  EXPECT_EQ(platform_test.answer, 0);
  EXPECT_EQ(platform_test.number, 0x12345678u);
  EXPECT_EQ(platform_test.answer_absent, -22);  // EINVAL
  EXPECT_EQ(platform_test.irq, HOST_IRQ_PCI);
  EXPECT_EQ(platform_test.second_irq, -6);  // ENXIO
  EXPECT_LT(platform_test.second_window, 0);
  EXPECT_EQ(platform_test.window, 0x1000u);
  EXPECT_EQ(platform_test.mask, 0xffffffffu);
  EXPECT_EQ(platform_test.clock_rate, 0u);
  EXPECT_EQ(registers_.read(0, 8, 4), 42u);
  EXPECT_EQ(kernel_irq_raise(HOST_IRQ_PCI), KERNEL_IRQ_HANDLED);
  EXPECT_EQ(pci_test_counts.irqs, 1u);
  kernel_driver_unload();
  EXPECT_EQ(platform_test.removes, 1u);
  EXPECT_EQ(kernel_irq_raise(HOST_IRQ_PCI), KERNEL_IRQ_NOBODY);
  expect_nothing_left();
  kernel_device_remove(dev_);
}

TEST_F(PlatformTest, ADeviceThatGoesIsLetGo) {
  dev_ = add();
  ASSERT_EQ(kernel_driver_load(), 0);
  kernel_device_unbind(dev_);
  EXPECT_EQ(platform_test.removes, 1u);
  EXPECT_EQ(kernel_device_bind(dev_), 1);
  kernel_device_remove(dev_);
  EXPECT_EQ(platform_test.removes, 2u);
  kernel_driver_unload();
  noted_.clear();
  expect_nothing_left("removed");
}

TEST_F(PlatformTest, AProbeThatFailsLeavesNothing) {
  dev_ = add();
  kernel_run_deferred(0);
  note_memory();
  pci_test_flags = PCI_TEST_FAIL_LATE;
  ASSERT_EQ(kernel_driver_load(), 0);
  EXPECT_EQ(platform_test.probes, 1u);
  EXPECT_EQ(kernel_device_bound(dev_), 0);
  kernel_driver_unload();
  expect_nothing_left();
}

TEST_F(PlatformTest, RegistersEndWhereFirmwareSaid) {
  dev_ = add(16);
  ASSERT_EQ(kernel_driver_load(), 0);
  EXPECT_EQ(platform_test.window, 16u);
  EXPECT_THAT(found([] { platform_test_read(12); }), "");
  EXPECT_THAT(found([] { platform_test_read(16); }), StartsWith("bad-register-access: "));
}

}  // namespace
}  // namespace dmafuzz
