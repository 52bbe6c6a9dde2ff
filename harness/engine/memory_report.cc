// SPDX-License-Identifier: GPL-2.0-only
//
// See memory_report.h.
#include "engine/memory_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

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

namespace {

Finding leak_finding(const Description& leak) {
  Finding finding;
  finding.tool = "dmafuzz";
  finding.id = "memory-leak";
  finding.summary = fmt::format("{} left when everything was given back", kind_of_object(leak));
  return finding;
}

// Looking up symbols is slow, and what is known is left at each end of a life: each stack is looked up once.
bool known(const Description& leak) {
  if (!raise_context().known || !leak.alloc_stack) return false;
  static std::unordered_map<uint64_t, CallStack> made;
  uint64_t hash = leak.alloc_stack->count;
  for (const uintptr_t pc : std::span(leak.alloc_stack->pc, leak.alloc_stack->count))
    hash = (hash ^ pc) * 0x9e3779b97f4a7c15u;
  const auto [at, fresh] = made.try_emplace(hash);
  if (fresh) at->second = call_stack(*leak.alloc_stack, "allocated at");
  Finding finding = leak_finding(leak);
  finding.object_stacks.push_back(at->second);
  return raise_context().known(finding, {});
}

[[noreturn]] void raise_memory_leak(const Description& leak) {
  Finding finding = leak_finding(leak);
  if (!trap_armed()) add_object(finding, leak);
  raise_finding(std::move(finding));
}

}  // namespace

void raise_memory_leaks(std::span<const Description> leaks) {
  if (leaks.empty()) return;
  const auto fresh = std::ranges::find_if_not(leaks, known);
  raise_memory_leak(fresh == leaks.end() ? leaks.front() : *fresh);
}

}  // namespace dmafuzz
