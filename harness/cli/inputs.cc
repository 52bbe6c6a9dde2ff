// SPDX-License-Identifier: GPL-2.0-only
//
// Both forms of a program through the program library; everything else as a hex dump.
#include "cli/inputs.h"

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/storage.h"
#include "program/binary.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kDumpBytes = 512;

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    out.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return out;
}

std::vector<std::string> hex_dump(std::span<const std::uint8_t> bytes) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < bytes.size() && at < kDumpBytes; at += 16) {
    std::string line = fmt::format("{:04x} ", at);
    for (std::uint8_t byte : bytes.subspan(at, std::min<std::size_t>(16, bytes.size() - at)))
      line += fmt::format(" {:02x}", byte);
    out.push_back(std::move(line));
  }
  if (bytes.size() > kDumpBytes) out.push_back(fmt::format("... {} bytes in all", bytes.size()));
  return out;
}

}  // namespace

ProgramFile load_program(const fs::path& file) {
  const std::vector<std::uint8_t> bytes = read_bytes(file);
  // Bytes under the name of a text are a text with a mistake in its first line.
  if (file.extension() != ".dma" && !looks_like_text(bytes)) return {.program = decode(bytes), .expect = {}};
  ProgramFile out;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (const auto error = parse_text(text, out)) throw Trouble(error->str(friendly(file)));
  return out;
}

void check_program(const Target& target, const fs::path& file) {
  if (target.kind == InputKind::kDma) load_program(file);
}

std::vector<std::string> input_lines(const Target& target, std::span<const std::uint8_t> bytes) {
  if (target.kind != InputKind::kDma) return hex_dump(bytes);
  return split_lines(print_text(decode(bytes)));
}

}  // namespace dmafuzz::cli
