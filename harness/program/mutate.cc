// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The mutator works on decoded programs and encodes what came of it. Its scratch programs live as long as the thread,
// so that a campaign does not allocate.
#include "program/mutate.h"

#include <algorithm>
#include <vector>

#include "program/binary.h"
#include "program/generate.h"
#include "program/program.h"
#include "program/random.h"
#include "program/shape.h"
#include "program/weight.h"

namespace dmafuzz {
namespace {

struct Scratch {
  Program program;
  Program other;
  std::vector<dmaf_op> ops;

  Scratch() {
    // Room for a full program plus what one mutation inserts before it is cut back.
    program.ops.reserve(2 * kMaxOps);
    other.ops.reserve(2 * kMaxOps);
    ops.reserve(2 * kMaxOps);
  }
};

Scratch& scratch() {
  static thread_local Scratch room;
  return room;
}

std::size_t room_for_ops(std::size_t max_size) {
  return max_size < encoded_size(1) ? 0 : std::min((max_size - kHeaderSize) / kRecordSize, kFuzzOps);
}

std::uint32_t index_in(Random& random, const std::vector<dmaf_op>& ops) {
  return random.below(static_cast<std::uint32_t>(ops.size()));
}

// What lives before operation `at`.
ShapeState state_before(const Program& program, std::size_t at) {
  Shaper shaper(program.config);
  for (std::size_t i = 0; i < at; ++i) {
    dmaf_op op = program.ops[i];
    shaper.admit(op);
  }
  return shaper.state();
}

void insert(std::vector<dmaf_op>& ops, std::size_t at, const dmaf_op* from, std::size_t count) {
  ops.insert(ops.begin() + static_cast<std::ptrdiff_t>(at), from, from + count);
}

void erase(std::vector<dmaf_op>& ops, std::size_t at, std::size_t count) {
  const auto from = ops.begin() + static_cast<std::ptrdiff_t>(at);
  ops.erase(from, from + static_cast<std::ptrdiff_t>(count));
}

// Insertions lean towards the end, where most lives.
std::size_t place(Random& random, const Program& program) {
  const auto size = static_cast<std::uint32_t>(program.ops.size());
  return random.one_in(3) ? size : random.below(size + 1);
}

void insert_op(Random& random, Program& program, bool wild) {
  const std::size_t at = place(random, program);
  const dmaf_op op = wild ? random_op(random) : sensible_op(random, state_before(program, at));
  insert(program.ops, at, &op, 1);
}

void insert_idiom(Random& random, Program& program, std::vector<dmaf_op>& idiom) {
  const std::size_t at = place(random, program);
  idiom.clear();
  append_idiom(random, state_before(program, at), idiom);
  insert(program.ops, at, idiom.data(), idiom.size());
}

void delete_ops(Random& random, std::vector<dmaf_op>& ops) {
  const std::uint32_t at = index_in(random, ops);
  const auto rest = static_cast<std::uint32_t>(ops.size()) - at;
  erase(ops, at, random.one_in(4) ? random.between(1, rest) : 1);
}

void duplicate_ops(Random& random, std::vector<dmaf_op>& ops, std::vector<dmaf_op>& copy) {
  const std::uint32_t at = index_in(random, ops);
  const auto rest = static_cast<std::uint32_t>(ops.size()) - at;
  const std::uint32_t count = random.between(1, std::min(rest, 4u));
  copy.assign(ops.begin() + at, ops.begin() + at + count);
  insert(ops, random.below(static_cast<std::uint32_t>(ops.size()) + 1), copy.data(), count);
}

void move_op(Random& random, std::vector<dmaf_op>& ops) {
  const std::uint32_t a = index_in(random, ops), b = index_in(random, ops);
  if (random.one_in(2)) {
    std::swap(ops[a], ops[b]);
    return;
  }
  const dmaf_op op = ops[a];
  erase(ops, a, 1);
  insert(ops, b, &op, 1);
}

// The same operand in two operations, so that ranges meet: how overlaps and exact fits come about.
void copy_operand(Random& random, std::vector<dmaf_op>& ops) {
  dmaf_op& to = ops[index_in(random, ops)];
  const dmaf_op& from = ops[index_in(random, ops)];
  switch (random.below(4)) {
    case 0:
      to.h = from.h;
      break;
    case 1:
      to.off = from.off;
      break;
    case 2:
      to.len = from.len;
      break;
    default:
      to.off = from.off + from.len;
      break;
  }
  canonicalise(to);
}

void mutate_once(Random& random, Program& program, std::vector<dmaf_op>& spare) {
  std::vector<dmaf_op>& ops = program.ops;
  if (ops.empty()) {
    insert_idiom(random, program, spare);
    return;
  }
  switch (random.below(20)) {
    case 0:
    case 1:
    case 2:
    case 3:
      insert_op(random, program, false);
      break;
    case 4:
      insert_op(random, program, true);
      break;
    case 5:
      insert_idiom(random, program, spare);
      break;
    case 6:
    case 7:
      delete_ops(random, ops);
      break;
    case 8:
      duplicate_ops(random, ops, spare);
      break;
    case 9:
    case 10:
      move_op(random, ops);
      break;
    case 11:
      copy_operand(random, ops);
      break;
    case 12:
    case 13:
      change_config(random, program.config);
      break;
    default:
      change_operand(random, ops[index_in(random, ops)]);
      break;
  }
}

// Brings the program into the form that is promised: shaped if lawful, some operations, not too many; and, as a rule,
// light.
void finish(Random& random, Program& program, std::size_t max_ops) {
  lighten(program, random_budget(random));
  if (program.lawful) shape(program);
  if (program.ops.size() > max_ops) program.ops.resize(max_ops);  // a lawful program's start is lawful
  if (program.ops.empty()) {
    // An allocation is always lawful here, of a length that may have to be another.
    dmaf_op op = {};
    op.code = DMAF_OP_ALLOC;
    op.len = std::max(interesting_number(random) % kPage, 1u);
    program.ops.push_back(op);
    if (program.lawful) shape(program);
  }
}

bool equal_bytes(const Program& program, const std::uint8_t* data, std::size_t size) {
  std::uint8_t bytes[encoded_size(kFuzzOps)];
  const std::size_t now = encode(program, bytes);
  return now == size && std::equal(bytes, bytes + now, data);
}

// Gives the operations other handles, all by the same step, so that they do not meet those of another program.
void rename(std::vector<dmaf_op>& ops, unsigned step) {
  for (dmaf_op& op : ops) {
    op.h = static_cast<dmaf_u8>((op.h + step) % DMAF_HANDLES);
    op.src = static_cast<dmaf_u8>((op.src + step) % DMAF_HANDLES);
    canonicalise(op);
  }
}

}  // namespace

std::size_t mutate(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed, ByteMutator fallback) {
  const std::size_t max_ops = room_for_ops(max_size);
  if (max_ops == 0) return size;
  Random random(seed);
  Program& program = scratch().program;
  const bool lawful = size == 0 || (data[0] & 1) == 0;
  if (fallback && random.one_in(16)) {
    size = std::min(fallback(data, size, max_size), max_size);
    decode_unshaped({data, size}, program, max_ops);
    program.lawful = lawful;
    finish(random, program, max_ops);
    return encode(program, {data, max_size});
  }
  // What the shaper repairs may be just what was changed: try again then, a few times.
  for (unsigned tries = 0; tries < 8; ++tries) {
    decode_unshaped({data, size}, program, max_ops);
    for (unsigned steps = 1 + (random.one_in(3) ? random.below(4) : 0); steps; --steps)
      mutate_once(random, program, scratch().ops);
    finish(random, program, max_ops);
    if (!equal_bytes(program, data, size)) break;
  }
  return encode(program, {data, max_size});
}

std::size_t crossover(const std::uint8_t* data1, std::size_t size1, const std::uint8_t* data2, std::size_t size2,
                      std::uint8_t* out, std::size_t max_size, unsigned seed) {
  const std::size_t max_ops = room_for_ops(max_size);
  if (max_ops == 0) return 0;
  Random random(seed);
  Program& program = scratch().program;
  Program& other = scratch().other;
  decode_unshaped({data1, size1}, program);
  decode_unshaped({data2, size2}, other);
  if (random.one_in(3)) program.config = other.config;
  if (random.one_in(2)) rename(other.ops, random.between(1, DMAF_HANDLES - 1));
  const auto ours = static_cast<std::uint32_t>(program.ops.size());
  const auto theirs = static_cast<std::uint32_t>(other.ops.size());
  const std::uint32_t cut = random.below(ours + 1);
  if (random.one_in(2)) {
    // Our start, their end.
    const std::uint32_t from = random.below(theirs + 1);
    program.ops.resize(cut);
    insert(program.ops, cut, other.ops.data() + from, theirs - from);
  } else {
    // A part of theirs within ours.
    const std::uint32_t from = random.below(theirs + 1);
    insert(program.ops, cut, other.ops.data() + from, random.below(theirs - from + 1));
  }
  finish(random, program, max_ops);
  return encode(program, {out, max_size});
}

}  // namespace dmafuzz
