// SPDX-License-Identifier: GPL-2.0-only
//
// Runs unlawful programs (program/mistake.h) and says what came of the mistake.
#ifndef DMAFUZZ_ENGINE_MISUSE_H
#define DMAFUZZ_ENGINE_MISUSE_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/executor.h"
#include "engine/raise.h"
#include "host.h"
#include "program/mistake.h"

namespace dmafuzz {

enum class MisuseEnd : uint8_t {
  kSeen,     // the right check fired, at the right operation
  kNotMade,  // what the mistake is about never came to be, or the call was refused: the device or the path rules it out
  kMissed,   // nothing fired
  kWrong,    // something else did, or elsewhere
};

struct MisuseVerdict {
  MisuseEnd end = MisuseEnd::kNotMade;
  std::string id;        // what fired
  std::string why;       // for people; of kMissed and kWrong
  int32_t status = 0;    // of kNotMade: what the operation came to that stood in the way
  bool refused = false;  // of kNotMade: that was the mistaken operation itself
  // What the first operation was taken for that the implementation does not offer or refuses by type; 0: there is none.
  // What such an operation was to do, to the mistake or to anything else, was not done. Not of kNotMade.
  int32_t skipped = 0;
};

class Misuse {
 public:
  explicit Misuse(const char* target, const dmaf_backend& backend = dmaf_backend_c);
  // Leaves a fresh machine. Findings of AddressSanitizer and its like are not caught: they end the process.
  MisuseVerdict run(const Mistake& mistake, const Unlawful& unlawful);

 private:
  MisuseVerdict judge(const Mistake& mistake, const Unlawful& unlawful);
  // The first operation that it needs that did not succeed.
  std::optional<std::size_t> failed_need(const Unlawful& unlawful) const;
  // The first operation that it needs, or the mistaken one, that did not succeed; none: the mistake was made.
  std::optional<std::size_t> in_the_way(const Unlawful& unlawful) const;
  MisuseVerdict not_made(const Unlawful& unlawful, std::size_t at) const;
  int32_t skipped() const;

  Executor executor_;
  FindingTrap trap_;
};

// The unlawful program as a file that says what is expected of it.
std::string misuse_text(const Mistake& mistake, const Unlawful& unlawful);

}  // namespace dmafuzz

#endif
