// SPDX-License-Identifier: GPL-2.0-only
//
// The memory that a finding is about, in its record: the object, who allocated and who freed it.
#ifndef DMAFUZZ_ENGINE_MEMORY_REPORT_H
#define DMAFUZZ_ENGINE_MEMORY_REPORT_H

#include <span>

#include "memory/memory.h"
#include "report/finding.h"

namespace dmafuzz {

// Adds what is known of the object; nothing if that is nothing.
void add_object(Finding& finding, const Description& description);

// Memory that a program left behind. One of them is raised: the first that is not known (RaiseContext), so that what is
// known does not hide what is not, or else the first. Comes back if there is none.
void raise_memory_leaks(std::span<const Description> leaks);

}  // namespace dmafuzz

#endif
