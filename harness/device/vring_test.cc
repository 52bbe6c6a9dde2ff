// SPDX-License-Identifier: GPL-2.0-only
// The device's end of a virtqueue, over rings that are written by hand as the specification has them.
#include "device/vring.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace dmafuzz {
namespace {

constexpr uint64_t kDesc = 0x1000, kDriver = 0x2000, kDevice = 0x3000, kTable = 0x4000, kEnd = 0x5000;
constexpr uint16_t kNext = 1, kWrite = 2, kIndirect = 4, kAvail = 1 << 7, kUsed = 1 << 15;

class VringTest : public testing::Test {
 protected:
  void open(bool packed, unsigned num, bool event = false, bool indirect = false) {
    memory_.assign(kEnd, 0);
    device_.open({packed, event, indirect, num, kDesc, kDriver, kDevice},
                 {this,
                  [](void* t, uint64_t at, void* bytes, size_t n) {
                    auto& memory = static_cast<VringTest*>(t)->memory_;
                    if (at < kDesc || at + n > memory.size()) return false;
                    std::memcpy(bytes, &memory[at], n);
                    return true;
                  },
                  [](void* t, uint64_t at, const void* bytes, size_t n) {
                    auto& memory = static_cast<VringTest*>(t)->memory_;
                    if (at < kDesc || at + n > memory.size()) return false;
                    std::memcpy(&memory[at], bytes, n);
                    return true;
                  }});
  }
  template <typename T>
  void put(uint64_t at, T value) {
    std::memcpy(&memory_[at], &value, sizeof value);
  }
  template <typename T>
  T get(uint64_t at) {
    T value;
    std::memcpy(&value, &memory_[at], sizeof value);
    return value;
  }
  // The last two fields of a descriptor: flags and next, or id and flags.
  void desc(uint64_t table, unsigned i, uint64_t address, uint32_t length, uint16_t third, uint16_t fourth) {
    put(table + 16 * i, address);
    put(table + 16 * i + 8, length);
    put(table + 16 * i + 12, third);
    put(table + 16 * i + 14, fourth);
  }
  void make_available(uint16_t index, uint16_t head, unsigned num) {
    put<uint16_t>(kDriver + 4 + 2 * (index % num), head);
    put<uint16_t>(kDriver + 2, index + 1);
  }
  void expect_malformed(const std::string& why) {
    EXPECT_EQ(device_.fetch(chain_), VringDevice::Fetch::kMalformed);
    EXPECT_EQ(device_.complaint(), why);
  }
  void expect_chain(uint16_t id, unsigned descs, size_t segments, bool indirect = false) {
    ASSERT_EQ(device_.fetch(chain_), VringDevice::Fetch::kChain) << device_.complaint();
    EXPECT_EQ(chain_.id, id);
    EXPECT_EQ(chain_.descs, descs);
    EXPECT_EQ(chain_.segments.size(), segments);
    EXPECT_EQ(chain_.indirect, indirect);
  }

