// SPDX-License-Identifier: GPL-2.0-only
//
// See raise.h. Only runs when something is wrong, so it may allocate and be slow; it must not rely on the kernel's
// state.
#include "engine/raise.h"

#include <fmt/format.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "host.h"
#include "memory/stack.h"

namespace dmafuzz {
namespace {

FindingTrap* g_trap = nullptr;
bool g_echo = false;
bool g_tolerate_warnings = false;
bool g_no_second_opinion = false;

// A warning that waits for another checker's word. Fixed storage, as below.
struct HeldWarning {
  bool holding = false;
  bool any = false;  // there was a warning, and this is the first
  bool taken = false;
  const char* file = nullptr;
  int line = 0;
  char text[240] = "";
};
HeldWarning g_held;
bool (*g_listener)(std::string_view) = nullptr;

// The last lines of the kernel's log. Fixed storage: logging must not allocate.
struct LogRing {
  static constexpr unsigned kLines = 32, kWidth = 240;
  char line[kLines][kWidth];
  unsigned count = 0;
};
LogRing g_log;

// One frame, as the symbolizer wrote it down: function, file, line, column, with tabs between.
SourceFrame parse_frame(std::string_view text) {
  std::array<std::string_view, 4> fields;
  for (std::string_view& field : fields) {
    const size_t end = std::min(text.find('\t'), text.size());
    field = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  SourceFrame frame;
  // The symbolizer's words for a frame without debug information (a signal's return, say); "<T as Trait>::f" is Rust's.
  const auto known = [](std::string_view text) { return text != "<null>" && !text.starts_with("??"); };
  if (known(fields[0])) frame.function = fields[0];
  if (known(fields[1])) frame.file = fields[1];
  const auto number = [](std::string_view digits) { return std::atoi(std::string(digits).c_str()); };
  frame.line = number(fields[2]);
  frame.column = number(fields[3]);
  return frame;
}

// What was called at pc: the functions that were inlined there, the innermost first, and the one that they are in.
void append_frames(uintptr_t pc, std::vector<SourceFrame>& frames) {
  static char text[16384];  // names of Rust functions are long
  std::memset(text, 0, sizeof text);
  // pc is a return address: the call is just before it.
  __sanitizer_symbolize_pc(reinterpret_cast<void*>(pc - 1), "%f\t%s\t%l\t%c", text, sizeof text);
  // Each ends with a zero byte, all of them with another one.
  for (std::string_view rest(text, sizeof text); !rest.empty() && rest[0];) {
    const size_t end = std::min(rest.find('\0'), rest.size());
    SourceFrame frame = parse_frame(rest.substr(0, end));
    if (!frame.empty()) frames.push_back(std::move(frame));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(STDERR_FILENO, text.data(), text.size());
    if (n <= 0) return;
    text.remove_prefix(static_cast<size_t>(n));
  }
}

std::string log_text() {
  std::string text;
  const unsigned first = g_log.count > LogRing::kLines ? g_log.count - LogRing::kLines : 0;
  for (unsigned i = first; i < g_log.count; ++i) {
    text += "kernel: ";
    text += g_log.line[i % LogRing::kLines];
    text += '\n';
  }
  return text;
}

// Why Rust code of the kernel panicked, and where: what it logs last before the BUG() that is the same for all.
struct RustPanic {
  std::string file;
  int line = 0;
  std::string why;
};

std::optional<RustPanic> rust_panic() {
  static constexpr std::string_view kSays = "rust_kernel: panicked at ";
  if (!g_log.count) return std::nullopt;
  const std::string_view log = g_log.line[(g_log.count - 1) % LogRing::kLines];
  if (!log.starts_with(kSays)) return std::nullopt;
  // "FILE:LINE:COLUMN:" and the reason on a line of its own.
  const std::string_view place = log.substr(kSays.size(), log.find('\n') - kSays.size());
  const size_t colon = place.find(':');
  if (colon == place.npos || log.size() == kSays.size() + place.size()) return std::nullopt;
  RustPanic panic{std::string(place.substr(0, colon)), std::atoi(place.data() + colon + 1),
                  std::string(log.substr(kSays.size() + place.size() + 1))};
  for (char& c : panic.why) c = c == '\n' ? ' ' : c;
  return panic;
}

Names& names_in_force() {
  static Names names;
  return names;
}

}  // namespace

extern "C" [[gnu::noinline]] void dmafuzz_at_finding() {
  asm volatile("");  // else calls of it are left out
}

RaiseContext& raise_context() {
  static RaiseContext context;
  return context;
}

void call_objects(const Names& names) {
  names_in_force() = names;
}

const Names& object_names() {
  return names_in_force();
}

void arm_trap(FindingTrap* trap) {
  g_trap = trap;
}

bool trap_armed() {
  return g_trap != nullptr;
}

void tolerate_warnings(bool on) {
  g_tolerate_warnings = on;
}

void set_log_echo(bool echo) {
  g_echo = echo;
}

void clear_log() {
  g_log.count = 0;
}

void raise_finding(std::string_view id, std::string_view summary, std::string_view file, int line) {
  Finding finding;
  finding.tool = "dmafuzz";
  finding.id = id;
  finding.summary = summary;
  raise_finding(std::move(finding), file, line);
}

void raise_finding(Finding finding, std::string_view file, int line) {
  g_held.holding = false;
  if (!raise_context().degree.empty()) finding.summary += fmt::format(" (degree {})", raise_context().degree);
  if (FindingTrap* trap = g_trap) {
    g_trap = nullptr;
    trap->id = std::move(finding.id);
    trap->summary = std::move(finding.summary);
    // Nobody destroys it once we have jumped.
    {
      const Finding dropped = std::move(finding);
    }
    __asan_handle_no_return();
    siglongjmp(trap->jump, 1);
  }
  // Deeper than the stacks that are kept: those of harness and DMA core are on top here.
  uintptr_t pcs[48];
  const uint32_t depth = walk_stack(pcs, std::size(pcs), __builtin_frame_address(0));
  CallStack calls = call_stack({pcs, depth}, {});
  if (raise_context().known && raise_context().known(finding, calls)) {
    {
      const Finding dropped = std::move(finding);
      const CallStack of_it = std::move(calls);
    }
    raise_context().leave();
  }
  if (!file.empty()) {
    finding.location.file = file;
    finding.location.line = line;
    for (const SourceFrame& frame : calls.frames) {
      if (!frame.file.ends_with(file) && !file.ends_with(frame.file)) continue;
      finding.location.function = frame.function;
      break;
    }
  } else if (const SourceFrame* frame = finding.tool == "DmaSan" ? caller_frame(calls) : kernel_frame(calls)) {
    finding.location = *frame;
  } else if (const SourceFrame* mapped = mapping_frame(finding)) {
    finding.location = *mapped;
  } else if (!finding.object_stacks.empty()) {
    if (const SourceFrame* allocated = kernel_frame(finding.object_stacks.front())) finding.location = *allocated;
  }
  finding.stacks.insert(finding.stacks.begin(), std::move(calls));
  const RaiseContext& context = raise_context();
  if (context.operations) finding.operations = context.operations();
  if (context.program) finding.program = context.program();
  if (!context.target.empty()) finding.reproduce = fmt::format("dmafuzz run {} FILE", context.target);
  write_all(log_text());
  write_all(to_text(finding));
  dmafuzz_at_finding();
  std::abort();
}

void leave_if_known(std::string_view tool, std::string_view id, std::span<const uintptr_t> pcs) {
  if (!raise_context().known || g_trap) return;
  {
    Finding finding;
    finding.tool = tool;
    finding.id = id;
    if (!raise_context().known(finding, call_stack(pcs, {}))) return;
  }
  raise_context().leave();
}

CallStack call_stack(const Stack& stack, std::string_view title) {
  return call_stack({stack.pc, stack.count}, title);
}

CallStack call_stack(std::span<const uintptr_t> pcs, std::string_view title) {
  CallStack calls;
  calls.title = title;
  for (const uintptr_t pc : pcs) append_frames(pc, calls.frames);
  return calls;
}

void allow_second_opinion(bool yes) {
  g_no_second_opinion = !yes;
}

void hold_warnings() {
  g_held.holding = true;
  g_held.any = false;
  g_held.taken = false;
}

std::optional<std::string_view> second_opinion() {
  if (!g_held.holding || g_no_second_opinion) return std::nullopt;
  return g_held.any ? g_held.text : std::string_view();
}

void release_warnings() {
  g_held.holding = false;
  if (!g_held.any || g_held.taken) return;
  if (g_listener && g_listener(g_held.text)) return;
  if (!g_tolerate_warnings) raise_finding("kernel-warn", g_held.text, g_held.file, g_held.line);
}

void take_warning() {
  g_held.taken = true;
}

void set_warning_listener(bool (*listener)(std::string_view words)) {
  g_listener = listener;
}

}  // namespace dmafuzz

using dmafuzz::raise_finding;

extern "C" {

void host_bug(const char* file, int line, const char* what) {
  if (std::string_view(file).ends_with("rust/helpers/bug.c")) {
    if (const auto panic = dmafuzz::rust_panic()) {
      const auto& [where, at, why] = *panic;
      raise_finding("kernel-bug", fmt::format("Rust panicked at {}:{}: {}", where, at, why), where, at);
    }
  }
  raise_finding("kernel-bug", fmt::format("{} at {}:{}", what, file, line), file, line);
}

void host_panic(const char* what) {
  raise_finding("kernel-panic", what);
}

void host_unshimmed(const char* symbol) {
  raise_finding("unshimmed-symbol", symbol);
}

void host_warn(const char* file, int line, const char* what) {
  if (!*what) what = "WARN";
  auto& held = dmafuzz::g_held;
  if (held.holding && !held.any) {
    held.any = true;
    held.file = file;
    held.line = line;
    std::snprintf(held.text, sizeof held.text, "%s", what);
    // One line, as findings have it.
    for (char& c : held.text) c = c == '\n' ? ' ' : c;
    for (size_t n = std::strlen(held.text); n && held.text[n - 1] == ' '; --n) held.text[n - 1] = 0;
  }
  const bool heard = !held.holding && dmafuzz::g_listener && dmafuzz::g_listener(what);
  if (heard || held.holding || dmafuzz::g_tolerate_warnings) return host_log(4, what, __builtin_strlen(what));
  raise_finding("kernel-warn", what, file, line);
}

void host_finding(const char* kind, const char* what) {
  raise_finding(kind, what);
}

void host_log(int level, const char* text, unsigned long len) {
  using dmafuzz::g_log;
  using dmafuzz::LogRing;
  while (len && text[len - 1] == '\n') --len;
  char* line = g_log.line[g_log.count++ % LogRing::kLines];
  const size_t n = len < LogRing::kWidth - 1 ? len : LogRing::kWidth - 1;
  std::memcpy(line, text, n);
  line[n] = 0;
  if (dmafuzz::g_echo) std::fprintf(stderr, "<%d>%s\n", level, line);
}

}  // extern "C"
