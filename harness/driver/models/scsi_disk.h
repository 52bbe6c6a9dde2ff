// SPDX-License-Identifier: GPL-2.0-only
//
// A disk behind a SCSI host: what it makes of commands. By SPC-4 and SBC-3.
#ifndef DMAFUZZ_DRIVER_MODELS_SCSI_DISK_H
#define DMAFUZZ_DRIVER_MODELS_SCSI_DISK_H

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "driver/models/disk_store.h"

namespace dmafuzz {

class ScsiDisk {
 public:
  struct Kind {
    bool big_blocks = false;  // 4 KiB, not 512 bytes
    bool no_cache = false;    // of writes
    bool no_extras = false;   // neither unmaps nor writes the same block many times
    bool read_only = false;
  };
  enum Status : uint8_t { kGood = 0, kCheck = 2 };
  static constexpr uint64_t kBytes = 64ull << 20;

  // Power-on: it holds zeroes, and has its first command but a few refused, which tells its user so.
  void reset(const Kind& kind);
  // As after a power-on: it has that to tell. What was written is still there.
  void lose_power();
  // A reset from outside, of which it tells in the same way.
  void attend() { attention_ = true; }
  // What a command takes from the host, or brings: bytes of `out` were taken, `in` is what comes, as much as it is.
  Status execute(std::span<const uint8_t> cdb, unsigned lun, std::span<const uint8_t> out, std::vector<uint8_t>& in);
  // Why the last one was refused, in fixed format.
  const std::array<uint8_t, 18>& sense() const { return sense_; }

 private:
  enum Sense : uint32_t;

  unsigned block() const { return kind_.big_blocks ? 4096 : 512; }
  uint64_t blocks() const { return kBytes / block(); }
  Status refuse(Sense sense);
  Status inquire(std::span<const uint8_t> cdb, unsigned lun, std::vector<uint8_t>& in);
  Status vital(uint8_t page, std::vector<uint8_t>& in);
  Status mode_sense(std::span<const uint8_t> cdb, std::vector<uint8_t>& in);
  Status transfer(std::span<const uint8_t> cdb, std::span<const uint8_t> out, std::vector<uint8_t>& in);
  Status write_same(std::span<const uint8_t> cdb, std::span<const uint8_t> out);
  Status unmap(std::span<const uint8_t> out);
  Status capacity(std::span<const uint8_t> cdb, std::vector<uint8_t>& in) const;

  Kind kind_;
  DiskStore store_;
  bool attention_ = true;
  std::array<uint8_t, 18> sense_ = {};
};

}  // namespace dmafuzz

#endif
