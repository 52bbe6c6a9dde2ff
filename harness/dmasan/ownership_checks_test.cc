// SPDX-License-Identifier: GPL-2.0-only
// The checks of who may touch a byte of a streaming mapping: each fires on its mistake and is silent on the lawful
// twin.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "backend/backend.h"
#include "dmasan/dmasan.h"
#include "host.h"

namespace dmafuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string_view> g_fired;
int g_dev;
constexpr uint64_t kDma = 0x7fff40;
constexpr uint64_t kPhys = HOST_BANK_NORMAL_BASE + 0x3f40;  // runs over into the next page
constexpr uint64_t kSize = 256;

class OwnershipChecks : public ::testing::Test {
 protected:
  void SetUp() override {
    g_fired.clear();
    san_.set_report([](const Violation& v) { g_fired.push_back(check_info(v.check).id); });
  }
  void map(unsigned dir, unsigned attrs = 0, MapKind kind = MapKind::kPhys) {
    Mapping m;
    m.dev = &g_dev;
    m.dma = kDma;
    m.phys = kPhys;
    m.size = kSize;
    m.kind = kind;
    m.dir = static_cast<uint8_t>(dir);
    m.attrs = static_cast<uint8_t>(attrs);
    m.checked = true;
    dir_ = dir;
    san_.map(m, __builtin_frame_address(0));
  }
  void unmap(unsigned attrs = 0) {
    san_.unmap(&g_dev, kDma, kSize, dir_, attrs, MapKind::kPhys, __builtin_frame_address(0));
  }
  void for_cpu(uint64_t off = 0, uint64_t n = kSize) {
    san_.sync(&g_dev, kDma + off, n, dir_, true, __builtin_frame_address(0));
  }
  void for_device(uint64_t off = 0, uint64_t n = kSize) {
    san_.sync(&g_dev, kDma + off, n, dir_, false, __builtin_frame_address(0));
  }
  void cpu_reads(uint64_t off, size_t n) { san_.cpu_access(linear(off), n, false); }
  void cpu_writes(uint64_t off, size_t n) { san_.cpu_access(linear(off), n, true); }
  void device_reads(uint64_t off, size_t n) { san_.device_access(&g_dev, kDma + off, n, false); }
  void device_writes(uint64_t off, size_t n) { san_.device_access(&g_dev, kDma + off, n, true); }
  static const void* linear(uint64_t off) { return reinterpret_cast<const void*>(HOST_LINEAR_BASE + kPhys + off); }

  DmaSan san_;
  unsigned dir_ = 0;
};

TEST_F(OwnershipChecks, LawfulTrafficIsSilent) {
  map(DMAF_FROM_DEVICE);
  device_writes(0, kSize);
  for_cpu(0, 64);
  cpu_reads(0, 64);
  for_device(0, 64);
  device_writes(0, 64);
  unmap();
  cpu_reads(0, kSize);
  cpu_writes(0, kSize);
  map(DMAF_TO_DEVICE);
  cpu_reads(0, kSize) /* what the device only reads may be read by both */;
  device_reads(0, kSize);
  for_cpu();
  cpu_writes(0, 8);
  for_device(0, 8);
  device_reads(0, kSize);
  unmap();
  map(DMAF_BIDIRECTIONAL);
  device_writes(4, 8);
  for_cpu();
  cpu_writes(4, 8);
  for_device();
  device_reads(0, kSize);
  unmap();
  EXPECT_THAT(g_fired, IsEmpty());
  EXPECT_FALSE(san_.ownership().watches(kPhys));
}

