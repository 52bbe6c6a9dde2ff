// SPDX-License-Identifier: GPL-2.0-only
//
// Shadow writes. The shadow has no shadow of its own, so nothing here may be
// instrumented, and memset's interceptor must not see it.
#include "memory/shadow.h"

#include <sanitizer/asan_interface.h>

#include "host.h"

namespace dmafuzz::shadow {
namespace {

uintptr_t offset_;

DMAFUZZ_RAW inline uint8_t* shadow_of(const void* address) {
  return reinterpret_cast<uint8_t*>((reinterpret_cast<uintptr_t>(address) >> 3) + offset_);
}

}  // namespace

void init() {
  size_t scale = 0, offset = 0;
  __asan_get_shadow_mapping(&scale, &offset);
  if (scale != 3) host_panic("memory: AddressSanitizer's shadow scale is not 8 bytes");
  offset_ = offset;
}

DMAFUZZ_RAW void poison(const void* start, size_t n, uint8_t code) {
  raw::fill(shadow_of(start), code, n >> 3);
}

DMAFUZZ_RAW void allow(const void* start, size_t usable, size_t n) {
  uint8_t* s = shadow_of(start);
  size_t whole = usable >> 3, all = n >> 3;
  raw::fill(s, 0, whole);
  if (whole == all) return;
  s[whole] = usable & 7 ? static_cast<uint8_t>(usable & 7) : kRedZone;
  raw::fill(s + whole + 1, kRedZone, all - whole - 1);
}

DMAFUZZ_RAW bool is_poisoned(const void* start, size_t n) {
  if (!n) return false;
  const auto* last_byte = static_cast<const uint8_t*>(start) + n - 1;
  const uint8_t* first = shadow_of(start);
  const uint8_t* last = shadow_of(last_byte);
  // The last granule may end early; all before it must be wholly usable (from the first byte on, which is usable
  // whenever the bytes after it in its granule are).
  auto code = static_cast<int8_t>(*last);
  if (code && static_cast<int8_t>(reinterpret_cast<uintptr_t>(last_byte) & 7) >= code) return true;
  if (first == last) return false;
  return !raw::is_zero(first, static_cast<size_t>(last - first));
}

DMAFUZZ_RAW uint8_t code_at(const void* address) {
  return *shadow_of(address);
}

}  // namespace dmafuzz::shadow