  std::vector<uint8_t> memory_;
  VringDevice device_;
  VringChain chain_;
};

TEST_F(VringTest, SplitChainIsFollowedAndUsed) {
  open(false, 4);
  EXPECT_EQ(device_.fetch(chain_), VringDevice::Fetch::kNothing);
  desc(kDesc, 2, 0xaa, 10, kNext, 0);
  desc(kDesc, 0, 0xbb, 20, kWrite, 0);
  make_available(0, 2, 4);
  expect_chain(2, 2, 2);
  EXPECT_EQ(chain_.segments[0].address, 0xaau);
  EXPECT_FALSE(chain_.segments[0].writable);
  EXPECT_EQ(chain_.segments[1].length, 20u);
  EXPECT_TRUE(chain_.segments[1].writable);
  EXPECT_EQ(device_.fetch(chain_), VringDevice::Fetch::kNothing);
  device_.use(2, 7, 1, 2);
  EXPECT_EQ(get<uint16_t>(kDevice + 2), 1);
  EXPECT_EQ(get<uint32_t>(kDevice + 4), 2u);
  EXPECT_EQ(get<uint32_t>(kDevice + 8), 7u);
}

TEST_F(VringTest, SplitSaysWhatIsWrong) {
  open(false, 4);
  put<uint16_t>(kDriver + 2, 5);
  expect_malformed("5 buffers available in a ring of 4");
  make_available(0, 9, 4);
  expect_malformed("descriptor 9 of a ring of 4");
  desc(kDesc, 1, 0xaa, 1, kNext, 1);
  make_available(0, 1, 4);
  expect_malformed("a chain without end");
  desc(kDesc, 1, 0xaa, 1, kNext | kWrite, 2);
  desc(kDesc, 2, 0xaa, 1, 0, 0);
  expect_malformed("what is to be read comes after what is to be written");
  desc(kDesc, 1, kTable, 16, kIndirect, 0);
  expect_malformed("an indirect table, which was not negotiated");
  EXPECT_EQ(device_.available(), 0u) << "what is malformed is not gone past";
}

TEST_F(VringTest, SplitTable) {
  open(false, 4, false, true);
  desc(kDesc, 3, kTable, 32, kIndirect, 0);
  desc(kTable, 0, 0xaa, 1, kNext, 1);
  desc(kTable, 1, 0xbb, 2, kWrite, 0);
  make_available(0, 3, 4);
  expect_chain(3, 1, 2, true);
  desc(kTable, 0, 0xaa, 1, 0, 1);
  make_available(1, 3, 4);
  expect_malformed("an indirect table that ends early");
  desc(kTable, 0, 0xaa, 1, kNext, 2);
  expect_malformed("a table of 2 goes on at 2");
  desc(kDesc, 3, kTable, 17, kIndirect, 0);
  expect_malformed("an indirect table of 17 bytes");
  desc(kDesc, 3, kEnd, 16, kIndirect, 0);
  expect_malformed("the device cannot reach the ring");
}

TEST_F(VringTest, PackedWrapsAround) {
  open(true, 3);
  desc(kDesc, 0, 0xaa, 1, 5, kAvail | kNext);
  desc(kDesc, 1, 0xbb, 2, 5, kAvail | kWrite);
  expect_chain(5, 2, 2);
  EXPECT_EQ(device_.fetch(chain_), VringDevice::Fetch::kNothing);
  device_.use(5, 2, 1, 2);
  EXPECT_EQ(get<uint16_t>(kDesc + 12), 5);
  EXPECT_EQ(get<uint16_t>(kDesc + 14), kAvail | kUsed | kWrite);
  // The next one goes on at the ring's start, with the bits turned.
  desc(kDesc, 2, 0xaa, 1, 1, kAvail | kNext);
  desc(kDesc, 0, 0xbb, 2, 1, kUsed);
  expect_chain(1, 2, 2);
  device_.use(1, 0, 1, 2);
  EXPECT_EQ(get<uint16_t>(kDesc + 32 + 14), kAvail | kUsed);
  EXPECT_EQ(device_.wrapped(device_.used()), 1) << "after the wrap the counter is 0";
}

TEST_F(VringTest, PackedSaysWhatIsWrong) {
  open(true, 2);
  desc(kDesc, 0, 0xaa, 1, 0, kAvail | kNext);
  expect_malformed("a chain ends in a descriptor that is not available");
  desc(kDesc, 1, 0xaa, 1, 0, kAvail | kNext);
  expect_malformed("a chain ends in a descriptor that is not available");
  desc(kDesc, 0, kTable, 16, 0, kAvail | kIndirect | kNext);
  expect_malformed("an indirect descriptor in a chain");
}

TEST_F(VringTest, PackedTableCountsAll) {
  open(true, 2, false, true);
  desc(kDesc, 0, kTable, 48, 1, kAvail | kIndirect);
  for (unsigned i = 0; i < 3; i++) desc(kTable, i, i, i + 1, 0xdead, i ? kWrite : 0);
  expect_chain(1, 1, 3, true);
  EXPECT_TRUE(chain_.segments[2].writable);
}

TEST_F(VringTest, InterruptsByFlag) {
  open(false, 4);
  EXPECT_FALSE(device_.interrupt_wanted()) << "of nothing new";
  device_.use(0, 0, 1, 1);
  EXPECT_TRUE(device_.interrupt_wanted());
  EXPECT_FALSE(device_.interrupt_wanted());
  put<uint16_t>(kDriver, 1);
  device_.use(0, 0, 1, 1);
  EXPECT_FALSE(device_.interrupt_wanted());
  open(true, 4);
  device_.use(0, 0, 1, 1);
  EXPECT_TRUE(device_.interrupt_wanted());
  put<uint16_t>(kDriver + 2, 1);
  device_.use(0, 0, 1, 1);
  EXPECT_FALSE(device_.interrupt_wanted());
}

TEST_F(VringTest, InterruptsByPosition) {
  open(false, 4, true);
  put<uint16_t>(kDriver + 4 + 8, 2);  // used_event
  device_.use(0, 0, 2, 2);
  EXPECT_FALSE(device_.interrupt_wanted());
  device_.use(0, 0, 1, 1);
  EXPECT_TRUE(device_.interrupt_wanted());
  open(true, 4, true);
  put<uint16_t>(kDriver + 2, 2);
  put<uint16_t>(kDriver, 1);  // position 5: descriptor 1 of the second round
  device_.use(0, 0, 1, 5);
  EXPECT_FALSE(device_.interrupt_wanted());
  device_.use(0, 0, 1, 1);
  EXPECT_TRUE(device_.interrupt_wanted());
}

TEST_F(VringTest, Kicks) {
  open(false, 4);
  EXPECT_TRUE(device_.kick_due(0, 1));
  device_.ask_for_kick(VringDevice::Kick::kNever);
  EXPECT_EQ(get<uint16_t>(kDevice), 1);
  EXPECT_FALSE(device_.kick_due(0, 1));
  open(false, 4, true);
  EXPECT_TRUE(device_.kick_due(0, 1)) << "a fresh ring asks for the first";
  EXPECT_FALSE(device_.kick_due(1, 3));
  device_.ask_for_kick(VringDevice::Kick::kAt, 65538);
  EXPECT_EQ(get<uint16_t>(kDevice + 4 + 32), 2) << "avail_event, in 16 bits";
  EXPECT_TRUE(device_.kick_due(65537, 65539));
  EXPECT_FALSE(device_.kick_due(65537, 65538));
  open(true, 4, true);
  EXPECT_TRUE(device_.kick_due(0, 0)) << "enabled: each look is one too many, and due";
  device_.ask_for_kick(VringDevice::Kick::kAt, 5);
  EXPECT_EQ(get<uint16_t>(kDevice), 1);
  EXPECT_EQ(get<uint16_t>(kDevice + 2), 2);
  EXPECT_FALSE(device_.kick_due(0, 5));
  EXPECT_TRUE(device_.kick_due(5, 6));
  device_.ask_for_kick(VringDevice::Kick::kNever);
  EXPECT_FALSE(device_.kick_due(0, 6));
}

}  // namespace
}  // namespace dmafuzz
