// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// See hex.h.
#include "program/hex.h"

#include <fmt/format.h>

#include <iterator>

#include "program/line_parser.h"

namespace dmafuzz {
namespace {

constexpr std::size_t kBytesPerLine = 16;

class HexParser : LineParser {
 public:
  HexParser(std::string_view text, HexFile& out) : LineParser(text, out.expect), bytes_(out.bytes) { bytes_.clear(); }

  std::optional<TextError> run() {
    bool directives = false;
    while (next_line()) {
      directives = directives || at_directive();
      if (!(directives ? parse_end() : parse_bytes())) break;
    }
    return error_;
  }

 private:
  // Bytes after a directive are more likely a slip than meant: an expectation is about the whole file.
  bool parse_end() {
    return at_directive() ? parse_directive() : fail_at(tokens_[0], "expect, checks, only or end of file");
  }

  bool parse_bytes() {
    for (const Token& token : tokens_) {
      const std::string_view text = token.text;
      if (text.size() != 2 || digit_value(text[0]) > 15 || digit_value(text[1]) > 15)
        return fail_at(
            token, &token == &tokens_[0] ? "two hexadecimal digits, expect, checks or only" : "two hexadecimal digits");
      bytes_.push_back(static_cast<std::uint8_t>(digit_value(text[0]) << 4 | digit_value(text[1])));
    }
    return true;
  }

  std::vector<std::uint8_t>& bytes_;
};

}  // namespace

std::optional<TextError> parse_hex(std::string_view text, HexFile& out) {
  return HexParser(text, out).run();
}

std::string print_hex(const HexFile& file) {
  std::string out;
  for (std::size_t i = 0; i < file.bytes.size(); ++i) {
    const bool last = (i + 1) % kBytesPerLine == 0 || i + 1 == file.bytes.size();
    fmt::format_to(std::back_inserter(out), "{:02x}{}", file.bytes[i], last ? '\n' : ' ');
  }
  return out + print_expectation(file.expect);
}

}  // namespace dmafuzz
