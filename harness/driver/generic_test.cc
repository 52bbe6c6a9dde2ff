// SPDX-License-Identifier: GPL-2.0-only
//
// The generic device by its registers, its configuration space and its manifest.
#include "driver/generic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

// The second entry of a driver's id table.
constexpr struct kernel_pci_id kSecond = {0x1234, 0x5678, ~0u, ~0u, 0, 0};

}  // namespace

int kernel_pci_id(unsigned index, struct kernel_pci_id* id) {
  if (index != 1) return 0;
  *id = kSecond;
  return 1;
}

namespace dmafuzz {
namespace {

GenericDevice device(std::string_view text) {
  Manifest manifest;
  const auto error = parse_manifest(text, "x.toml", manifest);
  EXPECT_FALSE(error) << error->message;
  GenericDevice out(std::move(manifest));
  out.reset();
  return out;
}

TEST(GenericDevice, KeepsWhatIsWritten) {
  GenericDevice d = device("");
  EXPECT_EQ(d.read(0, 0x10, 4), 0u);
  d.write(0, 0x10, 4, 0x11223344);
  EXPECT_EQ(d.read(0, 0x10, 4), 0x11223344u);
  EXPECT_EQ(d.read(0, 0x12, 2), 0x1122u);
  EXPECT_EQ(d.read(1, 0x10, 4), 0u);
  d.reset();
  EXPECT_EQ(d.read(0, 0x10, 4), 0u);
}

TEST(GenericDevice, IsNeverFaithful) {
  EXPECT_EQ(device("").least(), Degree::kFaulty);
}

TEST(GenericDevice, LetsNobodyWaitForever) {
  GenericDevice d = device("");
  const auto waits = [&](uint64_t bit, bool set) {
    for (unsigned i = 0; i < 4 * GenericDevice::kPatience; ++i) {
      if (((d.read(0, 8, 4) & bit) != 0) == set) return true;
    }
    return false;
  };
  EXPECT_TRUE(waits(1, true));
  d.write(0, 8, 4, ~0u);
  EXPECT_TRUE(waits(0x80000000, false));
  // A write begins anew.
  d.write(0, 8, 4, 5);
  EXPECT_EQ(d.read(0, 8, 4), 5u);
}

TEST(GenericDevice, FillsAsItIsTold) {
  EXPECT_EQ(device("[device]\nfill = 0xff").read(0, 0, 4), 0xffffffffu);
  GenericDevice a = device("[device]\nfill = \"noise 1\""), b = device("[device]\nfill = \"noise 2\"");
  const uint64_t first = a.read(0, 0x40, 4);
  EXPECT_NE(first, b.read(0, 0x40, 4));
  EXPECT_EQ(first, a.read(0, 0x40, 4));
}

TEST(GenericDevice, HasQuirks) {
  GenericDevice d = device(R"([device]
register = [
  {bar = 1, offset = 4, values = [1, 2]},
  {offset = 0x20, size = 1, count = 6, value = 2, keeps = 0x80},
])");
  EXPECT_EQ(d.read(0, 4, 4), 0u);
  EXPECT_EQ(d.read(1, 4, 4), 1u);
  EXPECT_EQ(d.read(1, 4, 4), 2u);
  EXPECT_EQ(d.read(1, 4, 4), 2u);
  // What is fixed is no wait.
  for (unsigned i = 0; i < 3 * GenericDevice::kPatience; ++i) EXPECT_EQ(d.read(1, 4, 4), 2u);
  d.write(0, 0x25, 1, 0xff);
  EXPECT_EQ(d.read(0, 0x25, 1), 0x82u);
  EXPECT_EQ(d.read(0, 0x26, 1), 0u);
}

TEST(GenericDevice, IsWhatTheTableAndTheManifestSay) {
  PciIdentity identity;
  identity.vendor = 0x8086;
  device("[device]\nentry = 1\nrevision = 3").identify(identity);
  EXPECT_EQ(identity.vendor, 0x1234);
  EXPECT_EQ(identity.device, 0x5678);
  EXPECT_EQ(identity.revision, 3);
  // A class, or all devices of a vendor: something that is no invalid id.
  identity = {};
  identity.vendor = identity.device = 0xffff;
  device("").identify(identity);
  EXPECT_NE(identity.vendor, 0xffff);
  EXPECT_NE(identity.device, 0xffff);
}

TEST(GenericDevice, RaisesWhatTheDriverSetUp) {
  GenericDevice d = device("[device]\nbars = \"memory\"");
  PciFunction function;
  function.open({.vendor = 1, .device = 2}, d);
  d.appear(function);
  EXPECT_EQ(d.line(), static_cast<unsigned>(HOST_IRQ_PCI));
  // The capability as the kernel finds it: MSI is 5.
  unsigned at = function.config_read(0x34, 1);
  while (at && function.config_read(at, 1) != 5) at = function.config_read(at + 1, 1);
  ASSERT_NE(at, 0u);
  function.config_write(at + 12, 2, HOST_IRQ_MSI + 3);
  function.config_write(at + 2, 2, 0x81);
  EXPECT_EQ(d.line(), static_cast<unsigned>(HOST_IRQ_MSI + 3));
}

// One BAR for all of its registers, what the manifest says of it, and interrupts that take turns.
TEST(GenericDevice, IsOnThePlatformBusAsWell) {
  GenericDevice d = device("[device]\nproperty = [{name = \"dma-channels\", value = 4}]");
  PlatformIdentity identity;
  d.describe(identity);
  ASSERT_EQ(identity.properties.size(), 1u);
  EXPECT_STREQ(identity.properties[0].name, "dma-channels");
  EXPECT_EQ(identity.properties[0].values, std::vector<unsigned>{4});
  PciFunction function;
  function.open({.vendor = 1, .device = 2}, d);
  d.appear(function);
  function.config_write(0x10, 4, ~0u);
  EXPECT_EQ(~(function.config_read(0x10, 4) & ~0xfu) + 1, identity.registers);
  EXPECT_EQ(function.config_read(0x34, 1), 0u);
  EXPECT_EQ(d.line(), static_cast<unsigned>(HOST_IRQ_PCI));
  EXPECT_EQ(d.line(), static_cast<unsigned>(HOST_IRQ_PCI + 1));
}

}  // namespace
}  // namespace dmafuzz
