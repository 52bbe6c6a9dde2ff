// SPDX-License-Identifier: GPL-2.0-only
//
// QEMU as it is, without our module: what its IOMMU lets a device reach, and what it writes down. By QEMU's device
// "edu", as in qemu_test.cc.
#include "device/qemu/iommu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "device/qemu/way.h"
#include "memory/arena.h"

namespace dmafuzz {
namespace {

constexpr uint64_t kRegisters = 0xc0000000, kBar0 = 0x10, kCommand = 4;
// Of edu.
constexpr uint64_t kInverse = 4, kRaise = 0x60, kAcknowledge = 0x64;
constexpr uint64_t kSource = 0x80, kDestination = 0x88, kCount = 0x90, kStart = 0x98, kBuffer = 0x40000;
constexpr uint64_t kFromDevice = 2, kToDevice = 0, kGo = 1;

constexpr uint64_t kPage = HOST_BANK_DMA_BASE + 0x3000, kHere = kPage + 0x123;

class QemuIommuTest : public ::testing::Test {
 protected:
  QemuIommuTest() {
    machine_.memory = memfd_create("memory", 0);
    EXPECT_EQ(ftruncate(machine_.memory, static_cast<off_t>(Arena::kFileSize)), 0);
    machine_.device = "edu";
  }
  ~QemuIommuTest() override { close(machine_.memory); }
  void start() {
    if (choose_qemu({}).way == QemuWay::kNone) GTEST_SKIP() << choose_qemu({}).why;
    ASSERT_TRUE(qemu_.start(machine_)) << qemu_.why();
    ASSERT_TRUE(iommu_.switch_on()) << qemu_.why();
    place();
  }
  void place() {
    qemu_.config_write(kBar0, 4, kRegisters);
    qemu_.config_write(kCommand, 2, 6);
  }
  void put(uint64_t at, uint64_t value, unsigned size = 8) { qemu_.write(kRegisters + at, size, value); }
  void send(uint64_t from, uint64_t to, uint64_t n, uint64_t direction) {
    put(kSource, from);
    put(kDestination, to);
    put(kCount, n);
    put(kStart, direction | kGo);
  }
  void transfer(uint64_t from, uint64_t to, uint64_t n, uint64_t direction) {
    send(from, to, n, direction);
    qemu_.settle();
  }
  void map(bool read, bool write) {
    const watch_range here[] = {{.address = kHere, .bytes = 50, .read = read, .write = write}};
    EXPECT_TRUE(iommu_.map_exactly(here));
  }
  // "r 0x...", "w 0x...", or nothing.
  std::string fault() {
    const auto fault = iommu_.take_fault();
    if (!fault) return {};
    EXPECT_EQ(fault->source, Qemu::kSlot << 3);
    return std::string(fault->write ? "w " : "r ") + std::to_string(fault->page);
  }
  static std::string read_of(uint64_t page) { return "r " + std::to_string(page); }
  static std::string write_of(uint64_t page) { return "w " + std::to_string(page); }
  std::string memory(uint64_t at, size_t n) const {
    std::string bytes(n, 0);
    uint64_t offset = 0;
    EXPECT_TRUE(Arena::file_offset(at, &offset));
    EXPECT_EQ(pread(machine_.memory, bytes.data(), n, static_cast<off_t>(offset)), static_cast<ssize_t>(n));
    return bytes;
  }
  void set_memory(uint64_t at, const std::string& bytes) const {
    uint64_t offset = 0;
    EXPECT_TRUE(Arena::file_offset(at, &offset));
    EXPECT_EQ(pwrite(machine_.memory, bytes.data(), bytes.size(), static_cast<off_t>(offset)),
              static_cast<ssize_t>(bytes.size()));
  }

