// SPDX-License-Identifier: GPL-2.0-only
//
// The fill pattern: a page of fixed pseudo-random bytes, each xored with the seed, laid over memory from the start of
// what is allocated, so filling is a copy and what is found there does not hang on where it lies.
#include "memory/run_state.h"

#include "memory/raw.h"

namespace dmafuzz {

RunState::RunState() {
  uint64_t x = 0x9e3779b97f4a7c15ull;
  for (uint8_t& byte : base_) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    byte = static_cast<uint8_t>(x >> 32);
  }
  make_pattern();
}

void RunState::make_pattern() {
  for (size_t i = 0; i < kPageSize; ++i) pattern_[i] = base_[i] ^ knobs.fill_seed;
  pattern_seed_ = knobs.fill_seed;
}

void RunState::fill(void* start, size_t n, bool zero) {
  if (zero) return raw::fill(start, 0, n);
  if (pattern_seed_ != knobs.fill_seed) make_pattern();
  auto* p = static_cast<char*>(start);
  while (n) {
    const size_t part = kPageSize < n ? kPageSize : n;
    raw::copy(p, pattern_, part);
    p += part;
    n -= part;
  }
}

}  // namespace dmafuzz
