// SPDX-License-Identifier: GPL-2.0-only
//
// The arena: the machine's physical memory as one memfd, its banks mapped at HOST_LINEAR_BASE + physical address.
// Frames are numbered without the holes between banks: that number indexes every table. The memfd has the holes (which
// take no memory), but for the one below 4 GiB: it is laid out as the memory of a PC is, so that QEMU can have it for
// its own.
#ifndef DMAFUZZ_MEMORY_ARENA_H_
#define DMAFUZZ_MEMORY_ARENA_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "host.h"

namespace dmafuzz {

inline constexpr size_t kPageSize = size_t{1} << HOST_PAGE_SHIFT;
inline constexpr unsigned kMaxOrder = 10;
inline constexpr uint32_t kNoFrame = ~0u;

// A range of physical memory: bytes, its zone bit, the number of its first frame.
struct Bank {
  uint64_t base, size;
  unsigned zone;
  uint32_t first_frame;
  constexpr uint32_t frames() const { return static_cast<uint32_t>(size >> HOST_PAGE_SHIFT); }
  constexpr uint64_t first_pfn() const { return base >> HOST_PAGE_SHIFT; }
};

inline constexpr std::array<Bank, 3> kBanks = {{
    {HOST_BANK_DMA_BASE, HOST_BANK_DMA_SIZE, HOST_ZONE_DMA, 0},
    {HOST_BANK_DMA32_BASE, HOST_BANK_DMA32_SIZE, HOST_ZONE_DMA32, HOST_BANK_DMA_SIZE >> HOST_PAGE_SHIFT},
    {HOST_BANK_NORMAL_BASE, HOST_BANK_NORMAL_SIZE, HOST_ZONE_NORMAL,
     (HOST_BANK_DMA_SIZE + HOST_BANK_DMA32_SIZE) >> HOST_PAGE_SHIFT},
}};
inline constexpr uint32_t kFrames = kBanks[2].first_frame + kBanks[2].frames();

// The bank of a physical address, or null.
constexpr const Bank* bank_of(uint64_t phys) {
  for (size_t i = kBanks.size(); i-- > 0;) {
    if (phys - kBanks[i].base < kBanks[i].size) return &kBanks[i];
  }
  return nullptr;
}

// Frame number of a page frame number or of a physical address; kNoFrame if it is in no bank.
constexpr uint32_t frame_of_pfn(uint64_t pfn) {
  for (size_t i = kBanks.size(); i-- > 0;) {
    uint64_t offset = pfn - kBanks[i].first_pfn();
    if (offset < kBanks[i].frames()) return kBanks[i].first_frame + static_cast<uint32_t>(offset);
  }
  return kNoFrame;
}
constexpr uint32_t frame_of_phys(uint64_t phys) {
  return frame_of_pfn(phys >> HOST_PAGE_SHIFT);
}

// Index in kBanks, page frame number and physical address of a valid frame number.
constexpr unsigned bank_index_of_frame(uint32_t frame) {
  return frame >= kBanks[2].first_frame ? 2 : frame >= kBanks[1].first_frame ? 1 : 0;
}
constexpr uint64_t pfn_of_frame(uint32_t frame) {
  const Bank& bank = kBanks[bank_index_of_frame(frame)];
  return bank.first_pfn() + (frame - bank.first_frame);
}
constexpr uint64_t phys_of_frame(uint32_t frame) {
  return pfn_of_frame(frame) << HOST_PAGE_SHIFT;
}

// The linear map. virt_to_phys is plain arithmetic: the result may be in no bank.
inline void* phys_to_virt(uint64_t phys) {
  return reinterpret_cast<void*>(HOST_LINEAR_BASE + phys);
}
inline uint64_t virt_to_phys(const void* address) {
  return reinterpret_cast<uint64_t>(address) - HOST_LINEAR_BASE;
}
inline char* frame_address(uint32_t frame) {
  return static_cast<char*>(phys_to_virt(phys_of_frame(frame)));
}
// Frame of a linear-map address, or kNoFrame.
inline uint32_t frame_of_address(const void* address) {
  return frame_of_phys(virt_to_phys(address));
}

class Arena {
 public:
  // Maps the banks; panics if an address is taken. All pages are zero and poisoned.
  void map();
  // Zeroes and poisons all pages.
  void clear();

  // The memory behind the banks, to be shared with another process (QEMU).
  int fd() const { return fd_; }
  // Memory below 4 GiB ends here; what is above follows in the file.
  static constexpr uint64_t kLowEnd = HOST_BANK_DMA32_BASE + HOST_BANK_DMA32_SIZE;
  static constexpr uint64_t kFileSize = kLowEnd + HOST_BANK_NORMAL_SIZE;
  // Where a physical address is in that file; false if it is in no bank.
  static bool file_offset(uint64_t phys, uint64_t* offset);
  static constexpr uint64_t file_offset_of_frame(uint32_t frame) {
    const uint64_t phys = phys_of_frame(frame);
    return phys < kLowEnd ? phys : phys - HOST_BANK_NORMAL_BASE + kLowEnd;
  }

 private:
  int fd_ = -1;
};

}  // namespace dmafuzz

#endif  // DMAFUZZ_MEMORY_ARENA_H_
