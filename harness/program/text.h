// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The text form of a DMA program (.dma): what people read, review and commit. It converts to and from the program
// without loss; what a file adds to the program is what is expected of it.
#ifndef DMAFUZZ_PROGRAM_TEXT_H
#define DMAFUZZ_PROGRAM_TEXT_H

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "program/expectation.h"
#include "program/names.h"
#include "program/program.h"

namespace dmafuzz {

// Grammar. One statement a line, tokens apart by blanks, `#` starts a comment, blank lines are free.
//
//   file     = "dma 1" { statement }
//   device   = "device" { path=WORD | mask=N | coherent_mask=N | noncoherent | max_seg=SIZE | boundary=SIZE |
//              min_align=SIZE | line=SIZE | fill=N | dense }   at most once, before the first operation
//   mode     = "mode" ( lawful | raw )                    at most once, before the first operation
//   op       = [ OBJECT "=" ] WORD { KIND | OBJECT[+N] | DIRECTION | KEY=N | FLAG | attrs=A,B... }
//   expect, checks, only: as expectation.h says
//
//   OBJECT   b0 .. b15 buffers, m mappings, s scatterlists, c device memory, p pools, k blocks of pools; or a name
//            (names.h), given where the object is made: the first of its class is number 0, the next 1, and so on. The
//            objects of a class have names or numbers, not both
//   N, SIZE  decimal or 0x hexadecimal, with K or M for KiB and MiB
//
// The object before `=` is the one that the operation makes. The words and keys of each operation are in the operation
// table (program.h); they may stand in any order, each at most once, and what is left out is zero. Orders of powers of
// two are written as the power: boundary=4096; left out means none.
struct ProgramFile {
  Program program;
  Expectation expect;
  Names names = {};
};

// Reads a file, or says where it stops making sense; `out` is then unspecified. A program in mode lawful must be
// lawful as it stands: the parser never repairs what somebody wrote.
std::optional<TextError> parse_text(std::string_view text, ProgramFile& out);

// With its names, as far as they are usable.
std::string print_text(const ProgramFile& file);
std::string print_text(const Program& program);
// One operation, without newline. Takes a canonical operation.
std::string print_op(const dmaf_op& op, const Names& names = {});
// The device line, without newline.
std::string print_config(const dmaf_config& config);

// Whether the bytes are meant as text: they start with the words `dma 1`, possibly after comments.
bool looks_like_text(std::span<const std::uint8_t> bytes);

}  // namespace dmafuzz

#endif
