// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Names of objects in the text form: `packet = alloc kmalloc len=256` instead of `b0 = ...`. The program itself has
// numbers only; which a name stands for, its text says by the order in which the names come.
#ifndef DMAFUZZ_PROGRAM_NAMES_H
#define DMAFUZZ_PROGRAM_NAMES_H

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "program/program.h"

namespace dmafuzz {

class Names {
 public:
  struct Object {
    unsigned cls, h;
  };

  bool empty() const;
  // Empty: it has none.
  std::string_view of(unsigned cls, unsigned h) const { return names_[cls][h]; }
  void set(unsigned cls, unsigned h, std::string_view name) { names_[cls][h] = name; }
  std::optional<Object> find(std::string_view name) const;

  bool operator==(const Names&) const = default;

 private:
  std::array<std::array<std::string, DMAF_HANDLES>, DMAF_CLASSES> names_;
};

// Small letters, digits and '_', 32 at most; no word of the text form, and nothing that reads like an object's number.
bool is_name(std::string_view text);

// Those of the names that the program's text can have: of a class all or none, and none of a class whose objects are
// not made in the order of their numbers, or are used before they are made.
Names usable_names(const Program& program, const Names& names);

// The same program with objects numbered in the order in which they are made.
Program renumbered(const Program& program);

// Names by what becomes of the objects: which way memory is mapped, what it is of, what a mapping is of.
Names speaking_names(const Program& program);

}  // namespace dmafuzz

#endif
