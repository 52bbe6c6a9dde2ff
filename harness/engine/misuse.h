// SPDX-License-Identifier: GPL-2.0-only
//
// Runs unlawful programs (program/mistake.h) and says what came of the mistake.
#ifndef DMAFUZZ_ENGINE_MISUSE_H
#define DMAFUZZ_ENGINE_MISUSE_H

#include <cstdint>
#include <string>

#include "engine/executor.h"
#include "engine/raise.h"
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
  std::string id;   // what fired
  std::string why;  // for people; of kMissed and kWrong
};

class Misuse {
 public:
  explicit Misuse(const char* target);
  // Leaves a fresh machine. Findings of AddressSanitizer and its like are not caught: they end the process.
  MisuseVerdict run(const Mistake& mistake, const Unlawful& unlawful);

 private:
  MisuseVerdict judge(const Mistake& mistake, const Unlawful& unlawful);
  bool made(const Unlawful& unlawful) const;

  Executor executor_;
  FindingTrap trap_;
};

// The unlawful program as a file that says what is expected of it.
std::string misuse_text(const Mistake& mistake, const Unlawful& unlawful);

}  // namespace dmafuzz

#endif
