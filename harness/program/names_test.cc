// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Names in the text form: they change what people read and nothing else.
#include "program/names.h"

#include <gtest/gtest.h>

#include "program/binary.h"
#include "program/generate.h"
#include "program/text.h"

namespace dmafuzz {
namespace {

ProgramFile must_parse(const std::string& text) {
  ProgramFile file;
  const auto error = parse_text(text, file);
  EXPECT_FALSE(error) << error.value_or(TextError()).str("text") << "\n" << text;
  return file;
}

std::string mistake_in(const std::string& text) {
  ProgramFile file;
  const auto error = parse_text(text, file);
  return error ? error->str("text") : "none";
}

constexpr const char* kNamed = R"(dma 1
device path=direct mask=64 coherent_mask=64
mode raw
packet = alloc kmalloc len=256
rows = alloc pages len=4096
fill packet len=64 seed=7
packet_dma = map single packet+64 len=128 to_device
rest = sg_alloc table rows len=64 count=3
dev_read packet_dma+4 len=16
unmap packet_dma
sg_free rest
packet = alloc kmalloc len=8
check rows+8 len=8
)";

TEST(Names, ReadAndPrintTheSame) {
  const ProgramFile file = must_parse(kNamed);
  EXPECT_EQ(print_text(file), kNamed);
  EXPECT_EQ(file.names.of(DMAF_BUF, 1), "rows");
  EXPECT_EQ(file.names.of(DMAF_MAP, 0), "packet_dma");
}

TEST(Names, AreNumbersInTheOrderInWhichTheyCome) {
  const ProgramFile numbered = must_parse(print_text(must_parse(kNamed).program));
  EXPECT_TRUE(numbered.names.empty());
  EXPECT_TRUE(numbered.program == must_parse(kNamed).program);
  EXPECT_NE(print_text(numbered).find("\nm0 = map single b0+64 len=128 to_device\n"), std::string::npos);
}

TEST(Names, MistakesAreSaidWithTheirPlace) {
  const std::string head = "dma 1\nmode raw\n";
  EXPECT_EQ(mistake_in(head + "packet = alloc kmalloc len=8\nunmap packet"),
            "text:4:7: expected m0 .. m15, got 'packet'");
  EXPECT_EQ(mistake_in(head + "b0 = alloc kmalloc len=8\npacket = alloc kmalloc len=8"),
            "text:4:1: expected b0 .. b15, as the others of its kind have, got 'packet'");
  EXPECT_EQ(mistake_in(head + "packet = alloc kmalloc len=8\nfree b0"),
            "text:4:6: expected a name, as the others of its kind have, got 'b0'");
  EXPECT_EQ(mistake_in(head + "packet = alloc kmalloc len=8\npacket = pool_create plain size=64"),
            "text:4:1: expected p0 .. p15, got 'packet'");
  // A name that was given to nothing, a word, a number of another class.
  EXPECT_NE(mistake_in(head + "free packet"), "none");
  EXPECT_NE(mistake_in(head + "atomic = alloc kmalloc len=8"), "none");
  EXPECT_NE(mistake_in(head + "m0 = alloc kmalloc len=8"), "none");
  std::string many = head;
  for (char c = 'a'; c <= 'p'; ++c) many += std::string(1, c) + "x = alloc kmalloc len=8\n";
  EXPECT_EQ(mistake_in(many), "none");
  EXPECT_EQ(mistake_in(many + "qx = alloc kmalloc len=8"),
            "text:19:1: expected at most 16 objects of a kind, got 'qx'");
}

TEST(Names, AreNoWordsAndNoNumbers) {
  for (const char* good : {"packet", "rx_ring2", "a", "b", "mm0", "b0x"}) EXPECT_TRUE(is_name(good)) << good;
  for (const char* bad : {"", "b0", "m15", "x7", "kmalloc", "to_device", "stale", "alloc", "device", "Packet", "_x",
                          "a+1", "a=1", "a234567890123456789012345678901234"})
    EXPECT_FALSE(is_name(bad)) << bad;
}

TEST(Names, SpeakOfWhatBecomesOfThings) {
  const ProgramFile file = must_parse(
      "dma 1\nmode raw\nb0 = alloc kmalloc len=256\nb1 = alloc pages len=4096\nb2 = alloc kmalloc len=64\n"
      "b3 = alloc kmalloc len=64\nm0 = map single b0 len=128 to_device\nm1 = map page b1 len=64 from_device\n"
      "m2 = map single b2 len=64 to_device\ns0 = sg_alloc table b3 len=16 count=2\nsg_map sg s0 from_device\n"
      "c0 = coherent_alloc coherent len=4096\nc1 = coherent_alloc coherent len=64\np0 = pool_create plain size=64\n"
      "k0 = pool_alloc p0\n");
  const Names names = speaking_names(file.program);
  EXPECT_EQ(names.of(DMAF_BUF, 0), "tx_buffer");
  EXPECT_EQ(names.of(DMAF_BUF, 1), "rx_pages");
  EXPECT_EQ(names.of(DMAF_BUF, 2), "tx_buffer2");
  EXPECT_EQ(names.of(DMAF_BUF, 3), "rx_buffer");
  EXPECT_EQ(names.of(DMAF_MAP, 0), "tx_buffer_dma");
  EXPECT_EQ(names.of(DMAF_MAP, 2), "tx_buffer2_dma");
  EXPECT_EQ(names.of(DMAF_SG, 0), "rx_list");
  EXPECT_EQ(names.of(DMAF_COH, 0), "ring");
  EXPECT_EQ(names.of(DMAF_COH, 1), "descriptors");
  EXPECT_EQ(names.of(DMAF_POOL, 0), "block_pool");
  EXPECT_EQ(names.of(DMAF_BLK, 0), "block");
}

// What no text could say keeps its numbers, class by class.
TEST(Names, AreLeftOutWhereTheyWouldMeanSomethingElse) {
  ProgramFile file = must_parse(
      "dma 1\nmode raw\nb1 = alloc kmalloc len=8\nc0 = coherent_alloc coherent len=64\nunmap m0\n"
      "m0 = map single b1 len=8 to_device\n");
  file.names = speaking_names(file.program);
  const std::string text = print_text(file);
  EXPECT_NE(text.find("\nb1 = alloc"), std::string::npos) << text;
  EXPECT_NE(text.find("\nunmap m0\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\ndescriptors = coherent_alloc"), std::string::npos) << text;
  EXPECT_TRUE(must_parse(text).program == file.program);
}

TEST(Names, AreNotGivenTwice) {
  ProgramFile file = must_parse("dma 1\nmode raw\nb0 = alloc kmalloc len=8\nb1 = alloc kmalloc len=8\n");
  file.names.set(DMAF_BUF, 0, "same");
  file.names.set(DMAF_BUF, 1, "same");
  EXPECT_TRUE(must_parse(print_text(file)).program == file.program);
}

TEST(Names, RenumberedIsInOrderAndStaysSo) {
  const ProgramFile file = must_parse(
      "dma 1\nmode raw\nunmap m3\nb7 = alloc kmalloc len=8\nb2 = alloc kmalloc len=8\nm9 = map single b2 len=8 "
      "to_device\n"
      "unmap m9\nfree b7\n");
  const Program program = renumbered(file.program);
  EXPECT_EQ(print_text(program).substr(print_text(program).find("unmap")),
            "unmap m1\nb0 = alloc kmalloc len=8\nb1 = alloc kmalloc len=8\nm0 = map single b1 len=8 to_device\n"
            "unmap m0\nfree b0\n");
  EXPECT_TRUE(renumbered(program) == program);
}

// Whatever the program, its text with names means it.
TEST(Names, LoseNothing) {
  unsigned with_names = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    ProgramFile file;
    file.program = random_program(seed, 30, seed & 1);
    for (const bool ordered : {false, true}) {
      if (ordered) file.program = decode(encode(renumbered(file.program)), kMaxOps);
      file.names = speaking_names(file.program);
      const std::string text = print_text(file);
      const ProgramFile again = must_parse(text);
      ASSERT_TRUE(again.program == file.program) << text;
      ASSERT_EQ(print_text(again), text);
      with_names += again.names.empty() ? 0 : 1;
    }
  }
  EXPECT_GT(with_names, 300u);
}

}  // namespace
}  // namespace dmafuzz
