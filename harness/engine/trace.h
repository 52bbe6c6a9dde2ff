// SPDX-License-Identifier: GPL-2.0-only
//
// The trace of an input: everything observable that happened, in order, as one hash and, when asked for, as text.
// The same input must give the same trace on every machine, in any order of inputs (design D5).
#ifndef DMAFUZZ_ENGINE_TRACE_H
#define DMAFUZZ_ENGINE_TRACE_H

#include <cstddef>
#include <cstdint>
#include <string>

namespace dmafuzz {

class Trace {
 public:
  void reset() { hash_ = kSeed; }
  // Keeps text as well from now on; the caller owns it. Null: no text.
  void set_text(std::string* text) { text_ = text; }
  // Leaves the text as it is for now.
  void mute(bool on) { muted_ = on; }
  void event(const char* kind, uint64_t a, uint64_t b, uint64_t c);
  uint64_t hash() const { return hash_; }

 private:
  static constexpr uint64_t kSeed = 0xcbf29ce484222325;
  void mix(uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001b3, hash_ ^= hash_ >> 29; }

  uint64_t hash_ = kSeed;
  std::string* text_ = nullptr;
  bool muted_ = false;
};

// Contents as one number, for events that are about them. Any change of n bytes changes it, as good as surely.
uint64_t hash_bytes(const uint8_t* bytes, size_t n);

Trace& trace();
// Whether operations of targets over plain bytes are printed to stdout as they begin, in words: what the bytes mean.
bool operations_shown();
void show_operations(bool on);
// The hash of the input that ran last.
uint64_t last_trace_hash();
void set_last_trace_hash(uint64_t hash);

}  // namespace dmafuzz

#endif
