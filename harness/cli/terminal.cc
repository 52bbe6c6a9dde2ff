// SPDX-License-Identifier: GPL-2.0-only
//
// Escape sequences are written here and nowhere else.
#include "cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace dmafuzz::cli {
namespace {

constexpr std::string_view code(Ink ink) {
  switch (ink) {
    case Ink::kBold:
      return "\x1b[1m";
    case Ink::kDim:
      return "\x1b[2m";
    case Ink::kRed:
      return "\x1b[31m";
    case Ink::kGreen:
      return "\x1b[32m";
    case Ink::kYellow:
      return "\x1b[33m";
    case Ink::kPlain:
      break;
  }
  return {};
}

}  // namespace

bool is_terminal(std::FILE* stream) {
  const char* term = std::getenv("TERM");
  return isatty(fileno(stream)) && !(term && std::string_view(term) == "dumb");
}

bool wants_colour(std::FILE* stream) {
  const char* no_colour = std::getenv("NO_COLOR");
  return is_terminal(stream) && !(no_colour && *no_colour);
}

std::string paint(std::string_view text, Ink ink, std::FILE* stream) {
  if (ink == Ink::kPlain || !wants_colour(stream)) return std::string(text);
  return fmt::format("{}{}\x1b[0m", code(ink), text);
}

void Table::row(std::vector<std::string> cells, std::vector<Ink> inks) {
  rows_.push_back({.cells = std::move(cells), .inks = std::move(inks)});
}

void Table::print(std::FILE* stream) const {
  std::vector<std::size_t> widths;
  for (const Row& row : rows_) {
    widths.resize(std::max(widths.size(), row.cells.size()));
    for (std::size_t i = 0; i < row.cells.size(); ++i) widths[i] = std::max(widths[i], row.cells[i].size());
  }
  for (const Row& row : rows_) {
    std::string line;
    std::size_t last = row.cells.size();
    while (last > 0 && row.cells[last - 1].empty()) --last;
    for (std::size_t i = 0; i < last; ++i) {
      line += paint(row.cells[i], i < row.inks.size() ? row.inks[i] : Ink::kPlain, stream);
      if (i + 1 < last) line.append(widths[i] - row.cells[i].size() + 2, ' ');
    }
    fmt::print(stream, "{}\n", line);
  }
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string short_count(double number) {
  if (number < 1000) return fmt::format("{:.0f}", number);
  if (number < 999'950) return fmt::format("{:.1f} k", number / 1e3);
  if (number < 999'950'000) return fmt::format("{:.1f} M", number / 1e6);
  return fmt::format("{:.1f} G", number / 1e9);
}

std::string clock_text(std::int64_t seconds) {
  seconds = std::max<std::int64_t>(seconds, 0);
  if (seconds < 3600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::string plural(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(count), noun, count == 1 ? "" : "s");
}

void ProgressLine::show(std::string_view text) {
  if (!is_terminal(stderr)) return;
  winsize size{};
  std::size_t width = 80;
  if (ioctl(fileno(stderr), TIOCGWINSZ, &size) == 0 && size.ws_col > 1) width = size.ws_col;
  fmt::print(stderr, "\r\x1b[K{}", text.substr(0, width - 1));
  std::fflush(stderr);
  shown_ = true;
}

void ProgressLine::clear() {
  if (!shown_) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace dmafuzz::cli
