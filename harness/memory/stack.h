// SPDX-License-Identifier: GPL-2.0-only
//
// Where something was allocated or freed: a short call stack, taken by following frame pointers.
// Taking one costs some 20 ns and allocates nothing; symbols are looked up only when it is printed.
#ifndef DMAFUZZ_MEMORY_STACK_H_
#define DMAFUZZ_MEMORY_STACK_H_

#include <cstdint>
#include <string>

namespace dmafuzz {

inline constexpr uint32_t kStackFrames = 12;

// Return addresses, innermost first.
struct Stack {
  uint64_t count;
  uintptr_t pc[kStackFrames];
};

// Walks from `frame` (__builtin_frame_address(0) of the function whose caller is to come first). A frame outside the
// known stack ends the walk, after the first return address at the latest.
void take_stack(Stack& stack, const void* frame);

// The same walk, as far as there is room: returns how many addresses it put into `pc`.
uint32_t walk_stack(uintptr_t* pc, uint32_t room, const void* frame);

// The stack that take_stack trusts; by default that of the thread that first asked. Code that runs on a stack of its
// own (a fiber) says so here and puts the old one back afterwards.
struct StackBounds {
  uintptr_t low, high;
};
StackBounds set_stack_bounds(StackBounds bounds);
// Whether the address lies in that stack.
bool on_stack(const void* address);

// Lines of the form "    #0 0x... in function file:line\n", or "    (no stack)\n".
std::string stack_text(const Stack& stack);

}  // namespace dmafuzz

#endif  // DMAFUZZ_MEMORY_STACK_H_
