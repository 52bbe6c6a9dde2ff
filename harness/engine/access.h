// SPDX-License-Identifier: GPL-2.0-only
//
// The hook of each load and store of code under test, for others than DmaSan.
#ifndef DMAFUZZ_ENGINE_ACCESS_H
#define DMAFUZZ_ENGINE_ACCESS_H

#include <cstddef>

namespace dmafuzz {

// Called before each access, and before DmaSan looks at it: memory may still change. Null: nobody listens.
using AccessListener = void (*)(const void* address, size_t n, bool write);
void set_access_listener(AccessListener listener);

}  // namespace dmafuzz

#endif
