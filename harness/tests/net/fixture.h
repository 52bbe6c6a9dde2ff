// SPDX-License-Identifier: GPL-2.0-only
//
// What the tests of the network share: frames, what came up, a machine that is as after boot.
#ifndef DMAFUZZ_TESTS_NET_FIXTURE_H
#define DMAFUZZ_TESTS_NET_FIXTURE_H

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "device/device.h"
#include "engine/executor.h"
#include "engine/machine.h"
#include "host_bus.h"
#include "memory/memory.h"
#include "net/test/driver.h"

namespace dmafuzz {

constexpr int kNoDevice = -19, kNoMemory = -12, kTooLong = -90, kDown = -100, kNoBuffers = -105;
constexpr unsigned kEthernet = 14, kMaxFrags = 17;
// Time in which all is done that a driver or the boot set off.
constexpr unsigned long long kSoon = 10'000'000'000;

struct Received {
  std::vector<uint8_t> bytes;
  unsigned protocol;
};
inline std::vector<Received> g_received;

inline std::vector<uint8_t> frame(unsigned len, uint8_t seed = 1) {
  std::vector<uint8_t> bytes(len);
  for (unsigned i = 0; i < len; ++i) bytes[i] = static_cast<uint8_t>(i * 7 + (i >> 8) + seed);
  // To the device's own address, of a type that is a protocol.
  const uint8_t header[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5};
  std::memcpy(bytes.data(), header, sizeof header);
  return bytes;
}

struct Shape {
  unsigned linear = ~0u, frags = 0, mss = 0, flags = 0;
};

inline int transmit(const std::vector<uint8_t>& bytes, const Shape& shape = {}) {
  const kernel_net_packet packet = {
      bytes.data(), static_cast<unsigned>(bytes.size()), shape.linear, shape.frags, shape.mss, shape.flags};
  return kernel_net_transmit(&packet);
}

inline struct kernel_net_stats stats() {
  struct kernel_net_stats s;
  EXPECT_EQ(kernel_net_stats(&s), 0);
  return s;
}

// What a life left behind, as text; empty is right.
inline std::string left() {
  struct kernel_usage usage = {};
  kernel_usage(&usage);
  std::string text;
  if (usage.pending_work) text += fmt::format("{} deferred works, timers or callbacks\n", usage.pending_work);
  if (usage.debug_entries) text += fmt::format("{} mappings\n", usage.debug_entries);
  if (net_test_devices()) text += fmt::format("{} network devices\n", net_test_devices());
  for (const Description& d : memory().list_live_since_snapshot()) text += memory().describe_text(d.start);
  return text;
}

class Net : public ::testing::Test {
 protected:
  void SetUp() override {
    // The arena is shared with a forked child, so tests of death are run anew.
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    if (!machine().booted()) machine().boot();
    machine().reset();
    g_received.clear();
  }

  static void up(const net_test_options& options = {}) {
    ASSERT_EQ(net_test_load(&options), 0);
    ASSERT_EQ(kernel_net_open(), 0);
    kernel_run_deferred(0);
  }
  static void down() {
    EXPECT_EQ(kernel_net_stop(), 0);
    net_test_unload();
    kernel_run_deferred(kSoon);
    EXPECT_EQ(left(), "");
  }
};

}  // namespace dmafuzz

#endif  // DMAFUZZ_TESTS_NET_FIXTURE_H
