// SPDX-License-Identifier: GPL-2.0-only
//
// That what a driver does wrong is found out.
#include <cstdio>
#include <cstdlib>

#include "tests/net/fixture.h"

namespace dmafuzz {
namespace {

void err(int mistake, int receive, const std::vector<uint8_t>& bytes, const Shape& shape = {}) {
  net_test_options options = {};
  options.mistake = mistake;
  options.receive = receive;
  options.features = 1;
  dmaf_config config = {};
  config.coherent = 1;
  config.mask_bits = config.coherent_mask_bits = 64;
  if (mistake == NET_TEST_STILL_MAPPED) {
    options.parent = kernel_device_open(&config);
    device().open(options.parent, config);
  }
  net_test_load(&options);
  kernel_net_open();
  kernel_run_deferred(0);
  transmit(bytes, shape);
  kernel_net_ethtool(1, 0);
  kernel_run_deferred(0);
  kernel_net_stop();
  net_test_unload();
  kernel_run_deferred(kSoon);
  check_nothing_left();
  std::fprintf(stderr, "nothing was found\n");
  std::exit(0);
}

using NetDeathTest = Net;

TEST_F(NetDeathTest, PacketsFreedTwice) {
  EXPECT_DEATH(err(NET_TEST_FREES_TWICE, NET_TEST_COPY, frame(60)), "use-after-free.*");
}
TEST_F(NetDeathTest, BytesBeyondTheHead) {
  EXPECT_DEATH(err(NET_TEST_WRITES_BEYOND, NET_TEST_COPY, frame(300)), "heap-buffer-overflow");
  EXPECT_DEATH(err(NET_TEST_WRITES_BEYOND, NET_TEST_COPY, frame(1514)), "heap-buffer-overflow");
}
TEST_F(NetDeathTest, BytesBeyondAFragment) {
  EXPECT_DEATH(err(NET_TEST_READS_BEYOND_FRAG, NET_TEST_COPY, frame(1001), {14, 3, 0, 0}), "heap-buffer-overflow");
}
TEST_F(NetDeathTest, PacketsUsedAfterTheyWentUp) {
  EXPECT_DEATH(err(NET_TEST_USES_AFTER_UP, NET_TEST_COPY, frame(60)), "use-after-free");
  EXPECT_DEATH(err(NET_TEST_USES_HEAD_AFTER_UP, NET_TEST_BUILD, frame(1000)), "use-after-free");
}
TEST_F(NetDeathTest, PacketsThatContradictThemselves) {
  EXPECT_DEATH(err(NET_TEST_NO_TYPE, NET_TEST_COPY, frame(60)), "bad-packet|kernel-warn");
  EXPECT_DEATH(err(NET_TEST_WRONG_LENGTH, NET_TEST_FRAGS, frame(1000)), "bad-packet");
}
TEST_F(NetDeathTest, PacketsThatTheDeviceStillOwns) {
  EXPECT_DEATH(err(NET_TEST_STILL_MAPPED, NET_TEST_COPY, frame(1000)), "cpu-read-device-owned");
}
TEST_F(NetDeathTest, PacketsThatAreForgotten) {
  EXPECT_DEATH(err(NET_TEST_FORGETS, NET_TEST_COPY, frame(60)), "memory-leak");
}
TEST_F(NetDeathTest, AnswersThatAreTooLong) {
  EXPECT_DEATH(err(NET_TEST_REGS_TOO_LONG, NET_TEST_COPY, frame(60)), "heap-buffer-overflow");
}
TEST_F(NetDeathTest, ReferencesOfTheDeviceThatAreKept) {
  EXPECT_DEATH(err(NET_TEST_KEEPS_DEVICE, NET_TEST_COPY, frame(60)), "unregistration of network device eth0: 1 ref");
}

}  // namespace
}  // namespace dmafuzz
