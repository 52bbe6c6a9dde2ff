// SPDX-License-Identifier: GPL-2.0-only
//
// QEMU as a machine for one device: registers, time, pin, DMA as it is watched and refused, and its end. By QEMU's
// device "edu", which is made for teaching: what it does is in QEMU's docs/specs/edu.txt.
#include "device/qemu/qemu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "device/qemu/way.h"
#include "memory/arena.h"

namespace dmafuzz {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kRegisters = 0xc0000000, kBar0 = 0x10, kCommand = 4;
// Of edu.
constexpr uint64_t kIdentity = 0, kInverse = 4, kRaise = 0x60, kAcknowledge = 0x64;
constexpr uint64_t kSource = 0x80, kDestination = 0x88, kCount = 0x90, kStart = 0x98, kBuffer = 0x40000;
constexpr uint64_t kFromDevice = 2, kToDevice = 0, kGo = 1;
constexpr uint64_t kDuration = 100'000'000;  // ns from the start of a transfer to its end

class QemuTest : public ::testing::Test {
 protected:
  QemuTest() {
    machine_.memory = memfd_create("memory", 0);
    EXPECT_EQ(ftruncate(machine_.memory, static_cast<off_t>(Arena::kFileSize)), 0);
    machine_.device = "edu";
    machine_.modules = DMAFUZZ_QEMU_MODULES;
  }
  ~QemuTest() override { close(machine_.memory); }
  void start() {
    if (const QemuChoice choice = choose_qemu(machine_.modules); choice.way != QemuWay::kModule) {
      GTEST_SKIP() << choice.why;
    }
    ASSERT_TRUE(qemu_.start(machine_)) << qemu_.why();
    qemu_.config_write(kBar0, 4, kRegisters);
    qemu_.config_write(kCommand, 2, 6);
  }
  uint64_t get(uint64_t at, unsigned size = 4) { return qemu_.read(kRegisters + at, size); }
  void put(uint64_t at, uint64_t value, unsigned size = 4) { qemu_.write(kRegisters + at, size, value); }
  void transfer(uint64_t from, uint64_t to, uint64_t n, uint64_t direction) {
    put(kSource, from, 8);
    put(kDestination, to, 8);
    put(kCount, n, 8);
    put(kStart, direction | kGo, 8);
    time_ += kDuration;
    qemu_.set_time(time_);
    qemu_.settle();
  }
  static testing::Matcher<const watch_access&> access(uint64_t address, uint32_t bytes, uint32_t write) {
    return testing::AllOf(testing::Field(&watch_access::address, address), testing::Field(&watch_access::bytes, bytes),
                          testing::Field(&watch_access::write, write));
  }

