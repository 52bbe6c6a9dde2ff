// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Programs from nothing: devices, single operations that make sense where they stand, and idioms (the way drivers use
// the API). Seeds and tests come from here; the mutator inserts the same material.
#ifndef DMAFUZZ_PROGRAM_GENERATE_H
#define DMAFUZZ_PROGRAM_GENERATE_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "program/program.h"
#include "program/random.h"
#include "program/shape.h"

namespace dmafuzz {

// A program of up to `target_ops` operations, the same for the same arguments. Lawful ones are shaped.
Program random_program(std::uint64_t seed, std::size_t target_ops, bool lawful = true);

// What the above is made of. All results are canonical; lawfulness is the shaper's business.
dmaf_config random_config(Random& random);
// Changes one knob of the device.
void change_config(Random& random, dmaf_config& config);
// Sizes, offsets and seeds at which things happen; small ones more often.
std::uint32_t interesting_number(Random& random);
// Any operation with any operands.
dmaf_op random_op(Random& random);
// An operation on what lives: maps what is allocated, syncs and accesses what is mapped, unmaps, frees.
dmaf_op sensible_op(Random& random, const ShapeState& state);
// Appends one way of use, from allocation to release, on handles that are free in `state`.
void append_idiom(Random& random, const ShapeState& state, std::vector<dmaf_op>& ops);
// Changes one operand that the operation uses.
void change_operand(Random& random, dmaf_op& op);

}  // namespace dmafuzz

#endif
