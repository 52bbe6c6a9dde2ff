// SPDX-License-Identifier: GPL-2.0-only
//
// Raw copies, fills and scans, and the shadow codes: each against the obvious loop,
// at the sizes where the implementation changes its method.
#include "memory/raw.h"

#include <sanitizer/asan_interface.h>

#include <cstring>

#include "memory/shadow.h"
#include "memory/testing/fake_host.h"

namespace dmafuzz {
namespace {

const size_t kSizes[] = {0,  1,  2,  3,   4,   5,   7,   8,    9,    15,   16,   17,   31,    32,    33,
                         63, 64, 65, 127, 128, 129, 500, 1023, 1024, 1025, 4095, 4096, 10000, 200000};

std::vector<uint8_t> numbers(size_t n) {
  std::vector<uint8_t> v(n);
  for (size_t i = 0; i < n; ++i) v[i] = static_cast<uint8_t>(i * 31 + (i >> 8) + 7);
  return v;
}

TEST(Raw, CopyAndFillTouchExactlyTheirBytes) {
  for (size_t n : kSizes) {
    for (size_t offset : {0, 1, 5}) {
      std::vector<uint8_t> src = numbers(n + 16), dst(n + 32, 0xee), want(n + 32, 0xee);
      raw::copy(dst.data() + offset, src.data() + 3, n);
      for (size_t i = 0; i < n; ++i) want[offset + i] = src[3 + i];
      EXPECT_EQ(dst, want) << "copy of " << n << " at " << offset;
      raw::fill(dst.data() + offset, 0x5a, n);
      for (size_t i = 0; i < n; ++i) want[offset + i] = 0x5a;
      EXPECT_EQ(dst, want) << "fill of " << n << " at " << offset;
    }
  }
}

TEST(Raw, MoveIsMemmove) {
  for (size_t n : kSizes) {
    for (size_t from : {0, 1, 8, 31, 33, 100, 700}) {
      for (size_t to : {0, 2, 8, 40, 64, 650}) {
        std::vector<uint8_t> got = numbers(n + 800), want = got;
        raw::move(got.data() + to, got.data() + from, n);
        memmove(want.data() + to, want.data() + from, n);
        ASSERT_EQ(got, want) << n << " bytes from " << from << " to " << to;
      }
    }
  }
}

TEST(Raw, EqualSeesEachByte) {
  std::vector<char> a(80), b(80);
  for (size_t i = 0; i < a.size(); ++i) a[i] = b[i] = static_cast<char>(i * 7);
  b[0] = b[79] = 'x';  // beside what is compared
  for (const size_t n : {0u, 1u, 7u, 31u, 32u, 33u, 64u, 77u}) {
    EXPECT_TRUE(raw::equal(a.data() + 1, b.data() + 1, n));
    for (size_t i = 1; i <= n; ++i) {
      b[i] ^= 0x10;
      EXPECT_FALSE(raw::equal(a.data() + 1, b.data() + 1, n)) << i << " of " << n;
      b[i] ^= 0x10;
    }
  }
}

TEST(Raw, IsZeroSeesEachByte) {
  for (size_t n : {0, 1, 7, 8, 31, 32, 33, 100}) {
    std::vector<uint8_t> v(n + 2, 0);
    v[0] = v[n + 1] = 1;
    EXPECT_TRUE(raw::is_zero(v.data() + 1, n));
    for (size_t i = 0; i < n; ++i) {
      v[1 + i] = 1;
      EXPECT_FALSE(raw::is_zero(v.data() + 1, n)) << i << " of " << n;
      v[1 + i] = 0;
    }
  }
}

TEST_F(MemoryTest, ShadowAgreesWithTheRuntime) {
  auto* p = static_cast<char*>(host_kmalloc(8192, kAnyZone, 0));
  for (size_t usable : {0, 1, 7, 8, 9, 63, 64, 65, 128}) {
    shadow::allow(p, usable, 128);
    EXPECT_EQ(poisoned(p, 128), usable == 128 ? "" : std::to_string(usable) + "..128") << usable;
    for (size_t start = 0; start <= 128; ++start) {
      for (size_t n = 0; start + n <= 128; ++n) {
        EXPECT_EQ(shadow::is_poisoned(p + start, n), __asan_region_is_poisoned(p + start, n) != nullptr)
            << usable << " usable, " << n << " at " << start;
      }
    }
  }
}

TEST_F(MemoryTest, CopyChecksBothRanges) {
  auto* a = static_cast<char*>(host_kmalloc(100, kAnyZone, HOST_ALLOC_ZERO));
  auto* b = static_cast<char*>(host_kmalloc(100, kAnyZone, 0));
  memset(a, 'x', 100);
  host_copy(b, a, 100);
  EXPECT_EQ(bytes_at(a, 100), bytes_at(b, 100));
  host_copy(b + 1, b, 99);
  EXPECT_DEATH(host_copy(b, a, 101), "heap-buffer-overflow");
  EXPECT_DEATH(host_copy(b + 50, a, 51), "heap-buffer-overflow");
  host_set(b, 'y', 100);
  EXPECT_EQ(bytes_at(b, 100), std::vector<uint8_t>(100, 'y'));
  EXPECT_DEATH(host_set(b, 0, 101), "heap-buffer-overflow");
  host_kfree(a);
  EXPECT_DEATH(host_copy(b, a, 1), "use-after-(free|poison)");
  host_copy(b, a, 0);
}

}  // namespace
}  // namespace dmafuzz
