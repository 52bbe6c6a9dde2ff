// SPDX-License-Identifier: GPL-2.0-only
//
// A function on the bus whose registers are memory, and the driver of driver.c: what the tests of PCI start from.
#ifndef DMAFUZZ_TESTS_PCI_FIXTURE_H
#define DMAFUZZ_TESTS_PCI_FIXTURE_H

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "device/pci_function.h"
#include "engine/machine.h"
#include "engine/raise.h"
#include "host_bus.h"
#include "memory/memory.h"
#include "tests/pci/driver.h"

namespace dmafuzz {

struct Access {
  bool write;
  unsigned bar;
  uint64_t offset;
  unsigned size;
  uint64_t value;
  bool operator==(const Access&) const = default;
};
void PrintTo(const Access& access, std::ostream* out);

// Each BAR is memory of 4 KiB, repeated; accesses are kept.
class Memory4K : public Registers {
 public:
  uint64_t read(unsigned bar, uint64_t offset, unsigned size) override;
  void write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) override;
  std::vector<Access> take() { return std::exchange(accesses_, {}); }
  // Called at each write.
  std::function<void(const Access&)> on_write;

 private:
  std::array<std::array<uint8_t, 4096>, PciFunction::kBars> bytes_ = {};
  std::vector<Access> accesses_;
};

constexpr uint64_t kBar0Size = 0x2000, kBar2Size = 64;

class PciTest : public testing::Test {
 protected:
  PciTest();
  ~PciTest() override;

  // The function without a BAR, and with BAR 0 (registers, 64 bits wide) and BAR 2 (ports).
  void show_bare(uint16_t device = 1);
  void show();
  // The function is shown, found, and the driver is loaded and bound.
  void bind(unsigned flags = 0);
  // What is found in `body`, "id: summary"; empty if nothing is. The machine starts afresh if something is.
  std::string found(const std::function<void()>& body);
  // What lives now is not the driver's.
  void note_memory();
  // The driver went; nothing is left but what was noted.
  void expect_nothing_left(const std::string& when = "");

  static PciFunction& function() { return pci_function(); }

  Memory4K registers_;
  void* dev_ = nullptr;
  std::set<const void*> noted_;
};

}  // namespace dmafuzz

#endif
