// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The mutator and crossover keep their promises on any bytes: canonical, in the same mode, never empty, in bounds and
// the same for the same seed; and they reach every operation, device and idiom.
#include "program/mutate.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "program/binary.h"
#include "program/generate.h"
#include "program/text.h"

namespace dmafuzz {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes mutated(const Bytes& bytes, std::size_t max_size, unsigned seed, ByteMutator fallback = nullptr) {
  Bytes room(std::max(bytes.size(), max_size));
  std::copy(bytes.begin(), bytes.end(), room.begin());
  room.resize(mutate(room.data(), bytes.size(), max_size, seed, fallback));
  return room;
}

void expect_canonical(const Bytes& bytes, bool lawful) {
  Program program = decode(bytes);
  ASSERT_FALSE(program.ops.empty());
  ASSERT_EQ(encode(program), bytes) << print_text(program);
  ASSERT_EQ(program.lawful, lawful);
}

std::size_t flip_first(std::uint8_t* data, std::size_t size, std::size_t max_size) {
  if (size == 0) {
    data[0] = 1;
    return std::min<std::size_t>(1, max_size);
  }
  data[size / 2] ^= 0x55;
  return size;
}

TEST(Mutate, PromisesHoldOnAnyBytes) {
  std::mt19937_64 rng(1);
  for (unsigned i = 0; i < 20000; ++i) {
    Bytes bytes(rng() % 300);
    for (auto& b : bytes) b = static_cast<std::uint8_t>(rng());
    const bool lawful = bytes.empty() || !(bytes[0] & 1);
    const std::size_t max_size = 32 + rng() % 600;
    if (bytes.size() > max_size) bytes.resize(max_size);
    Bytes once = mutated(bytes, max_size, i, flip_first);
    ASSERT_LE(once.size(), max_size);
    ASSERT_NO_FATAL_FAILURE(expect_canonical(once, lawful));
    ASSERT_EQ(once, mutated(bytes, max_size, i, flip_first));
  }
}

TEST(Mutate, ChainsStayCanonicalAndGrow) {
  for (bool lawful : {true, false}) {
    Bytes bytes = encode(random_program(1, 4, lawful));
    std::set<unsigned> codes, paths;
    std::size_t longest = 0, unchanged = 0;
    for (unsigned seed = 0; seed < 20000; ++seed) {
      Bytes next = mutated(bytes, 4096, seed);
      unchanged += next == bytes;
      bytes = next;
      ASSERT_NO_FATAL_FAILURE(expect_canonical(bytes, lawful));
      Program program = decode(bytes);
      longest = std::max(longest, program.ops.size());
      paths.insert(program.config.path);
      for (const dmaf_op& op : program.ops) codes.insert(op.code);
    }
    EXPECT_EQ(codes.size(), static_cast<std::size_t>(DMAF_OP_COUNT));
    EXPECT_EQ(paths.size(), static_cast<std::size_t>(DMAF_PATHS));
    EXPECT_GT(longest, 30u);
    EXPECT_LE(longest, kFuzzOps);
    EXPECT_LT(unchanged, 20u);
  }
}

TEST(Mutate, EdgesOfRoom) {
  EXPECT_EQ(mutated({}, 31, 1).size(), 0u);
  EXPECT_EQ(mutated(Bytes(16), 20, 1), Bytes(16));
  for (unsigned seed = 0; seed < 200; ++seed) {
    for (std::size_t size : {0u, 1u, 16u, 32u}) {
      Bytes out = mutated(Bytes(size), 32, seed, flip_first);
      ASSERT_EQ(out.size(), 32u);
      ASSERT_NO_FATAL_FAILURE(expect_canonical(out, true));
    }
    Bytes full = encode(random_program(seed, kFuzzOps));
    Bytes out = mutated(full, full.size(), seed);
    ASSERT_LE(out.size(), full.size());
    out = mutated(full, 1 << 20, seed);
    ASSERT_LE(out.size(), encoded_size(kFuzzOps));
  }
}

TEST(Mutate, FallbackIsUsedNowAndThen) {
  static unsigned calls;
  calls = 0;
  Bytes bytes = encode(random_program(5, 8));
  for (unsigned seed = 0; seed < 1600; ++seed)
    mutated(bytes, 4096, seed, [](std::uint8_t*, std::size_t size, std::size_t) { return ++calls, size; });
  EXPECT_GT(calls, 40u);
  EXPECT_LT(calls, 200u);
}

TEST(Crossover, PromisesHold) {
  for (unsigned seed = 0; seed < 5000; ++seed) {
    const bool lawful = seed & 1;
    Bytes a = encode(random_program(seed, seed % 40, lawful)), b = encode(random_program(seed + 1, 20, seed & 2));
    Bytes out(32 + seed % 1200), again(out.size());
    const std::size_t size = crossover(a.data(), a.size(), b.data(), b.size(), out.data(), out.size(), seed);
    ASSERT_LE(size, out.size());
    ASSERT_EQ(crossover(a.data(), a.size(), b.data(), b.size(), again.data(), again.size(), seed), size);
    ASSERT_EQ(out, again);
    out.resize(size);
    ASSERT_NO_FATAL_FAILURE(expect_canonical(out, lawful));
  }
  std::uint8_t out[40];
  EXPECT_EQ(crossover(nullptr, 0, nullptr, 0, out, 31, 1), 0u);
  EXPECT_EQ(crossover(nullptr, 0, nullptr, 0, out, 40, 1), 32u);
}

TEST(Generate, RandomProgramsAreWhatTheyClaim) {
  std::size_t ops = 0, dev = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    Program lawful = random_program(seed, 16), raw = random_program(seed, 16, false);
    ASSERT_TRUE(is_lawful(lawful)) << print_text(lawful);
    ASSERT_EQ(lawful, random_program(seed, 16));
    ASSERT_EQ(raw.ops.size(), 16u);
    for (const dmaf_op& op : raw.ops) ASSERT_TRUE(is_canonical(op));
    ops += lawful.ops.size();
    for (const dmaf_op& op : lawful.ops) dev += op.code == DMAF_OP_DEV_READ || op.code == DMAF_OP_DEV_WRITE;
  }
  EXPECT_GT(ops, 2000u * 15);
  EXPECT_GT(dev, 2000u) << "programs should have the device do something";
}

TEST(Generate, IdiomsAreLawfulAsTheyStand) {
  std::size_t total = 0, admitted = 0;
  Random random(9);
  for (int i = 0; i < 5000; ++i) {
    dmaf_config config = random_config(random);
    Shaper shaper(config);
    std::vector<dmaf_op> ops;
    append_idiom(random, shaper.state(), ops);
    for (dmaf_op op : ops) {
      ++total;
      admitted += shaper.admit(op);
    }
  }
  // The rest falls to directions that turn from_device and to devices that cannot.
  EXPECT_GT(admitted * 100, total * 90) << admitted << " of " << total;
}

}  // namespace
}  // namespace dmafuzz
