// SPDX-License-Identifier: GPL-2.0-only
// What is no memory for DMA (dma-api-howto.rst, "What memory is DMA'able?"): the stack, the kernel's image, addresses
// of vmalloc(), what is free or was never allocated, what lies beside an object. Told by the address that is mapped and
// by AddressSanitizer's shadow of the linear map.
#ifndef DMAFUZZ_DMASAN_BAD_MEMORY_H_
#define DMAFUZZ_DMASAN_BAD_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "dmasan/violation.h"
#include "memory/arena.h"
#include "memory/memory.h"
#include "memory/shadow.h"

namespace dmafuzz {

// Whether n bytes from this address may be mapped, as far as a quick look goes: all in one bank, all usable, in one
// object if it is of a slab. Aliases of vmalloc() never may; their pages may, each by its own address.
inline bool may_be_mapped(const void* address, size_t n) {
  const uint64_t phys = virt_to_phys(address);
  const Bank* bank = bank_of(phys);
  return bank && n <= bank->size - (phys - bank->base) && !shadow::is_poisoned(address, n) &&
         memory().in_one_object(address, n);
}

// What is wrong with memory of which may_be_mapped() is false; map-bad-memory, with the object and who made it.
Violation bad_memory(const void* address, size_t n);

}  // namespace dmafuzz

#endif  // DMAFUZZ_DMASAN_BAD_MEMORY_H_
