// SPDX-License-Identifier: GPL-2.0-only
//
// Mapping of the arena's banks at their fixed addresses.
// A memfd and not anonymous memory, so that vmap aliases and other processes can map the same pages.
#include "memory/arena.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>

#include "memory/raw.h"
#include "memory/shadow.h"

namespace dmafuzz {
namespace {

// With the pages on either side, where nothing is mapped: running over a bank's end is an overflow, no mere fault.
void poison_bank(const Bank& bank) {
  shadow::poison(phys_to_virt(bank.base - kPageSize), bank.size + 2 * kPageSize, shadow::kRedZone);
}

}  // namespace

void Arena::map() {
  fd_ = memfd_create("dmafuzz-arena", MFD_CLOEXEC);
  if (fd_ < 0 || ftruncate(fd_, static_cast<off_t>(kFileSize))) {
    host_panic("memory: cannot create the arena's memfd");
  }
  for (const Bank& bank : kBanks) {
    void* want = phys_to_virt(bank.base);
    void* got = mmap(want, bank.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE, fd_,
                     static_cast<off_t>(file_offset_of_frame(bank.first_frame)));
    // Kernels before 4.17 take the address as a hint only.
    if (got != want) {
      char text[160];
      snprintf(text, sizeof(text), "memory: the address range [%p, +0x%llx) of an arena bank is taken", want,
               static_cast<unsigned long long>(bank.size));
      host_panic(text);
    }
    madvise(want, bank.size, MADV_DONTDUMP);
    poison_bank(bank);
  }
}

void Arena::clear() {
  if (fallocate(fd_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(kFileSize))) {
    for (const Bank& bank : kBanks) raw::fill(phys_to_virt(bank.base), 0, bank.size);
  }
  for (const Bank& bank : kBanks) poison_bank(bank);
}

bool Arena::file_offset(uint64_t phys, uint64_t* offset) {
  uint32_t frame = frame_of_phys(phys);
  if (frame == kNoFrame) return false;
  *offset = file_offset_of_frame(frame) + (phys & (kPageSize - 1));
  return true;
}

}  // namespace dmafuzz
