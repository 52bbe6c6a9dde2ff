// SPDX-License-Identifier: GPL-2.0-only
//
// AddressSanitizer and UndefinedBehaviorSanitizer end the process with what they report, also where it is known of a
// driver and a campaign would go on. The linker leads their functions through these (--wrap), which look first. They
// leave no frame: reports show the access. Large functions check accesses by calls into the runtime, which do not come
// here; a known finding there ends a process as any.
#include "engine/sanitizer_faults.h"

#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>

#include "engine/raise.h"
#include "memory/shadow.h"
#include "memory/stack.h"

namespace dmafuzz {
namespace {

// What the runtime will call it, as far as memory of the kernel's goes (memory/shadow.h).
std::string_view kind_of(uintptr_t address, uintptr_t size) {
  constexpr uintptr_t kGranule = 8;
  for (uintptr_t at = address & ~(kGranule - 1); at < address + size + kGranule; at += kGranule) {
    switch (shadow::code_at(reinterpret_cast<const void*>(at))) {
      case shadow::kRedZone:
        return "heap-buffer-overflow";
      case shadow::kFreed:
        return "heap-use-after-free";
      default:;
    }
  }
  return {};
}

void look(uintptr_t address, uintptr_t size, const void* frame) {
  if (!raise_context().known) return;
  const std::string_view kind = kind_of(address, size);
  if (kind.empty()) return;
  uintptr_t pcs[24];
  const uint32_t depth = walk_stack(pcs, std::size(pcs), frame);
  leave_if_known("AddressSanitizer", kind, {pcs, depth});
}

void look_undefined(std::string_view id, const void* frame) {
  if (!raise_context().known) return;
  uintptr_t pcs[24];
  const uint32_t depth = walk_stack(pcs, std::size(pcs), frame);
  leave_if_known("UndefinedBehaviorSanitizer", id, {pcs, depth});
}

}  // namespace

void leave_if_known_copy(const void* address, size_t n, const void* frame) {
  if (raise_context().known && shadow::is_poisoned(address, n)) look(reinterpret_cast<uintptr_t>(address), n, frame);
}

}  // namespace dmafuzz

// NOLINTBEGIN(bugprone-reserved-identifier): the runtime's names.

// What each target starts with, however it is started; the user's own ASAN_OPTIONS win. The quarantine is the harness's
// alone, modelled memory has its own, and at the usual 256 MiB each input pays for fresh pages and misses of the cache.
extern "C" const char* __asan_default_options() {
  return "quarantine_size_mb=2";
}
extern "C" {

#define DMAFUZZ_REPORT(access, bytes)                                         \
  void __real___asan_report_##access##bytes(uintptr_t address);               \
  void __wrap___asan_report_##access##bytes(uintptr_t address);               \
  void __wrap___asan_report_##access##bytes(uintptr_t address) {              \
    dmafuzz::look(address, bytes, __builtin_frame_address(0));                \
    [[clang::musttail]] return __real___asan_report_##access##bytes(address); \
  }

#define DMAFUZZ_REPORT_N(access)                                                  \
  void __real___asan_report_##access##_n(uintptr_t address, uintptr_t bytes);     \
  void __wrap___asan_report_##access##_n(uintptr_t address, uintptr_t bytes);     \
  void __wrap___asan_report_##access##_n(uintptr_t address, uintptr_t bytes) {    \
    dmafuzz::look(address, bytes, __builtin_frame_address(0));                    \
    [[clang::musttail]] return __real___asan_report_##access##_n(address, bytes); \
  }

DMAFUZZ_REPORT(load, 1)
DMAFUZZ_REPORT(load, 2)
DMAFUZZ_REPORT(load, 4)
DMAFUZZ_REPORT(load, 8)
DMAFUZZ_REPORT(load, 16)
DMAFUZZ_REPORT_N(load)
DMAFUZZ_REPORT(store, 1)
DMAFUZZ_REPORT(store, 2)
DMAFUZZ_REPORT(store, 4)
DMAFUZZ_REPORT(store, 8)
DMAFUZZ_REPORT(store, 16)
DMAFUZZ_REPORT_N(store)

// Of a shift only the exponent is checked: kernel code wraps (-fwrapv).
void __real___ubsan_handle_shift_out_of_bounds_abort(void* data, uintptr_t value, uintptr_t exponent);
void __wrap___ubsan_handle_shift_out_of_bounds_abort(void* data, uintptr_t value, uintptr_t exponent);
void __wrap___ubsan_handle_shift_out_of_bounds_abort(void* data, uintptr_t value, uintptr_t exponent) {
  dmafuzz::look_undefined("invalid-shift-exponent", __builtin_frame_address(0));
  [[clang::musttail]] return __real___ubsan_handle_shift_out_of_bounds_abort(data, value, exponent);
}

void __real___ubsan_handle_out_of_bounds_abort(void* data, uintptr_t index);
void __wrap___ubsan_handle_out_of_bounds_abort(void* data, uintptr_t index);
void __wrap___ubsan_handle_out_of_bounds_abort(void* data, uintptr_t index) {
  dmafuzz::look_undefined("out-of-bounds-index", __builtin_frame_address(0));
  [[clang::musttail]] return __real___ubsan_handle_out_of_bounds_abort(data, index);
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)
