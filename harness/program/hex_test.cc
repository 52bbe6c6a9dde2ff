// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The text form of plain bytes: it loses nothing, and its errors point at the right place and say what would have been
// right.
#include "program/hex.h"

#include <gtest/gtest.h>

namespace dmafuzz {
namespace {

HexFile must_parse(std::string_view text) {
  HexFile file;
  const std::optional<TextError> error = parse_hex(text, file);
  EXPECT_FALSE(error) << error.value_or(TextError()).str("text") << "\n" << text;
  return file;
}

std::string error_of(std::string_view text) {
  HexFile file;
  const std::optional<TextError> error = parse_hex(text, file);
  return error ? error->str("f.hex") : "no error";
}

using Bytes = std::vector<std::uint8_t>;

TEST(Hex, ReadsBytesCommentsAndDirectives) {
  const HexFile file =
      must_parse("# alloc size 0x1\n\n0a 2E\tff # the rest\r\n00\nexpect finding hang # why\nonly 7.3 6.12");
  EXPECT_EQ(file.bytes, (Bytes{0x0a, 0x2e, 0xff, 0x00}));
  EXPECT_EQ(file.expect.kind, Expectation::Kind::kFinding);
  EXPECT_EQ(file.expect.finding, "hang");
  EXPECT_EQ(file.expect.only, (std::vector<std::string>{"7.3", "6.12"}));
}

TEST(Hex, NoBytesAreAnInput) {
  EXPECT_EQ(must_parse("").bytes, Bytes());
  EXPECT_EQ(must_parse("only 7.3\nexpect ok\n").expect.kind, Expectation::Kind::kOk);
}

TEST(Hex, ForgetsWhatWasThere) {
  HexFile file = must_parse("01\nexpect ok\nonly 7.3\n");
  EXPECT_FALSE(parse_hex("02", file));
  EXPECT_EQ(file.bytes, Bytes{2});
  EXPECT_EQ(file.expect, Expectation());
}

TEST(Hex, PrintsOneCanonicalText) {
  HexFile file = {.bytes = Bytes(17, 0xa5), .expect = {}};
  file.expect.kind = Expectation::Kind::kOk;
  file.expect.only = {"7.3", "6.12"};
  EXPECT_EQ(print_hex(file), "a5 a5 a5 a5 a5 a5 a5 a5 a5 a5 a5 a5 a5 a5 a5 a5\na5\nexpect ok\nonly 7.3 6.12\n");
  EXPECT_EQ(print_hex({}), "");
}

TEST(Hex, LosesNothing) {
  for (std::size_t size = 0; size < 600; size += 1 + size / 8) {
    HexFile file;
    for (std::size_t i = 0; i < size; ++i) file.bytes.push_back(static_cast<std::uint8_t>(i * 7 + size));
    if (size % 2) file.expect = {.kind = Expectation::Kind::kFinding, .finding = "kernel-warn", .only = {"7.3"}};
    const HexFile again = must_parse(print_hex(file));
    EXPECT_EQ(again.bytes, file.bytes);
    EXPECT_EQ(again.expect, file.expect);
  }
}

TEST(Hex, ErrorsNameThePlaceAndWhatWasExpected) {
  EXPECT_EQ(error_of("01 02\n03 4\n"), "f.hex:2:4: expected two hexadecimal digits, got '4'");
  EXPECT_EQ(error_of("01 020"), "f.hex:1:4: expected two hexadecimal digits, got '020'");
  EXPECT_EQ(error_of("01 g2"), "f.hex:1:4: expected two hexadecimal digits, got 'g2'");
  EXPECT_EQ(error_of("01 2g"), "f.hex:1:4: expected two hexadecimal digits, got '2g'");
  EXPECT_EQ(error_of("01 expect ok"), "f.hex:1:4: expected two hexadecimal digits, got 'expect'");
  EXPECT_EQ(error_of("# x\n  0x01"), "f.hex:2:3: expected two hexadecimal digits, expect, checks or only, got '0x01'");
  EXPECT_EQ(error_of("dma 1"), "f.hex:1:1: expected two hexadecimal digits, expect, checks or only, got 'dma'");
  EXPECT_EQ(error_of("expect ok\n01"), "f.hex:2:1: expected expect, checks, only or end of file, got '01'");
  EXPECT_EQ(error_of("only 7.3\n\n device"), "f.hex:3:2: expected expect, checks, only or end of file, got 'device'");
  EXPECT_EQ(error_of("01\nexpect"), "f.hex:2:7: expected ok or finding, got end of line");
  EXPECT_EQ(error_of("01\nexpect finding"), "f.hex:2:15: expected the id of a check, got end of line");
  EXPECT_EQ(error_of("expect ok\nexpect ok"), "f.hex:2:1: expected 'expect' at most once, got 'expect'");
  EXPECT_EQ(error_of("01\nonly # none"), "f.hex:2:5: expected a kernel tree, as 7.3, got end of line");
}

TEST(Hex, IsKnownByItsName) {
  EXPECT_TRUE(is_hex_file("corpora/iova/seeds/a.hex"));
  EXPECT_FALSE(is_hex_file("a.dma"));
  EXPECT_FALSE(is_hex_file("hex"));
}

}  // namespace
}  // namespace dmafuzz
