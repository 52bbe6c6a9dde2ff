// SPDX-License-Identifier: GPL-2.0-only
//
// The user of the file that a driver made in debugfs: what is written there lies in the device, and must be read as it
// was written.
#ifndef DMAFUZZ_DRIVER_FILES_H
#define DMAFUZZ_DRIVER_FILES_H

#include <cstdint>
#include <vector>

#include "life/life.h"

namespace dmafuzz {

class FileUser {
 public:
  // A new input: nothing is known of what the device holds.
  void reset();
  // Whether what comes must be right.
  void set_faithful(bool faithful) { faithful_ = faithful; }
  // The driver bound its device: it has cleared it.
  void cleared();
  // The device may have lost what it held.
  void forget();
  // One of the file's operations; false: it is none, or there is no file. `demanding`: it must succeed.
  bool take(const LifeOp& op, bool demanding);

 private:
  void write(const LifeOp& op, bool demanding);
  void read(const LifeOp& op, bool demanding);
  // What came back must be what a file of that size says.
  void check_result(const char* what, const LifeOp& op, long result, bool demanding) const;

  static constexpr int16_t kUnknown = -1;

  bool faithful_ = false;
  std::vector<int16_t> held_;  // by byte
  std::vector<uint8_t> bytes_;
};

}  // namespace dmafuzz

#endif
