// SPDX-License-Identifier: GPL-2.0-only
//
// Manifests: what is read, and that a mistake is told with its line.
#include "manifest/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dmafuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Manifest good(std::string_view text) {
  Manifest manifest;
  const auto error = parse_manifest(text, "x.toml", manifest);
  EXPECT_FALSE(error) << error->message;
  return manifest;
}

std::string bad(std::string_view text) {
  Manifest manifest;
  const auto error = parse_manifest(text, "x.toml", manifest);
  return error ? error->message : "no error";
}

TEST(Manifest, NothingIsEnough) {
  const Manifest manifest = good("");
  EXPECT_EQ(manifest.bus, "pci");
  EXPECT_FALSE(manifest.bars);
  EXPECT_TRUE(manifest.msi);
}

TEST(Manifest, ReadsWhatItSays) {
  const Manifest manifest = good(R"(
name = "toy"
files = ["drivers/a.c", "drivers/b.c"]
defines = ["TOY=1"]

[device]
entry = 2
revision = 0x10
bars = [{kind = "ports", size = 128}, {size = 4096}]
fill = "noise 7"
msi = false
register = [
  {bar = 1, offset = 0x10, value = 0x80000000},
  {offset = 4, size = 2, values = [0, 1]},
]
config = [{offset = 0x44, size = 1, value = 3}]

[[ring]]
mapping = 1
stride = 16
fields = [[0, 4], [12, 4]]

[[without]]
check = "double-fetch"
reason = "it re-reads its own index"
)");
  EXPECT_EQ(manifest.name, "toy");
  EXPECT_THAT(manifest.files, ElementsAre("drivers/a.c", "drivers/b.c"));
  EXPECT_EQ(manifest.entry, 2u);
  EXPECT_EQ(manifest.revision, 0x10u);
  ASSERT_TRUE(manifest.bars);
  EXPECT_EQ((*manifest.bars)[0].kind, Manifest::BarKind::kPorts);
  EXPECT_EQ((*manifest.bars)[0].size, 128u);
  EXPECT_EQ((*manifest.bars)[1].size, 4096u);
  EXPECT_EQ((*manifest.bars)[2].kind, Manifest::BarKind::kNone);
  EXPECT_EQ(manifest.fill, Manifest::Fill::kNoise);
  EXPECT_EQ(manifest.filler, 7u);
  EXPECT_FALSE(manifest.msi);
  ASSERT_EQ(manifest.registers.size(), 2u);
  EXPECT_EQ(manifest.registers[0].bar, 1u);
  EXPECT_THAT(manifest.registers[0].values, ElementsAre(0x80000000u));
  EXPECT_FALSE(manifest.registers[1].bar);
  EXPECT_THAT(manifest.registers[1].values, ElementsAre(0u, 1u));
  ASSERT_EQ(manifest.rings.size(), 1u);
  EXPECT_EQ(manifest.rings[0].fields[1].offset, 12u);
  ASSERT_EQ(manifest.without.size(), 1u);
  EXPECT_EQ(manifest.without[0].check, "double-fetch");
}

TEST(Manifest, LayoutsHaveNames) {
  for (const std::string_view name : bar_layouts()) {
    std::array<Manifest::Bar, 6> bars;
    EXPECT_TRUE(bar_layout(name, bars)) << name;
    EXPECT_EQ(good("[device]\nbars = \"" + std::string(name) + "\"").bars->front().size, bars[0].size);
  }
}

TEST(Manifest, HasProperties) {
  const Manifest manifest = good("bus = \"platform\"\n[device]\nproperty = [{name = \"a\", values = [1, 2]}]");
  ASSERT_EQ(manifest.properties.size(), 1u);
  EXPECT_EQ(manifest.properties[0].name, "a");
  EXPECT_THAT(manifest.properties[0].values, ElementsAre(1u, 2u));
}

TEST(Manifest, TellsWhereAMistakeIs) {
  EXPECT_THAT(bad("name = \"x\"\nbusses = 1\n"), StartsWith("x.toml:2: 'busses' is not known here; known are: name,"));
  EXPECT_THAT(bad("[device]\nvendor = 0x10000"), StartsWith("x.toml:2: a number from 0 to 0xffff"));
  EXPECT_THAT(bad("[device]\nbars = \"three\""), StartsWith("x.toml:2: no layout of BARs is called 'three'"));
  EXPECT_THAT(bad("[device]\nbars = [{kind = \"memory64\"}, {}]"), HasSubstr("takes the next one as well"));
  EXPECT_THAT(bad("[device]\nbars = [{size = 100}]"), HasSubstr("a power of two"));
  EXPECT_THAT(bad("[device]\nregister = [{offset = 0}]"), HasSubstr("a register has a value"));
  EXPECT_THAT(bad("[[without]]\ncheck = \"mapping-leak\""), HasSubstr("and a reason"));
  EXPECT_THAT(bad("[[ring]]\nstride = 0\nfields = []"), HasSubstr("x.toml:2: a descriptor has a size"));
  EXPECT_THAT(bad("[device]\nfill = \"nose 1\""), HasSubstr("a byte, or \"noise N\""));
  EXPECT_THAT(bad("[device]\nproperty = [{value = 1}]"), HasSubstr("a property has a name"));
  EXPECT_THAT(bad("[device]\nproperty = [{name = \"a\"}]"), HasSubstr("a property has a value"));
  EXPECT_THAT(bad("bus = \"usb\""), HasSubstr("a bus is pci or platform"));
}

TEST(Manifest, TellsWhereItIsNoToml) {
  const std::string message = bad("name = \"x\"\n[device\n");
  EXPECT_THAT(message, StartsWith("x.toml:"));
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace dmafuzz
