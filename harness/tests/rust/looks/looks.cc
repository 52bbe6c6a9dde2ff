// SPDX-License-Identifier: GPL-2.0-only
//
// Twelve hard looks at the kernel's Rust abstraction of DMA, and some more (docs/rust-findings.md): what each comes to
// on the real DMA core. A test that fails is a verdict that has changed.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>

#include "device/device.h"
#include "dmasan/cache_model.h"
#include "dmasan/dmasan.h"
#include "engine/executor.h"
#include "engine/machine.h"
#include "engine/raise.h"
#include "host.h"
#include "memory/memory.h"

namespace dmafuzz {
namespace {

struct Seen {
  int32_t error;
  uint64_t n[8];
};
using Look = void(void* dev, Seen* seen, uint64_t with);

}  // namespace

extern "C" {
// Findings jump over the harness's own frames and what they own. Leaks of the kernel are found by its memory's books.
int __lsan_is_turned_off() {
  return 1;
}
Look look_masks, look_binding, look_max_seg, look_boundary, look_direction_none, look_no_mask, look_table,
    look_table_atomic, look_keep_bytes, look_keep_handle, look_keep_managed, look_keep_table, look_at_kept,
    look_drop_kept, look_drop_kept_atomic, look_alignment, look_size, look_size_handle, look_size_elements,
    look_all_but, look_all_named_but, look_last_page, look_end, look_two_cpus, look_managed, look_two_tables,
    look_alignment_pool, look_attributes;
}

namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr uint64_t kPage = 4096;
constexpr int kNoMemory = -12, kInvalid = -22, kInputOutput = -5;
constexpr const char* kPathNames[] = {"direct", "offset", "bounce", "restricted", "pool", "iommu", "iommu-lazy"};

bool behind_iommu(unsigned path) {
  return path == DMAF_PATH_IOMMU || path == DMAF_PATH_IOMMU_LAZY;
}

// LOOKS_REPORT=1: the first finding ends the program with its whole report.
bool reports() {
  static const bool on = std::getenv("LOOKS_REPORT") != nullptr;
  return on;
}

class Looks : public ::testing::Test {
 protected:
  Looks() {
    // What ends the process does so in one of its own, executed anew: the arena cannot be shared.
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    if (!machine().booted()) machine().boot();
    raise_context().target = "rust_looks_test";
    set_log_echo(reports());
  }
  ~Looks() override {
    arm_trap(nullptr);
    tolerate_warnings(false);
    dmasan().enable(Check::kCoherentLeak, true);
  }

  // What is found while `body` has a device of the path, "id: summary"; empty if nothing is, and nothing is left.
  template <typename Body>
  std::string found(unsigned path, bool coherent, Body body) {
    static FindingTrap trap;  // does not go with the stack that is jumped over
    if (sigsetjmp(trap.jump, 0) != 0) {
      over();
      return trap.id + ": " + trap.summary;
    }
    if (trapped_) arm_trap(&trap);
    dmaf_config config = {};
    config.path = static_cast<dmaf_u8>(path);
    config.coherent = coherent;
    memory().set_dense(true);  // pages side by side, as after boot
    memory().set_fill(0);
    dev_ = kernel_device_open(&config);
    cache_model().set_active(!coherent);
    cache_model().set_line_size(64);
    device().open(dev_, config);
    device().set_mask(~uint64_t{0});
    look(look_masks, path == DMAF_PATH_OFFSET ? 32 : 64);
    body();
    look(look_drop_kept);
    kernel_device_close(dev_);
    dmasan().check_leaks();
    check_nothing_left();
    over();
    return {};
  }
  Seen look(Look& what, uint64_t with = 0) {
    Seen seen = {};
    what(dev_, &seen, with);
    return seen;
  }

 private:
  void over() {
    arm_trap(nullptr);
    tolerate_warnings(false);
    machine().reset();
  }

  void* dev_ = nullptr;

