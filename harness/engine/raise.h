// SPDX-License-Identifier: GPL-2.0-only
//
// Raising a finding while an input runs: prints the report (report/finding.h) and ends the process, or, when a caller
// said that it expects this one, unwinds to it. The shims' findings (host_bug and its like) come here as well.
#ifndef DMAFUZZ_ENGINE_RAISE_H
#define DMAFUZZ_ENGINE_RAISE_H

#include <csetjmp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "program/names.h"
#include "report/finding.h"

namespace dmafuzz {

// Where reports get what only the running target knows. All may be empty.
struct RaiseContext {
  std::string target;                                   // name, for the command that reproduces
  std::vector<std::string> (*operations)() = nullptr;   // the last operations, oldest first
  std::vector<std::string> (*program)() = nullptr;      // the program as text
  std::string (*operation)(uint32_t number) = nullptr;  // one of them, as people call it
  // Asked first, with the stack of who raised it. True: it is known and of no interest, and leave(), which does not
  // come back, ends the input.
  bool (*known)(const Finding& finding, const CallStack& calls) = nullptr;
  void (*leave)() = nullptr;
  std::string_view degree;  // how hostile the device is (a literal); empty: not said
};
RaiseContext& raise_context();

// What reports call the objects of a DMA program: the names of the file that it comes from, if it has any.
void call_objects(const Names& names);
const Names& object_names();

// Prints the report with the stack of the caller and aborts, so that every engine keeps the input. `place`, if given,
// is file:line of what raised it and stands in for the innermost frame.
[[noreturn]] void raise_finding(std::string_view id, std::string_view summary, std::string_view file = {},
                                int line = 0);

// The same for a finding that its finder has filled in as far as it can: tool, id, summary, object, further stacks.
[[noreturn]] void raise_finding(Finding finding, std::string_view file = {}, int line = 0);

// What a sanitizer (`tool`, as reports name it) is about to report and end the process for: comes back unless it is
// known (RaiseContext). `pcs` are return addresses, the innermost first.
void leave_if_known(std::string_view tool, std::string_view id, std::span<const uintptr_t> pcs);

// Between the two the kernel's warnings are kept instead of raised: another checker is asked first whether it has more
// to say. hold_warnings() starts; second_opinion() is the first warning since, empty if there was none, and nothing
// while none are held; the warning is raised by release_warnings(), unless warnings are tolerated.
void hold_warnings();
std::optional<std::string_view> second_opinion();
void release_warnings();
// Whether the other checker is there at all; else it was not asked.
void allow_second_opinion(bool yes);
// The warning that is held was made use of: it is not raised.
void take_warning();
// Asked before a warning is raised; true: it takes it, and nothing is raised.
void set_warning_listener(bool (*listener)(std::string_view words));

// Catches a finding instead of dying of it: if (sigsetjmp(trap.jump, 0) == 0) { arm_trap(&trap); run } else { it struck
// }. The state of the machine is then undefined until its reset.
struct FindingTrap {
  sigjmp_buf jump;
  std::string id;
  std::string summary;
};
void arm_trap(FindingTrap* trap);
// Whether the next finding is caught: nobody will read more of it than its id and summary.
bool trap_armed();

// A stack with its symbols, for a finding.
struct Stack;
CallStack call_stack(const Stack& stack, std::string_view title);
CallStack call_stack(std::span<const uintptr_t> pcs, std::string_view title);

// Where debuggers stop (`dmafuzz run --gdb`): called once a finding is printed, while the frames that led to it are
// there.
extern "C" void dmafuzz_at_finding();

// While on, a WARN() of the kernel is only logged: the operation under way may lawfully bring it about.
void tolerate_warnings(bool on);

// The kernel's log of this input: kept for the report, echoed to stderr when `echo` is set.
void set_log_echo(bool echo);
void clear_log();

}  // namespace dmafuzz

#endif
