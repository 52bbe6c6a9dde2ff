// SPDX-License-Identifier: GPL-2.0-only
//
// The network under a driver of our own (shims/net/test): the tree's network core from registration to the last free,
// what the harness sees of it.
#include <ctime>
#include <optional>

#include "tests/net/fixture.h"

namespace dmafuzz {
namespace {

TEST_F(Net, WithoutADeviceNothingCanBeDone) {
  EXPECT_EQ(kernel_net_registered(), 0);
  EXPECT_EQ(kernel_net_open(), kNoDevice);
  EXPECT_EQ(kernel_net_stop(), kNoDevice);
  EXPECT_EQ(transmit(frame(60)), kNoDevice);
  EXPECT_EQ(kernel_net_set_mtu(1000), kNoDevice);
  EXPECT_EQ(kernel_net_ethtool(0, 0), kNoDevice);
  EXPECT_EQ(kernel_net_ioctl(0, 0), kNoDevice);
  EXPECT_EQ(kernel_net_tx_timeout(), kNoDevice);
}

TEST_F(Net, APacketGoesOutAndComesBack) {
  net_test_options options = {};
  ASSERT_EQ(net_test_load(&options), 0);
  EXPECT_EQ(kernel_net_registered(), 1);
  EXPECT_EQ(net_test_devices(), 1u);
  EXPECT_EQ(transmit(frame(60)), kDown);
  EXPECT_EQ(stats().carrier, 0);
  ASSERT_EQ(kernel_net_open(), 0);
  kernel_run_deferred(0);
  EXPECT_EQ(stats().carrier, 1);
  const std::vector<uint8_t> bytes = frame(60);
  EXPECT_EQ(transmit(bytes), 0);
  kernel_run_deferred(0);
  ASSERT_EQ(g_received.size(), 1u);
  EXPECT_EQ(g_received[0].bytes, bytes);
  EXPECT_EQ(g_received[0].protocol, 0x88b5u);
  EXPECT_EQ(stats().tx_packets, 1u);
  EXPECT_EQ(stats().rx_packets, 1u);
  down();
}

// Every length, shape and way to receive: what comes up is what went out.
class Shapes : public Net, public ::testing::WithParamInterface<std::tuple<int, int>> {};

TEST_P(Shapes, ArriveByteForByte) {
  const auto [receive, features] = GetParam();
  net_test_options options = {};
  options.receive = receive;
  options.features = features;
  up(options);
  ASSERT_EQ(kernel_net_set_mtu(65535), 0);
  for (const unsigned len : {14u, 60u, 1514u, 9000u, 65535u}) {
    const std::vector<uint8_t> bytes = frame(len);
    for (unsigned frags = 0; frags <= kMaxFrags; ++frags) {
      for (const unsigned linear : {kEthernet, len / 2}) {
        for (const unsigned flags : {0u, unsigned{KERNEL_NET_UNALIGNED}}) {
          g_received.clear();
          ASSERT_EQ(transmit(bytes, {linear, frags, 0, flags}), 0) << len << " " << frags << " " << linear;
          kernel_run_deferred(0);
          ASSERT_EQ(g_received.size(), 1u) << len << " " << frags << " " << linear;
          ASSERT_EQ(g_received[0].bytes, bytes) << len << " " << frags << " " << linear;
          const struct net_test_sent sent = net_test_sent();
          EXPECT_EQ(sent.len, len);
          if (!features) {
            EXPECT_EQ(sent.frags, 0u) << "it cannot gather";
          } else if (frags && len > std::max(linear, kEthernet)) {
            const unsigned rest = len - std::max(linear, kEthernet);
            EXPECT_EQ(sent.frags, std::min(std::max(frags, (rest + 32767) / 32768), rest));
            EXPECT_EQ(sent.headlen, std::max(linear, kEthernet));
          }
          if (features || !frags) {
            EXPECT_EQ(sent.odd, flags ? 1 : 0);
          }
        }
      }
    }
  }
  down();
}
INSTANTIATE_TEST_SUITE_P(Net, Shapes,
                         ::testing::Combine(::testing::Values(NET_TEST_COPY, NET_TEST_FRAGS, NET_TEST_BUILD,
                                                              NET_TEST_RX, NET_TEST_POOL),
                                            ::testing::Values(0, 1)));

TEST_F(Net, WhatIsTooLongOrTooShortIsRefused) {
  up();
  EXPECT_EQ(transmit(frame(1518)), 0);
  EXPECT_EQ(transmit(frame(1519)), kTooLong);
  EXPECT_EQ(transmit(std::vector<uint8_t>(13)), -22);
  EXPECT_EQ(kernel_net_set_mtu(9000), 0);
  EXPECT_EQ(stats().mtu, 9000u);
  EXPECT_EQ(transmit(frame(9018)), 0);
  EXPECT_EQ(kernel_net_set_mtu(70000), -22);
  down();
}

// The sum over a TCP or UDP segment and its pseudo header: 0xffff when the checksum is right.
unsigned sum_of(const std::vector<uint8_t>& bytes) {
  const unsigned transport = 14 + (bytes[14] & 15) * 4u;
  unsigned long sum = bytes[23] + (bytes.size() - transport);
  for (unsigned i = 26; i < 34; i += 2) sum += bytes[i] << 8 | bytes[i + 1];
  for (unsigned i = transport; i < bytes.size(); i += 2) {
    sum += bytes[i] << 8 | (i + 1 < bytes.size() ? bytes[i + 1] : 0);
  }
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<unsigned>(sum);
}

std::vector<uint8_t> ipv4(unsigned len, uint8_t protocol) {
  std::vector<uint8_t> bytes = frame(len);
  bytes[12] = 8;
  bytes[13] = 0;
  bytes[14] = 0x45;
  bytes[16] = static_cast<uint8_t>((len - 14) >> 8);
  bytes[17] = static_cast<uint8_t>(len - 14);
  bytes[20] = bytes[21] = 0;
  bytes[23] = protocol;
  if (protocol == 6) bytes[34 + 12] = 5 << 4;
  if (protocol == 17) {
    bytes[38] = static_cast<uint8_t>((len - 34) >> 8);
    bytes[39] = static_cast<uint8_t>(len - 34);
  }
  return bytes;
}

TEST_F(Net, ChecksumsAreTheDevicesOrTheStacks) {
  for (const int features : {0, 1}) {
    net_test_options options = {};
    options.features = features;
    up(options);
    for (const uint8_t protocol : {6, 17}) {
      g_received.clear();
      const std::vector<uint8_t> bytes = ipv4(1001, protocol);
      ASSERT_EQ(transmit(bytes, {20, 3, 0, KERNEL_NET_CSUM}), 0);
      kernel_run_deferred(0);
      ASSERT_EQ(g_received.size(), 1u);
      const struct net_test_sent sent = net_test_sent();
      EXPECT_EQ(sent.csum_partial, features);
      if (features) {
        EXPECT_EQ(sent.csum_start, 34u);
        EXPECT_EQ(sent.csum_offset, protocol == 6 ? 16u : 6u);
        EXPECT_EQ(sent.headlen, protocol == 6 ? 54u : 42u) << "headers are in the head";
      } else {
        EXPECT_EQ(sum_of(g_received[0].bytes), 0xffffu);
      }
    }
    down();
  }
}

TEST_F(Net, SegmentationIsAskedOfDevicesThatDoIt) {
  for (const int features : {0, 1}) {
    net_test_options options = {};
    options.features = features;
    up(options);
    const int ret = transmit(ipv4(20054, 6), {54, 5, 1000, KERNEL_NET_GSO});
    kernel_run_deferred(0);
    if (features) {
      EXPECT_EQ(ret, 0);
      EXPECT_EQ(net_test_sent().gso_size, 1000u);
      EXPECT_EQ(net_test_sent().csum_partial, 1);
      EXPECT_EQ(g_received.size(), 1u);
    } else {
      EXPECT_EQ(ret, kTooLong);
    }
    down();
  }
}

TEST_F(Net, AFullRingStopsTheQueueAndCompletionWakesIt) {
  net_test_options options = {};
  options.ring = 4;
  up(options);
  net_test_hold(1);
  for (unsigned i = 0; i < 4; ++i) EXPECT_EQ(transmit(frame(60, static_cast<uint8_t>(i))), 0);
  EXPECT_EQ(stats().queue_stopped, 1);
  for (unsigned i = 4; i < 8; ++i) EXPECT_EQ(transmit(frame(60, static_cast<uint8_t>(i))), 1) << "it waits";
  kernel_run_deferred(0);
  EXPECT_TRUE(g_received.empty());
  net_test_hold(0);
  kernel_run_deferred(0);
  ASSERT_EQ(g_received.size(), 8u);
  for (unsigned i = 0; i < 8; ++i) EXPECT_EQ(g_received[i].bytes, frame(60, static_cast<uint8_t>(i))) << i;
  EXPECT_EQ(stats().queue_stopped, 0);
  down();
}

TEST_F(Net, NoMoreThanSixteenPacketsWait) {
  net_test_options options = {};
  options.ring = 1;
  up(options);
  net_test_hold(1);
  EXPECT_EQ(transmit(frame(60)), 0);
  for (unsigned i = 0; i < 16; ++i) EXPECT_EQ(transmit(frame(60)), 1);
  EXPECT_EQ(transmit(frame(60)), kNoBuffers);
  down();
}

// A driver that says busy and does not stop its queue is asked again at once, for ever: that is not a hang here.
TEST_F(Net, ABusyDriverIsAskedAgain) {
  net_test_options options = {};
  options.ring = 1;
  options.busy = 1;
  up(options);
  net_test_hold(1);
  EXPECT_EQ(transmit(frame(60, 1)), 0);
  EXPECT_EQ(transmit(frame(60, 2)), 1);
  kernel_run_deferred(10'000'000);
  EXPECT_TRUE(g_received.empty());
  net_test_hold(0);
  kernel_run_deferred(10'000'000);
  ASSERT_EQ(g_received.size(), 2u);
  EXPECT_EQ(g_received[1].bytes, frame(60, 2));
  net_test_hold(1);
  EXPECT_EQ(transmit(frame(60, 1)), 0);
  EXPECT_EQ(transmit(frame(60, 2)), 1);
  kernel_run_deferred(0);
  down();
}

TEST_F(Net, SeveralQueuesAreServed) {
  net_test_options options = {};
  options.queues = 4;
  up(options);
  for (unsigned i = 0; i < 8; ++i) EXPECT_EQ(transmit(ipv4(100 + i, 17)), 0);
  kernel_run_deferred(0);
  EXPECT_EQ(g_received.size(), 8u);
  down();
}

TEST_F(Net, AStuckTransmissionTimesOut) {
  net_test_options options = {};
  options.ring = 1;
  up(options);
  EXPECT_EQ(kernel_net_tx_timeout(), 0);
  EXPECT_EQ(net_test_timeouts(), 1u);
  net_test_hold(1);
  EXPECT_EQ(transmit(frame(60)), 0);
  EXPECT_EQ(stats().queue_stopped, 1);
  // The kernel's own watchdog sees it when time goes by.
  kernel_run_deferred(10'000'000'000);
  EXPECT_EQ(net_test_timeouts(), 2u);
  EXPECT_EQ(stats().queue_stopped, 0);
  down();
}

TEST_F(Net, AddressesAndFilters) {
  up();
  const unsigned char mac[6] = {2, 1, 2, 3, 4, 5}, group[6] = {3, 0, 0, 0, 0, 1};
  EXPECT_EQ(kernel_net_set_mac(mac), -16) << "eth_mac_addr() refuses while it is up";
  EXPECT_EQ(kernel_net_stop(), 0);
  EXPECT_EQ(kernel_net_set_mac(group), -99);
  EXPECT_EQ(kernel_net_set_mac(mac), 0);
  EXPECT_EQ(std::memcmp(stats().mac, mac, 6), 0);
  EXPECT_EQ(kernel_net_open(), 0);
  EXPECT_EQ(kernel_net_set_rx_mode(0x100, 3), 0);
  kernel_run_deferred(0);
  EXPECT_EQ(net_test_filter().flags & 0x300, 0x100u);
  EXPECT_EQ(net_test_filter().multicasts, 3u);
  EXPECT_EQ(kernel_net_set_rx_mode(0x200, 200), 0);
  kernel_run_deferred(0);
  EXPECT_EQ(net_test_filter().flags & 0x300, 0x200u);
  EXPECT_EQ(net_test_filter().multicasts, 200u);
  EXPECT_EQ(kernel_net_set_rx_mode(0, 0), 0);
  kernel_run_deferred(0);
  EXPECT_EQ(net_test_filter().flags & 0x300, 0u);
  EXPECT_EQ(net_test_filter().multicasts, 0u);
  down();
}

TEST_F(Net, Ioctls) {
  up();
  EXPECT_EQ(kernel_net_ioctl(0x8947, 0), 0);
  EXPECT_EQ(kernel_net_ioctl(0x8948, 1), 0);
  EXPECT_EQ(kernel_net_ioctl(0x8949, 0x21000000), 0);
  down();
}

TEST_F(Net, EachEthtoolOperation) {
  for (const bool running : {false, true}) {
    net_test_options options = {};
    options.features = 1;
    ASSERT_EQ(net_test_load(&options), 0);
    if (running) {
      ASSERT_EQ(kernel_net_open(), 0);
    }
    for (unsigned which = 0; which < KERNEL_NET_ETHTOOLS; ++which) {
      const std::string name = kernel_net_ethtool_name(which);
      for (const unsigned value : {0u, 1u, 2u, 0x10001u, 0x12345678u, ~0u}) {
        const int ret = kernel_net_ethtool(which, value);
        if (name == "get_strings" && value % 3 == 2) {
          EXPECT_EQ(ret, -95) << "it has no private flags";
        } else if (name == "set_link_ksettings") {
          EXPECT_THAT(ret, ::testing::AnyOf(0, -22)) << value;
        } else if (name == "get_link") {
          EXPECT_EQ(ret, running ? 1 : 0);
        } else if (name == "self_test") {
          EXPECT_EQ(ret, value & 1 ? 0 : 1);
        } else if (name == "nway_reset") {
          EXPECT_THAT(ret, ::testing::AnyOf(0, -22)) << value;
        } else {
          EXPECT_EQ(ret, 0) << name << " " << value;
        }
      }
    }
    EXPECT_EQ(kernel_net_ethtool(KERNEL_NET_ETHTOOLS, 0), -22);
    EXPECT_EQ(kernel_net_ethtool_name(KERNEL_NET_ETHTOOLS), nullptr);
    kernel_run_deferred(kSoon);
    if (running) EXPECT_EQ(kernel_net_stop(), 0);
    net_test_unload();
    kernel_run_deferred(kSoon);
    EXPECT_EQ(left(), "");
  }
}

// Of the check string, as catalogues of CRCs have them (CRC-32, CRC-32/BZIP2, CRC-32C), with the table that was made.
TEST_F(Net, Checksums) {
  const unsigned char check[] = "123456789";
  const struct net_test_crcs crcs = net_test_crcs(check, 9);
  EXPECT_EQ(crcs.le, 0xcbf43926u);
  EXPECT_EQ(crcs.be, 0xfc891918u);
  EXPECT_EQ(crcs.c, 0xe3069283u);
  // The hash of the all-hosts group, of which filters take the upper bits.
  const unsigned char group[] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x01};
  EXPECT_EQ(net_test_crcs(group, 6).ether >> 26, 0x1fu);
}

// A life with all that there is in it; anything may fail when memory does.
void live_once(int receive) {
  net_test_options options = {};
  options.receive = receive;
  options.features = 1;
  if (net_test_load(&options)) {
    kernel_run_deferred(kSoon);
    return;
  }
  if (kernel_net_open() == 0) {
    kernel_run_deferred(0);
    kernel_net_set_mtu(9000);
    for (const unsigned len : {60u, 1514u, 9014u}) {
      for (const unsigned frags : {0u, 3u}) {
        transmit(frame(len), {kEthernet, frags, 0, 0});
        kernel_run_deferred(0);
      }
    }
    transmit(ipv4(3000, 6), {54, 2, 500, KERNEL_NET_GSO});
    kernel_net_set_rx_mode(0x100, 5);
    for (unsigned which = 0; which < KERNEL_NET_ETHTOOLS; ++which) kernel_net_ethtool(which, 0x10001);
    kernel_run_deferred(kSoon);
    kernel_net_tx_timeout();
    kernel_net_stop();
  }
  net_test_unload();
  kernel_run_deferred(kSoon);
}

TEST_F(Net, TwoHundredLivesLeaveNothing) {
  for (const bool reset : {true, false}) {
    for (unsigned life = 0; life < 200; ++life) {
      g_received.clear();
      live_once(static_cast<int>(life % 5));
      ASSERT_EQ(g_received.size(), 7u) << life;
      ASSERT_EQ(left(), "") << life << (reset ? " with" : " without") << " reset";
      if (reset) machine().reset();
    }
  }
}

TEST_F(Net, EachFailureOfMemoryIsSurvived) {
  for (int receive = NET_TEST_COPY; receive <= NET_TEST_POOL; ++receive) {
    for (unsigned long n = 1;; ++n) {
      ASSERT_LT(n, 2000u);
      memory().set_fail_after(n);
      live_once(receive);
      ASSERT_EQ(left(), "") << "allocation " << n << " fails, receive " << receive;
      const bool fired = memory().fail_fired();
      machine().reset();
      if (!fired) break;
    }
  }
}

// Pages of a pool that are mapped for a device, on each way to memory.
TEST_F(Net, PoolsThatMapTheirPages) {
  for (const uint8_t path : {DMAF_PATH_DIRECT, DMAF_PATH_BOUNCE, DMAF_PATH_IOMMU}) {
    dmaf_config config = {};
    config.path = path;
    config.coherent = 1;
    config.mask_bits = config.coherent_mask_bits = 64;
    net_test_options options = {};
    options.receive = NET_TEST_POOL;
    options.parent = kernel_device_open(&config);
    if (!options.parent) continue;
    device().open(options.parent, config);
    up(options);
    for (const unsigned len : {60u, 1000u, 1514u}) {
      for (int round = 0; round < 100; ++round) {
        g_received.clear();
        EXPECT_EQ(transmit(frame(len)), 0);
        kernel_run_deferred(0);
        ASSERT_EQ(g_received.size(), 1u);
        ASSERT_EQ(g_received[0].bytes, frame(len));
      }
    }
    EXPECT_EQ(kernel_net_stop(), 0);
    net_test_unload();
    kernel_device_close(options.parent);
    check_nothing_left();
    machine().reset();
  }
}

TEST_F(Net, TheSameLifeTakesTheSameTimeAndMemory) {
  std::optional<std::vector<uint8_t>> first;
  for (int round = 0; round < 3; ++round) {
    g_received.clear();
    live_once(NET_TEST_FRAGS);
    std::vector<uint8_t> all;
    for (const Received& r : g_received) all.insert(all.end(), r.bytes.begin(), r.bytes.end());
    // Where the next object lies tells how many there were.
    void* next = host_kmalloc(64, HOST_ZONE_NORMAL, 0);
    const auto* p = reinterpret_cast<const uint8_t*>(&next);
    all.insert(all.end(), p, p + sizeof next);
    host_kfree(next);
    machine().reset();
    if (!first) first = all;
    EXPECT_EQ(*first, all);
  }
}

// ---- speed: run with --gtest_also_run_disabled_tests ----

template <typename F>
void measure(const char* what, unsigned count, F f) {
  // What the processor did, whoever else wants it.
  const auto now = [] {
    timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
  };
  const double start = now();
  for (unsigned i = 0; i < count; ++i) f();
  const double ns = now() - start;
  fmt::print("{}: {:.0f} ns, {:.0f} a second\n", what, ns / count, count * 1e9 / ns);
}

TEST_F(Net, DISABLED_Speed) {
  const auto life = [](unsigned rounds) {
    net_test_options options = {};
    net_test_load(&options);
    kernel_net_open();
    kernel_run_deferred(0);
    const std::vector<uint8_t> bytes = frame(1000);
    for (unsigned i = 0; i < rounds; ++i) {
      transmit(bytes);
      kernel_run_deferred(0);
    }
    kernel_net_stop();
    net_test_unload();
    kernel_run_deferred(kSoon);
    machine().reset();
    g_received.clear();
  };
  fmt::print("{} bytes of data\n", machine().data_size());
  measure("reset alone", 10000, [] { machine().reset(); });
  measure("a life", 5000, [&] { life(0); });
  measure("a life with 4 rounds of 1000 bytes", 5000, [&] { life(4); });
  for (const int receive : {NET_TEST_COPY, NET_TEST_FRAGS, NET_TEST_BUILD, NET_TEST_RX, NET_TEST_POOL}) {
    for (const unsigned len : {100u, 1000u}) {
      net_test_options options = {};
      options.receive = receive;
      up(options);
      const std::vector<uint8_t> bytes = frame(len);
      measure(fmt::format("a round of {} bytes, receive {}", len, receive).c_str(), 50000, [&] {
        transmit(bytes);
        kernel_run_deferred(0);
        if (g_received.size() != 1) FAIL();
        g_received.clear();
      });
      down();
      machine().reset();
    }
  }
}

}  // namespace
}  // namespace dmafuzz

extern "C" void host_net_received(const unsigned char* bytes, unsigned len, unsigned protocol) {
  dmafuzz::g_received.push_back({std::vector<uint8_t>(bytes, bytes + len), protocol});
}
