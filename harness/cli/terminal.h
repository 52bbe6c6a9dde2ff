// SPDX-License-Identifier: GPL-2.0-only
//
// How things look: colour when a person reads, aligned tables, numbers and times that can be read at a glance, and one
// progress line that rewrites itself.
#ifndef DMAFUZZ_CLI_TERMINAL_H
#define DMAFUZZ_CLI_TERMINAL_H

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace dmafuzz::cli {

enum class Ink { kPlain, kBold, kDim, kRed, kGreen, kYellow };

// A terminal, and the user did not set NO_COLOR.
bool wants_colour(std::FILE* stream);
bool is_terminal(std::FILE* stream);
std::string paint(std::string_view text, Ink ink, std::FILE* stream = stdout);

// Columns as wide as their widest cell, two spaces between; no spaces at line ends.
class Table {
 public:
  void row(std::vector<std::string> cells, std::vector<Ink> inks = {});
  void print(std::FILE* stream = stdout) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    std::vector<Ink> inks;
  };
  std::vector<Row> rows_;
};

// 1234567 -> "1,234,567"
std::string grouped(std::uint64_t number);
// 950 -> "950", 12345 -> "12.3 k", 98765432 -> "98.8 M"
std::string short_count(double number);
// 75 -> "1:15", 3700 -> "1:01:40"
std::string clock_text(std::int64_t seconds);
std::string plural(std::uint64_t count, std::string_view noun);

// The line on stderr that is rewritten in place. On anything but a terminal show() prints nothing.
class ProgressLine {
 public:
  void show(std::string_view text);
  // Takes the line away, so that other output can follow.
  void clear();

 private:
  bool shown_ = false;
};

}  // namespace dmafuzz::cli

#endif
