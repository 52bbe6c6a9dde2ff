// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// See line_parser.h and expectation.h.
#include "program/line_parser.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace dmafuzz {
namespace {

// Splits a line at blanks, up to a comment.
void tokenise(std::string_view line, std::vector<Token>& tokens) {
  tokens.clear();
  for (std::size_t i = 0; i < line.size() && line[i] != '#';) {
    if (is_blank(line[i])) {
      ++i;
      continue;
    }
    std::size_t start = i;
    while (i < line.size() && !is_blank(line[i]) && line[i] != '#') ++i;
    tokens.push_back({line.substr(start, i - start), static_cast<unsigned>(start) + 1});
  }
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) {
  int base = 10;
  std::uint64_t scale = 1;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  }
  if (text.ends_with('K') || text.ends_with('M')) {
    scale = text.back() == 'K' ? 1024 : 1024 * 1024;
    text.remove_suffix(1);
  }
  if (text.empty()) return {};
  std::uint64_t value = 0;
  for (char c : text) {
    int digit = digit_value(c);
    if (digit >= base || __builtin_mul_overflow(value, static_cast<std::uint64_t>(base), &value) ||
        __builtin_add_overflow(value, static_cast<std::uint64_t>(digit), &value))
      return {};
  }
  if (__builtin_mul_overflow(value, scale, &value)) return {};
  return value;
}

int find_word(std::span<const std::string_view> words, std::string_view word) {
  auto it = std::find(words.begin(), words.end(), word);
  return it == words.end() ? -1 : static_cast<int>(it - words.begin());
}

bool begins_with(std::span<const std::uint8_t> bytes, std::string_view word, std::string_view version) {
  std::string_view rest(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first != std::string_view::npos && line[first] != '#') {
      rest.remove_prefix(first);
      if (!rest.starts_with(word)) return false;
      rest.remove_prefix(word.size());
      const std::size_t at = rest.find_first_not_of(" \t");
      if (at == 0 || at == std::string_view::npos || !rest.substr(at).starts_with(version)) return false;
      rest.remove_prefix(at + version.size());
      return rest.empty() || rest[0] == '\n' || rest[0] == '#' || is_blank(rest[0]);
    }
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  return false;
}

std::string TextError::str(std::string_view file) const {
  return fmt::format("{}:{}:{}: {}", file, line, column, message);
}

std::string print_expectation(const Expectation& expect) {
  std::string out;
  if (expect.kind == Expectation::Kind::kOk) out += "expect ok\n";
  if (expect.kind == Expectation::Kind::kFinding) out += "expect finding " + expect.finding + "\n";
  if (!expect.checks.empty()) out += "checks " + expect.checks + "\n";
  if (!expect.only.empty()) out += fmt::format("only {}\n", fmt::join(expect.only, " "));
  return out;
}

bool LineParser::fail(unsigned column, std::string_view expected, std::string_view got) {
  if (!error_) error_ = TextError{line_, column, fmt::format("expected {}, got {}", expected, got)};
  return false;
}

bool LineParser::fail_at(const Token& token, std::string_view expected) {
  return fail(token.column, expected, token.text.empty() ? "nothing" : fmt::format("'{}'", token.text));
}

bool LineParser::next_line() {
  while (!rest_.empty()) {
    std::size_t end = rest_.find('\n');
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    ++line_;
    tokenise(line, tokens_);
    if (tokens_.empty()) continue;
    end_column_ = tokens_.back().column + static_cast<unsigned>(tokens_.back().text.size());
    return true;
  }
  tokens_.clear();
  return false;
}

bool LineParser::once(bool& seen) {
  if (seen) return fail_at(tokens_[0], fmt::format("'{}' at most once", tokens_[0].text));
  seen = true;
  return true;
}

bool LineParser::parse_directive() {
  if (tokens_[0].text == "expect") return once(seen_expect_) && parse_expect();
  if (tokens_[0].text == "checks") return once(seen_checks_) && parse_checks();
  return once(seen_only_) && parse_only();
}

bool LineParser::parse_expect() {
  if (tokens_.size() < 2) return fail_at_end("ok or finding");
  if (tokens_[1].text == "ok") {
    expect_.kind = Expectation::Kind::kOk;
    return no_more_after(2);
  }
  if (tokens_[1].text != "finding") return fail_at(tokens_[1], "ok or finding");
  if (tokens_.size() < 3) return fail_at_end("the id of a check");
  expect_.kind = Expectation::Kind::kFinding;
  expect_.finding = tokens_[2].text;
  return no_more_after(3);
}

bool LineParser::parse_checks() {
  if (tokens_.size() < 2) return fail_at_end("a list of checks, as +double-fetch");
  expect_.checks = tokens_[1].text;
  return no_more_after(2);
}

bool LineParser::parse_only() {
  if (tokens_.size() < 2) return fail_at_end("a kernel tree, as 7.3");
  for (std::size_t i = 1; i < tokens_.size(); ++i) expect_.only.emplace_back(tokens_[i].text);
  return true;
}

}  // namespace dmafuzz
