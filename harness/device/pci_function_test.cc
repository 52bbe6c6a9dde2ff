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

class MessagesTest : public PciFunctionTest {
 protected:
  static constexpr uint64_t kBase = 0xd0000000, kTable = kBase + 0x100, kPending = kBase + 0x200;

  MessagesTest() {
    at = function.add_messages(3, 0, 0x100, 0x200);
    function.config_write(4, 2, 2);
    function.config_write(0x10, 4, kBase);
  }
  void write(uint64_t phys, unsigned size, uint64_t value) { ASSERT_TRUE(function.memory_write(phys, size, value)); }
  uint64_t read(uint64_t phys, unsigned size) {
    uint64_t value = 0;
    EXPECT_TRUE(function.memory_read(phys, size, value));
    return value;
  }
  void control(uint32_t value) { function.config_write(at + 2, 2, value); }

  unsigned at;
  PciFunction::Message message = {};
};

TEST_F(MessagesTest, TheTableIsTheFunctions) {
  EXPECT_EQ(function.config_read(at, 4), 0x00020011u) << "three vectors, off";
  EXPECT_EQ(function.config_read(at + 4, 4), 0x100u);
  EXPECT_EQ(function.config_read(at + 8, 4), 0x200u);
  EXPECT_EQ(read(kTable + 12, 4), 1u) << "masked";
  write(kTable + 16, 8, 0x1fee00000);
  EXPECT_EQ(read(kTable + 16, 4), 0xfee00000u);
  EXPECT_EQ(read(kTable + 20, 4), 1u);
  registers.last_bar = 99;
  write(kTable + 47, 1, 0xff);
  EXPECT_EQ(registers.last_bar, 99u);
  write(kTable + 48, 4, 0xff);
  EXPECT_EQ(registers.last_offset, 0x130u) << "behind the table";
}

TEST_F(MessagesTest, WhatIsMaskedWaits) {
  write(kTable + 16, 4, 0xfee00000);
  write(kTable + 24, 4, 33);
  function.signal(1);
  EXPECT_FALSE(function.next_message(message)) << "off";
  control(0xc000);  // on, all masked
  EXPECT_TRUE(function.messages_on());
  function.signal(1);
  EXPECT_EQ(read(kPending, 4), 2u);
  control(0x8000);
  EXPECT_FALSE(function.next_message(message)) << "its vector is masked";
  write(kTable + 28, 4, 0);
  ASSERT_TRUE(function.next_message(message));
  EXPECT_EQ(message.address, 0xfee00000u);
  EXPECT_EQ(message.data, 33u);
  EXPECT_EQ(read(kPending, 8), 0u);
  EXPECT_FALSE(function.next_message(message)) << "once";
  function.signal(3);
  EXPECT_FALSE(function.next_message(message)) << "there is none of that number";
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
