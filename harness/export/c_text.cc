// SPDX-License-Identifier: GPL-2.0-only
//
// See c_text.h.
#include "export/c_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>

#include "program/program.h"

namespace dmafuzz {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kTab = 8;

constexpr std::string_view kDirections[] = {"DMA_BIDIRECTIONAL", "DMA_TO_DEVICE", "DMA_FROM_DEVICE", "DMA_NONE"};
constexpr std::string_view kAttributes[] = {
    "DMA_ATTR_WEAK_ORDERING",    "DMA_ATTR_WRITE_COMBINE",      "DMA_ATTR_NO_KERNEL_MAPPING", "DMA_ATTR_SKIP_CPU_SYNC",
    "DMA_ATTR_FORCE_CONTIGUOUS", "DMA_ATTR_ALLOC_SINGLE_PAGES", "DMA_ATTR_NO_WARN",           "DMA_ATTR_PRIVILEGED"};

}  // namespace

void CText::line(std::string_view text) {
  if (!text.empty()) out_.append(depth_, '\t');
  out_.append(text).append("\n");
}

void CText::call(std::string_view before, const std::vector<std::string>& arguments, std::string_view after) {
  const std::size_t column = depth_ * kTab + before.size();
  const std::string below = std::string(column / kTab, '\t') + std::string(column % kTab, ' ');
  std::string text(before);
  std::size_t at = column;
  out_.append(depth_, '\t');
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool last = i + 1 == arguments.size();
    const std::size_t room = arguments[i].size() + (last ? after.size() : 1);
    if (i && at + 1 + room > kColumns) {
      text += "\n" + below;
      at = column;
    } else if (i) {
      text += ' ';
      ++at;
    }
    text += arguments[i];
    if (!last) text += ',';
    at += room;
  }
  out_.append(text).append(after).append("\n");
}

void CText::open(std::string_view text) {
  line(fmt::format("{} {{", text));
  ++depth_;
}

void CText::close(std::string_view after) {
  --depth_;
  line(fmt::format("}}{}", after));
}

void CText::label(std::string_view name) {
  out_.append(name).append(":\n");
}

void CText::comment(std::string_view words) {
  const auto lines = wrap_words(words, kColumns - depth_ * kTab - 6);
  if (lines.size() == 1) return line(fmt::format("/* {} */", lines.front()));
  line("/*");
  for (const std::string& one : lines) line(fmt::format(" * {}", one));
  line(" */");
}

std::vector<std::string> wrap_words(std::string_view words, std::size_t width) {
  std::vector<std::string> lines(1);
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    const std::string_view word = words.substr(0, end);
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > width) lines.emplace_back();
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return lines;
}

std::string comment_safe(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool ends = c == '/' && !out.empty() && out.back() == '*';
    const bool begins = c == '*' && !out.empty() && out.back() == '/';
    if (ends || begins) out += ' ';
    out += std::isprint(static_cast<unsigned char>(c)) ? c : '?';
  }
  return out;
}

std::string c_size(std::uint64_t bytes) {
  if (bytes < 1024 || bytes % 1024) return fmt::format("{}", bytes);
  const unsigned order = static_cast<unsigned>(__builtin_ctzll(bytes));
  const std::uint64_t unit = std::uint64_t{1} << std::min(order, 20u);
  const std::string word = unit == 1u << 20 ? "SZ_1M" : fmt::format("SZ_{}K", unit / 1024);
  return bytes == unit ? word : fmt::format("{} * {}", bytes / unit, word);
}

std::string c_at(std::string_view base, std::uint64_t offset) {
  return offset ? fmt::format("{} + {}", base, c_size(offset)) : std::string(base);
}

std::string c_direction(unsigned dir) {
  return std::string(kDirections[dir & 3]);
}

std::string c_attrs(unsigned attrs) {
  std::string out;
  for (std::size_t bit = 0; bit < std::size(kAttributes); ++bit) {
    if (!(attrs >> bit & 1)) continue;
    if (!out.empty()) out += " | ";
    out += kAttributes[bit];
  }
  return out.empty() ? "0" : out;
}

std::string c_identifier(std::string_view words) {
  std::string out;
  for (const char c : words) {
    const auto u = static_cast<unsigned char>(c);
    if (u < 128 && std::isalnum(u)) {
      out += static_cast<char>(std::tolower(u));
    } else if (!out.empty() && out.back() != '_') {
      out += '_';
    }
  }
  while (out.ends_with('_')) out.pop_back();
  if (out.empty() || std::isdigit(static_cast<unsigned char>(out.front())))
    out.insert(0, out.empty() ? "program" : "p");
  return out;
}

}  // namespace dmafuzz