TEST_F(OwnershipChecks, CpuReadsWhatTheDeviceOwns) {
  for (const unsigned dir : {DMAF_FROM_DEVICE, DMAF_BIDIRECTIONAL}) {
    g_fired.clear();
    map(dir);
    cpu_reads(kSize, 1);
    san_.cpu_access(linear(0), 0, false);
    EXPECT_THAT(g_fired, IsEmpty()) << "beside it";
    cpu_reads(kSize - 1, 8);
    EXPECT_THAT(g_fired, ElementsAre("cpu-read-device-owned"));
    for_cpu(0, kSize - 1);
    cpu_reads(0, kSize - 1);
    EXPECT_EQ(g_fired.size(), 1u);
    cpu_reads(kSize - 2, 2);
    EXPECT_EQ(g_fired.size(), 2u) << "synced to the byte";
    unmap();
  }
}

TEST_F(OwnershipChecks, CpuWritesWhatTheDeviceOwns) {
  for (const unsigned dir : {DMAF_TO_DEVICE, DMAF_FROM_DEVICE, DMAF_BIDIRECTIONAL}) {
    g_fired.clear();
    map(dir);
    const uint64_t second_page = kPageSize - (kPhys & (kPageSize - 1));
    cpu_writes(second_page, 1);
    EXPECT_THAT(g_fired, ElementsAre("cpu-write-device-owned"));
    san_.reset();
  }
}

TEST_F(OwnershipChecks, TheCpusWritesAreHandedOver) {
  map(DMAF_TO_DEVICE);
  for_cpu();
  cpu_writes(10, 2);
  device_reads(0, 10);
  device_reads(12, 4);
  EXPECT_THAT(g_fired, IsEmpty());
  device_reads(11, 1);
  EXPECT_THAT(g_fired, ElementsAre("missing-sync-for-device"));
  for_device(10, 1);
  device_reads(10, 1);
  EXPECT_EQ(g_fired.size(), 1u);
  unmap();
  EXPECT_EQ(g_fired.size(), 1u) << "nothing is thrown away of what the device only reads";
}

TEST_F(OwnershipChecks, SyncsAndUnmapsThrowTheCpusWritesAway) {
  map(DMAF_BIDIRECTIONAL);
  for_cpu();
  cpu_writes(10, 2);
  for_cpu(0, 10);
  EXPECT_THAT(g_fired, IsEmpty());
  for_cpu(0, 11);
  EXPECT_THAT(g_fired, ElementsAre("missing-sync-for-device"));
  cpu_writes(11, 1);
  unmap(DMAF_A_SKIP_CPU_SYNC);
  EXPECT_EQ(g_fired.size(), 1u) << "nothing is copied";
  map(DMAF_FROM_DEVICE);
  for_cpu();
  cpu_writes(0, 1);
  unmap();
  EXPECT_EQ(g_fired.size(), 2u);
}

TEST_F(OwnershipChecks, TheDevicesWritesAreTakenOver) {
  map(DMAF_FROM_DEVICE);
  for_cpu();
  device_writes(20, 4);
  cpu_reads(0, 20);
  cpu_reads(24, 8);
  EXPECT_THAT(g_fired, IsEmpty()) << "what the CPU did not write need not be handed back";
  cpu_reads(16, 8);
  EXPECT_THAT(g_fired, ElementsAre("missing-sync-for-cpu"));
  for_cpu(20, 4);
  cpu_reads(16, 8);
  EXPECT_EQ(g_fired.size(), 1u);
}

TEST_F(OwnershipChecks, SkippedSyncsLeaveMemoryWithTheCpu) {
  map(DMAF_TO_DEVICE, DMAF_A_SKIP_CPU_SYNC);
  cpu_writes(0, 8);
  for_device(0, 8);
  device_reads(0, 8);
  EXPECT_THAT(g_fired, IsEmpty());
  device_reads(8, 1);
  EXPECT_THAT(g_fired, ElementsAre("missing-sync-for-device")) << "written before the mapping";
}

TEST_F(OwnershipChecks, PagesAreTheCpusFirst) {
  map(DMAF_FROM_DEVICE, 0, MapKind::kPages);
  cpu_reads(0, 8);
  cpu_writes(0, 8);
  for_device();
  EXPECT_THAT(g_fired, IsEmpty());
  cpu_reads(0, 8);
  EXPECT_THAT(g_fired, ElementsAre("cpu-read-device-owned"));
  san_.free(&g_dev, kDma, kSize, 0, MapKind::kPages, DMAF_FROM_DEVICE, __builtin_frame_address(0));
  cpu_reads(0, 8);
  EXPECT_EQ(g_fired.size(), 1u);
}

