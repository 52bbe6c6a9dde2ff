// SPDX-License-Identifier: GPL-2.0-only
//
// The block layer under a driver of our own (shims/block/test): the tree's, from registration to the last free, and
// what the harness sees of it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "block/test/driver.h"
#include "engine/executor.h"
#include "engine/machine.h"
#include "host_bus.h"
#include "memory/memory.h"

namespace dmafuzz {
namespace {

constexpr int kNoDevice = -19, kInvalid = -22, kIoError = -5, kTimedOut = -110;
constexpr unsigned kSectors = 4096, kSector = 512;
// Time in which all is done that a driver or the boot set off, timeouts included.
constexpr unsigned long long kSoon = 100'000'000'000;

struct Ended {
  unsigned token;
  int error;
};
std::vector<Ended> g_ended;
std::vector<uint8_t> g_read;

std::vector<uint8_t> pattern(unsigned n, unsigned seed) {
  std::vector<uint8_t> bytes(n);
  for (unsigned i = 0; i < n; ++i) bytes[i] = static_cast<uint8_t>(i * 7 + (i >> 9) + seed);
  return bytes;
}

std::string left() {
  struct kernel_usage usage = {};
  kernel_usage(&usage);
  std::string text;
  if (usage.pending_work) text += fmt::format("{} deferred works, timers or callbacks\n", usage.pending_work);
  for (const Description& d : memory().list_live_since_snapshot()) text += memory().describe_text(d.start);
  return text;
}

class Block : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!machine().booted()) machine().boot();
    machine().reset();
    g_ended.clear();
    g_read.clear();
  }
  static void up(block_test_options options = {}) {
    if (!options.sectors) options.sectors = kSectors;
    ASSERT_EQ(block_test_load(&options), 0);
    ASSERT_EQ(kernel_block_open(), 0);
  }
  static void down() {
    EXPECT_EQ(kernel_block_close(), 0);
    block_test_unload();
    kernel_run_deferred(kSoon);
    EXPECT_EQ(left(), "");
  }
  // The error that it ended with, or what submitting returned.
  static int io(kernel_block_io what, const std::vector<uint8_t>& bytes = {}) {
    const size_t before = g_ended.size();
    g_read.clear();
    what.token = static_cast<unsigned>(before);
    what.bytes_to_write = bytes.data();
    if (const int refused = kernel_block_submit(&what)) return refused;
    kernel_block_unplug();
    kernel_run_deferred(kSoon);
    EXPECT_EQ(g_ended.size(), before + 1);
    return g_ended.size() > before ? g_ended.back().error : 1;
  }
  static int write(unsigned sector, const std::vector<uint8_t>& bytes, unsigned segments = 1, unsigned offset = 0) {
    return io({.op = KERNEL_BLOCK_WRITE,
               .segments = segments,
               .offset = offset,
               .bytes = static_cast<unsigned>(bytes.size()),
               .sector = sector},
              bytes);
  }
  static int read(unsigned sector, unsigned bytes, unsigned segments = 1, unsigned offset = 0) {
    return io({.op = KERNEL_BLOCK_READ, .segments = segments, .offset = offset, .bytes = bytes, .sector = sector});
  }
};

TEST_F(Block, WithoutADiskNothingCanBeDone) {
  struct kernel_block_info info = {};
  EXPECT_EQ(kernel_block_registered(), 0);
  EXPECT_EQ(kernel_block_open(), kNoDevice);
  EXPECT_EQ(kernel_block_close(), kNoDevice);
  EXPECT_EQ(kernel_block_info(&info), kNoDevice);
  EXPECT_EQ(write(0, pattern(kSector, 1)), kNoDevice);
  EXPECT_EQ(kernel_block_control(0), kNoDevice);
}

TEST_F(Block, ADiskSaysWhatItIs) {
  up({.block = 4096});
  struct kernel_block_info info = {};
  ASSERT_EQ(kernel_block_info(&info), 0);
  EXPECT_EQ(info.sectors, kSectors);
  EXPECT_EQ(info.block, 4096u);
  EXPECT_TRUE(info.discard && info.write_zeroes && !info.read_only);
  EXPECT_EQ(write(0, pattern(kSector, 1)), kInvalid) << "no whole block";
  down();
}

