// SPDX-License-Identifier: GPL-2.0-only
//
// Input files as people and fuzzers leave them: a DMA program as text or as bytes, told apart by content.
#ifndef DMAFUZZ_CLI_INPUTS_H
#define DMAFUZZ_CLI_INPUTS_H

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "cli/build.h"
#include "program/text.h"

namespace dmafuzz::cli {

// Throws Trouble, with file:line:column, if it is text with a mistake. Any bytes are a program.
ProgramFile load_program(const std::filesystem::path& file);
// Throws Trouble, as above, if `file` is a program in text form that does not parse. For other files: nothing.
void check_program(const Target& target, const std::filesystem::path& file);

// The input as lines for a report: the program's text, or a hex dump that ends after a while.
std::vector<std::string> input_lines(const Target& target, std::span<const std::uint8_t> bytes);

}  // namespace dmafuzz::cli

#endif
