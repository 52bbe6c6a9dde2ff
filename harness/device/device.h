// SPDX-License-Identifier: GPL-2.0-only
// The device on the other end of the bus: reads and writes memory by DMA address, on each path of design D11.
// It decides nothing: what it touches is said by the program, and what it may not touch shows in the result.
#ifndef DMAFUZZ_DEVICE_DEVICE_H_
#define DMAFUZZ_DEVICE_DEVICE_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "device/iotlb.h"
#include "device/table_walk.h"
#include "host.h"

namespace dmafuzz {

enum class AccessError : uint8_t {
  kNone,
  kNotDecoded,    // no bridge or memory answers the address
  kMaskExceeded,  // the device does not have the address bits
  kNotMapped,     // the IOMMU's table has no page there
  kPermission,    // the page is mapped, but not for this
  kBadTable,      // the table itself is broken, or leads outside memory
  kOutOfBounds,   // past the end of the object's segments
  kStaleIotlb,    // the IOTLB still translates what the table no longer maps so; the bytes did move
};

const char* access_error_name(AccessError error);

struct AccessResult {
  AccessError error = AccessError::kNone;
  uint64_t address = 0;  // first DMA address that was wrong (kOutOfBounds: offset in the object)
  size_t done = 0;       // bytes that moved

  bool ok() const { return error == AccessError::kNone; }
};

class Device {
 public:
  // Called for each piece before its bytes move: one page at most, translated. For DmaSan's checks.
  using Observer = void (*)(void* context, uint64_t dma, uint64_t phys, size_t n, bool write);

  // The device of a program, once a program; `dev` is the kernel's, handed back to kernel_bus_to_phys(). Whether an
  // IOMMU is on the way is said by attach_table() and the path.
  void open(void* dev, const dmaf_config& config);
  // Forgets the program: table, cached translations, masks.
  void close();
  // Whether the kernel's `dev` is the one that is open.
  bool is(const void* dev) const { return dev == dev_; }
  void set_observer(Observer observer, void* context) {
    observer_ = observer;
    observer_context_ = context;
  }
  // Address bits that accesses have; SET_MASK changes them in mid-program.
  void set_mask(uint64_t mask) { mask_ = mask; }
  uint64_t mask() const { return mask_; }

  // Moves n bytes. Stops at the first byte that cannot be reached; a stale translation is reported but followed.
  AccessResult read(uint64_t dma, void* dst, size_t n) { return move(dma, static_cast<uint8_t*>(dst), n, false); }
  AccessResult write(uint64_t dma, const void* src, size_t n) {
    return move(dma, static_cast<uint8_t*>(const_cast<void*>(src)), n, true);
  }
  // The same over an object's segments, the bytes from `offset` of their concatenation.
  AccessResult read(std::span<const dmaf_segment> segments, uint64_t offset, void* dst, size_t n) {
    return move(segments, offset, static_cast<uint8_t*>(dst), n, false);
  }
  AccessResult write(std::span<const dmaf_segment> segments, uint64_t offset, const void* src, size_t n) {
    return move(segments, offset, static_cast<uint8_t*>(const_cast<void*>(src)), n, true);
  }

  // The device has moved n bytes there by itself: all checks of an access, and no bytes move. Memory that was written
  // is marked so.
  AccessResult witness(uint64_t dma, size_t n, bool write) { return move(dma, nullptr, n, write); }

  // Where a DMA address leads without touching anything, IOTLB included; kNoAddress if nowhere.
  uint64_t peek(uint64_t dma) const;
  // What the device would read there, without reading it: nothing is checked, told or cached. Returns how many bytes it
  // can reach.
  size_t look(uint64_t dma, void* dst, size_t n) const;

  // The IOMMU between device and memory.
  void attach_table(const TableRoot& root);
  void detach_table();
  void flush(uint64_t iova, uint64_t last) { iotlb_.flush(iova >> 12, last >> 12); }
  void flush_all() { iotlb_.flush_all(); }
  bool translated() const { return attached_; }
  // Whether a table was attached since close(), and which, though it may be detached by now.
  bool had_table() const { return had_table_; }
  const TableRoot& table() const { return root_; }

 private:
  struct Step {
    AccessError error;
    uint64_t phys;
  };

  // Whether the IOTLB would lead the device elsewhere than the table does.
  bool stale(uint64_t dma) const;
  Step translate(uint64_t dma, bool write);
  Step translate_iommu(uint64_t dma, bool write);
  // Without `bytes` they have moved before.
  AccessResult move(uint64_t dma, uint8_t* bytes, size_t n, bool write);
  AccessResult move(std::span<const dmaf_segment> segments, uint64_t offset, uint8_t* bytes, size_t n, bool write);
  static bool move_at(uint64_t phys, uint8_t* bytes, size_t n, bool write);

  void* dev_ = nullptr;
  uint64_t mask_ = ~uint64_t{0};
  bool iommu_path_ = false;
  bool attached_ = false;
  bool had_table_ = false;
  TableRoot root_;
  Iotlb iotlb_;
  Observer observer_ = nullptr;
  void* observer_context_ = nullptr;
};

// The one of this process; host_iommu_* and host_iotlb_* of the seam go to it.
Device& device();

}  // namespace dmafuzz

#endif  // DMAFUZZ_DEVICE_DEVICE_H_
