// SPDX-License-Identifier: GPL-2.0-only
//
// Programs for back ends that do not offer everything: what is not offered is taken out, and what is left is lawful.
#ifndef DMAFUZZ_ENGINE_OFFERED_H
#define DMAFUZZ_ENGINE_OFFERED_H

#include <cstdint>
#include <vector>

#include "backend/backend.h"
#include "program/program.h"

namespace dmafuzz {

// Says of each operation whether a back end offers it (shims/backend/rust/offers.h).
using Offers = void (*)(const dmaf_config* config, const dmaf_op* ops, dmaf_u32 count, dmaf_s32* status);

// Turns operations that a wrapper which owns its memory has no word for into the nearest that it has: lists of whole
// vmalloc() buffers, mapped as tables; coherent memory for kinds that want syncs. Leaves the program to be shaped.
void bend_to_owning(Program& program);

// Takes out what is not offered, and shapes what is left, until all of it is. `refused` counts what was taken out by
// its status (DMAF_ST_*).
void keep_offered(Program& program, Offers offers, std::uint64_t refused[4]);

}  // namespace dmafuzz

#endif
