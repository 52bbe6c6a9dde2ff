// SPDX-License-Identifier: GPL-2.0-only
//
// Which programs run a second time, with other fresh memory, for check info-leak (dmasan/info_leak.h). Fuzzing takes a
// share of them, always the same programs; replaying takes all, so that it shows whatever fuzzing found.
#ifndef DMAFUZZ_ENGINE_RERUN_H
#define DMAFUZZ_ENGINE_RERUN_H

#include <cstdint>
#include <span>

#include "program/program.h"

namespace dmafuzz {

// From now on one program of `n` runs again.
void set_rerun_share(unsigned n);
// Never while the check is off.
bool runs_again(const Program& program);
// The same of an input of plain bytes.
bool runs_again(std::span<const uint8_t> input);

}  // namespace dmafuzz

#endif
