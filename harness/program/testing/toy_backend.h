// SPDX-License-Identifier: GPL-2.0-only
// A toy DMA implementation over plain arrays, right by construction, for the tests of the reference model: it shares
// nothing with the model but the ABI, moves real bytes, and can be wrong on demand.
#ifndef DMAFUZZ_PROGRAM_TESTING_TOY_BACKEND_H
#define DMAFUZZ_PROGRAM_TESTING_TOY_BACKEND_H

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "backend/backend.h"
#include "program/model_facts.h"

namespace dmafuzz::testing {

// Mistakes to plant: the model must notice each.
enum class Flaw {
  kNone,
  kUnmapForgetsCopy,       // unmap does not bring the device's bytes
  kBounceForgetsOriginal,  // a FROM_DEVICE bounce slot starts with garbage
  kSyncOffByOne,           // sync_for_cpu leaves the last byte
  kMaskIgnored,            // addresses anywhere
  kCoherentNotZeroed,
  kRefusesLarge,   // mappings over 1 KiB fail
  kSharesAddress,  // an address space that forgets what it gave away
  kSegmentLost,    // a list loses its last segment
};

// Ranges in an address space, given out from a moving start so that what is live lies scattered.
class Space {
 public:
  void reset(uint64_t base, uint64_t size);
  // 0 when there is no room. No range crosses a multiple of `within`.
  uint64_t take(uint64_t size, uint64_t align, uint64_t within = ~uint64_t{0});
  void give(uint64_t at) { used_.erase(at); }
  void rewind() { next_ = base_; }

 private:
  bool free_at(uint64_t at, uint64_t size) const;

  uint64_t base_ = 0, size_ = 0, next_ = 0;
  std::map<uint64_t, uint64_t> used_;
};

class ToyBackend {
 public:
  explicit ToyBackend(const TreeFacts& facts) : facts_(facts) {}
  void begin(const dmaf_config& config, Flaw flaw = Flaw::kNone);
  // Operations of the device included. CHECK and DEV_READ leave what they saw in observed().
  void exec(const dmaf_op& op, dmaf_result& result);
  const std::vector<uint8_t>& observed() const { return observed_; }
  // Address ranges that were not given back.
  unsigned live() const;

 private:
  struct Memory {
    std::vector<uint8_t> cpu, dram;  // dram: what a device that does not snoop sees
    uint64_t phys = 0;
    Space* zone = nullptr;
    dmaf_op made{};
    bool live = false;
    std::vector<dmaf_segment> segments;
    uint64_t iova = 0;
  };
  struct Piece {
    uint32_t off, len;  // in the buffer
    uint64_t dma = 0, slot = 0;
    std::vector<uint8_t> bounce;
  };
  struct View {
    dmaf_op made{}, mapped_by{};
    uint8_t src = 0;
    bool live = false, mapped = false;
    std::vector<Piece> entries;
  };

  bool failed_by_luck();
  bool on_iommu() const { return config_.path >= DMAF_PATH_IOMMU; }
  bool forced() const { return config_.path == DMAF_PATH_BOUNCE || config_.path == DMAF_PATH_RESTRICTED; }
  Space& slots() { return config_.path == DMAF_PATH_RESTRICTED ? restricted_ : swiotlb_; }
  uint64_t take_zone(unsigned kind, uint64_t size, Space** zone);
  bool place(Piece& piece, const Memory& buffer, uint64_t mask, bool registers, unsigned dir);
  void unplace(Piece& piece);
  void make_memory(Memory& m, const dmaf_op& op, uint64_t len, bool zero);

  void alloc(const dmaf_op& op, dmaf_result& r);
  void coh_alloc(const dmaf_op& op, dmaf_result& r);
  bool take_coherent(Memory& m, const dmaf_op& op, uint64_t len, bool sync_kind);
  void drop_coherent(Memory& m);
  void map_view(View& v, const dmaf_op& op, dmaf_result& r);
  void unmap_view(View& v, const dmaf_op& op);
  void sync(const dmaf_op& op);
  void piece_to_device(View& v, Piece& p, uint32_t off, uint32_t len);
  void piece_to_cpu(View& v, Piece& p, uint32_t off, uint32_t len);
  void lines(Memory& m, uint32_t off, uint32_t len, bool to_dram);
  // The byte of an object as a side sees it.
  uint8_t* byte(const dmaf_op& op, uint32_t pos, bool device);
  void report(const Memory& m, dmaf_result& r);

  TreeFacts facts_;
  dmaf_config config_{};
  Flaw flaw_ = Flaw::kNone;
  std::array<Memory, DMAF_HANDLES> buf_, coh_, blk_;
  std::array<View, DMAF_HANDLES> map_, sg_;
  std::array<dmaf_op, DMAF_HANDLES> pool_{};
  std::array<bool, DMAF_HANDLES> pool_live_{};
  Space zones_[3], iova_, swiotlb_, restricted_, device_pool_;
  uint64_t mask_ = 0, coherent_mask_ = 0, low_ = 0, boundary_ = 0;
  unsigned fail_in_ = 0;
  std::vector<dmaf_segment> segments_;
  std::vector<uint8_t> observed_;
};

// Facts of the toy's machine.
TreeFacts toy_facts();

}  // namespace dmafuzz::testing

#endif
