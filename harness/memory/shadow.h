// SPDX-License-Identifier: GPL-2.0-only
//
// AddressSanitizer's shadow of the arena and its aliases, written directly with ASan's own codes.
// One shadow byte tells of 8 bytes of memory: 0 all usable, 1..7 that many usable, else the reason why none is.
#ifndef DMAFUZZ_MEMORY_SHADOW_H_
#define DMAFUZZ_MEMORY_SHADOW_H_

#include <cstddef>
#include <cstdint>

#include "memory/raw.h"

namespace dmafuzz::shadow {

// ASan's codes: reports then say heap-buffer-overflow and heap-use-after-free.
inline constexpr uint8_t kRedZone = 0xfa;
inline constexpr uint8_t kFreed = 0xfd;
inline constexpr size_t kGranule = 8;

// Asks the runtime where the shadow is. Panics if its scale is not 8. Call once before the others.
void init();

// All of [start, start + n) gets `code`; start and n are multiples of 8.
void poison(const void* start, size_t n, uint8_t code);
// [start, start + usable) becomes usable, what is left up to start + n a red zone; start and n are multiples of 8.
void allow(const void* start, size_t usable, size_t n);
// True if any byte of [start, start + n) may not be touched. Any address, any n; false for n == 0.
bool is_poisoned(const void* start, size_t n);
// The shadow byte of an address.
uint8_t code_at(const void* address);

}  // namespace dmafuzz::shadow

#endif  // DMAFUZZ_MEMORY_SHADOW_H_
