// SPDX-License-Identifier: GPL-2.0-only
#include "driver/known.h"

#include <gtest/gtest.h>

#include <filesystem>

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

TEST(Known, EachHasItsPage) {
  for (const KnownFinding& known : known_findings()) {
    EXPECT_TRUE(std::filesystem::exists(std::filesystem::path(DMAFUZZ_DOCS) / "findings" / known.page)) << known.page;
    EXPECT_EQ(is_known(known.driver, known.id, stack({"schedule", known.function, "main"})),
              known.goes_on == GoesOn::kNo);
  }
}

TEST(Known, IsOneOfThisDriverThisIdAndThisFunction) {
  EXPECT_TRUE(is_known("8139cp", "hang", stack({"cp_close"})));
  EXPECT_FALSE(is_known("e1000", "hang", stack({"cp_close"})));
  EXPECT_FALSE(is_known("8139cp", "memory-leak", stack({"cp_close"})));
  EXPECT_FALSE(is_known("8139cp", "hang", stack({"cp_close_all", "cp_open"})));
  EXPECT_FALSE(is_known("8139cp", "hang", stack({})));
}

TEST(Known, FewGoOn) {
  EXPECT_TRUE(is_known("8139cp", "hang", stack({"cp_close"})));
  EXPECT_EQ(goes_on("8139cp", "hang", stack({"cp_close"})), GoesOn::kNo);
  CallStack calls = stack({"put_unaligned_le32", "e100_rx_alloc_skb", "e100_rx_clean"});
  calls.frames[0].file = "include/linux/unaligned.h";
  calls.frames[1].file = calls.frames[2].file = "../kernel/drivers/net/ethernet/intel/e100.c";
  EXPECT_EQ(goes_on("e100", "cpu-write-device-owned", calls), GoesOn::kThere);
  calls.frames[1].function = "e100_rx_indicate";
  EXPECT_EQ(goes_on("e100", "cpu-write-device-owned", calls), GoesOn::kNo) << "called from there";
  EXPECT_FALSE(is_known("e100", "cpu-write-device-owned", calls)) << "or it would end the input unsaid";
  EXPECT_EQ(goes_on("vmxnet3", "cpu-write-device-owned", stack({"napi_poll"}), stack({"vmxnet3_probe_device"})),
            GoesOn::kMappedBy);
}

}  // namespace
}  // namespace dmafuzz
