// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The text form of a driver's life (.life): what people read, review and commit. It converts to and from the program
// without loss; what a file adds is what is expected of it.
#ifndef DMAFUZZ_LIFE_LIFE_TEXT_H
#define DMAFUZZ_LIFE_LIFE_TEXT_H

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "life/life.h"
#include "program/expectation.h"

namespace dmafuzz {

// Grammar. One statement a line, tokens apart by blanks, `#` starts a comment, blank lines are free.
//
//   file   = "life 1" { statement }
//   device = "device" { DEGREE | path=WORD | noncoherent | fill=N | start=WORD | variant=N }
//            at most once, before the first operation
//   op     = WORD { KEY=N | FLAG }
//   expect, checks, only: as expectation.h says
//
//   DEGREE  faithful, faulty or untrusted; left out: faithful
//   N       decimal or 0x hexadecimal
//
// The keys and flags of each operation are in its table (life.h); what is left out is zero.
struct LifeFile {
  Life life;
  Expectation expect;
};

std::optional<TextError> parse_life(std::string_view text, LifeFile& out);
std::string print_life(const LifeFile& file);
std::string print_life(const Life& life);
// One operation, or the device line, without newline.
std::string print_op(const LifeOp& op);
std::string print_config(const LifeConfig& config);

// Whether the bytes are meant as text: they start with the words `life 1`, possibly after comments.
bool looks_like_life(std::span<const std::uint8_t> bytes);

}  // namespace dmafuzz

#endif
