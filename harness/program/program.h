// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The DMA program: a device and a short list of operations on handles, the unit that everything runs, mutates,
// compares and prints. Here are the program itself and the table of what an operation is made of; the forms of it are
// in binary.h and text.h, its lawfulness in shape.h.
#ifndef DMAFUZZ_PROGRAM_PROGRAM_H
#define DMAFUZZ_PROGRAM_PROGRAM_H

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "backend/backend.h"

namespace dmafuzz {

// Operations that a program may have at most, in any form.
inline constexpr std::size_t kMaxOps = 256;
// Operations that a fuzzing input may have: more only slow a campaign down.
inline constexpr std::size_t kFuzzOps = 64;
// The gap between scatterlist entries is a multiple of this many bytes, 0 .. kGapMax (8 bits in the binary form).
inline constexpr std::uint16_t kGapUnit = 16;
inline constexpr std::uint16_t kGapMax = 255 * kGapUnit;
inline constexpr std::uint32_t kPage = 4096;

// The plainest device: direct, coherent, 64-bit masks, everything else at its default.
dmaf_config default_config();

struct Program {
  dmaf_config config = default_config();
  // Lawful programs hold only operations that shape.h admits; raw ones hold anything.
  bool lawful = true;
  std::vector<dmaf_op> ops;

  // Back to the default program; keeps capacity, so that decoding into the same object does not allocate.
  void clear();
};

bool operator==(const Program& a, const Program& b);

// Both structs are free of padding, so equal means equal bytes.
static_assert(std::has_unique_object_representations_v<dmaf_op>);
static_assert(std::has_unique_object_representations_v<dmaf_config>);
inline bool same_op(const dmaf_op& a, const dmaf_op& b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}
inline bool same_config(const dmaf_config& a, const dmaf_config& b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

// What an operation is made of. One entry an operation, in the order of ops.def.
struct OpInfo {
  std::string_view name;                    // the word of the text form
  std::uint8_t makes;                       // enum dmaf_class
  std::uint8_t takes;                       // enum dmaf_class, or DMAF_ANY
  std::uint16_t fields;                     // DMAF_HAS_*
  std::uint16_t classes;                    // bit set of the classes that field cls may name
  std::uint16_t max_val;                    // greatest canonical val
  std::uint32_t max_off;                    // greatest canonical off
  std::uint32_t max_len;                    // greatest canonical len
  std::span<const std::string_view> kinds;  // words for kind; as many as there are kinds
  std::string_view off_key;                 // text key of off; empty: the object's suffix, b0+off
  std::string_view len_key;                 // text key of len
  std::string_view val_key;                 // text key of val
  bool val_is_order;                        // val is n of 2^n, printed as 2^n; 0 is "none"
  bool kind_optional;                       // kind 0 may go without saying
  bool dir_optional;                        // direction 0 may go without saying

  constexpr bool has(unsigned field) const { return (fields & field) != 0; }
};

// `code` must be below DMAF_OP_COUNT.
const OpInfo& op_info(unsigned code);
std::span<const OpInfo> op_table();

// Words of the text form, indexed by value (or by bit).
std::span<const std::string_view> dir_words();
std::span<const std::string_view> flag_words();
std::span<const std::string_view> attr_words();
std::span<const std::string_view> path_words();
// Prefix of the class's objects: 'b', 'm', 's', 'c', 'p', 'k'; 0 for none.
char class_letter(unsigned cls);

// Reduces each field into its canonical range and zeroes those that the operation does not use. Idempotent; the
// identity on canonical operations.
void canonicalise(dmaf_op& op);
void canonicalise(dmaf_config& config);
bool is_canonical(const dmaf_op& op);

// The class of the object that `h` names, made or used; DMAF_NONE when the operation has no `h`.
unsigned handle_class(const dmaf_op& op);
// The class of the object that `src` names; DMAF_NONE when the operation has none.
unsigned source_class(const dmaf_op& op);

}  // namespace dmafuzz

#endif
