// SPDX-License-Identifier: GPL-2.0-only
//
// A serial EEPROM of 16-bit words as network devices have it (93C46, 93C56): select, clock, data in, data out. Reads; a
// write or an erasure is taken and done at once.
#ifndef DMAFUZZ_DRIVER_MODELS_MICROWIRE_H
#define DMAFUZZ_DRIVER_MODELS_MICROWIRE_H

#include <array>
#include <cstdint>

namespace dmafuzz {

class Microwire {
 public:
  static constexpr unsigned kWords = 64;
  static constexpr unsigned kAddressBits = 6;

  std::array<uint16_t, kWords> words = {};

  void reset() { *this = {}; }
  // The levels of the lines after a register write.
  void drive(bool select, bool clock, bool in);
  bool out() const { return out_; }

 private:
  bool clock_ = false, started_ = false, out_ = true;
  unsigned bits_ = 0, command_ = 0, data_ = 0;
};

}  // namespace dmafuzz

#endif
