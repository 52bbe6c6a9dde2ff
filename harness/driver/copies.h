// SPDX-License-Identifier: GPL-2.0-only
//
// The user of a DMA engine that the driver registered: copies as a life says, and what must come of them.
#ifndef DMAFUZZ_DRIVER_COPIES_H
#define DMAFUZZ_DRIVER_COPIES_H

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "life/life.h"

namespace dmafuzz {

class CopyUser {
 public:
  // A new input: no channel is requested.
  void reset();
  // Whether what comes must be right.
  void set_faithful(bool faithful) { faithful_ = faithful; }
  // Requests every channel there is; gives them back.
  void open();
  void close();
  // One of the engine's operations; false: it is none, or nothing came of it. `demanding`: it must succeed.
  bool take(const LifeOp& op, bool demanding);
  // What was held back goes on its way.
  void issue();
  // What is under way may fail from now on, or never end: the driver or its device has reason to give up.
  void unsettle();
  // The driver is about to be unbound: channels that it cannot do without are given back.
  void before_unbind();
  // Nothing more will happen; `why` says after what.
  void check_lost(const char* why) const;
  bool busy() const { return busy_; }

  // The kernel's side.
  const uint8_t* bytes(unsigned token, size_t n);
  void done(unsigned token, int error, std::span<const uint8_t> buffer, size_t at);
  void dropped(unsigned token);

 private:
  static constexpr unsigned kChannels = 32;

  struct Copy {
    unsigned channel = 0;
    uint32_t seed = 0;
    std::vector<uint8_t> bytes;
    bool ended = false;
    bool must_succeed = false;
  };

  void submit(const LifeOp& op, unsigned channel, bool demanding);
  void status(unsigned channel);
  void unsettle(unsigned channel);
  // The n-th channel of those that are requested, or kChannels.
  unsigned channel(unsigned n) const;

  bool faithful_ = false;
  uint32_t open_ = 0, held_ = 0;  // by channel
  unsigned busy_ = 0;
  std::deque<Copy> copies_;  // by token; those beyond `used_` keep their room for the next input
  size_t used_ = 0;
};

}  // namespace dmafuzz

#endif
