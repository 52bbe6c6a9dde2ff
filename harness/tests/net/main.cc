// SPDX-License-Identifier: GPL-2.0-only
//
// The network under a driver of our own (driver.h).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sanitizer/common_interface_defs.h>
#include <vector>

#include "engine/machine.h"
#include "host_bus.h"
#include "memory/memory.h"
#include "tests/net/driver.h"

namespace dmafuzz {
namespace {

struct Received {
  std::vector<uint8_t> bytes;
  unsigned protocol;
};
std::vector<Received> g_received;

TEST(Net, Boots) {
  machine().boot();
  EXPECT_EQ(kernel_net_open(), -19);
  net_test_options o = {};
  ASSERT_EQ(net_test_load(&o), 0);
  EXPECT_EQ(kernel_net_registered(), 1);
  ASSERT_EQ(kernel_net_open(), 0);
  kernel_run_deferred(0);
  std::vector<uint8_t> bytes(60);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i);
  const kernel_net_packet p = {bytes.data(), 60, 60, 0, 0, 0};
  EXPECT_EQ(kernel_net_transmit(&p), 0);
  kernel_run_deferred(0);
  ASSERT_EQ(g_received.size(), 1u);
  EXPECT_EQ(g_received[0].bytes, bytes);
  EXPECT_EQ(kernel_net_stop(), 0);
  net_test_unload();
  kernel_run_deferred(0);
  EXPECT_EQ(net_test_devices(), 0u);
  for (const Description& d : memory().list_live_since_snapshot()) {
    fprintf(stderr, "%s", memory().describe_text(d.start).c_str());
    if (d.alloc_stack)
      for (unsigned i = 0; i < d.alloc_stack->count; ++i) {
        char text[300];
        __sanitizer_symbolize_pc(reinterpret_cast<void*>(d.alloc_stack->pc[i]), "    %f %S", text, sizeof text);
        fprintf(stderr, "%s\n", text);
      }
  }
}

}  // namespace
}  // namespace dmafuzz

extern "C" void host_net_received(const unsigned char* bytes, unsigned len, unsigned protocol) {
  dmafuzz::g_received.push_back({std::vector<uint8_t>(bytes, bytes + len), protocol});
}
