// SPDX-License-Identifier: GPL-2.0-only
//
// Makes lives that start with the driver up, for the comparison of `up`: mutants of seeds, with a faithful device and
// no failure on purpose, so that none of them ends in a finding; each takes the driver down at its end, as a life that
// starts unloaded does anyway.
//
//   up_lives FOLDER COUNT START SEED...     START as in --up=
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "life/life_mutate.h"
#include "life/life_text.h"
#include "life/up_option.h"
#include "program/random.h"

int main(int argc, char** argv) {
  using namespace dmafuzz;
  const auto up = argc > 4 ? parse_up(argv[3]) : std::nullopt;
  if (!up) {
    std::fprintf(stderr, "usage: up_lives FOLDER COUNT START SEED...\n");
    return 2;
  }
  std::vector<std::vector<uint8_t>> seeds;
  for (int i = 4; i < argc; ++i) {
    std::ifstream in(argv[i]);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    LifeFile file;
    if (const auto error = parse_life(text, file)) {
      std::fprintf(stderr, "%s\n", error->str(argv[i]).c_str());
      return 2;
    }
    seeds.push_back(encode_life(file.life));
  }
  start_lives_as(up);
  Random random(1);
  const long count = std::strtol(argv[2], nullptr, 10);
  for (long n = 0; n < count; ++n) {
    const auto& seed = seeds[random.below(static_cast<uint32_t>(seeds.size()))];
    std::vector<uint8_t> bytes(4096);
    std::ranges::copy(seed, bytes.begin());
    size_t size = seed.size();
    for (unsigned times = 1 + random.below(6); times; --times)
      size = mutate_life(bytes.data(), size, bytes.size(), static_cast<unsigned>(random.next()));
    Life life;
    decode_life(std::span(bytes).first(size), life);
    life.config.degree = static_cast<uint8_t>(Degree::kFaithful);
    std::erase_if(life.ops, [](const LifeOp& op) { return op.code == static_cast<uint8_t>(LifeCode::kFailAlloc); });
    if (life.ops.size() > kMaxLifeOps - 2) life.ops.resize(kMaxLifeOps - 2);
    for (const LifeCode code : {LifeCode::kStop, LifeCode::kUnload}) {
      life.ops.push_back({.code = static_cast<uint8_t>(code), .flags = 0, .x = 0, .a = 0, .b = 0, .c = 0});
    }
    const std::vector<uint8_t> out = encode_life(life);
    std::ofstream(std::string(argv[1]) + "/" + std::to_string(n), std::ios::binary)
        .write(reinterpret_cast<const char*>(out.data()), static_cast<std::streamsize>(out.size()));
  }
  return 0;
}
