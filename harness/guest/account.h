// SPDX-License-Identifier: GPL-2.0-only
//
// The account of programs that ran in userspace: what a guest is to be held against. The replayer writes it as it goes
// (engine/account.h), since a finding ends its process on the spot; `dmafuzz confirm` reads it.
#ifndef DMAFUZZ_GUEST_ACCOUNT_H
#define DMAFUZZ_GUEST_ACCOUNT_H

#include <cstdint>
#include <span>
#include <vector>

#include "guest/box.h"
#include "program/program.h"

namespace dmafuzz {

// One operation in userspace.
struct AccountedOp {
  dmaf_op op{};
  GuestRecord result;          // record.program means nothing
  std::vector<uint8_t> known;  // of each byte read: 0 where nothing is promised; empty: nothing is, of any
  bool open = false;           // the API leaves it open whether it succeeds
};

struct Account {
  Program program;
  std::vector<AccountedOp> ops;  // those that ran, closing ones included
  bool whole = false;            // it came to its end; otherwise a finding ended it in the operation after the last
  // The guest's operations: what sets up the device and what ran here; of a program that a finding ended, also the rest
  // as it stands, without writes of the device: there the device writes wherever it is told to.
  GuestProgram guest(uint32_t number) const;
};

// The parts of an account's file, one after the other; a part that is cut short ends it.
std::vector<uint8_t> account_begin(const Program& program);
std::vector<uint8_t> account_op(const AccountedOp& op);
std::vector<uint8_t> account_end();
// All accounts of a file. Throws std::runtime_error if it is none.
std::vector<Account> read_accounts(std::span<const uint8_t> file);

}  // namespace dmafuzz

#endif
