// SPDX-License-Identifier: GPL-2.0-only
//
// Writes the account of programs as they run (guest/account.h), for `dmafuzz confirm`, which holds a real kernel in a
// guest against it.
#ifndef DMAFUZZ_ENGINE_ACCOUNT_H
#define DMAFUZZ_ENGINE_ACCOUNT_H

#include <string>
#include <vector>

#include "engine/executor.h"
#include "guest/account.h"

namespace dmafuzz {

// From now on, for good: accounts are added to this file. Ends the process with a message if it cannot be opened.
void start_account(const std::string& file);
bool keeps_account();

// Runs the program, with an account of it if that was started.
void run_with_account(Executor& executor, const Program& program);

}  // namespace dmafuzz

#endif
