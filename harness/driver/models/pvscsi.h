// SPDX-License-Identifier: GPL-2.0-only
//
// VMware's paravirtual SCSI host PVSCSI with a disk or two, for driver vmw_pvscsi.
#ifndef DMAFUZZ_DRIVER_MODELS_PVSCSI_H
#define DMAFUZZ_DRIVER_MODELS_PVSCSI_H

#include <array>
#include <deque>
#include <vector>

#include "driver/model.h"
#include "driver/models/scsi_disk.h"
#include "life/life.h"

namespace dmafuzz {

class Pvscsi : public ModelOf<Pvscsi> {
 public:
  // What the host is besides the usual one, by bit (a life's `variant`).
  enum Variant : uint32_t {
    kNoTable = 1 << 0,         // its table of messages (MSI-X) lies nowhere: one message
    kOld = 1 << 2,             // knows neither a ring for what it has to say, nor configuration, nor thresholds
    kNoThreshold = 1 << 3,     // is to be told of each request
    kManyTargets = 1 << 4,     // 24 of them, so that rings are as large as they can be
    kTwoDisks = 1 << 5,        // one more, at target 1
    kComesAndGoes = 1 << 6,    // that one is plugged in after the 8th request, and out after the 24th
    kBigBlocks = 1 << 7,       // 4 KiB
    kNoCache = 1 << 8,         // of writes
    kNoExtras = 1 << 9,        // neither unmaps nor writes the same block many times
    kReadOnly = 1 << 10,       // cannot be written
    kLoses = 1 << 11,          // every fifth read or write is never answered, unless it is aborted
    kIgnoresAborts = 1 << 12,  // nor if it is aborted, until a device or the bus is reset
    kIgnoresResets = 1 << 13,  // nor then, until all is
    kBackwards = 1 << 14,      // takes all that there is, and ends what came last first
    kStumbles = 1 << 15,       // every fourth read or write fails, of which it says that it was the bus
  };

  void vary(uint32_t variant) override { variant_ = variant; }
  void reset() override;
  void lose_power() override;
  void identify(PciIdentity& identity) override;
  void appear(PciFunction& function) override;
  uint32_t config_read(unsigned at, uint32_t value) override;
  void config_written(unsigned at, uint32_t value) override;
  uint64_t read(unsigned bar, uint64_t offset, unsigned size) override;
  void write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) override;
  bool act() override;
  bool receive(std::span<const uint8_t>) override { return false; }
  bool interrupt() const override { return raised_ & enabled_; }
  // By the book, who is reset ends what it was at.
  Degree least() const override { return has(kIgnoresResets) ? Degree::kFaulty : Degree::kFaithful; }
  unsigned line() override { return single_on() ? single_data_ : HOST_IRQ_PCI; }
  bool own_field(uint64_t dma, size_t n) override;

 private:
  static constexpr unsigned kDisks = 2, kMaxPages = 32;

  struct Request {
    uint64_t context, data, length, sense;
    uint32_t sense_length, flags;
    std::array<uint8_t, 16> cdb;
    uint8_t cdb_length, lun, bus, target;
  };
  // Pages that lie anywhere, with entries that are counted without end.
  struct Ring {
    std::array<uint64_t, kMaxPages> pages = {};
    uint32_t count = 0, entry = 0;  // pages; bytes of one
    uint32_t at = 0;
    uint32_t entries() const { return count * 4096 / entry; }
    uint64_t current() const { return pages[at % entries() * entry / 4096] + at % entries() * entry % 4096; }
    bool has(uint64_t dma, size_t n) const;
  };

  bool has(Variant v) const { return variant_ & v; }
  bool single_on() const { return single_control_ & 1; }
  bool present(unsigned target) const;
  unsigned words(uint32_t command) const;
  void command();
  void set_up_rings();
  void set_up_messages();
  void configure();
  void power_on();
  void forget();
  void raise(uint32_t what);
  uint32_t state(unsigned at);
  void state(unsigned at, uint32_t value);
  // Takes the next request of the ring. False: there is none.
  bool take();
  void take_all();
  // It is done with; false: there is no room to say so.
  bool answer(const Request& r, uint16_t host, uint16_t scsi, uint64_t length, uint32_t sense_length);
  bool lost(const Request& r);
  void serve(const Request& r);
  void abort(uint64_t context);
  void reset_targets(bool all, unsigned target);
  void say(uint32_t type);
  // All bytes of a request, to the host or from it; false: they cannot be had.
  bool move(const Request& r, uint8_t* bytes, size_t n, bool to_host);

  uint32_t variant_ = 0;
  unsigned table_at_ = 0, single_at_ = 0;
  uint32_t single_control_ = 0, single_data_ = 0;
  uint32_t command_ = 0, result_ = 0, raised_ = 0, enabled_ = 0;
  std::vector<uint32_t> arguments_;
  uint64_t state_ = 0;  // the page of indices
  Ring requests_, completions_, messages_;
  bool threshold_ = false, kicked_ = false, second_ = false;
  uint32_t served_ = 0, moved_ = 0;
  std::deque<Request> waiting_;  // taken
  std::vector<Request> lost_;    // never answered by itself
  std::array<ScsiDisk, kDisks> disks_;
  std::vector<uint8_t> out_, in_;
};

}  // namespace dmafuzz

#endif
