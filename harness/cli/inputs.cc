// SPDX-License-Identifier: GPL-2.0-only
//
// All forms through the program library.
#include "cli/inputs.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/command.h"
#include "cli/storage.h"
#include "dmasan/checks.h"
#include "program/binary.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

// Of an input of plain bytes in a report.
constexpr std::size_t kReportBytes = 512;

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    out.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return out;
}

std::string_view as_text(const std::vector<std::uint8_t>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void check_list(const fs::path& file, const Expectation& expect) {
  CheckSet ignored;
  if (const auto error = parse_checks(expect.checks, ignored))
    throw Trouble(fmt::format("{}: {}", friendly(file), *error));
}

}  // namespace

ProgramFile load_program(const fs::path& file) {
  if (is_hex_file(file)) {
    HexFile hex = load_bytes(file);
    return {.program = decode(hex.bytes), .expect = std::move(hex.expect)};
  }
  const std::vector<std::uint8_t> bytes = read_bytes(file);
  // Bytes under the name of a text are a text with a mistake in its first line.
  if (file.extension() != ".dma" && !looks_like_text(bytes)) return {.program = decode(bytes), .expect = {}};
  ProgramFile out;
  if (const auto error = parse_text(as_text(bytes), out)) throw Trouble(error->str(friendly(file)));
  check_list(file, out.expect);
  return out;
}

LifeFile load_life(const fs::path& file) {
  LifeFile out;
  if (is_hex_file(file)) {
    HexFile hex = load_bytes(file);
    decode_life(hex.bytes, out.life);
    out.expect = std::move(hex.expect);
    return out;
  }
  const std::vector<std::uint8_t> bytes = read_bytes(file);
  if (file.extension() != text_ending(InputKind::kLife) && !looks_like_life(bytes)) {
    decode_life(bytes, out.life);
    return out;
  }
  if (const auto error = parse_life(as_text(bytes), out)) throw Trouble(error->str(friendly(file)));
  check_list(file, out.expect);
  return out;
}

InputKind kind_of_file(const fs::path& file) {
  if (is_hex_file(file)) return InputKind::kBytes;
  if (file.extension() == text_ending(InputKind::kLife) || looks_like_life(read_bytes(file))) return InputKind::kLife;
  return InputKind::kDma;
}

HexFile load_bytes(const fs::path& file) {
  HexFile out;
  out.bytes = read_bytes(file);
  if (!is_hex_file(file)) return out;
  const std::vector<std::uint8_t> text = std::move(out.bytes);
  if (const auto error = parse_hex(as_text(text), out)) throw Trouble(error->str(friendly(file)));
  check_list(file, out.expect);
  return out;
}

Input load_input(const Target& target, const fs::path& file) {
  if (target.kind == InputKind::kBytes) {
    HexFile loaded = load_bytes(file);
    return {.bytes = std::move(loaded.bytes), .expect = std::move(loaded.expect)};
  }
  if (target.kind == InputKind::kLife) {
    LifeFile loaded = load_life(file);
    return {.bytes = encode_life(loaded.life), .expect = std::move(loaded.expect)};
  }
  ProgramFile loaded = load_program(file);
  return {.bytes = encode(loaded.program), .expect = std::move(loaded.expect), .lawful = loaded.program.lawful};
}

bool applies_to(const Expectation& expect, std::string_view release) {
  const auto matches = [&](std::string_view tree) {
    return release == tree || (release.starts_with(tree) && release.substr(tree.size()).starts_with('.'));
  };
  return expect.only.empty() || std::ranges::any_of(expect.only, matches);
}

std::vector<fs::path> reviewed_files(const Target& target, std::string_view kind) {
  std::vector<fs::path> files;
  const std::string_view ending = text_ending(target.kind);
  const auto gather = [&](const fs::path& folder) {
    if (!fs::is_directory(folder)) return;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const bool hidden = entry.path().filename().native().starts_with('.');
      if (entry.is_regular_file() && !hidden && entry.path().extension() == ending) files.push_back(entry.path());
    }
  };
  gather(target.corpus / kind);
  // What another target expects of its regressions need not come of them here.
  if (kind == "seeds" && !target.shared.empty()) gather(target.shared / kind);
  std::ranges::sort(files);
  return files;
}

std::string input_text(const Target& target, std::span<const std::uint8_t> bytes) {
  if (target.kind == InputKind::kDma) return print_text(decode(bytes));
  if (target.kind == InputKind::kLife) {
    Life life;
    decode_life(bytes, life);
    return print_life(life);
  }
  return print_hex({.bytes = {bytes.begin(), bytes.end()}, .expect = {}});
}

std::vector<std::string> input_lines(const Target& target, std::span<const std::uint8_t> bytes) {
  if (target.kind != InputKind::kBytes || bytes.size() <= kReportBytes) return split_lines(input_text(target, bytes));
  std::vector<std::string> lines = split_lines(input_text(target, bytes.first(kReportBytes)));
  lines.push_back(fmt::format("# ... {} bytes in all", bytes.size()));
  return lines;
}

}  // namespace dmafuzz::cli