  Qemu::Machine machine_;
  Qemu qemu_;
  QemuIommu iommu_{qemu_};
};

TEST_F(QemuIommuTest, RegistersAndPinAreAsWithTheModule) {
  start();
  if (!qemu_.alive()) return;
  EXPECT_FALSE(qemu_.watched());
  put(kInverse, 0x12345678, 4);
  EXPECT_EQ(qemu_.read(kRegisters + kInverse, 4), 0xedcba987u);
  put(kRaise, 1, 4);
  qemu_.finish();
  EXPECT_TRUE(qemu_.pin());
  put(kAcknowledge, 1, 4);
  qemu_.finish();
  EXPECT_FALSE(qemu_.pin());
}

TEST_F(QemuIommuTest, WhatIsMappedIsReachedByPage) {
  start();
  if (!qemu_.alive()) return;
  map(true, false);
  set_memory(kHere, "hello");
  transfer(kHere, kBuffer, 5, kToDevice);
  EXPECT_EQ(fault(), "");
  map(false, true);
  transfer(kBuffer, kPage + 0xff0, 5, kFromDevice);  // beyond the range, in its page
  EXPECT_EQ(fault(), "");
  EXPECT_EQ(memory(kPage + 0xff0, 5), "hello");
}

TEST_F(QemuIommuTest, WhatIsNotIsKeptFromTheDeviceAndWrittenDown) {
  start();
  if (!qemu_.alive()) return;
  EXPECT_EQ(fault(), "");
  transfer(kHere, kBuffer, 5, kToDevice);
  EXPECT_EQ(fault(), read_of(kPage));
  EXPECT_EQ(fault(), "") << "once";
  map(true, false);
  set_memory(kHere, "hello");
  transfer(kBuffer, kHere, 5, kFromDevice);
  EXPECT_EQ(fault(), write_of(kPage));
  EXPECT_EQ(memory(kHere, 5), "hello");
  map(false, true);
  transfer(kHere, kBuffer, 5, kToDevice);
  EXPECT_EQ(fault(), read_of(kPage));
  transfer(kHere + 0x1000, kBuffer, 5, kToDevice);
  transfer(kHere + 0x2000, kBuffer, 5, kToDevice);
  EXPECT_EQ(fault(), read_of(kPage + 0x1000)) << "the first of two";
  EXPECT_EQ(fault(), "");
}

TEST_F(QemuIommuTest, WhatIsUnmappedIsNotReachedThroughTheIotlb) {
  start();
  if (!qemu_.alive()) return;
  map(true, true);
  transfer(kHere, kBuffer, 5, kToDevice);
  EXPECT_EQ(fault(), "");
  EXPECT_TRUE(iommu_.map_exactly({}));
  transfer(kHere, kBuffer, 5, kToDevice);
  EXPECT_EQ(fault(), read_of(kPage));
}

// So the IOTLB is emptied: a driver that told its device and unmapped is found out by a device that acts at once. (edu
// does not.)
TEST_F(QemuIommuTest, AWriteCanBeDoneBeforeThoseThatWait) {
  start();
  if (!qemu_.alive()) return;
  put(kInverse, 1, 4);
  qemu_.write_first(kRegisters + kInverse, 4, 2);
  EXPECT_EQ(qemu_.read(kRegisters + kInverse, 4), ~1u);
}

// A transfer of edu takes 100 ms of its time. Nothing waits for them here.
TEST_F(QemuIommuTest, TimersRunWhenTheyAreSet) {
  start();
  if (!qemu_.alive()) return;
  map(true, true);
  transfer(kHere, kBuffer, 5, kToDevice);
  EXPECT_EQ(qemu_.read(kRegisters + kStart, 8) & kGo, 0u);
}

TEST_F(QemuIommuTest, AfterAResetItIsSwitchedOnAnew) {
  start();
  if (!qemu_.alive()) return;
  map(true, true);
  transfer(kHere + 0x1000, kBuffer, 5, kToDevice);
  qemu_.reset();
  EXPECT_EQ(fault(), "");
  ASSERT_TRUE(iommu_.switch_on());
  place();
  transfer(kHere, kBuffer, 5, kToDevice);
  EXPECT_EQ(fault(), read_of(kPage)) << "nothing is mapped";
  map(true, true);
  transfer(kHere, kBuffer, 5, kToDevice);
  EXPECT_EQ(fault(), "");
}

TEST_F(QemuIommuTest, ItsEndIsNoticed) {
  start();
  if (!qemu_.alive()) return;
  kill(qemu_.process(), SIGKILL);
  map(true, true);
  EXPECT_EQ(qemu_.read(kRegisters, 4), ~uint64_t{0});
  EXPECT_EQ(fault(), "");
  EXPECT_FALSE(iommu_.switch_on());
  ASSERT_TRUE(qemu_.start(machine_)) << qemu_.why();
  EXPECT_TRUE(iommu_.switch_on());
}

}  // namespace
}  // namespace dmafuzz
