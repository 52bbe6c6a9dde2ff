// SPDX-License-Identifier: GPL-2.0-only
//
// Planted mistakes in kernel code: each must be caught, or a sanitizer is silently off. `dmafuzz doctor` asks for them.
#ifndef DMAFUZZ_ENGINE_SELF_TEST_H
#define DMAFUZZ_ENGINE_SELF_TEST_H

#include <string_view>

namespace dmafuzz {

// Makes the mistake: asan, ubsan, leak, warn or bug. False if there is none of that name. Returns only if it was
// missed.
bool run_self_test(std::string_view name);

}  // namespace dmafuzz

#endif
