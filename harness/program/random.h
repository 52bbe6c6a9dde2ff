// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The random numbers of the generator and the mutator: a counter through a 64-bit mixer (the splitmix construction),
// the same on each machine for the same seed.
#ifndef DMAFUZZ_PROGRAM_RANDOM_H
#define DMAFUZZ_PROGRAM_RANDOM_H

#include <cstddef>
#include <cstdint>

namespace dmafuzz {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t x = state_ += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
  }
  // 0 .. n - 1; 0 for n == 0. The bias is of no matter here.
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>((next() >> 32) * n >> 32); }
  std::uint32_t between(std::uint32_t lo, std::uint32_t hi) { return lo + below(hi - lo + 1); }
  bool one_in(std::uint32_t n) { return below(n) == 0; }
  template <class T, std::size_t N>
  T pick(const T (&values)[N]) {
    return values[below(N)];
  }

 private:
  std::uint64_t state_;
};

}  // namespace dmafuzz

#endif
