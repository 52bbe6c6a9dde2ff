// SPDX-License-Identifier: GPL-2.0-only
//
// The frame pointer walk. It stops at anything that does not look like the next frame up,
// so code built without frame pointers shortens a stack but never breaks the program.
#include "memory/stack.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sanitizer/common_interface_defs.h>

#include <cstring>

#include "memory/raw.h"

namespace dmafuzz {
namespace {

StackBounds bounds_;

void find_bounds() {
  pthread_attr_t attr;
  void* low = nullptr;
  size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attr)) return;
  pthread_attr_getstack(&attr, &low, &size);
  pthread_attr_destroy(&attr);
  bounds_.low = reinterpret_cast<uintptr_t>(low);
  bounds_.high = bounds_.low + size;
}

}  // namespace

StackBounds set_stack_bounds(StackBounds bounds) {
  if (!bounds_.high) find_bounds();
  StackBounds old = bounds_;
  bounds_ = bounds;
  return old;
}

bool on_stack(const void* address) {
  if (!bounds_.high) find_bounds();
  const auto at = reinterpret_cast<uintptr_t>(address);
  return at >= bounds_.low && at < bounds_.high;
}

DMAFUZZ_RAW uint32_t walk_stack(uintptr_t* pcs, uint32_t room, const void* frame) {
  if (__builtin_expect(!bounds_.high, 0)) find_bounds();
  const StackBounds bounds = bounds_;
  // The frame given is a live one of our caller, so its two words can be read wherever its stack is.
  const auto* fp = static_cast<const uintptr_t*>(frame);
  uint32_t n = 0;
  while (n < room) {
    uintptr_t pc = fp[1];
    if (pc < 4096) break;
    pcs[n++] = pc;
    uintptr_t next = fp[0];
    if (next <= reinterpret_cast<uintptr_t>(fp) || next < bounds.low || next + 16 > bounds.high || (next & 7)) break;
    fp = reinterpret_cast<const uintptr_t*>(next);
  }
  return n;
}

DMAFUZZ_RAW void take_stack(Stack& stack, const void* frame) {
  stack.count = walk_stack(stack.pc, kStackFrames, frame);
}

std::string stack_text(const Stack& stack) {
  if (!stack.count) return "    (no stack)\n";
  std::string text;
  int number = 0;
  for (uint64_t i = 0; i < stack.count && i < kStackFrames; ++i) {
    // One address may stand for several inlined frames, as consecutive strings that end with an empty one.
    char lines[2048] = {};
    __sanitizer_symbolize_pc(reinterpret_cast<void*>(stack.pc[i]), "%p %F %L", lines, sizeof(lines) - 1);
    for (const char* line = lines; *line; line += strlen(line) + 1) {
      fmt::format_to(std::back_inserter(text), "    #{} {}\n", number++, line);
    }
  }
  return text;
}

}  // namespace dmafuzz
