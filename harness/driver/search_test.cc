// SPDX-License-Identifier: GPL-2.0-only
//
// The guided search, with a driver that is a few lines here: it asks its device for an identity, waits for a bit and
// reads a number twice that must have changed, and tells what it compares as instrumented code does.
#include "driver/search.h"

#include <gtest/gtest.h>

#include <array>
#include <csetjmp>

#include "driver/generic.h"

extern "C" {
void __sanitizer_cov_8bit_counters_init(uint8_t* start, uint8_t* stop);
void __sanitizer_cov_trace_const_cmp4(uint32_t a, uint32_t b);
}

namespace dmafuzz {
namespace {

std::array<uint8_t, 8> g_counters_of_driver;
sigjmp_buf g_way_out;

void leave() {
  siglongjmp(g_way_out, 1);
}

class ToyDriver : public Searched {
 public:
  explicit ToyDriver(GenericDevice& device) : device_(device) {
    __sanitizer_cov_8bit_counters_init(g_counters_of_driver.data(),
                                       g_counters_of_driver.data() + g_counters_of_driver.size());
  }

  void run() override {
    ++runs;
    device_.reset();
    if (sigsetjmp(g_way_out, 0) == 0) {
      life();
    } else {
      ++left;
    }
    stop_searching();
  }

  unsigned runs = 0, left = 0;
  bool polls = false, counts = false;

 private:
  bool is(uint32_t wanted, uint32_t got, unsigned edge) {
    __sanitizer_cov_trace_const_cmp4(wanted, got);
    if (wanted == got) ++g_counters_of_driver[edge];
    return wanted == got;
  }

  void life() {
    ++g_counters_of_driver[0];
    while (polls) device_.read(0, 0x30, 4);
    while (counts) __sanitizer_cov_trace_const_cmp4(1, 1);
    if (!is(0x10ec8139, static_cast<uint32_t>(device_.read(0, 0x10, 4)), 1)) return;
    reached(Stage::kLoads);
    if (!is(0x40, static_cast<uint32_t>(device_.read(0, 0x23, 1)) & 0x40, 2)) return;
    reached(Stage::kProbes);
    if (!is(7, static_cast<uint32_t>(device_.read(2, 0x8, 4)) >> 16, 3)) return;
    reached(Stage::kOpens);
  }

  GenericDevice& device_;
};

// What a device with these registers answers.
uint64_t answer(GenericDevice& device, const std::vector<Manifest::Register>& registers, unsigned bar, uint64_t offset,
                unsigned size) {
  device.registers() = registers;
  device.reset();
  return device.read(bar, offset, size);
}

TEST(Search, FindsWhatTheDriverComparesWith) {
  GenericDevice device{Manifest()};
  ToyDriver driver(device);
  const auto found = search_registers(driver, device, 2000, Stage::kOpens, leave);
  EXPECT_EQ(answer(device, found, 0, 0x10, 4), 0x10ec8139u);
  EXPECT_EQ(answer(device, found, 0, 0x23, 1) & 0x40, 0x40u);
  EXPECT_EQ(answer(device, found, 2, 0x8, 4) >> 16, 7u);
  // It is guided: nobody comes upon 32 bits by chance.
  EXPECT_LT(driver.runs, 1000u);
  // What the driver gets on without is left out.
  EXPECT_EQ(found.size(), 3u);
}

TEST(Search, EndsWhereItIsEnough) {
  GenericDevice device{Manifest()};
  ToyDriver driver(device);
  const auto found = search_registers(driver, device, 2000, Stage::kLoads, leave);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].offset, 0x10u);
}

TEST(Search, FindsTheSameEachTime) {
  std::vector<unsigned> runs;
  std::vector<std::vector<uint64_t>> values;
  for (int i = 0; i < 2; ++i) {
    GenericDevice device{Manifest()};
    ToyDriver driver(device);
    const auto found = search_registers(driver, device, 2000, Stage::kOpens, leave);
    runs.push_back(driver.runs);
    values.emplace_back();
    for (const auto& r : found) values.back().insert(values.back().end(), r.values.begin(), r.values.end());
  }
  EXPECT_EQ(runs[0], runs[1]);
  EXPECT_EQ(values[0], values[1]);
}

// A driver that polls for ever is left, and the search comes to its end.
TEST(Search, LeavesADriverThatPolls) {
  GenericDevice device{Manifest()};
  ToyDriver driver(device);
  driver.polls = true;
  EXPECT_TRUE(search_registers(driver, device, 3, Stage::kLoads, leave).empty());
  EXPECT_EQ(driver.left, driver.runs);
  EXPECT_EQ(driver.runs, 3u);
}

// So is one that asks nothing while it loops.
TEST(Search, LeavesADriverThatCounts) {
  GenericDevice device{Manifest()};
  ToyDriver driver(device);
  driver.counts = true;
  EXPECT_TRUE(search_registers(driver, device, 2, Stage::kLoads, leave).empty());
  EXPECT_EQ(driver.left, 2u);
}

}  // namespace
}  // namespace dmafuzz
