// SPDX-License-Identifier: GPL-2.0-only
//
// See microwire.h. A command is a start bit, two bits of opcode and the address; sixteen bits of data follow it.
#include "driver/models/microwire.h"

namespace dmafuzz {
namespace {

constexpr unsigned kRead = 2, kWrite = 1;

}  // namespace

void Microwire::drive(bool select, bool clock, bool in) {
  const bool edge = clock && !clock_;
  clock_ = clock;
  if (!select) {
    started_ = false;
    out_ = true;  // ready
    bits_ = command_ = data_ = 0;
    return;
  }
  if (!edge) return;
  if (!started_) {
    started_ = in;
    return;
  }
  constexpr unsigned kCommandBits = 2 + kAddressBits;
  if (bits_ < kCommandBits) {
    command_ = command_ << 1 | in;
    // A zero says that the address is complete: drivers find out by it how long addresses are.
    out_ = ++bits_ < kCommandBits;
    return;
  }
  const unsigned n = bits_++ - kCommandBits;
  const unsigned opcode = command_ >> kAddressBits, address = command_ % kWords;
  if (opcode == kRead) out_ = words[(address + n / 16) % kWords] >> (15 - n % 16) & 1;
  if (opcode != kWrite) return;
  data_ = data_ << 1 | in;
  if (n == 15) words[address] = static_cast<uint16_t>(data_);
}

}  // namespace dmafuzz
