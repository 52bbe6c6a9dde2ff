// SPDX-License-Identifier: GPL-2.0-only
//
// Raw memory primitives: 16-byte vectors for small ranges, the string instructions of x86-64 for large ones.
// Other machines use the vector loops throughout.
#include "memory/raw.h"

#include <sys/mman.h>

#include "host.h"

namespace dmafuzz::raw {
namespace {

typedef uint8_t Vector __attribute__((vector_size(16)));

// A T at any address, whatever lives there. (As an attribute of a typedef this would get lost in templates.)
template <typename T>
struct __attribute__((packed, may_alias)) Any {
  T value;
};

// From here on the string instructions win over the loops.
constexpr size_t kStringCopy = 4096;
constexpr size_t kStringFill = 1024;

template <typename T>
DMAFUZZ_RAW inline void put(void* p, size_t offset, T value) {
  reinterpret_cast<Any<T>*>(static_cast<char*>(p) + offset)->value = value;
}
template <typename T>
DMAFUZZ_RAW inline T get(const void* p, size_t offset) {
  return reinterpret_cast<const Any<T>*>(static_cast<const char*>(p) + offset)->value;
}

// All loads come before all stores, so that overlap does not matter.
DMAFUZZ_RAW inline void move_up_to_64(void* dst, const void* src, size_t n) {
  if (n > 32) {
    Vector a = get<Vector>(src, 0), b = get<Vector>(src, 16);
    Vector c = get<Vector>(src, n - 32), d = get<Vector>(src, n - 16);
    put<Vector>(dst, 0, a);
    put<Vector>(dst, 16, b);
    put<Vector>(dst, n - 32, c);
    put<Vector>(dst, n - 16, d);
  } else if (n >= 16) {
    Vector a = get<Vector>(src, 0), b = get<Vector>(src, n - 16);
    put<Vector>(dst, 0, a);
    put<Vector>(dst, n - 16, b);
  } else if (n >= 8) {
    uint64_t a = get<uint64_t>(src, 0), b = get<uint64_t>(src, n - 8);
    put<uint64_t>(dst, 0, a);
    put<uint64_t>(dst, n - 8, b);
  } else if (n >= 4) {
    uint32_t a = get<uint32_t>(src, 0), b = get<uint32_t>(src, n - 4);
    put<uint32_t>(dst, 0, a);
    put<uint32_t>(dst, n - 4, b);
  } else if (n >= 2) {
    uint16_t a = get<uint16_t>(src, 0), b = get<uint16_t>(src, n - 2);
    put<uint16_t>(dst, 0, a);
    put<uint16_t>(dst, n - 2, b);
  } else if (n) {
    put<uint8_t>(dst, 0, get<uint8_t>(src, 0));
  }
}

// Upwards: right for ranges that do not overlap and for dst below src.
DMAFUZZ_RAW inline void copy_up(void* dst, const void* src, size_t n) {
  size_t i = 0;
  // The tail is read before the loop may overwrite it.
  Vector a = get<Vector>(src, n - 32), b = get<Vector>(src, n - 16);
  for (; i + 32 < n; i += 32) {
    Vector x = get<Vector>(src, i), y = get<Vector>(src, i + 16);
    put<Vector>(dst, i, x);
    put<Vector>(dst, i + 16, y);
  }
  put<Vector>(dst, n - 32, a);
  put<Vector>(dst, n - 16, b);
}

DMAFUZZ_RAW inline void copy_down(void* dst, const void* src, size_t n) {
  Vector a = get<Vector>(src, 0), b = get<Vector>(src, 16);
  size_t i = n;
  for (; i > 32; i -= 32) {
    Vector x = get<Vector>(src, i - 32), y = get<Vector>(src, i - 16);
    put<Vector>(dst, i - 32, x);
    put<Vector>(dst, i - 16, y);
  }
  put<Vector>(dst, 0, a);
  put<Vector>(dst, 16, b);
}

}  // namespace

DMAFUZZ_RAW void copy(void* dst, const void* src, size_t n) {
  if (n <= 64) return move_up_to_64(dst, src, n);
#if defined(__x86_64__)
  if (n >= kStringCopy) {
    asm volatile("rep movsb" : "+D"(dst), "+S"(src), "+c"(n) : : "memory");
    return;
  }
#endif
  copy_up(dst, src, n);
}

DMAFUZZ_RAW void move(void* dst, const void* src, size_t n) {
  if (n <= 64) return move_up_to_64(dst, src, n);
  auto d = reinterpret_cast<uintptr_t>(dst), s = reinterpret_cast<uintptr_t>(src);
  if (d - s >= n && s - d >= n) return copy(dst, src, n);
  if (d <= s) return copy_up(dst, src, n);
  copy_down(dst, src, n);
}

DMAFUZZ_RAW void fill(void* dst, uint8_t value, size_t n) {
  uint64_t word = value * 0x0101010101010101ull;
  if (n < 16) {
    if (n >= 8) {
      put<uint64_t>(dst, 0, word);
      put<uint64_t>(dst, n - 8, word);
    } else if (n >= 4) {
      put<uint32_t>(dst, 0, static_cast<uint32_t>(word));
      put<uint32_t>(dst, n - 4, static_cast<uint32_t>(word));
    } else {
      for (size_t i = 0; i < n; ++i) put<uint8_t>(dst, i, value);
    }
    return;
  }
#if defined(__x86_64__)
  if (n >= kStringFill) {
    asm volatile("rep stosb" : "+D"(dst), "+c"(n) : "a"(value) : "memory");
    return;
  }
#endif
  Vector v = Vector{} + value;
  for (size_t i = 0; i + 16 < n; i += 16) put<Vector>(dst, i, v);
  put<Vector>(dst, n - 16, v);
}

DMAFUZZ_RAW bool is_zero(const void* src, size_t n) {
  size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    uint64_t any =
        get<uint64_t>(src, i) | get<uint64_t>(src, i + 8) | get<uint64_t>(src, i + 16) | get<uint64_t>(src, i + 24);
    if (any) return false;
  }
  for (; i + 8 <= n; i += 8) {
    if (get<uint64_t>(src, i)) return false;
  }
  for (; i < n; ++i) {
    if (get<uint8_t>(src, i)) return false;
  }
  return true;
}

DMAFUZZ_RAW bool equal(const void* a, const void* b, size_t n) {
  size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    uint64_t differ = (get<uint64_t>(a, i) ^ get<uint64_t>(b, i)) | (get<uint64_t>(a, i + 8) ^ get<uint64_t>(b, i + 8));
    differ |=
        (get<uint64_t>(a, i + 16) ^ get<uint64_t>(b, i + 16)) | (get<uint64_t>(a, i + 24) ^ get<uint64_t>(b, i + 24));
    if (differ) return false;
  }
  for (; i < n; ++i) {
    if (get<uint8_t>(a, i) != get<uint8_t>(b, i)) return false;
  }
  return true;
}

DMAFUZZ_RAW uint8_t load(const void* src) {
  return *static_cast<const volatile uint8_t*>(src);
}

void* reserve(size_t bytes) {
  void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) host_panic("memory: no address space for the harness's tables");
  // They would make core dumps huge and say little.
  madvise(p, bytes, MADV_DONTDUMP);
  return p;
}

void drop(void* start, size_t bytes) {
  madvise(start, bytes, MADV_DONTNEED);
}

void release(void* start, size_t bytes) {
  munmap(start, bytes);
}

}  // namespace dmafuzz::raw
