// SPDX-License-Identifier: GPL-2.0-only
//
// The second oracle: what DmaSan and the kernel's own checker, kernel/dma/debug.c, see in the same program, each for
// itself. While they are compared neither ends a program: what they say is told, and the program goes on, unless what
// is mapped is no memory.
#ifndef DMAFUZZ_ENGINE_COMPARISON_H
#define DMAFUZZ_ENGINE_COMPARISON_H

#include "report/sighting.h"

namespace dmafuzz {

// From now on, for good. To be called before the machine boots: dma-debug is then to say all that it sees, not the
// first alone, and to look at what a driver leaves on our bus, as it does on PCI. `seen` may raise a finding (raise.h).
void start_comparison(void (*seen)(const Sighting&));
bool comparing();

}  // namespace dmafuzz

#endif
