// SPDX-License-Identifier: GPL-2.0-only
//
// See account.h. A part is a head and its bytes; files are read by the build that wrote them, so structs lie as they
// are.
#include "guest/account.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

namespace dmafuzz {
namespace {

enum Kind : uint32_t { kBegin = 0x6e676562, kOp = 0x20706f5f, kEnd = 0x5f646e65 };

struct Head {
  uint32_t kind;
  uint32_t size;  // bytes after the head
};

struct OpHead {
  dmaf_op op;
  dmaf_guest_record record;
  uint32_t known;  // bytes
  uint32_t open;
};

class Part {
 public:
  explicit Part(Kind kind) { put(Head{kind, 0}); }
  template <typename T>
  void put(const T& value) {
    const auto* from = reinterpret_cast<const uint8_t*>(&value);
    out_.insert(out_.end(), from, from + sizeof value);
  }
  void put(std::span<const uint8_t> bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  std::vector<uint8_t> take() {
    const auto size = static_cast<uint32_t>(out_.size() - sizeof(Head));
    std::memcpy(out_.data() + offsetof(Head, size), &size, sizeof size);
    return std::move(out_);
  }

 private:
  std::vector<uint8_t> out_;
};

class Reader {
 public:
  explicit Reader(std::span<const uint8_t> bytes) : rest_(bytes) {}
  bool done() const { return rest_.empty(); }
  // False: cut short.
  template <typename T>
  bool get(T& value) {
    if (rest_.size() < sizeof value) return false;
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_ = rest_.subspan(sizeof value);
    return true;
  }
  bool get(std::vector<uint8_t>& bytes, size_t n) {
    if (rest_.size() < n) return false;
    bytes.assign(rest_.begin(), rest_.begin() + static_cast<ptrdiff_t>(n));
    rest_ = rest_.subspan(n);
    return true;
  }

 private:
  std::span<const uint8_t> rest_;
};

[[noreturn]] void bad(const char* what) {
  throw std::runtime_error(std::string("the account of the programs ") + what);
}

void read_begin(Reader in, Account& account) {
  uint32_t count = 0, lawful = 0;
  if (!in.get(account.program.config) || !in.get(lawful) || !in.get(count)) bad("begins badly");
  account.program.lawful = lawful != 0;
  account.program.ops.resize(std::min<size_t>(count, kMaxOps));
  for (dmaf_op& op : account.program.ops) {
    if (!in.get(op)) bad("begins badly");
  }
}

void read_op(Reader in, AccountedOp& op) {
  OpHead head;
  if (!in.get(head) || !in.get(op.result.bytes, head.record.bytes) || !in.get(op.known, head.known)) {
    bad("has an operation that makes no sense");
  }
  op.op = head.op;
  op.result.record = head.record;
  op.open = head.open != 0;
}

}  // namespace

std::vector<uint8_t> account_begin(const Program& program) {
  Part part(kBegin);
  part.put(program.config);
  part.put(uint32_t{program.lawful});
  part.put(static_cast<uint32_t>(program.ops.size()));
  for (const dmaf_op& op : program.ops) part.put(op);
  return part.take();
}

std::vector<uint8_t> account_op(const AccountedOp& op) {
  Part part(kOp);
  OpHead head = {op.op, op.result.record, static_cast<uint32_t>(op.known.size()), op.open};
  head.record.bytes = static_cast<uint32_t>(op.result.bytes.size());
  part.put(head);
  part.put(std::span<const uint8_t>(op.result.bytes));
  part.put(std::span<const uint8_t>(op.known));
  return part.take();
}

std::vector<uint8_t> account_end() {
  return Part(kEnd).take();
}

std::vector<Account> read_accounts(std::span<const uint8_t> file) {
  std::vector<Account> accounts;
  Reader in(file);
  while (!in.done()) {
    Head head;
    std::vector<uint8_t> bytes;
    if (!in.get(head) || !in.get(bytes, head.size)) break;  // its writer died
    if (head.kind == kBegin) {
      read_begin(Reader(bytes), accounts.emplace_back());
    } else if (accounts.empty()) {
      bad("does not begin with one");
    } else if (head.kind == kOp) {
      read_op(Reader(bytes), accounts.back().ops.emplace_back());
    } else if (head.kind == kEnd) {
      accounts.back().whole = true;
    } else {
      bad("has parts that nobody knows");
    }
  }
  return accounts;
}

GuestProgram Account::guest(uint32_t number) const {
  GuestProgram out;
  out.number = number;
  out.config = program.config;
  out.lawful = program.lawful && whole;
  out.ops = setup_operations(program.config);
  uint32_t next = 0;  // of the program's operations
  for (const AccountedOp& one : ops) {
    out.ops.push_back({one.op, one.result.record.index, one.result.record.origin, 0});
    if (one.result.record.origin == DMAF_GUEST_PROGRAM) next = one.result.record.index + 1;
  }
  const bool closing = !ops.empty() && ops.back().result.record.origin == DMAF_GUEST_CLOSING;
  for (; !whole && !closing && next < program.ops.size(); ++next) {
    const dmaf_op& op = program.ops[next];
    if (op.code != DMAF_OP_DEV_WRITE) out.ops.push_back({op, next, DMAF_GUEST_PROGRAM, 0});
  }
  return out;
}

}  // namespace dmafuzz
