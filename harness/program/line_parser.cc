// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// See line_parser.h and expectation.h.
#include "program/line_parser.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

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
