// SPDX-License-Identifier: GPL-2.0-only
#include "device/pci_function.h"

#include <gtest/gtest.h>

namespace dmafuzz {
namespace {

class Recorder : public Registers {
 public:
  uint64_t read(unsigned bar, uint64_t offset, unsigned size) override {
    last_bar = bar;
    last_offset = offset;
    last_size = size;
    return 0x1122334455667788;
  }
  void write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) override {
    read(bar, offset, size);
    written = value;
  }
  unsigned last_bar = 99, last_size = 0;
  uint64_t last_offset = 0, written = 0;
};

class PciFunctionTest : public testing::Test {
 protected:
  PciFunctionTest() {
    function.open({.vendor = 0x8086, .device = 0x100e, .subvendor = 1, .subdevice = 2, .class_code = 0x020000},
                  registers);
    function.add_bar(0, PciFunction::BarKind::kMemory64, 0x20000);
    function.add_bar(2, PciFunction::BarKind::kPorts, 64);
  }
  Recorder registers;
  PciFunction function;
};

TEST_F(PciFunctionTest, SaysWhoItIs) {
  EXPECT_EQ(function.config_read(0, 4), 0x100e8086u);
  EXPECT_EQ(function.config_read(2, 2), 0x100eu);
  EXPECT_EQ(function.config_read(0xb, 1), 2u);
  EXPECT_EQ(function.config_read(0x2c, 4), 0x00020001u);
  function.config_write(0, 4, 0);
  EXPECT_EQ(function.config_read(0, 4), 0x100e8086u);
}

TEST_F(PciFunctionTest, BarsAreSizedByWritingOnes) {
  function.config_write(0x10, 4, ~0u);
  function.config_write(0x14, 4, ~0u);
  EXPECT_EQ(function.config_read(0x10, 4), 0xfffe0004u);
  EXPECT_EQ(function.config_read(0x14, 4), 0xffffffffu);
  function.config_write(0x18, 4, ~0u);
  EXPECT_EQ(function.config_read(0x18, 4), 0xffffffc1u);
  function.config_write(0x1c, 4, ~0u);
  EXPECT_EQ(function.config_read(0x1c, 4), 0u);
}

TEST_F(PciFunctionTest, DecodesOnlyWhatIsSwitchedOn) {
  function.config_write(0x10, 4, 0xd0000000);
  function.config_write(0x18, 4, 0x1000);
  uint64_t value = 0;
  uint32_t port_value = 0;
  EXPECT_FALSE(function.memory_read(0xd0000000, 4, value));
  EXPECT_FALSE(function.port_read(0x1000, 4, port_value));
  function.config_write(4, 2, 3);
  EXPECT_FALSE(function.bus_master());
  EXPECT_TRUE(function.memory_read(0xd001fffc, 4, value));
  EXPECT_EQ(value, 0x55667788u);
  EXPECT_EQ(registers.last_bar, 0u);
  EXPECT_EQ(registers.last_offset, 0x1fffcu);
  EXPECT_FALSE(function.memory_read(0xd001fffd, 4, value));
  EXPECT_FALSE(function.memory_read(0xd0020000, 1, value));
  EXPECT_FALSE(function.memory_read(0xcfffffff, 1, value));
  EXPECT_TRUE(function.port_write(0x103f, 1, 7));
  EXPECT_EQ(registers.last_bar, 2u);
  EXPECT_EQ(registers.last_offset, 0x3fu);
  EXPECT_EQ(registers.written, 7u);
  EXPECT_FALSE(function.port_write(0x103f, 2, 7));
  function.config_write(4, 2, 7);
  EXPECT_TRUE(function.bus_master());
}

TEST_F(PciFunctionTest, CapabilitiesAreAList) {
  const uint8_t pm[] = {3, 0, 0, 0, 0, 0};
  const uint8_t writable[] = {0, 0, 3, 0, 0, 0};
  EXPECT_EQ(function.config_read(6, 2) & 0x10, 0u);
  const unsigned first = function.add_capability(1, pm, 8, writable);
  const unsigned second = function.add_capability(9, pm, 7);
  EXPECT_EQ(function.config_read(6, 2) & 0x10, 0x10u);
  EXPECT_EQ(function.config_read(0x34, 1), first);
  EXPECT_EQ(function.config_read(first, 2), 1u | second << 8);
  EXPECT_EQ(function.config_read(second, 2), 9u);
  function.config_write(first + 4, 2, 0xffff);
  EXPECT_EQ(function.config_read(first + 4, 2), 3u);
}

TEST_F(PciFunctionTest, UnpluggedReadsAsOnes) {
  function.config_write(4, 2, 3);
  function.config_write(0x10, 4, 0xd0000000);
  function.unplug();
  uint64_t value = 0;
  EXPECT_EQ(function.config_read(0, 4), ~0u);
  EXPECT_EQ(function.config_read(0, 1), 0xffu);
  EXPECT_FALSE(function.memory_read(0xd0000000, 4, value));
}

TEST_F(PciFunctionTest, OddConfigurationAccessesReadAsOnes) {
  EXPECT_EQ(function.config_read(1, 2), 0xffffu);
  EXPECT_EQ(function.config_read(4096, 4), ~0u);
  EXPECT_EQ(function.config_read(4092, 4), 0u);
}

}  // namespace
}  // namespace dmafuzz
