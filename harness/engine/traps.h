// SPDX-License-Identifier: GPL-2.0-only
//
// Symbols that kernel code wants and nobody defines get an address in a window where nothing is mapped (see
// shims/link-with-traps): a call, load or store there is a finding that names the symbol, never a silent success.
#ifndef DMAFUZZ_ENGINE_TRAPS_H
#define DMAFUZZ_ENGINE_TRAPS_H

namespace dmafuzz {

// Catches faults in the window; all others go on to the sanitizer. Call once, after the sanitizer has its handlers.
void install_traps();
// How many symbols of this program are trapped, and the name of one (0 .. count - 1).
unsigned trap_count();
const char* trap_name(unsigned index);

}  // namespace dmafuzz

#endif
