// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Unlawful programs: one chosen mistake in an otherwise lawful program. Each mistake says which check must see it;
// whether the implementation under test does is for the engine to find out.
#ifndef DMAFUZZ_PROGRAM_MISTAKE_H
#define DMAFUZZ_PROGRAM_MISTAKE_H

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "program/program.h"
#include "program/random.h"

namespace dmafuzz {

struct Mistake {
  std::string_view name;   // stable: in file names and tables
  std::string_view check;  // id of the check that must fire
  // Other ids that may be reported in its place, because they are as true; separated by spaces, empty: none.
  std::string_view also;
  std::string_view what;  // one line for people
  bool seen;              // whether a check for it exists yet; what is not seen is neither fuzzed nor tested
  bool allowed = false;   // the API allows it, and an advisory check is against it
};

// Whether a report of that id is of the mistake.
bool is_of(const Mistake& mistake, std::string_view id);

// All of them.
std::span<const Mistake> mistakes();

struct Unlawful {
  Program program;  // raw; lawful up to `op`
  std::size_t op;   // the mistaken operation, at which the check must fire: the last one
  // Operations without whose success the last one is no mistake: what it is about never came to be.
  std::vector<std::size_t> needs;
};

// Makes mistakes()[mistake] somewhere in the program, or after what makes it possible was appended. Nothing if this
// device or this program leaves no way to make it. Injected failures are dropped. The same for the same arguments.
std::optional<Unlawful> commit(const Program& lawful, std::size_t mistake, Random& random);

}  // namespace dmafuzz

#endif
