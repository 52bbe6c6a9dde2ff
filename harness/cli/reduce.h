// SPDX-License-Identifier: GPL-2.0-only
//
// Structural delta debugging: makes a DMA program smaller and plainer while a judge says that it still shows the same.
// First operations go, in halves, quarters and one by one; then the device becomes the plainest; then operands shrink.
#ifndef DMAFUZZ_CLI_REDUCE_H
#define DMAFUZZ_CLI_REDUCE_H

#include <functional>

#include "program/program.h"

namespace dmafuzz::cli {

// Whether the candidate still shows what is looked for. Throwing ends the reduction.
using Judge = std::function<bool(const Program& candidate)>;
// Asked before each candidate; true ends the reduction with the best so far.
using Enough = std::function<bool()>;

// The smallest that was found. `program` itself is taken for interesting. A lawful program stays lawful: candidates go
// through the shaper before they are judged.
Program reduce(Program program, const Judge& judge, const Enough& enough);

}  // namespace dmafuzz::cli

#endif
