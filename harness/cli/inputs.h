// SPDX-License-Identifier: GPL-2.0-only
//
// Input files as people and fuzzers leave them: a DMA program as text or as bytes, told apart by content; the bytes of
// other targets as they are or as text, told apart by the ending .hex.
#ifndef DMAFUZZ_CLI_INPUTS_H
#define DMAFUZZ_CLI_INPUTS_H

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/build.h"
#include "life/life_text.h"
#include "program/hex.h"
#include "program/text.h"

namespace dmafuzz::cli {

// Which kind of input a file is if nobody says for which target: by its ending, or its first words as text; bytes are
// taken for a DMA program.
InputKind kind_of_file(const std::filesystem::path& file);

// All throw Trouble, with file:line:column, if it is text with a mistake. Any bytes are a program.
ProgramFile load_program(const std::filesystem::path& file);
LifeFile load_life(const std::filesystem::path& file);
HexFile load_bytes(const std::filesystem::path& file);

// An input of whatever target.
struct Input {
  std::vector<std::uint8_t> bytes;
  Expectation expect;
  bool lawful = true;  // no program in mode raw
};
// Throws Trouble, as above.
Input load_input(const Target& target, const std::filesystem::path& file);

// Whether an expectation is about the kernel tree of this release ("7.3.4"): it names trees by series ("7.3").
bool applies_to(const Expectation& expect, std::string_view release);

// The files of corpora/<target>/<kind> ("seeds", "regressions") in the target's text form, sorted by name.
std::vector<std::filesystem::path> reviewed_files(const Target& target, std::string_view kind);

// The text form of an input.
std::string input_text(const Target& target, std::span<const std::uint8_t> bytes);
// The same as lines for a report, which end after a while if the input is of plain bytes.
std::vector<std::string> input_lines(const Target& target, std::span<const std::uint8_t> bytes);

}  // namespace dmafuzz::cli

#endif
