// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Below both text forms: lines, tokens apart by blanks, comments, the directives about expectations, and errors that
// say where, what would have been right and what stands there.
#ifndef DMAFUZZ_PROGRAM_LINE_PARSER_H
#define DMAFUZZ_PROGRAM_LINE_PARSER_H

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "program/expectation.h"

namespace dmafuzz {

struct Token {
  std::string_view text;
  unsigned column;

  // KEY=VALUE; an empty key if it is none.
  std::string_view key() const {
    std::size_t at = text.find('=');
    return at == std::string_view::npos ? std::string_view() : text.substr(0, at);
  }
  std::string_view value() const { return text.substr(text.find('=') + 1); }
  Token value_token() const {
    std::size_t at = text.find('=') + 1;
    return {text.substr(at), column + static_cast<unsigned>(at)};
  }
};

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

// 99 for what is no hexadecimal digit.
constexpr int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

// Decimal or 0x hexadecimal, with K or M for KiB and MiB; nothing for what is no number of 64 bits.
std::optional<std::uint64_t> parse_number(std::string_view text);

// The place of the word among the words; -1: it is none of them.
int find_word(std::span<const std::string_view> words, std::string_view word);

// Whether the first line that says something begins with these two words.
bool begins_with(std::span<const std::uint8_t> bytes, std::string_view word, std::string_view version);

class LineParser {
 protected:
  LineParser(std::string_view text, Expectation& expect) : rest_(text), expect_(expect) { expect = {}; }

  // Every parse function returns false after an error; the first one counts.
  bool fail(unsigned column, std::string_view expected, std::string_view got);
  bool fail_at(const Token& token, std::string_view expected);
  bool fail_at_end(std::string_view expected) { return fail(end_column_, expected, "end of line"); }

  // Advances to the next line that says something.
  bool next_line();
  bool no_more_after(std::size_t count) { return tokens_.size() <= count || fail_at(tokens_[count], "end of line"); }
  // The statement that the line begins with, if it may come once only.
  bool once(bool& seen);

  // `expect`, `checks` and `only`.
  bool at_directive() const {
    return tokens_[0].text == "expect" || tokens_[0].text == "checks" || tokens_[0].text == "only";
  }
  bool parse_directive();

  std::optional<TextError> error_;
  std::vector<Token> tokens_;
  unsigned line_ = 0, end_column_ = 1;

 private:
  bool parse_expect();
  bool parse_checks();
  bool parse_only();

  std::string_view rest_;
  Expectation& expect_;
  bool seen_expect_ = false, seen_checks_ = false, seen_only_ = false;
};

}  // namespace dmafuzz

#endif
