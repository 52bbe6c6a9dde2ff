// SPDX-License-Identifier: GPL-2.0-only
//
// What a run of a program came to, operation by operation, in a form that can be held against another run of it: on
// another back end, which must come to the same.
#ifndef DMAFUZZ_ENGINE_RECORDING_H
#define DMAFUZZ_ENGINE_RECORDING_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dmasan/core_calls.h"
#include "engine/executor.h"

namespace dmafuzz {

// What may differ, one by one.
enum class Aspect : uint8_t {
  kResult,     // status and value
  kSegments,   // how many, and how long each
  kAddresses,  // CPU address and DMA addresses
  kSeen,       // the bytes that the operation read, as CPU or as device
  kCpuBytes,   // what the CPU would read of the object
  kDevBytes,   // what the device would read of it
  kMappings,   // what is mapped, and who owns each byte of it
  kCalls,      // the calls that reached the DMA core
  kCount
};
inline constexpr size_t kAspects = static_cast<size_t>(Aspect::kCount);
const char* aspect_name(Aspect aspect);

// Of objects longer than twice this many bytes, what is looked at after each operation is as much from either end; what
// operations read is compared whole.
inline constexpr size_t kLookedAt = 4096;

struct OpRecord {
  dmaf_op op;
  bool closing;
  int32_t status;
  uint64_t value;
  std::array<uint64_t, kAspects> hash;
};

class Recording : public Executor::Observer {
 public:
  // Starts over. In full, facts() has what was behind the hashes; slow. With a reference, the run ends at the first
  // operation that this back end does not offer, or that its types refuse, and the reference does not answer so.
  void begin(const Recording* reference, bool in_full);
  bool after(const Executor::Step& step) override;

  std::span<const OpRecord> ops() const { return ops_; }
  // The run ended so; the last operation's status says which of the two it was.
  bool refused() const { return refused_; }
  // In full: the facts behind an operation's hash, and the bytes among them.
  struct Facts {
    std::vector<std::string> lines;
    std::vector<uint8_t> bytes;
  };
  const Facts& facts(size_t op, Aspect aspect) const { return facts_[op * kAspects + static_cast<size_t>(aspect)]; }

 private:
  void number(Aspect aspect, const char* name, uint64_t value);
  void bytes(Aspect aspect, std::span<const uint8_t> bytes);
  void look_as_cpu(std::span<const char> memory);
  void look_as_device(std::span<const dmaf_segment> segments);
  void mappings();
  void calls();

  const Recording* reference_ = nullptr;
  std::vector<OpRecord> ops_;
  std::vector<Facts> facts_;
  std::vector<uint8_t> scratch_;
  bool in_full_ = false;
  bool refused_ = false;
};

}  // namespace dmafuzz

#endif
