// SPDX-License-Identifier: GPL-2.0-only
// What a check has to say. Made only when it fires, so that it may allocate.
#ifndef DMAFUZZ_DMASAN_VIOLATION_H_
#define DMAFUZZ_DMASAN_VIOLATION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "dmasan/checks.h"
#include "memory/stack.h"

namespace dmafuzz {

struct Mapping;

struct Violation {
  Check check;
  std::string what;                  // one line
  const Mapping* mapping = nullptr;  // the one concerned, live or gone; null: there is none
  // Where the device was when it went wrong, a DMA address; kNowhere: it is not about an access of the device's.
  static constexpr uint64_t kNowhere = ~uint64_t{0};
  uint64_t touched = kNowhere;
  // Of the memory concerned: lines, and stacks with their titles ("allocated at"). Empty: as the mapping says.
  std::vector<std::string> object = {};
  struct TitledStack {
    const char* title;
    Stack stack;
  };
  std::vector<TitledStack> stacks = {};
};

}  // namespace dmafuzz

#endif  // DMAFUZZ_DMASAN_VIOLATION_H_