  static constexpr uint64_t kHere = HOST_BANK_DMA_BASE + 0x123;
  Qemu::Machine machine_;
  Qemu qemu_;
  uint64_t time_ = 0;
};

TEST_F(QemuTest, RegistersConfigurationSpaceAndPin) {
  start();
  if (!qemu_.alive()) return;
  EXPECT_EQ(qemu_.config_read(0, 4), 0x11e81234u);
  EXPECT_EQ(get(kIdentity), 0x010000edu);
  put(kInverse, 0x12345678);
  EXPECT_EQ(get(kInverse), 0xedcba987u);
  EXPECT_FALSE(qemu_.pin());
  put(kRaise, 1);
  qemu_.finish();
  EXPECT_TRUE(qemu_.pin());
  put(kAcknowledge, 1);
  qemu_.finish();
  EXPECT_FALSE(qemu_.pin());
}

TEST_F(QemuTest, WhatTheDeviceDoesToMemoryIsWrittenDown) {
  start();
  if (!qemu_.alive()) return;
  char bytes[100];
  for (size_t i = 0; i < sizeof bytes; ++i) bytes[i] = static_cast<char>(i * 7);
  uint64_t offset = 0;
  ASSERT_TRUE(Arena::file_offset(kHere, &offset));
  ASSERT_EQ(pwrite(machine_.memory, bytes, sizeof bytes, static_cast<off_t>(offset)), 100);
  transfer(kHere, kBuffer, 100, kToDevice);
  EXPECT_THAT(qemu_.accesses(), testing::ElementsAre(access(kHere, 100, 0)));
  qemu_.forget_accesses();
  transfer(kBuffer, kHere + 0x1000, 100, kFromDevice);
  EXPECT_THAT(qemu_.accesses(), testing::ElementsAre(access(kHere + 0x1000, 100, 1)));
  char there[100];
  ASSERT_EQ(pread(machine_.memory, there, sizeof there, static_cast<off_t>(offset + 0x1000)), 100);
  EXPECT_EQ(std::memcmp(bytes, there, sizeof there), 0);
}

TEST_F(QemuTest, ItReachesWhatItMayOnly) {
  start();
  if (!qemu_.alive()) return;
  const watch_range mine[] = {{.address = kHere, .bytes = 50, .read = 1, .write = 0}};
  EXPECT_TRUE(qemu_.restrict_to(mine));
  transfer(kHere, kBuffer, 50, kToDevice);
  EXPECT_THAT(qemu_.accesses(), testing::ElementsAre(access(kHere, 50, 0)));
  qemu_.forget_accesses();
  transfer(kHere + 48, kBuffer, 8, kToDevice);  // beyond its end
  transfer(kBuffer, kHere, 8, kFromDevice);     // the other direction
  transfer(kHere - 8, kBuffer, 8, kToDevice);   // before it
  EXPECT_THAT(qemu_.accesses(), testing::IsEmpty());
  std::vector<watch_range> many(WATCH_LOG_RANGES, mine[0]);
  EXPECT_TRUE(qemu_.restrict_to(many));
  many.push_back(mine[0]);
  EXPECT_FALSE(qemu_.restrict_to(many)) << "it cannot be told of all";
  qemu_.restrict_nothing();
  transfer(kBuffer, kHere, 8, kFromDevice);
  EXPECT_EQ(qemu_.accesses().size(), 1u);
}

TEST_F(QemuTest, NothingHappensUntilItsTimeHasCome) {
  start();
  if (!qemu_.alive()) return;
  put(kSource, kHere, 8);
  put(kDestination, kBuffer, 8);
  put(kCount, 8, 8);
  put(kStart, kToDevice | kGo, 8);
  qemu_.set_time(kDuration - 1);
  qemu_.settle();
  EXPECT_THAT(qemu_.accesses(), testing::IsEmpty());
  EXPECT_EQ(get(kStart, 8) & kGo, kGo);
  qemu_.set_time(kDuration + 1'000'000);
  qemu_.settle();
  EXPECT_EQ(qemu_.accesses().size(), 1u);
  EXPECT_EQ(get(kStart, 8) & kGo, 0u);
}

TEST_F(QemuTest, AfterAResetItIsAsSwitchedOn) {
  start();
  if (!qemu_.alive()) return;
  put(kInverse, 1);
  qemu_.reset();
  EXPECT_EQ(qemu_.config_read(kBar0, 4) & ~0xfu, 0u);
  EXPECT_THAT(qemu_.accesses(), testing::IsEmpty());
}

TEST_F(QemuTest, ItsEndIsNoticed) {
  start();
  if (!qemu_.alive()) return;
  kill(qemu_.process(), SIGKILL);
  EXPECT_EQ(get(kIdentity), ~uint64_t{0});
  EXPECT_FALSE(qemu_.alive());
  EXPECT_THAT(qemu_.why(), HasSubstr("QEMU died"));
  EXPECT_FALSE(qemu_.pin());
  qemu_.settle();
  ASSERT_TRUE(qemu_.start(machine_)) << qemu_.why();
  EXPECT_EQ(qemu_.config_read(0, 4), 0x11e81234u);
}

TEST_F(QemuTest, SaysWhatQemuSaidOfADeviceThatItDoesNotHave) {
  start();
  if (!qemu_.alive()) return;
  machine_.device = "no-such-device";
  EXPECT_FALSE(qemu_.start(machine_));
  EXPECT_THAT(qemu_.why(), HasSubstr("no-such-device"));
}

TEST_F(QemuTest, SaysThatThereIsNoQemu) {
  const std::string path = std::getenv("PATH");
  setenv("PATH", "/nonexistent", 1);
  EXPECT_FALSE(qemu_.start(machine_));
  EXPECT_THAT(qemu_.why(), HasSubstr("there is no qemu-system-x86_64"));
  setenv("PATH", path.c_str(), 1);
}

}  // namespace
}  // namespace dmafuzz
