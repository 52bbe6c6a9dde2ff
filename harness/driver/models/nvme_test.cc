// SPDX-License-Identifier: GPL-2.0-only
//
// The NVMe controller by itself, over queues and lists that are written by hand as the specification has them.
#include "driver/models/nvme.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "driver/testing/fake_surroundings.h"

namespace dmafuzz {
namespace {

using testing::FakeSurroundings;

constexpr uint64_t kAdminSubmission = 0x1000, kAdminCompletion = 0x2000, kSubmission = 0x3000, kCompletion = 0x4000;
constexpr uint64_t kData = 0x8000, kList = 0x5000;
constexpr uint32_t kSize = 8;  // of each queue

class World : public FakeSurroundings {
 public:
  bool message(unsigned n) override {
    messages.push_back(n);
    return true;
  }
  std::vector<unsigned> messages;
};

class NvmeTest : public ::testing::Test {
 protected:
  void power_on(uint32_t variant = 0) {
    model.attach(world);
    model.vary(variant);
    model.reset();
    reg(0x24, (kSize - 1) | (kSize - 1) << 16);
    reg(0x28, kAdminSubmission);
    reg(0x30, kAdminCompletion);
    reg(0x14, 0x460001);
    ASSERT_EQ(reg(0x1c) & 1, 1u);
  }
  // With a pair of queues for reads and writes.
  void begin(uint32_t variant = 0) {
    power_on(variant);
    ASSERT_EQ(admin({5, 0, 0, 0, 0, 0, kCompletion, 0, 0, 0, 1 | (kSize - 1) << 16, 3 | 1 << 16}), 0u);
    ASSERT_EQ(admin({1, 0, 0, 0, 0, 0, kSubmission, 0, 0, 0, 1 | (kSize - 1) << 16, 1 | 1 << 16}), 0u);
  }
  uint32_t reg(uint64_t at) { return static_cast<uint32_t>(model.read(0, at, 4)); }
  void reg(uint64_t at, uint32_t value) { model.write(0, at, 4, value); }

  // Submits a command and returns the status that it ended with.
  uint32_t run(unsigned queue, const std::vector<uint32_t>& command) {
    const uint64_t base = queue ? kSubmission : kAdminSubmission, done = queue ? kCompletion : kAdminCompletion;
    for (unsigned i = 0; i < 16; ++i) {
      world.put<uint32_t>(base + tail[queue] * 64 + i * 4, i < command.size() ? command[i] : 0);
    }
    tail[queue] = (tail[queue] + 1) % kSize;
    reg(0x1000 + queue * 8, tail[queue]);
    EXPECT_TRUE(model.act());
    const uint32_t last = world.get<uint32_t>(done + head[queue] * 16 + 12);
    EXPECT_EQ(last >> 16 & 1, phase[queue]);
    result = world.get<uint32_t>(done + head[queue] * 16);
    head[queue] = (head[queue] + 1) % kSize;
    if (!head[queue]) phase[queue] ^= 1;
    reg(0x1004 + queue * 8, head[queue]);
    return last >> 17;
  }
  uint32_t admin(const std::vector<uint32_t>& command) { return run(0, command); }
  uint32_t io(uint32_t opcode, uint64_t at, uint32_t blocks, uint32_t first, uint32_t second = 0) {
    return run(1, {opcode, 1, 0, 0, 0, 0, first, 0, second, 0, static_cast<uint32_t>(at), 0, blocks - 1});
  }
  std::vector<uint8_t> bytes(uint64_t at, size_t n) {
    return {world.memory.begin() + static_cast<ptrdiff_t>(at), world.memory.begin() + static_cast<ptrdiff_t>(at + n)};
  }
  void fill(uint64_t at, size_t n) {
    std::iota(world.memory.begin() + static_cast<ptrdiff_t>(at), world.memory.begin() + static_cast<ptrdiff_t>(at + n),
              uint8_t{3});
  }