 protected:
  bool trapped_ = !reports();
};
using LooksDeathTest = Looks;

// --- 1

TEST_F(Looks, DirectionNoneIsABug) {
  for (unsigned path = 0; path < DMAF_PATHS; ++path) {
    EXPECT_THAT(found(path, true, [&] { look(look_direction_none); }),
                AllOf(StartsWith("kernel-bug: "), HasSubstr("kernel/dma/mapping.c")))
        << kPathNames[path];
  }
}

// --- 2

TEST_F(Looks, WithoutMaskATableIsMappedThatIsNot) {
  for (unsigned path = 0; path < DMAF_PATHS; ++path) {
    SCOPED_TRACE(kPathNames[path]);
    EXPECT_THAT(found(path, true, [&] { look(look_no_mask, 1); }), StartsWith("kernel-warn: "));
    // What comes of it where warnings are no more than that: success, and an unmap of what was never mapped.
    Seen seen = {.error = -1, .n = {1}};
    const std::string what = found(path, true, [&] {
      tolerate_warnings(true);
      seen = look(look_no_mask, 0);
      look(look_no_mask, 1);
    });
    EXPECT_EQ(seen.error, 0);
    EXPECT_EQ(seen.n[0], 0u);
    EXPECT_THAT(what, StartsWith("unmap-not-mapped: "));
  }
}

// --- 3

TEST_F(Looks, LimitsOfTheDeviceAreNotLookedAt) {
  for (unsigned path = 0; path < DMAF_PATHS; ++path) {
    SCOPED_TRACE(kPathNames[path]);
    const bool bounces = path == DMAF_PATH_BOUNCE || path == DMAF_PATH_RESTRICTED;
    // What every device has that says nothing: 64 KiB.
    EXPECT_THAT(found(path, true, [&] { look(look_table, 32 * kPage); }),
                AllOf(StartsWith("segment-too-long: "), HasSubstr("131072 bytes, and its device takes 65536")));
    EXPECT_THAT(found(path, true,
                      [&] {
                        look(look_max_seg, kPage);
                        look(look_table, 4 * kPage);
                      }),
                AllOf(StartsWith("segment-too-long: "), HasSubstr("16384 bytes, and its device takes 4096")));
    Seen seen = {};
    const std::string what = found(path, true, [&] {
      look(look_boundary, kPage - 1);
      seen = look(look_table, 4 * kPage);
    });
    if (bounces) {
      // A bounce buffer cannot be had that crosses it: refused, where a list of pages would have been taken.
      EXPECT_EQ(what, "");
      EXPECT_EQ(seen.error, kInputOutput);
    } else {
      EXPECT_THAT(what, StartsWith("segment-crosses-boundary: "));
    }
    // Within the limits all is well.
    EXPECT_EQ(found(path, true, [&] { seen = look(look_table, 16 * kPage); }), "");
    EXPECT_EQ(seen.error, 0);
    EXPECT_EQ(seen.n[2], 16 * kPage);
  }
}

// --- 4

TEST_F(Looks, CoherentMemorySurvivesItsDriver) {
  for (unsigned path = 0; path < DMAF_PATHS; ++path) {
    for (const bool coherent : {false, true}) {
      for (Look* keep : {look_keep_bytes, look_keep_handle}) {
        SCOPED_TRACE(fmt::format("{} {}", kPathNames[path], coherent));
        const auto unbind = [&] {
          look(*keep, 2 * kPage);
          look(look_binding, 0);
        };
        EXPECT_THAT(found(path, coherent, unbind), StartsWith("coherent-leak: "));
        // And dropped when it is gone.
        dmasan().enable(Check::kCoherentLeak, false);
        const std::string what = found(path, coherent, unbind);
        if (path == DMAF_PATH_OFFSET && keep == look_keep_bytes) {
          // The ranges went with the driver: the device's address leads to another page, and that is what is freed. A
          // handle has the page itself in place of an address for the CPU.
          EXPECT_THAT(what, StartsWith("double-free: "));
        } else {
          EXPECT_EQ(what, "");
        }
        dmasan().enable(Check::kCoherentLeak, true);
      }
      // In a Devres it does not.
      Seen after = {.error = -1, .n = {1}};
      EXPECT_EQ(found(path, coherent,
                      [&] {
                        look(look_keep_managed, 2 * kPage);
                        look(look_binding, 0);
                        after = look(look_at_kept);
                      }),
                "");
      EXPECT_EQ(after.error, 0);
      EXPECT_EQ(after.n[0], 0u);
    }
  }
}

// --- 5

TEST_F(Looks, EntriesOfATableOutliveItsMapping) {
  for (unsigned path = 0; path < DMAF_PATHS; ++path) {
    for (const bool coherent : {false, true}) {
      for (const bool bound_again : {false, true}) {
        SCOPED_TRACE(fmt::format("{} {}", kPathNames[path], coherent));
        Seen before = {}, after = {};
        EXPECT_EQ(found(path, coherent,
                        [&] {
                          before = look(look_keep_table, 3 * kPage);
                          look(look_binding, 0);
                          after = look(look_at_kept);
                          if (!bound_again) return;
                          // The list is dropped while another driver has the device.
                          look(look_binding, 1);
                          look(look_drop_kept);
                          look(look_binding, 0);
                        }),
                  "");
        EXPECT_EQ(before.error, 0);
        EXPECT_EQ(after.error, 0);
        EXPECT_GT(after.n[0], 0u);
        for (unsigned i = 0; i < 4; ++i) EXPECT_EQ(after.n[i], before.n[i]) << i;
      }
    }
  }
  // To the device they lead nowhere.
  EXPECT_THAT(found(DMAF_PATH_IOMMU, true,
                    [&] {
                      look(look_keep_table, kPage);
                      look(look_binding, 0);
                      char byte = 0;
                      device().read(look(look_at_kept).n[3], &byte, 1);
                    }),
              StartsWith("device-access-after-unmap: "));
}

// --- 6

TEST_F(Looks, AlignmentIsThePools) {
  for (unsigned path = 0; path < DMAF_PATHS; ++path) {
    for (const bool coherent : {false, true}) {
      for (uint64_t pages = 0; pages < 2; ++pages) {
        SCOPED_TRACE(fmt::format("{} {} {}", kPathNames[path], coherent, pages));
        Seen seen = {.error = -1, .n = {}};
        EXPECT_EQ(found(path, coherent, [&] { seen = look(look_alignment, pages); }), "");
        EXPECT_EQ(seen.error, 0);
        // Of the device's addresses the kernel keeps its word everywhere, and of pages.
        EXPECT_EQ(seen.n[1], 0u);
        EXPECT_EQ(seen.n[2] | seen.n[3], 0u);
        // The CPU's: as this machine's vmap() does it, see docs/rust-findings.md.
        EXPECT_EQ(seen.n[0], 0u);
      }
    }
  }
  Seen seen = {.error = -1, .n = {}};
  EXPECT_EQ(found(DMAF_PATH_DIRECT, true, [&] { seen = look(look_alignment_pool); }), "");
  EXPECT_EQ(seen.error, 0);
  EXPECT_EQ(seen.n[0], kPage);
  EXPECT_EQ(seen.n[1], kPage);
  EXPECT_EQ(seen.n[2] | seen.n[3], 0u);
}

// --- 7

constexpr uint64_t kMost = ~uint64_t{0};

TEST_F(Looks, SizesThatAreRefused) {
  for (unsigned path = 0; path < DMAF_PATHS; ++path) {
    for (Look* alloc : {look_size, look_size_handle}) {
      const auto refused = [&](uint64_t size, int error) {
        SCOPED_TRACE(fmt::format("{} {:#x}", kPathNames[path], size));
        Seen seen = {};
        EXPECT_EQ(found(path, true, [&] { seen = look(*alloc, size); }), "");
        EXPECT_EQ(seen.error, error);
      };
      refused(0, kInvalid);
      refused(0x7ffff000, kNoMemory);
      // The next test is about the rest.
      if (path == DMAF_PATH_RESTRICTED || behind_iommu(path)) continue;
      for (const uint64_t size : {uint64_t{1} << 32, uint64_t{1} << 44, (uint64_t{1} << 44) + kPage, uint64_t{1} << 63,
                                  ~(kPage - 1), kMost - 100, kMost}) {
        refused(size, kNoMemory);
      }
    }
    Seen seen = {};
    EXPECT_EQ(found(path, true, [&] { seen = look(look_size_elements, kMost / 4); }), "");
    EXPECT_EQ(seen.error, kNoMemory);
  }
}

TEST_F(Looks, SixteenTebibytesAndAPageLeaveThatPageMapped) {
  for (const unsigned path : {DMAF_PATH_IOMMU, DMAF_PATH_IOMMU_LAZY}) {
    Seen seen = {};
    EXPECT_THAT(found(path, true, [&] { seen = look(look_size, (uint64_t{1} << 44) + kPage); }),
                StartsWith("iommu-mapping-leak: "));
    EXPECT_EQ(seen.error, kNoMemory);
  }
}

TEST_F(LooksDeathTest, SixteenTebibytesAreANullPointer) {
  EXPECT_DEATH(found(DMAF_PATH_IOMMU, true, [&] { look(look_size, uint64_t{1} << 44); }),
               "unknown address 0x0+10 .*\n(.*\n)*.*sg_alloc_append_table_from_pages");
}

TEST_F(LooksDeathTest, TheLargestSizeIsNoneBehindAnIommu) {
  EXPECT_DEATH(found(DMAF_PATH_IOMMU, true, [&] { look(look_size, kMost); }), "shift exponent 64 is too large");
}

TEST_F(LooksDeathTest, FourGibibytesOfARestrictedPool) {
  EXPECT_DEATH(found(DMAF_PATH_RESTRICTED, true, [&] { look(look_size, uint64_t{1} << 32); }),
               "kernel/dma/swiotlb.c:.*shift exponent 32 is too large");
}

// --- 8

TEST_F(Looks, AttributesWithoutANameAreRefused) {
  for (unsigned path = 0; path < DMAF_PATHS; ++path) {
    for (unsigned one = 0; one < 8; ++one) {
      SCOPED_TRACE(fmt::format("{} {}", kPathNames[path], one));
      Seen all_but = {}, named = {.error = -1, .n = {}};
      EXPECT_EQ(found(path, true,
                      [&] {
                        all_but = look(look_all_but, one);
                        named = look(look_all_named_but, one);
                      }),
                "");
      // All other names are in it; it is DMA_ATTR_CC_SHARED, which has none here, that the kernel does not take.
      EXPECT_EQ(all_but.n[0], 7u);
      EXPECT_EQ(all_but.error, kNoMemory);
      EXPECT_EQ(named.error, 0);
    }
  }
}

TEST_F(Looks, AnyNamedAttributesGoTogether) {
  for (unsigned path = 0; path < DMAF_PATHS; ++path) {
    for (const bool coherent : {false, true}) {
      for (unsigned bits = 0; bits < 4 << 8; ++bits) {
        SCOPED_TRACE(fmt::format("{} {} {:#x}", kPathNames[path], coherent, bits));
        Seen seen = {.error = -1, .n = {}};
        ASSERT_EQ(found(path, coherent, [&] { seen = look(look_attributes, bits); }), "");
        ASSERT_EQ(seen.error, 0);
      }
    }
  }
}

// --- 9

TEST_F(Looks, TheEndOfTheLastPagePanics) {
  for (const bool coherent : {false, true}) {
    Seen plain = {}, last = {};
    EXPECT_EQ(found(DMAF_PATH_DIRECT, coherent, [&] { plain = look(look_end, kPage); }), "");
    EXPECT_EQ(plain.error, 0);
    EXPECT_EQ(plain.n[1], plain.n[0] + kPage);
    // The same page, where the device's addresses end.
    const auto at_the_top = [&](uint64_t len) {
      return found(DMAF_PATH_DIRECT, coherent, [&] {
        look(look_last_page, plain.n[0]);
        last = look(look_end, len);
      });
    };
    EXPECT_EQ(at_the_top(kPage - 8), "");
    EXPECT_EQ(last.n[0], ~(kPage - 1));
    EXPECT_EQ(last.n[1], ~uint64_t{7});
    EXPECT_THAT(at_the_top(kPage), AllOf(StartsWith("kernel-bug: Rust panicked at rust/kernel/dma.rs:"),
                                         HasSubstr("attempt to add with overflow")));
  }
}

// A panic is reported where it came about, not where all panics end.
TEST_F(LooksDeathTest, APanicIsAFindingWithItsPlace) {
  uint64_t page = 0;
  EXPECT_EQ(found(DMAF_PATH_DIRECT, true, [&] { page = look(look_end, kPage).n[0]; }), "");
  const auto panic = [&] {
    trapped_ = false;
    return found(DMAF_PATH_DIRECT, true, [&] {
      look(look_last_page, page);
      look(look_end, kPage);
    });
  };
  EXPECT_DEATH(panic(),
               "ERROR: dmafuzz: kernel-bug: Rust panicked at rust/kernel/dma.rs:[0-9]+: attempt to add with overflow\n"
               "(.*\n)*.*in rust_helper_BUG (.*\n)*.*SUMMARY: dmafuzz: kernel-bug rust/kernel/dma.rs:[0-9]+ in ");
}

// --- 10

TEST_F(Looks, TwoCpusShareMemoryWithoutUnsafe) {
  Seen seen = {};
  EXPECT_EQ(found(DMAF_PATH_DIRECT, true, [&] { seen = look(look_two_cpus); }), "");
  EXPECT_EQ(seen.error, 0);
  EXPECT_EQ(seen.n[0], 8 * 7u);
  // Half of it from before, half from after.
  EXPECT_EQ(seen.n[1], 0u);
  EXPECT_EQ(seen.n[2], 9u);
}

// --- 11

TEST_F(Looks, MemoryWithoutAMappingForTheCpuIsNotZeroed) {
  for (unsigned path = 0; path < DMAF_PATHS; ++path) {
    for (Look* keep : {look_keep_bytes, look_keep_handle}) {
      std::array<uint8_t, 64> read = {};
      EXPECT_EQ(found(path, true,
                      [&] {
                        const uint64_t dma = look(*keep, kPage).n[0];
                        EXPECT_EQ(device().look(dma, read.data(), read.size()), read.size());
                      }),
                "");
      const bool zeroed = std::ranges::count(read, 0) == std::ssize(read);
      // Of the other allocators, each clears what it gives.
      const bool clears =
          keep == look_keep_bytes || path == DMAF_PATH_RESTRICTED || path == DMAF_PATH_POOL || behind_iommu(path);
      EXPECT_EQ(zeroed, clears) << kPathNames[path];
    }
  }
}

// --- 12

TEST_F(Looks, EachAllocationMayFail) {
  for (unsigned path = 0; path < DMAF_PATHS; ++path) {
    for (const bool coherent : {false, true}) {
      for (Look* make : {look_table, look_two_tables, look_managed, look_keep_bytes, look_keep_handle}) {
        unsigned failed = 0;
        for (uint64_t n = 1;; ++n) {
          SCOPED_TRACE(fmt::format("{} {}: allocation {}", kPathNames[path], coherent, n));
          Seen seen = {};
          bool struck = false;
          ASSERT_EQ(found(path, coherent,
                          [&] {
                            memory().set_fail_after(n);
                            seen = look(*make, 3 * kPage);
                            struck = memory().fail_fired();
                            memory().set_fail_after(0);
                          }),
                    "");
          ASSERT_THAT(seen.error, AnyOf(0, kNoMemory));
          failed += seen.error != 0;
          if (!struck) {
            EXPECT_EQ(seen.error, 0);
            break;
          }
        }
        // Where memory comes from a pool, that of the wrapper is all there is to fail.
        if (make != look_keep_bytes && make != look_keep_handle) EXPECT_GT(failed, 0u) << kPathNames[path];
      }
    }
  }
}

// --- And what was seen on the way.

TEST_F(Looks, FlagsOfATableAreNotAllThatItAllocatesWith) {
  for (unsigned path = 0; path < DMAF_PATHS; ++path) {
    EXPECT_THAT(found(path, true, [&] { look(look_table_atomic, 2 * kPage); }), StartsWith("sleep-in-atomic: "))
        << kPathNames[path];
  }
}

TEST_F(Looks, TablesOfAnySize) {
  for (unsigned path = 0; path < DMAF_PATHS; ++path) {
    for (const uint64_t size :
         {uint64_t{0}, uint64_t{1}, kPage - 1, kPage, kPage + 1, 2 * kPage - 1, 16 * kPage - 1, 16 * kPage}) {
      SCOPED_TRACE(fmt::format("{} {}", kPathNames[path], size));
      Seen seen = {};
      EXPECT_EQ(found(path, false, [&] { seen = look(look_table, size); }), "");
      EXPECT_EQ(seen.error, size ? 0 : kInvalid);
      // To the byte: the rest of the last page is not the device's.
      EXPECT_EQ(seen.n[2], size);
    }
  }
}

TEST_F(Looks, DropWithInterruptsOffWarns) {
  for (unsigned path = 0; path < DMAF_PATHS; ++path) {
    const std::string what = found(path, true, [&] {
      look(look_keep_bytes, kPage);
      look(look_drop_kept_atomic);
    });
    if (path == DMAF_PATH_POOL) {
      EXPECT_EQ(what, "");
    } else {
      EXPECT_THAT(what, StartsWith("kernel-warn: ")) << kPathNames[path];
    }
  }
}

}  // namespace
}  // namespace dmafuzz
