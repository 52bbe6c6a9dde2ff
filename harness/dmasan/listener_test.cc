// SPDX-License-Identifier: GPL-2.0-only
// What a listener hears, in which order, and what it can look up meanwhile.
#include "dmasan/listener.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "dmasan/dmasan.h"
#include "host.h"

namespace dmafuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

int g_dev;
constexpr uint64_t kDma = 0x7ffe40;
constexpr uint64_t kPhys = HOST_BANK_NORMAL_BASE + 0x3e40;
constexpr uint64_t kSize = 128;

class Notebook final : public DmaListener {
 public:
  explicit Notebook(DmaSan& san) : san_(san) {}

  void fresh() override { lines.emplace_back("fresh"); }
  void path(uint32_t operation) override { lines.push_back(fmt::format("op {}", operation)); }
  void happens(const Happening& it) override {
    constexpr const char* kWords[] = {"map",           "unmap",      "for cpu",    "for device",
                                      "mapping error", "cpu reads",  "cpu writes", "device reads",
                                      "device writes", "pool alloc", "pool free",  "unbound"};
    static_assert(std::size(kWords) == Happening::kUnbound + 1);
    const std::string at = it.mapping ? fmt::format("+{} {}", it.dma - it.mapping->dma, it.size) : "nowhere";
    lines.push_back(fmt::format("{} {}", kWords[it.what], at));
  }
  void has_memory(const Mapping& m, uint64_t dma, uint64_t phys, uint64_t size) override {
    lines.push_back(fmt::format("memory +{} {:#x} {}", dma - m.dma, phys - kPhys, size));
  }
  void settled(const Mapping& m) override {
    std::string line = "settled";
    san_.ownership().each_of(m.parts, m.dma, m.size, [&](const Piece& piece, uint32_t, uint32_t) {
      for (const ByteRuns::Run& run : piece.bytes.runs())
        line += fmt::format(" ..{}:{}", run.end, run.state & kCpuOwned ? "cpu" : "dev");
    });
    lines.push_back(line);
  }
  void gone(const Mapping&) override { lines.emplace_back("gone"); }
  void violated(const Violation& violation) override { lines.emplace_back(check_info(violation.check).id); }

  std::vector<std::string> lines;

 private:
  DmaSan& san_;
};

class Listener : public ::testing::Test {
 protected:
  void SetUp() override { san_.set_listener(&notebook_); }
  void map(unsigned dir = DMAF_FROM_DEVICE) {
    Mapping m;
    m.dev = &g_dev;
    m.dma = kDma;
    m.phys = kPhys;
    m.size = kSize;
    m.dir = static_cast<uint8_t>(dir);
    m.checked = true;
    san_.map(m, __builtin_frame_address(0));
  }
  void unmap(uint64_t size = kSize) {
    san_.unmap(&g_dev, kDma, size, DMAF_FROM_DEVICE, 0, MapKind::kPhys, __builtin_frame_address(0));
  }
  void cpu(uint64_t off, size_t n, bool write) {
    san_.cpu_access(reinterpret_cast<const void*>(HOST_LINEAR_BASE + kPhys + off), n, write);
  }

  DmaSan san_;
  Notebook notebook_{san_};
};

TEST_F(Listener, HearsALife) {
  san_.begin_path(3);
  map();
  san_.device_access(&g_dev, kDma + 8, 16, true);
  san_.sync(&g_dev, kDma, 64, DMAF_FROM_DEVICE, true, __builtin_frame_address(0));
  cpu(4, 8, false);
  unmap();
  san_.reset();
  EXPECT_THAT(notebook_.lines, ElementsAre("op 3", "map +0 128", "memory +0 0x0 128", "settled ..128:dev",
                                           "device writes +8 16", "for cpu +0 64", "settled ..64:cpu ..128:dev",
                                           "cpu reads +4 8", "unmap +0 128", "gone", "fresh"));
}

// What breaks a rule is said before the rule is: nothing after it may happen.
TEST_F(Listener, HearsOfWhatIsWrongFirst) {
  map();
  notebook_.lines.clear();
  cpu(16, 4, true);
  EXPECT_THAT(notebook_.lines, ElementsAre("cpu writes +16 4", "cpu-write-device-owned"));
  notebook_.lines.clear();
  unmap(64);
  EXPECT_THAT(notebook_.lines, testing::Contains("unmap-size-mismatch"));
  EXPECT_EQ(notebook_.lines.front(), "unmap +0 64");
  notebook_.lines.clear();
  san_.device_access(&g_dev, kDma + 2, 4, false);
  EXPECT_THAT(notebook_.lines, ElementsAre("device reads +2 4", "device-access-after-unmap"));
}

// Beside what is mapped, in its page; elsewhere nothing is heard.
TEST_F(Listener, HearsOfTheNeighbourhood) {
  map();
  notebook_.lines.clear();
  cpu(kSize, 4, true);
  cpu(8192, 4, true);
  EXPECT_THAT(notebook_.lines, ElementsAre("cpu writes nowhere"));
}

TEST_F(Listener, IsLeftAloneWhenGone) {
  san_.set_listener(nullptr);
  map();
  cpu(16, 4, true);
  san_.reset();
  EXPECT_THAT(notebook_.lines, IsEmpty());
}

}  // namespace
}  // namespace dmafuzz
