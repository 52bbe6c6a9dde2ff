// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The text form of inputs that only their target understands (.hex): what people read, review and commit. It converts
// to and from the bytes without loss; what a file adds to them is what is expected of them, and comments.
#ifndef DMAFUZZ_PROGRAM_HEX_H
#define DMAFUZZ_PROGRAM_HEX_H

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "program/expectation.h"

namespace dmafuzz {

// Grammar. Tokens apart by blanks, `#` starts a comment, blank lines are free.
//
//   file     = { BYTE { BYTE } } { directive }            BYTE: two hexadecimal digits; one line as good as many
//   directive: as expectation.h says
struct HexFile {
  std::vector<std::uint8_t> bytes;
  Expectation expect;
};

// Known by its name: unlike a DMA program's text, any text is also an input.
inline bool is_hex_file(const std::filesystem::path& path) {
  return path.extension() == ".hex";
}

// Reads a file, or says where it stops making sense; `out` is then unspecified.
std::optional<TextError> parse_hex(std::string_view text, HexFile& out);
std::string print_hex(const HexFile& file);

}  // namespace dmafuzz

#endif
