// SPDX-License-Identifier: GPL-2.0-only
//
// See traps.h. The window must stay below the first address that the program is linked at.
#include "engine/traps.h"

#include <ucontext.h>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <iterator>

#include "engine/raise.h"
#include "host.h"
#include "memory/memory.h"
#include "memory/stack.h"

// Defined by link-with-traps where there is something to trap.
extern "C" {
extern const char* const dmaf_trap_names[] __attribute__((weak));
extern const unsigned dmaf_trap_count __attribute__((weak));
}

namespace dmafuzz {
namespace {

constexpr uintptr_t kWindow = 0x100000, kStep = 16, kWindowEnd = 0x200000;
struct sigaction g_next;

const char* trapped(uintptr_t address) {
  if (address < kWindow || address >= kWindowEnd || !trap_count()) return nullptr;
  const uintptr_t index = (address - kWindow) / kStep;
  return index < trap_count() ? trap_name(static_cast<unsigned>(index)) : nullptr;
}

// Where the fault struck.
uintptr_t place_of(const void* context) {
  const mcontext_t& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return static_cast<uintptr_t>(machine.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return machine.pc;
#else
  return 0;
#endif
}

void on_fault(int signal, siginfo_t* info, void* context) {
  if (memory().write_fault(info->si_addr)) return;
  // libFuzzer puts a handler of its own before this one, which has the signal held back. After a jump out of here, or
  // while a report is written, the next fault in a page that is not yet written to would end the process without a
  // word.
  sigset_t faults;
  sigemptyset(&faults);
  sigaddset(&faults, signal);
  pthread_sigmask(SIG_UNBLOCK, &faults, nullptr);
  if (const char* name = trapped(reinterpret_cast<uintptr_t>(info->si_addr))) host_unshimmed(name);
  // Our own frame returns into the signal's: in its place comes where the fault struck, as a return address would lie.
  uintptr_t pcs[24];
  const uint32_t depth = walk_stack(pcs, std::size(pcs), __builtin_frame_address(0));
  if (const uintptr_t pc = place_of(context); pc && depth) {
    pcs[0] = pc + 1;
    leave_if_known("AddressSanitizer", "SEGV", {pcs, depth});
  }
  if (g_next.sa_flags & SA_SIGINFO) {
    g_next.sa_sigaction(signal, info, context);
  } else if (g_next.sa_handler != SIG_DFL && g_next.sa_handler != SIG_IGN) {
    g_next.sa_handler(signal);
  } else {
    std::abort();
  }
}

}  // namespace

unsigned trap_count() {
  return &dmaf_trap_count ? dmaf_trap_count : 0;
}

const char* trap_name(unsigned index) {
  return dmaf_trap_names[index];
}

void install_traps() {
  struct sigaction action = {};
  action.sa_sigaction = on_fault;
  // Not on an alternate stack, and re-entrant: the report walks the stack of the fault, and may unwind out of here.
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigaction(SIGSEGV, &action, &g_next);
}

}  // namespace dmafuzz
