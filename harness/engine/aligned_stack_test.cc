// SPDX-License-Identifier: GPL-2.0-only
#include "engine/aligned_stack.h"

#include <gtest/gtest.h>

#include <set>

namespace dmafuzz {
namespace {

std::set<uintptr_t> g_places;

void note_place() {
  g_places.insert(reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) % 4096);
}

// From further and further down the stack.
[[gnu::noinline]] void deeper(int times) {
  volatile char room[48] = {};
  room[0] = 1;
  on_aligned_stack(note_place);
  if (times) deeper(times - 1);
  room[1] = room[0];
}

TEST(AlignedStack, BeginsAtOnePlaceOfAPageWhereverItIsAsked) {
  deeper(200);
  EXPECT_EQ(g_places.size(), 1u);
}

}  // namespace
}  // namespace dmafuzz
