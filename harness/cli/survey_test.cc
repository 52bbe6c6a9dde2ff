// SPDX-License-Identifier: GPL-2.0-only
//
// The page of a survey, what is kept of it, and manifests with a device put in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/driver_exports.h"
#include "cli/driver_source.h"
#include "cli/driver_try.h"
#include "cli/storage.h"
#include "cli/survey_page.h"
#include "manifest/manifest.h"

namespace dmafuzz::cli {
namespace {

using testing::HasSubstr;

SurveyRow row() {
  SurveyRow r;
  r.name = "toy_nic";
  r.dir = "drivers/net/toy";
  r.files = 2;
  r.compiles = r.links = true;
  r.traps = {"phy_start"};
  r.searched = true;
  r.reach = Reach::kProbes;
  r.device = "bars = \"ports\"\nfill = 1\nregister = [\n  { bar = 0, offset = 0x4, size = 4, value = 0x1 },\n]\n";
  r.error = "a | b";
  return r;
}

TEST(Survey, KeepsARow) {
  const ScratchFolder scratch;
  const auto file = scratch.path() / "row.json";
  save_row(file, 7, row());
  SurveyRow again;
  EXPECT_FALSE(load_row(file, 8, 0, again));
  ASSERT_TRUE(load_row(file, 7, 0, again));
  EXPECT_EQ(again.verdict(), "probes: a | b");
  EXPECT_EQ(again.traps, row().traps);
  EXPECT_EQ(again.device, row().device);
  // Of another build, where what probed stands.
  EXPECT_TRUE(load_row(file, 8, static_cast<int>(Reach::kProbes), again));
  EXPECT_FALSE(load_row(file, 8, static_cast<int>(Reach::kOpens), again));
  write_file(file, std::string_view("{"));
  EXPECT_FALSE(load_row(file, 7, 0, again));
}

TEST(Survey, MakesAPage) {
  SurveyRow other;
  other.name = "soc";
  other.not_tried = "bus of";
  const std::string page = survey_page({row(), other}, "7.3.4");
  EXPECT_THAT(page, HasSubstr("| probe their device | 1 |\n| open it | 0 |"));
  EXPECT_THAT(
      page,
      HasSubstr("| toy\\_nic | drivers/net/toy | 2 | 1 | probes | a \\| b | bars = ports fill = 1, registers below |"));
  EXPECT_THAT(page, HasSubstr("toy\\_nic:\n\n    register = [\n      { bar = 0, offset = 0x4"));
  EXPECT_THAT(page, HasSubstr("`phy_start` (1)"));
  EXPECT_THAT(page, HasSubstr("* bus of (1):\n  soc"));
}

TEST(Survey, FindsWhatASourceExports) {
  constexpr std::string_view kSource =
      "int one(void);\nEXPORT_SYMBOL(one);\nEXPORT_SYMBOL_GPL(two);\nEXPORT_SYMBOL_NS_GPL(three, \"NS\");\n"
      "/* EXPORT_SYMBOL(four) */\n";
  EXPECT_THAT(exported_by(kSource), testing::ElementsAre("one", "two", "three"));
}

TEST(Survey, SeesWhatADriverIsOf) {
  const ScratchFolder scratch;
  const auto module = [&](std::string_view text) {
    const auto file = scratch.path() / "driver.c";
    write_file(file, text);
    KernelModule m;
    m.files = {file};
    return m;
  };
  const auto of = [&](std::string_view text) { return bus_of(module(text)) + " " + subsystem_of(module(text)); };
  EXPECT_EQ(of("MODULE_DEVICE_TABLE(pci, ids);\nregister_netdev(dev);"), "pci net");
  EXPECT_EQ(of("MODULE_DEVICE_TABLE(of, ids);\nmodule_platform_driver(d);\ndma_async_device_register(d);"),
            "platform engine");
  EXPECT_EQ(of("MODULE_DEVICE_TABLE(pci, ids);\nscsi_host_alloc(&t, 0);"), "pci block");
  EXPECT_EQ(of("MODULE_DEVICE_TABLE(usb, ids);"), " net");
  // What `driver add` has a search go on for.
  EXPECT_TRUE(has_network(module("#include <linux/netdevice.h>\n")));
  EXPECT_FALSE(has_network(module("module_platform_driver(d);\ndevm_hwrng_register(d);")));
  EXPECT_FALSE(has_network(module("#include <linux/dmaengine.h>\n#include <linux/etherdevice.h>\n")));
}

TEST(Survey, PutsADeviceIntoAManifest) {
  for (const std::string text : {"", "name = \"x\"\n", "[device]\nentry = 1\n", "[[ring]]\nstride = 1\nfields = []\n",
                                 "name = \"x\"\n[[ring]]\nstride = 1\nfields = []\n"}) {
    Manifest manifest;
    const auto error = parse_manifest(with_device(text, "msi = false\n"), "x", manifest);
    EXPECT_FALSE(error) << text << error->message;
    EXPECT_FALSE(manifest.msi) << text;
  }
}

}  // namespace
}  // namespace dmafuzz::cli