// Every length and shape, at once and later: what is read is what was written.
TEST_F(Block, WhatIsWrittenIsReadBack) {
  for (const int later : {0, 1}) {
    for (const int gaps : {0, 1}) {
      machine().reset();
      g_ended.clear();
      up({.later = later, .gaps = gaps});
      for (const unsigned bytes : {512u, 4096u, 4608u, 65536u, 1048576u}) {
        for (const unsigned segments : {1u, 3u, 40u}) {
          for (const unsigned offset : {0u, 512u, 2052u}) {
            const std::vector<uint8_t> data = pattern(bytes, bytes + segments + offset);
            ASSERT_EQ(write(segments, data, segments, offset), 0) << bytes << " " << segments << " " << offset;
            ASSERT_EQ(read(segments, bytes, 41 - segments, offset), 0) << bytes << " " << segments << " " << offset;
            ASSERT_EQ(g_read, data) << bytes << " " << segments << " " << offset;
          }
        }
      }
      down();
    }
  }
}

TEST_F(Block, DiscardsAndZeroesAreReadAsZeroes) {
  up();
  for (const unsigned op : {KERNEL_BLOCK_DISCARD, KERNEL_BLOCK_ZERO}) {
    ASSERT_EQ(write(8, pattern(8192, 1)), 0);
    ASSERT_EQ(io({.op = op, .bytes = 4096, .sector = 12}), 0);
    ASSERT_EQ(read(8, 8192), 0);
    std::vector<uint8_t> wanted = pattern(8192, 1);
    std::fill_n(wanted.begin() + 2048, 4096, uint8_t{0});
    EXPECT_EQ(g_read, wanted);
  }
  EXPECT_EQ(io({.op = KERNEL_BLOCK_FLUSH}), 0);
  EXPECT_EQ(io({.op = KERNEL_BLOCK_WRITE, .flags = KERNEL_BLOCK_FUA, .segments = 1, .bytes = 512}, pattern(512, 1)), 0);
  down();
}

TEST_F(Block, NeighboursAreMergedBehindAPlug) {
  up();
  const std::vector<uint8_t> data = pattern(4096, 1);
  for (unsigned i = 0; i < 4; ++i) {
    const kernel_block_io what = {.token = i,
                                  .op = KERNEL_BLOCK_WRITE,
                                  .flags = KERNEL_BLOCK_PLUG,
                                  .segments = 1,
                                  .bytes = 4096,
                                  .sector = i * 8,
                                  .bytes_to_write = data.data()};
    ASSERT_EQ(kernel_block_submit(&what), 0);
  }
  EXPECT_TRUE(g_ended.empty());
  EXPECT_EQ(block_test_requests(), 0u);
  kernel_block_unplug();
  kernel_run_deferred(0);
  EXPECT_EQ(g_ended.size(), 4u);
  EXPECT_EQ(block_test_requests(), 1u);
  down();
}

TEST_F(Block, ErrorsComeUp) {
  up({.fail_every = 2});
  EXPECT_EQ(write(0, pattern(512, 1)), 0);
  EXPECT_EQ(write(0, pattern(512, 1)), kIoError);
  EXPECT_EQ(write(kSectors, pattern(512, 1)), kIoError) << "beyond the end";
  down();
}

TEST_F(Block, WhatTheDriverLosesTimesOut) {
  up({.lose = 1});
  EXPECT_EQ(write(0, pattern(512, 1)), kTimedOut);
  down();
}

TEST_F(Block, MemoryMayRunOut) {
  // Small, as each page of its memory is an allocation.
  const block_test_options options = {.sectors = 64};
  for (unsigned after = 1; after < 200; ++after) {
    machine().reset();
    memory().set_fail_after(after);
    const int result = block_test_load(&options);
    memory().set_fail_after(0);
    // Some failures are borne.
    if (result == 0) block_test_unload();
    kernel_run_deferred(kSoon);
    ASSERT_EQ(left(), "") << "allocation " << after;
  }
}

}  // namespace
}  // namespace dmafuzz

void host_block_data(unsigned, const unsigned char* bytes, unsigned n) {
  dmafuzz::g_read.insert(dmafuzz::g_read.end(), bytes, bytes + n);
}

void host_block_done(unsigned token, int error) {
  dmafuzz::g_ended.push_back({token, error});
}
