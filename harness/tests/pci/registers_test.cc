// SPDX-License-Identifier: GPL-2.0-only
//
// Registers and ports: what reaches the device, and what is no access to a register.
#include "tests/pci/fixture.h"

namespace dmafuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

using RegistersTest = PciTest;
using RegistersDeathTest = PciTest;

TEST_F(RegistersTest, EachSizeReachesItsBarAndOffset) {
  bind();
  pci_test_write(0, 0x10, 1, 0x11);
  pci_test_write(0, 0x12, 2, 0x2233);
  pci_test_write(0, 0x14, 4, 0x44556677);
  pci_test_write(0, 0x1ff8, 8, 0x8899aabbccddeeff);
  EXPECT_EQ(pci_test_read(0, 0x10, 8), 0x4455667722330011u);
  EXPECT_EQ(pci_test_read(0, 0x1ffc, 4), 0x8899aabbu);
  EXPECT_EQ(pci_test_read(0, 0x16, 2), 0x4455u);
  EXPECT_EQ(pci_test_read(0, 0x17, 1), 0x44u);
  EXPECT_THAT(registers_.take(),
              ElementsAre(Access{true, 0, 0x10, 1, 0x11}, Access{true, 0, 0x12, 2, 0x2233},
                          Access{true, 0, 0x14, 4, 0x44556677}, Access{true, 0, 0x1ff8, 8, 0x8899aabbccddeeff},
                          Access{false, 0, 0x10, 8, 0x4455667722330011}, Access{false, 0, 0x1ffc, 4, 0x8899aabb},
                          Access{false, 0, 0x16, 2, 0x4455}, Access{false, 0, 0x17, 1, 0x44}));
}

TEST_F(RegistersTest, PortsReachTheirBar) {
  bind();
  pci_test_write(2, 0, 4, 0x01020304);
  pci_test_write(2, 63, 1, 0x7f);
  EXPECT_EQ(pci_test_read(2, 2, 2), 0x0102u);
  EXPECT_EQ(pci_test_read(2, 63, 1), 0x7fu);
  EXPECT_THAT(registers_.take(), ElementsAre(Access{true, 2, 0, 4, 0x01020304}, Access{true, 2, 63, 1, 0x7f},
                                             Access{false, 2, 2, 2, 0x0102}, Access{false, 2, 63, 1, 0x7f}));
  // Beside the BAR nobody answers, which is no mistake that a bus could see.
  EXPECT_EQ(pci_test_read(2, 64, 4), 0xffffffffu);
  EXPECT_THAT(registers_.take(), IsEmpty());
}

TEST_F(RegistersTest, ManagedMappingsAreMappings) {
  bind(PCI_TEST_MANAGED);
  pci_test_write(0, 8, 4, 5);
  pci_test_write(2, 8, 4, 6);
  EXPECT_THAT(registers_.take(), ElementsAre(Access{true, 0, 8, 4, 5}, Access{true, 2, 8, 4, 6}));
}

TEST_F(RegistersTest, BlocksAreAccessesAsWideAsTheyCanBe) {
  bind();
  pci_test_fill(6, 0xab, 12);
  EXPECT_THAT(registers_.take(), ElementsAre(Access{true, 0, 6, 1, 0xab}, Access{true, 0, 7, 1, 0xab},
                                             Access{true, 0, 8, 8, 0xabababababababab}, Access{true, 0, 16, 1, 0xab},
                                             Access{true, 0, 17, 1, 0xab}));
  const std::string out = "nineteen bytes here";
  std::string in(out.size(), ' ');
  pci_test_copy_to(0x105, out.data(), static_cast<unsigned>(out.size()));
  pci_test_copy_from(in.data(), 0x105, static_cast<unsigned>(in.size()));
  EXPECT_EQ(in, out);
}

TEST_F(RegistersTest, UnmappedRegistersAreFound) {
  for (const unsigned size : {1u, 2u, 4u, 8u}) {
    function().unplug();
    bind();
    EXPECT_THAT(found([size] {
                  pci_test_unmap_registers();
                  pci_test_read(0, 8, size);
                }),
                AllOf(StartsWith("bad-register-access: "), HasSubstr("-byte read of a register at physical address"),
                      HasSubstr("no live ioremap() covers")));
    EXPECT_THAT(registers_.take(), IsEmpty());
  }
  bind();
  EXPECT_THAT(found([] {
                pci_test_unmap_registers();
                pci_test_write(0, 8, 4, 1);
              }),
              HasSubstr("4-byte write of a register"));
  bind();
  EXPECT_THAT(found([] {
                pci_test_unmap_registers();
                pci_test_unmap_registers();
              }),
              AllOf(StartsWith("bad-register-access: iounmap()"), HasSubstr("unmapped already")));
}

TEST_F(RegistersTest, AccessesBesideAMappingAreFound) {
  const auto reads = [this](unsigned bar, uint64_t offset, unsigned size) {
    if (!dev_) bind();
    return found([&] { pci_test_read(bar, offset, size); });
  };
  EXPECT_EQ(reads(0, kBar0Size - 4, 4), "");
  EXPECT_THAT(reads(0, kBar0Size, 4), HasSubstr("no live ioremap() covers"));
  EXPECT_THAT(reads(0, kBar0Size - 4, 8), StartsWith("bad-register-access: "));
  EXPECT_THAT(reads(0, ~uint64_t{0}, 1), HasSubstr("no live ioremap() covers"));
  EXPECT_THAT(reads(0, 2, 4), HasSubstr("not aligned"));
  EXPECT_THAT(reads(0, 1, 2), HasSubstr("not aligned"));
  EXPECT_THAT(reads(0, uint64_t{0} - HOST_IOREMAP_BASE - HOST_MMIO_BASE + 0x10, 4), HasSubstr("null pointer"));
  EXPECT_THAT(reads(0, uint64_t{0} - HOST_IOREMAP_BASE - HOST_MMIO_BASE + HOST_LINEAR_BASE, 4),
              HasSubstr("the address of none"));
  EXPECT_THAT(reads(2, 0x10000, 1), StartsWith("bad-register-access: "));
  EXPECT_THAT(reads(2, uint64_t{0} - HOST_PORT_BASE, 1), HasSubstr("port 0x0, which lies in no window"));
}

TEST_F(RegistersDeathTest, RegistersAreNoMemory) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        bind();
        pci_test_dereference(0x10);
      },
      AllOf(HasSubstr("SEGV"), HasSubstr("0x2310d0000010"), HasSubstr("pci_test_dereference")));
}

TEST_F(RegistersTest, WhatNobodyDecodesReadsAsOnes) {
  bind();
  function().config_write(4, 2, 0);
  EXPECT_EQ(pci_test_read(0, 0, 4), 0xffffffffu);
  EXPECT_EQ(pci_test_read(2, 0, 2), 0xffffu);
  function().config_write(4, 2, 7);
  function().unplug();
  EXPECT_EQ(pci_test_read(0, 0, 8), ~0ull);
  EXPECT_EQ(pci_test_read(2, 0, 1), 0xffu);
  EXPECT_THAT(registers_.take(), IsEmpty());
}

}  // namespace
}  // namespace dmafuzz
