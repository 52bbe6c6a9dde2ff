// SPDX-License-Identifier: GPL-2.0-only
//
// An NVM Express controller with one namespace, for driver nvme.
#ifndef DMAFUZZ_DRIVER_MODELS_NVME_H
#define DMAFUZZ_DRIVER_MODELS_NVME_H

#include <array>
#include <vector>

#include "driver/model.h"
#include "driver/models/disk_store.h"

namespace dmafuzz {

class Nvme : public ModelOf<Nvme> {
 public:
  // What the controller is besides the plain one, by bit (a life's `variant`).
  enum Variant : unsigned {
    kHostMemory = 1,       // wants memory of the host for itself
    kLists = 2,            // takes scatter-gather lists
    kShadowDoorbells = 4,  // doorbells in the host's memory
    kSmallTransfers = 8,   // 8 KiB each at most
    kWideDoorbells = 16,   // 16 bytes apart
    kBigBlocks = 32,       // 4 KiB
    kNoCache = 64,         // of writes
    kNoExtras = 128,       // neither discards nor writes of zeroes
  };

  void reset() override;
  void lose_power() override;
  void vary(uint32_t variant) override { variant_ = variant; }
  void identify(PciIdentity& identity) override;
  void appear(PciFunction& function) override;
  uint64_t read(unsigned bar, uint64_t offset, unsigned size) override;
  void write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) override;
  bool act() override;
  bool receive(std::span<const uint8_t>) override { return false; }
  bool interrupt() const override;
  bool own_field(uint64_t dma, size_t n) override;

 private:
  static constexpr unsigned kQueues = 4;  // with that of the administrator
  using Command = std::array<uint32_t, 16>;

  struct Submission {
    bool on = false;
    uint64_t base = 0;
    uint32_t size = 0, head = 0, tail = 0;
    uint32_t completion = 0;
  };
  struct Completion {
    bool on = false;
    uint64_t base = 0;
    uint32_t size = 0, head = 0, tail = 0;
    uint32_t vector = 0;
    bool phase = false, interrupts = false;
  };
  struct Piece {
    uint64_t dma, size;
  };

  bool has(Variant v) const { return variant_ & v; }
  unsigned block() const { return has(kBigBlocks) ? 4096 : 512; }
  uint64_t blocks() const;
  unsigned stride() const { return has(kWideDoorbells) ? 2 : 0; }
  uint64_t capabilities() const;
  uint32_t word(uint64_t offset) const;
  void write_word(uint64_t offset, uint32_t value);
  void configure(uint32_t value);
  void ring(uint64_t offset, uint32_t value);
  void stop_queues();
  void look_at_shadows();
  bool complete(unsigned queue, uint32_t command, uint32_t result, uint32_t status);

  // Each returns a status; `result` is the first word of the completion. Administration (nvme_admin.cc).
  uint32_t administer(const Command& c, uint32_t& result, bool& later);
  uint32_t create_completion(const Command& c);
  uint32_t create_submission(const Command& c);
  uint32_t delete_queue(const Command& c, bool completion);
  uint32_t give_identity(const Command& c);
  uint32_t give_log(const Command& c);
  uint32_t set_feature(const Command& c, uint32_t& result);
  uint32_t get_feature(const Command& c, uint32_t& result);
  uint32_t take_host_memory(const Command& c);
  void use_host_memory();
  // Data (nvme_io.cc).
  uint32_t serve(const Command& c);
  uint32_t transfer(const Command& c, uint8_t* bytes, size_t n, bool to_host);
  uint32_t move(uint64_t dma, uint8_t* bytes, size_t n, bool to_host);
  uint32_t by_pages(const Command& c, uint8_t* bytes, size_t n, bool to_host);
  uint32_t by_list(const Command& c, uint8_t* bytes, size_t n, bool to_host);
  uint32_t discard(const Command& c);

  unsigned variant_ = 0;
  uint32_t config_ = 0, status_ = 0, masked_ = 0, admin_sizes_ = 0;
  uint64_t admin_submission_ = 0, admin_completion_ = 0;
  std::array<Submission, kQueues> submissions_;
  std::array<Completion, kQueues> completions_;
  unsigned next_ = 0;  // queue that is looked at first
  uint32_t events_ = 0;
  uint64_t shadows_ = 0, shadow_events_ = 0;
  std::vector<Piece> host_memory_;
  uint32_t served_ = 0;
  DiskStore disk_;
  std::vector<uint8_t> buffer_;
};

}  // namespace dmafuzz

#endif
