// SPDX-License-Identifier: GPL-2.0-only
//
// See memory_report.h.
#include "engine/memory_report.h"

#include <fmt/format.h>

#include "dmasan/object_lines.h"
#include "engine/raise.h"

namespace dmafuzz {

void add_object(Finding& finding, const Description& d) {
  const std::string line = object_line(d);
  if (line.empty()) return;
  finding.object.push_back(line);
  if (d.alloc_stack && d.alloc_stack->count)
    finding.object_stacks.push_back(call_stack(*d.alloc_stack, "allocated at"));
  if (d.free_stack && d.free_stack->count) finding.object_stacks.push_back(call_stack(*d.free_stack, "freed at"));
}

void raise_memory_leak(const Description& leak) {
  Finding finding;
  finding.tool = "dmafuzz";
  finding.id = "memory-leak";
  finding.summary = fmt::format("{} left when everything was given back", kind_of_object(leak));
  if (!trap_armed()) add_object(finding, leak);
  raise_finding(std::move(finding));
}

}  // namespace dmafuzz