TEST_F(OwnershipChecks, PartsOfAListAreOwnedByThemselves) {
  Mapping m;
  m.dev = &g_dev;
  m.dma = 0x10000;
  m.size = 0x2000;
  m.kind = MapKind::kSg;
  m.dir = DMAF_FROM_DEVICE;
  m.entries = 2;
  m.segments = 1;
  san_.map(m, __builtin_frame_address(0));
  // Two pages, in the other order in memory than on the bus.
  const uint64_t first = HOST_BANK_NORMAL_BASE + 0x9000, second = HOST_BANK_NORMAL_BASE + 0x8000;
  san_.map_part(&g_dev, 0x10000, first, 0x1000);
  san_.map_part(&g_dev, 0x11000, second, 0x1000);
  san_.sync(&g_dev, 0x10000, 0x1000, DMAF_FROM_DEVICE, true, __builtin_frame_address(0));
  san_.cpu_access_at(first, 0x1000, false);
  EXPECT_THAT(g_fired, IsEmpty());
  san_.cpu_access_at(second + 0xfff, 1, false);
  EXPECT_THAT(g_fired, ElementsAre("cpu-read-device-owned"));
  san_.unmap_segment(&g_dev, 0x10000, DMAF_FROM_DEVICE, 0, 2, __builtin_frame_address(0));
  san_.cpu_access_at(second, 1, true);
  EXPECT_EQ(g_fired.size(), 1u);
}

TEST_F(OwnershipChecks, CachedTranslationsOfWhatIsGone) {
  const DmaSan::Bus cached = {nullptr, [](const void*, uint64_t) { return true; }};
  const DmaSan::Bus flushed = {nullptr, [](const void*, uint64_t) { return false; }};
  map(DMAF_TO_DEVICE);
  san_.device_access(&g_dev, kDma, 8, false, &cached);
  EXPECT_THAT(g_fired, IsEmpty()) << "what is mapped may be cached";
  unmap();
  san_.device_access(&g_dev, kDma, 8, false, &flushed);
  EXPECT_THAT(g_fired, ElementsAre("device-access-after-unmap"));
  san_.device_access(&g_dev, kDma, 8, false, &cached);
  EXPECT_THAT(g_fired, ElementsAre("device-access-after-unmap", "stale-iotlb"));
  san_.device_misled(&g_dev, kDma);
  EXPECT_EQ(g_fired.size(), 2u) << "said already";
  map(DMAF_TO_DEVICE);
  san_.device_misled(&g_dev, kDma);
  EXPECT_EQ(g_fired.size(), 3u) << "mapped anew, and the old page is still reached";
}

TEST_F(OwnershipChecks, OnePathFetchesCoherentMemoryOnce) {
  const auto coherent = [&] {
    Mapping m;
    m.dev = &g_dev;
    m.dma = kDma;
    m.size = kSize;
    m.cpu = reinterpret_cast<uint64_t>(linear(0));
    m.kind = MapKind::kCoherent;
    san_.map(m, __builtin_frame_address(0));
  };
  coherent();
  cpu_reads(0, 8);
  cpu_reads(0, 8);
  EXPECT_THAT(g_fired, IsEmpty()) << "an advisory check, off at first";
  san_.reset();
  san_.enable(Check::kDoubleFetch, true);
  coherent();
  san_.begin_path();
  cpu_reads(0, 8);
  cpu_writes(0, 8);
  cpu_reads(8, 8);
  san_.begin_path();
  cpu_reads(0, 16);
  EXPECT_THAT(g_fired, IsEmpty());
  cpu_reads(15, 2);
  EXPECT_THAT(g_fired, ElementsAre("double-fetch"));
}

}  // namespace
}  // namespace dmafuzz
