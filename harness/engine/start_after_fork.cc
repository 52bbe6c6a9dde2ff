// SPDX-License-Identifier: GPL-2.0-only
//
// For engines whose target is started once and then forked, whenever an input has ended a process (AFL++). Modelled
// memory is shared between both sides of a fork: what a child left in it would be there for the next one, which takes
// it for the state after booting. So the parent boots nothing, and each child boots when its first input comes.
//
// The engine's driver calls these in place of the target's own (--wrap of the linker).
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

int g_argc;
char** g_argv;
bool g_started;

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names.
extern "C" {

// Not every target has one.
__attribute__((weak)) int __real_LLVMFuzzerInitialize(int* argc, char*** argv);
int __real_LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
int __wrap_LLVMFuzzerInitialize(int* argc, char*** argv);
int __wrap_LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int __wrap_LLVMFuzzerInitialize(int* argc, char*** argv) {
  g_argc = *argc;
  g_argv = *argv;
  return 0;
}

int __wrap_LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (!g_started) {
    g_started = true;
    if (__real_LLVMFuzzerInitialize && __real_LLVMFuzzerInitialize(&g_argc, &g_argv)) std::abort();
  }
  return __real_LLVMFuzzerTestOneInput(data, size);
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)
