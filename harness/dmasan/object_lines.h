// SPDX-License-Identifier: GPL-2.0-only
// What is known of the memory that a violation is about, in its report: the object, who allocated and who freed it.
#ifndef DMAFUZZ_DMASAN_OBJECT_LINES_H_
#define DMAFUZZ_DMASAN_OBJECT_LINES_H_

#include <string>

#include "dmasan/violation.h"
#include "memory/memory.h"

namespace dmafuzz {

// "a 200-byte object of kmalloc-256": what was allocated there, and how.
std::string kind_of_object(const Description& description);
// The same with where it is and what became of it; empty if nothing is known.
std::string object_line(const Description& description);
// Adds the object to the report. Nothing if nothing is known of it.
void add_object(Violation& violation, const Description& description);

}  // namespace dmafuzz

#endif  // DMAFUZZ_DMASAN_OBJECT_LINES_H_
