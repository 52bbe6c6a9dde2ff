// SPDX-License-Identifier: GPL-2.0-only
//
// Kernel code may ask where on the stack a buffer of its own lies: block/blk-map.c counts the pages that one touches,
// and allocates by it. Where our stack begins, the system draws by lot, and the length of the environment has a say in
// it.
#ifndef DMAFUZZ_ENGINE_ALIGNED_STACK_H
#define DMAFUZZ_ENGINE_ALIGNED_STACK_H

#include <cstddef>
#include <cstdint>

namespace dmafuzz {

// Calls f() with a stack that begins at the same place of a page each time.
template <typename F>
[[gnu::noinline, clang::no_sanitize("address")]] void on_aligned_stack(F f) {
  constexpr uintptr_t kPage = 4096;
  const uintptr_t rest = reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) % kPage;
  // One byte more, so that there is something to write, without which the compiler would leave it out.
  auto* room = static_cast<volatile char*>(__builtin_alloca(rest + 16));
  room[0] = 0;
  f();
  room[0] = 1;
}

}  // namespace dmafuzz

#endif
