// SPDX-License-Identifier: GPL-2.0-only
//
// Raw memory: copies, fills and looks at bytes without asking AddressSanitizer.
// Poisoned arena memory and the shadow itself may only be touched through these.
#ifndef DMAFUZZ_MEMORY_RAW_H_
#define DMAFUZZ_MEMORY_RAW_H_

#include <cstddef>
#include <cstdint>

// For functions that touch poisoned memory or the shadow: no checks, and no loop may turn into a call of memcpy or
// memset, whose interceptors check too.
#define DMAFUZZ_RAW __attribute__((no_sanitize("address", "undefined"), no_builtin("memcpy", "memmove", "memset")))

namespace dmafuzz::raw {

// Copies n bytes; the ranges must not overlap.
void copy(void* dst, const void* src, size_t n);
// Copies n bytes; the ranges may overlap.
void move(void* dst, const void* src, size_t n);
// Sets n bytes.
void fill(void* dst, uint8_t value, size_t n);
// True if all n bytes are zero (also for n == 0).
bool is_zero(const void* src, size_t n);
// True if the n bytes of both are the same.
bool equal(const void* a, const void* b, size_t n);
// One byte.
uint8_t load(const void* src);

// Zeroed memory for n objects of a plain type, committed on first touch, never given back. Metadata lives in such
// tables so that no hot path allocates and so that nothing of it is in the program's own heap.
void* reserve(size_t bytes);
template <typename T>
T* table(size_t n) {
  return static_cast<T*>(reserve(n * sizeof(T)));
}
// Gives a table's memory back to the system and makes it read as zero again.
void drop(void* start, size_t bytes);
// The opposite of reserve.
void release(void* start, size_t bytes);

}  // namespace dmafuzz::raw

#endif  // DMAFUZZ_MEMORY_RAW_H_
