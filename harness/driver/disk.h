// SPDX-License-Identifier: GPL-2.0-only
//
// The user of a disk that the driver registered: reads, writes, flushes, discards and writes of zeroes as a life says,
// and what must come of them. Knows what the disk holds as far as it can be known.
#ifndef DMAFUZZ_DRIVER_DISK_H
#define DMAFUZZ_DRIVER_DISK_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "driver/sparse_pages.h"
#include "life/life.h"

namespace dmafuzz {

class DiskUser {
 public:
  // A new input: a disk that holds zeroes, closed.
  void reset();
  // Whether what comes must be right.
  void set_faithful(bool faithful) { faithful_ = faithful; }
  bool is_open() const { return open_; }
  void open();
  void close();
  // One of the disk's operations; false: it is none, or nothing came of it. `demanding`: it must succeed.
  bool submit(const LifeOp& op, bool demanding);
  bool control(const LifeOp& op);
  // Held back requests go on their way.
  void unplug();
  // What is under way may fail from now on: the driver or its device has reason to give up.
  void unsettle();
  // Nothing more will happen; `why` says after what.
  void check_lost(const char* why) const;
  bool busy() const { return busy_; }

  // The kernel's answers.
  void data(unsigned token, std::span<const uint8_t> bytes);
  void done(unsigned token, int error);

 private:
  static constexpr uint64_t kSector = 512, kPage = 4096;

  struct Request {
    unsigned op = 0;
    uint64_t start = 0, end = 0;  // bytes
    std::vector<uint8_t> bytes;   // what is written, or what came
    bool ended = false;
    bool must_succeed = false;
    bool alone = true;  // nothing that overlaps it changed the disk meanwhile
  };
  struct Page {
    std::array<uint8_t, kPage> bytes = {};
    uint8_t unsure = 0;  // by sector
  };

  static bool changes(const Request& r);
  void write(const Request& r, const uint8_t* bytes);  // null: zeroes
  Request* request(unsigned token) { return token < used_ ? &requests_[token] : nullptr; }
  void forget(const Request& r);
  void verify(const Request& r);
  template <typename Do>
  void each_sector(const Request& r, Do&& what);

  bool faithful_ = false, open_ = false;
  unsigned busy_ = 0;
  std::deque<Request> requests_;  // by token; those beyond `used_` keep their room for the next input
  size_t used_ = 0;
  SparsePages<Page> pages_;
};

}  // namespace dmafuzz

#endif
