// SPDX-License-Identifier: GPL-2.0-only
//
// What AddressSanitizer and UndefinedBehaviorSanitizer are about to report.
#ifndef DMAFUZZ_ENGINE_SANITIZER_FAULTS_H
#define DMAFUZZ_ENGINE_SANITIZER_FAULTS_H

#include <cstddef>

namespace dmafuzz {

// For copies of `n` bytes, which the runtime checks for itself: ends the input if some of them may not be touched and
// that is known (RaiseContext::known); comes back otherwise. `frame` as for take_stack().
void leave_if_known_copy(const void* address, size_t n, const void* frame);

}  // namespace dmafuzz

#endif
