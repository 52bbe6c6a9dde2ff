// SPDX-License-Identifier: GPL-2.0-only
#include "driver/known.h"

#include <gtest/gtest.h>

#include <csetjmp>
#include <csignal>
#include <filesystem>

#include "engine/raise.h"
#include "engine/traps.h"

namespace dmafuzz {
namespace {

CallStack stack(std::initializer_list<std::string_view> functions) {
  CallStack calls;
  for (const std::string_view function : functions) {
    calls.frames.emplace_back();
    calls.frames.back().function = function;
  }
  return calls;
}

Finding finding(std::string_view id, std::string_view tool = "dmafuzz") {
  Finding made;
  made.tool = tool;
  made.id = id;
  return made;
}

bool known(std::string_view driver, const Finding& finding, const CallStack& calls) {
  return is_known(driver, finding, calls, Degree::kUntrusted, true);
}

TEST(Known, EachHasItsPage) {
  for (const KnownFinding& known : known_findings()) {
    EXPECT_TRUE(std::filesystem::exists(std::filesystem::path(DMAFUZZ_DOCS) / "findings" / known.page)) << known.page;
  }
}

TEST(Known, IsOneOfThisDriverThisIdAndThisFunction) {
  EXPECT_TRUE(known("8139cp", finding("hang"), stack({"schedule", "cp_close", "main"})));
  EXPECT_FALSE(known("e1000", finding("hang"), stack({"cp_close"})));
  EXPECT_FALSE(known("8139cp", finding("memory-leak"), stack({"cp_close"})));
  EXPECT_FALSE(known("8139cp", finding("hang"), stack({"cp_close_all", "cp_open"})));
  EXPECT_FALSE(known("8139cp", finding("hang"), stack({})));
}

TEST(Known, TakesADeviceOfItsDegree) {
  EXPECT_TRUE(is_known("8139cp", finding("kernel-bug"), stack({"skb_put"}), Degree::kFaulty, false));
  EXPECT_FALSE(is_known("8139cp", finding("kernel-bug"), stack({"skb_put"}), Degree::kFaithful, false));
}

TEST(Known, TakesAFailureWhereItsPageSaysSo) {
  EXPECT_TRUE(is_known("e100", finding("hang"), stack({"e100_down"}), Degree::kFaithful, true));
  EXPECT_FALSE(is_known("e100", finding("hang"), stack({"e100_down"}), Degree::kUntrusted, false));
}

TEST(Known, IsOfWhoeverMadeWhatIsLeft) {
  Finding leak = finding("mapping-leak", "DmaSan");
  EXPECT_FALSE(known("virtio_rng", leak, stack({"request_entropy"}))) << "it is not said who mapped it";
  leak.mapping.emplace().stacks = {stack({"dma_map_phys", "request_entropy"})};
  EXPECT_TRUE(known("virtio_rng", leak, stack({"__device_release_driver"})));
  leak.mapping->stacks = {stack({"dma_map_phys", "virtrng_probe"}), stack({"request_entropy"})};
  EXPECT_FALSE(known("virtio_rng", leak, stack({"__device_release_driver"}))) << "who synced it is not asked";
}

TEST(Known, IsWhatTheDeviceTouchesNotWhoRuns) {
  Finding access = finding("device-access-after-unmap", "DmaSan");
  access.mapping.emplace().stacks = {stack({"dma_alloc_attrs", "cp_alloc_rings"})};
  set_slept(true);
  EXPECT_TRUE(known("8139cp", access, stack({"main"})));
  access.mapping->stacks = {stack({"dma_map_phys", "cp_start_xmit"})};
  EXPECT_FALSE(known("8139cp", access, stack({"main", "cp_alloc_rings"})));
  set_slept(false);
}

TEST(Known, IsNotOfWhatEndsInAnotherWay) {
  Finding leak = finding("coherent-leak", "DmaSan");
  leak.mapping.emplace().stacks = {stack({"dma_alloc_attrs", "plx_dma_alloc_chan_resources"})};
  EXPECT_TRUE(known("plx_dma", leak, stack({"__device_release_driver", "kernel_device_unbind"})));
  EXPECT_FALSE(known("plx_dma", leak, stack({"__device_release_driver", "kernel_driver_unload"})))
      << "nobody has a channel any more";
}

TEST(Known, IsWhereTheAccessIsThatAddressSanitizerReports) {
  const Finding fault = finding("SEGV", "AddressSanitizer");
  EXPECT_TRUE(known("nvme", fault, stack({"pool_block_pop", "dma_pool_alloc"})));
  EXPECT_FALSE(known("nvme", fault, stack({"memset", "pool_block_pop"})));
  EXPECT_FALSE(is_known("nvme", fault, stack({"pool_block_pop"}), Degree::kFaulty, true));
  CallStack calls = stack({"skb_release_data", "cp_tx"});
  calls.frames[1].file = "drivers/net/ethernet/realtek/8139cp.c";
  EXPECT_TRUE(known("8139cp", finding("heap-use-after-free", "AddressSanitizer"), calls));
  calls.frames[0].file = calls.frames[1].file;
  EXPECT_FALSE(known("8139cp", finding("heap-use-after-free", "AddressSanitizer"), calls)) << "another of the driver's";
}

TEST(Known, IsWhereTheValueIsThatUndefinedBehaviorSanitizerReports) {
  const Finding shift = finding("invalid-shift-exponent", "UndefinedBehaviorSanitizer");
  EXPECT_TRUE(known("vmw_pvscsi", shift, stack({"pvscsi_queue_ring", "scsi_queue_rq"})));
  EXPECT_FALSE(known("vmw_pvscsi", shift, stack({"pvscsi_map_buffers", "pvscsi_queue_ring"})));
}

TEST(Known, SomeOnlyAfterSleep) {
  EXPECT_FALSE(known("8139cp", finding("traffic-lost"), stack({"main"})));
  set_slept(true);
  EXPECT_TRUE(known("8139cp", finding("traffic-lost"), stack({"main"})));
  EXPECT_FALSE(known("e1000", finding("traffic-lost"), stack({"main"})));
  set_slept(false);
}

TEST(Known, FewGoOn) {
  EXPECT_EQ(goes_on("8139cp", "hang", stack({"cp_close"})), GoesOn::kNo);
  CallStack calls = stack({"put_unaligned_le32", "e100_rx_alloc_skb", "e100_rx_clean"});
  calls.frames[0].file = "include/linux/unaligned.h";
  calls.frames[1].file = calls.frames[2].file = "../kernel/drivers/net/ethernet/intel/e100.c";
  EXPECT_EQ(goes_on("e100", "cpu-write-device-owned", calls), GoesOn::kThere);
  calls.frames[1].function = "e100_rx_indicate";
  EXPECT_EQ(goes_on("e100", "cpu-write-device-owned", calls), GoesOn::kNo) << "called from there";
  EXPECT_FALSE(known("e100", finding("cpu-write-device-owned"), calls)) << "or it would end the input unsaid";
  EXPECT_EQ(goes_on("vmxnet3", "cpu-write-device-owned", stack({"napi_poll"}), stack({"vmxnet3_probe_device"})),
            GoesOn::kMappedBy);
}

sigjmp_buf g_left;
struct sigaction g_ours;

// As in libFuzzer, which puts a handler before ours that does not ask to be re-entered.
TEST(Known, AFaultThatIsKnownLeavesTheNextOneToBeCaught) {
  struct sigaction before;
  sigaction(SIGSEGV, nullptr, &before);
  install_traps();
  sigaction(SIGSEGV, nullptr, &g_ours);
  struct sigaction engine = {};
  engine.sa_sigaction = [](int signal, siginfo_t* info, void* context) { g_ours.sa_sigaction(signal, info, context); };
  engine.sa_flags = SA_SIGINFO;
  sigaction(SIGSEGV, &engine, nullptr);
  raise_context().known = [](const Finding& fault, const CallStack&) { return fault.id == "SEGV"; };
  raise_context().leave = [] { siglongjmp(g_left, 1); };
  volatile int left = 0;
  int* volatile nowhere = reinterpret_cast<int*>(16);
  for (volatile int i = 0; i < 3; i = i + 1) {
    if (sigsetjmp(g_left, 0) == 0) {
      *nowhere = 1;
    } else {
      left = left + 1;
    }
  }
  EXPECT_EQ(left, 3);
  raise_context() = {};
  sigaction(SIGSEGV, &before, nullptr);
}

}  // namespace
}  // namespace dmafuzz
