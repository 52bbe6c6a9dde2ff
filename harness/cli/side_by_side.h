// SPDX-License-Identifier: GPL-2.0-only
//
// Work of the command that waits for child processes, several at a time.
#ifndef DMAFUZZ_CLI_SIDE_BY_SIDE_H
#define DMAFUZZ_CLI_SIDE_BY_SIDE_H

#include <cstddef>
#include <functional>

namespace dmafuzz::cli {

// As many as the machine has processors, at least 1.
unsigned processors();

// Calls work(0) to work(count - 1), at most `jobs` at a time and begun in that order, and returns once all have ended.
// Exceptions do not stop the others: that of the lowest number is thrown at the end, whichever came first. `work` is
// called by several threads, one of them the caller's.
void side_by_side(unsigned jobs, std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace dmafuzz::cli

#endif
