// SPDX-License-Identifier: GPL-2.0-only
//
// The memory that a finding is about, in its record: the object, who allocated and who freed it.
#ifndef DMAFUZZ_ENGINE_MEMORY_REPORT_H
#define DMAFUZZ_ENGINE_MEMORY_REPORT_H

#include "memory/memory.h"
#include "report/finding.h"

namespace dmafuzz {

// Adds what is known of the object; nothing if that is nothing.
void add_object(Finding& finding, const Description& description);

// Memory that a program left behind.
[[noreturn]] void raise_memory_leak(const Description& leak);

}  // namespace dmafuzz

#endif
