// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "life/life.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "life/life_mutate.h"
#include "life/life_text.h"
#include "life/up_option.h"
#include "program/random.h"

namespace dmafuzz {
namespace {

Life random_life(Random& random) {
  std::vector<uint8_t> bytes(sizeof(LifeConfig) + random.below(40) * sizeof(LifeOp) + random.below(16));
  for (uint8_t& b : bytes) b = static_cast<uint8_t>(random.below(256));
  Life life;
  decode_life(bytes, life);
  return life;
}

TEST(Life, AnyBytesAreALife) {
  Life life;
  decode_life({}, life);
  EXPECT_TRUE(life.ops.empty());
  EXPECT_EQ(life.config.degree, 0);
  const std::vector<uint8_t> one(sizeof(LifeConfig) + sizeof(LifeOp) - 1, 0xff);
  decode_life(one, life);
  EXPECT_TRUE(life.ops.empty());
  const std::vector<uint8_t> many(sizeof(LifeConfig) + 1000 * sizeof(LifeOp), 0xff);
  decode_life(many, life);
  EXPECT_EQ(life.ops.size(), kMaxLifeOps);
}

TEST(Life, BothFormsConvertWithoutLoss) {
  Random random(1);
  for (int i = 0; i < 500; ++i) {
    const Life life = random_life(random);
    Life again;
    decode_life(encode_life(life), again);
    EXPECT_TRUE(life == again);
    LifeFile file;
    const std::string text = print_life(life);
    const auto error = parse_life(text, file);
    ASSERT_FALSE(error) << error->str("text") << "\n" << text;
    EXPECT_TRUE(life == file.life) << text;
  }
}

TEST(Life, TextSaysWhereItIsWrong) {
  LifeFile file;
  const auto message = [&](std::string_view text) {
    const auto error = parse_life(text, file);
    return error ? error->str("f") : std::string();
  };
  EXPECT_EQ(message(""), "f:1:1: expected 'life 1', got end of file");
  EXPECT_EQ(message("life 2\n"), "f:1:6: expected '1', got '2'");
  EXPECT_EQ(message("life 1\nfly\n"), "f:2:1: expected an operation, got 'fly'");
  EXPECT_EQ(message("life 1\nopen\ndevice\n"), "f:3:1: expected the device before the first operation, got 'device'");
  EXPECT_EQ(message("life 1\nmtu bytes=70000\n"), "f:2:11: expected a number up to 65535, got '70000'");
  EXPECT_EQ(message("life 1\nmtu len=1\n"), "f:2:5: expected an argument of mtu, got 'len=1'");
  EXPECT_EQ(message("life 1\nopen hold\n"), "f:2:6: expected an argument of open, got 'hold'");
  EXPECT_EQ(message("life 1\ndevice path=x\n"), "f:2:13: expected direct or bounce, got 'x'");
  EXPECT_EQ(message("# hm\nlife 1\ndevice untrusted path=bounce noncoherent fill=3\nwire len=60 hold\nexpect ok\n"),
            "");
  EXPECT_EQ(file.life.config.degree, static_cast<unsigned>(Degree::kUntrusted));
  EXPECT_EQ(file.life.ops.at(0).flags, kHold);
  EXPECT_EQ(file.expect.kind, Expectation::Kind::kOk);
}

TEST(Life, TextIsKnownByItsFirstWords) {
  const auto looks = [](std::string_view text) {
    return looks_like_life({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  };
  EXPECT_TRUE(looks("# c\n\nlife 1\n"));
  EXPECT_TRUE(looks("life 1"));
  EXPECT_FALSE(looks("life 12"));
  EXPECT_FALSE(looks("dma 1\n"));
  EXPECT_FALSE(looks(""));
}

TEST(Life, MutantsAreLivesAndFitTheirRoom) {
  Random random(2);
  for (unsigned i = 0; i < 2000; ++i) {
    const size_t room = sizeof(LifeConfig) + random.below(10) * sizeof(LifeOp) + random.below(16);
    std::vector<uint8_t> bytes = encode_life(random_life(random));
    bytes.resize(std::min(bytes.size(), room));
    const size_t size = bytes.size();
    bytes.resize(room);
    std::vector<uint8_t> again = bytes;
    const size_t n = mutate_life(bytes.data(), size, room, i);
    ASSERT_LE(n, room);
    EXPECT_EQ(mutate_life(again.data(), size, room, i), n);
    EXPECT_EQ(bytes, again);
    if (room < sizeof(LifeConfig) + sizeof(LifeOp)) continue;
    Life life;
    decode_life({bytes.data(), n}, life);
    EXPECT_EQ(encode_life(life), std::vector<uint8_t>(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(n)));
  }
}

TEST(Life, ChildrenBeginAsTheFirstAndEndAsTheSecond) {
  Random random(3);
  for (unsigned i = 0; i < 300; ++i) {
    const Life a = random_life(random), b = random_life(random);
    const std::vector<uint8_t> one = encode_life(a), other = encode_life(b);
    std::vector<uint8_t> out(4096);
    const size_t n = crossover_lives(one.data(), one.size(), other.data(), other.size(), out.data(), out.size(), i);
    Life child;
    decode_life({out.data(), n}, child);
    EXPECT_EQ(child.config.degree, a.config.degree);
    size_t kept = 0;
    const auto same = [](const LifeOp& x, const LifeOp& y) { return std::memcmp(&x, &y, sizeof x) == 0; };
    while (kept < child.ops.size() && kept < a.ops.size() && same(child.ops[kept], a.ops[kept])) ++kept;
    const size_t rest = child.ops.size() - kept;
    ASSERT_LE(rest, b.ops.size());
    for (size_t k = 0; k < rest; ++k) EXPECT_TRUE(same(child.ops[kept + k], b.ops[b.ops.size() - rest + k]));
  }
}

TEST(Life, StartsUnloadedOrUp) {
  LifeFile file;
  ASSERT_FALSE(parse_life("life 1\ndevice faulty path=bounce start=up\nstop\n", file));
  EXPECT_EQ(file.life.config.start, static_cast<uint8_t>(Start::kUp));
  EXPECT_EQ(print_config(file.life.config), "device faulty path=bounce start=up");
  const auto error = parse_life("life 1\ndevice start=down\n", file);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->str("f"), "f:2:14: expected unloaded or up, got 'down'");
}

TEST(Life, TheOptionSaysWhereInputsStart) {
  for (const std::string_view words : {"direct", "bounce", "direct,noncoherent", "bounce,noncoherent,variant=0x301"}) {
    const auto up = parse_up(words);
    ASSERT_TRUE(up) << words;
    EXPECT_EQ(up->start, static_cast<uint8_t>(Start::kUp));
    EXPECT_EQ(print_up(*up), words);
  }
  for (const std::string_view words : {"", "sideways", "direct,", "direct,coherent", "direct,variant=0x100000000"})
    EXPECT_FALSE(parse_up(words)) << words;
  char program[] = "t", option[] = "--up=bounce", other[] = "-runs=1";
  char* argv[] = {program, option, other, nullptr};
  int argc = 3;
  const UpOption taken = take_up_option(&argc, argv);
  ASSERT_TRUE(taken.up);
  EXPECT_TRUE(taken.takes(*parse_up("bounce"), {}));
  EXPECT_FALSE(taken.takes(*parse_up("direct"), {}));
  EXPECT_FALSE(taken.takes(*parse_up("bounce,variant=1"), {}));
  EXPECT_FALSE(taken.takes({}, {}));
  EXPECT_EQ(argc, 2);
  EXPECT_STREQ(argv[1], "-runs=1");
  EXPECT_FALSE(take_up_option(&argc, argv).up);
  char none[] = "--up=none";
  argv[1] = none;
  const UpOption unloaded = take_up_option(&argc, argv);
  EXPECT_EQ(argc, 1);
  EXPECT_TRUE(unloaded.takes({}, {}));
  unsigned taken_of_up = 0;
  for (uint8_t i = 0; i < 200; ++i) taken_of_up += unloaded.takes(*parse_up("direct"), std::span(&i, 1));
  EXPECT_GT(taken_of_up, 10u);
  EXPECT_LT(taken_of_up, 50u);
}

TEST(Life, MutantsStartAsTheyMust) {
  const auto up = parse_up("bounce,noncoherent");
  start_lives_as(*up);
  std::vector<uint8_t> bytes(2048);
  LifeFile whole;
  ASSERT_FALSE(parse_life("life 1\ndevice faulty path=direct\nload\nopen\nwire len=60\nstop\n", whole));
  const std::vector<uint8_t> encoded = encode_life(whole.life);
  unsigned wires = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::ranges::copy(encoded, bytes.begin());
    const size_t size = mutate_life(bytes.data(), encoded.size(), bytes.size(), seed);
    Life life;
    decode_life(std::span(bytes).first(size), life);
    EXPECT_EQ(life.config.start, up->start);
    EXPECT_EQ(life.config.path, up->path);
    EXPECT_EQ(life.config.noncoherent, up->noncoherent);
    wires += !life.ops.empty() && life.ops[0].code == static_cast<uint8_t>(LifeCode::kWire);
  }
  start_lives_as({});
  EXPECT_GT(wires, 100u) << "what loads and opens is left out";
}

}  // namespace
}  // namespace dmafuzz