  World world;
  Nvme model;
  unsigned tail[2] = {}, head[2] = {}, phase[2] = {1, 1};
  uint32_t result = 0;
};

TEST_F(NvmeTest, IsReadyWhenItIsSwitchedOn) {
  power_on();
  EXPECT_EQ(reg(8), 0x10400u);
  reg(0x14, 0x464001);
  EXPECT_EQ(reg(0x1c), 1u | 2u << 2) << "shut down";
  reg(0x14, 0);
  EXPECT_EQ(reg(0x1c), 0u);
  EXPECT_FALSE(model.act());
}

TEST_F(NvmeTest, SaysWhatItIs) {
  power_on();
  EXPECT_EQ(admin({6, 0, 0, 0, 0, 0, kData, 0, 0, 0, 1}), 0u);
  EXPECT_EQ(world.get<uint32_t>(kData + 516), 1u) << "namespaces";
  EXPECT_EQ(admin({6, 1, 0, 0, 0, 0, kData, 0, 0, 0, 0}), 0u);
  EXPECT_EQ(world.get<uint64_t>(kData), 131072u) << "blocks";
  EXPECT_EQ(admin({6, 2, 0, 0, 0, 0, kData, 0, 0, 0, 0}), 0x400bu) << "no such namespace";
  EXPECT_EQ(admin({9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0x70007}), 0u);
  EXPECT_EQ(result, 0x20002u) << "queues, less one";
  EXPECT_EQ(admin({0x7f}), 0x4001u);
}

TEST_F(NvmeTest, MovesPagesInAnyWay) {
  begin();
  fill(kData, 0x3000);
  EXPECT_EQ(io(1, 5, 1, kData + 8), 0u);
  EXPECT_EQ(io(1, 100, 9, kData + 0x800, kData + 0x1000), 0u) << "over two pages";
  world.put<uint64_t>(kList, kData + 0x1000);
  world.put<uint64_t>(kList + 8, kData + 0x2000);
  EXPECT_EQ(io(1, 200, 17, kData + 0xe00, kList), 0u) << "a list";
  const std::vector<uint8_t> wanted = bytes(kData + 0xe00, 17 * 512);
  EXPECT_EQ(io(2, 5, 1, 0x6000), 0u);
  EXPECT_EQ(bytes(0x6000, 512), bytes(kData + 8, 512));
  world.put<uint64_t>(kList, 0x7000);
  world.put<uint64_t>(kList + 8, 0xb000);
  EXPECT_EQ(io(2, 200, 17, 0x6e00, kList), 0u);
  EXPECT_EQ(bytes(0x6e00, 0x200), std::vector<uint8_t>(wanted.begin(), wanted.begin() + 0x200));
  EXPECT_EQ(bytes(0x7000, 0x1000), std::vector<uint8_t>(wanted.begin() + 0x200, wanted.begin() + 0x1200));
  EXPECT_EQ(bytes(0xb000, 0x1000), std::vector<uint8_t>(wanted.begin() + 0x1200, wanted.end()));
  EXPECT_EQ(world.messages.back(), 1u);
}

TEST_F(NvmeTest, RefusesWhatIsWrong) {
  begin();
  EXPECT_EQ(io(2, 131072, 1, kData), 0x4080u) << "beyond the end";
  EXPECT_EQ(io(2, 0, 9, kData + 0x800, kData + 0x1008), 0x4013u) << "the second page is entered in the middle";
  EXPECT_EQ(io(2, 0, 1, 0xfffff000), 4u) << "no memory";
  EXPECT_EQ(io(0x55, 0, 1, kData), 0x4001u);
}

TEST_F(NvmeTest, TakesListsOfPieces) {
  begin(Nvme::kLists);
  fill(kData, 0x1000);
  world.put<uint64_t>(kList, kData + 0x100);
  world.put<uint64_t>(kList + 8, 0x200);
  world.put<uint64_t>(kList + 16, kData + 0x700);
  world.put<uint64_t>(kList + 24, 0x200);
  EXPECT_EQ(run(1, {1 | 1 << 14, 1, 0, 0, 0, 0, kList, 0, 32, 3u << 28, 9, 0, 1}), 0u);
  EXPECT_EQ(io(2, 9, 2, 0x6000), 0u);
  EXPECT_EQ(bytes(0x6000, 0x200), bytes(kData + 0x100, 0x200));
  EXPECT_EQ(bytes(0x6200, 0x200), bytes(kData + 0x700, 0x200));
  world.put<uint64_t>(kList + 24, 0x100);
  EXPECT_EQ(run(1, {1 | 1 << 14, 1, 0, 0, 0, 0, kList, 0, 32, 3u << 28, 9, 0, 1}), 0x400fu) << "too short";
}

TEST_F(NvmeTest, ZeroesAndDiscards) {
  begin();
  fill(kData, 0x1000);
  EXPECT_EQ(io(1, 0, 8, kData), 0u);
  EXPECT_EQ(io(8, 1, 2, 0), 0u);
  world.put<uint32_t>(kList, 0);
  world.put<uint32_t>(kList + 4, 1);
  world.put<uint64_t>(kList + 8, 6);
  EXPECT_EQ(run(1, {9, 1, 0, 0, 0, 0, kList, 0, 0, 0, 0, 4}), 0u);
  EXPECT_EQ(io(2, 0, 8, 0x6000), 0u);
  std::vector<uint8_t> wanted = bytes(kData, 0x1000);
  std::fill_n(wanted.begin() + 512, 1024, uint8_t{0});
  std::fill_n(wanted.begin() + 6 * 512, 512, uint8_t{0});
  EXPECT_EQ(bytes(0x6000, 0x1000), wanted);
}

TEST_F(NvmeTest, ReadsDoorbellsInMemory) {
  begin(Nvme::kShadowDoorbells);
  ASSERT_EQ(admin({0x7c, 0, 0, 0, 0, 0, 0x6000, 0, 0x7000}), 0u);
  world.put<uint32_t>(0x6000 + 12, 0);
  world.put<uint32_t>(kSubmission, 0);  // a flush
  world.put<uint32_t>(0x6000 + 8, 1);
  EXPECT_TRUE(model.act());
  EXPECT_EQ(world.get<uint32_t>(0x7000 + 8), 1u) << "from there on it wants to be told";
  EXPECT_EQ(world.get<uint32_t>(kCompletion + 12) >> 16, 1u);
  EXPECT_TRUE(model.own_field(0x7008, 4));
  EXPECT_FALSE(model.own_field(0x6008, 4));
}

TEST_F(NvmeTest, BorrowsMemory) {
  begin(Nvme::kHostMemory);
  world.put<uint64_t>(kList, 0x9000);
  world.put<uint64_t>(kList + 8, 2);
  ASSERT_EQ(admin({9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xd, 1, 2, kList, 0, 1}), 0u);
  EXPECT_EQ(world.get<uint64_t>(0x9000), 0x9000u);
  EXPECT_EQ(world.get<uint64_t>(0xaff8), 0x9000u);
  EXPECT_TRUE(model.own_field(0x9100, 4));
  ASSERT_EQ(admin({9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xd, 0}), 0u);
  EXPECT_FALSE(model.own_field(0x9100, 4));
}

TEST_F(NvmeTest, WaitsUntilThereIsRoomForACompletion) {
  begin();
  for (unsigned i = 0; i + 1 < kSize; ++i) world.put<uint32_t>(kSubmission + i * 64, 0);
  reg(0x1008, kSize - 1);
  for (unsigned i = 0; i + 1 < kSize; ++i) EXPECT_TRUE(model.act());
  reg(0x1008, 1);
  EXPECT_FALSE(model.act());
  reg(0x100c, 1);
  EXPECT_TRUE(model.act());
}

}  // namespace
}  // namespace dmafuzz
