// SPDX-License-Identifier: GPL-2.0-only
//
// Which function of this program an address is in, by name, from the program's own symbol table: also for static
// functions, without a symbolizer process, the same in each run.
#ifndef DMAFUZZ_ENGINE_SYMBOLS_H
#define DMAFUZZ_ENGINE_SYMBOLS_H

#include <cstdint>
#include <span>
#include <string_view>

namespace dmafuzz {

// Whether the address is in a function of one of these names. Reads the symbol table at the first call (milliseconds).
bool in_function(uintptr_t pc, std::span<const std::string_view> names);

}  // namespace dmafuzz

#endif
