// SPDX-License-Identifier: GPL-2.0-only
//
// What is to be written of a DMA program before it is written: which operations can be kernel C of a test, what each
// must come to by the reference model, what the test holds meanwhile and what it gives back.
#ifndef DMAFUZZ_EXPORT_PLAN_H
#define DMAFUZZ_EXPORT_PLAN_H

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "program/content.h"
#include "program/program.h"

namespace dmafuzz {

// The kernel that a test is written for: words of the API came and went.
struct ExportTree {
  unsigned version = 0, patchlevel = 0;
  std::string release;  // "7.3.4"

  bool since(unsigned v, unsigned p) const { return version != v ? version > v : patchlevel >= p; }
  bool has_map_phys() const { return since(6, 18); }
};
// Reads "7.3.4"; nothing if that is no release.
std::optional<ExportTree> export_tree(std::string_view release);

// Something that a test holds and must give back: an object, or that a scatterlist is mapped. `made` is the operation
// that made it so, which says how to undo it.
struct Held {
  std::uint8_t cls = 0;  // enum dmaf_class
  std::uint8_t h = 0;
  bool list_mapping = false;
  dmaf_op made{};
};
bool operator==(const Held& a, const Held& b);

// Bytes that the model promises, from offset `at` of the object.
struct Promise {
  std::uint32_t at = 0, n = 0;
  ByteSource source;
};

struct Step {
  dmaf_op op{};
  std::vector<Promise> promises;  // CHECK, DEV_READ of lawful programs
  std::vector<Held> held;         // to be given back if it fails, in the order in which it was taken
  std::optional<Held> undoes;     // what the operation gives back, where it does as it should
  dmaf_op made{};                 // the operation that made what this one names; of MAP and SG_ALLOC, the buffer's
  dmaf_op mapped{};               // of a list: the operation that mapped it
};

struct Plan {
  std::string refused;  // why there can be no test of it; empty: there can
  dmaf_config config{};
  bool lawful = true;
  std::vector<Step> steps;
  std::vector<Held> left;             // to be given back at the end, in the order in which it was taken
  std::vector<std::string> left_out;  // operations that the test goes without, and why
};

// What came of the program in userspace, by the index of operations.
struct ExportHistory {
  // Where a finding ended it; nothing: none did.
  std::optional<std::size_t> finding_at = {};
  // Those that failed, as they may.
  std::set<std::size_t> failed = {};
};

Plan plan_export(const Program& program, const ExportTree& tree, const ExportHistory& history);

}  // namespace dmafuzz

#endif
