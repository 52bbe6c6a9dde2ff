// SPDX-License-Identifier: GPL-2.0-only
//
// Holds what a program came to in a real kernel against what it came to in userspace, and reads the guest's log.
//
// What hangs on the machine is not compared: addresses, how many pieces memory is in (and how many entries dma-debug
// has for a list of them), which of two lawful results a call has where the API leaves it open. The last ends the
// comparison of the program, as does any difference: what follows is of another state.
#ifndef DMAFUZZ_GUEST_VERDICT_H
#define DMAFUZZ_GUEST_VERDICT_H

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "guest/account.h"
#include "guest/box.h"

namespace dmafuzz {

enum class Agreement : uint8_t {
  kEqual,    // all that was compared, to the end (of a program that a finding ended here: up to that)
  kOpen,     // up to an operation that may come out either way and did, or that comes after lists of other entries
  kDiffers,  // a result, a byte, a mapping, the end, or the kernel complained of a lawful program
  kNotRun,   // the guest never came to it
};
std::string_view agreement_word(Agreement agreement);

struct GuestVerdict {
  Agreement agreement = Agreement::kEqual;
  size_t compared = 0;      // operations
  std::string where = {};   // the operation in the text form; empty: the end
  std::string what = {};    // a sentence; empty if all is equal
  std::string aspect = {};  // "result", "value", "size", "bytes", "live mappings", "report", "death"
};

// `records` are the guest's of this program, in order; `reports` what its log has of it.
GuestVerdict compare_with_guest(const Account& account, std::span<const GuestRecord> records,
                                std::span<const std::string> reports);

// A result in a word: "ok", "no memory" ...
std::string_view status_word(int32_t status);

// What a guest's log says against programs, by their numbers: one line a report (dma-debug, KASAN, UBSAN, warnings,
// oopses), each once a program, without times and addresses of stacks.
std::map<uint32_t, std::vector<std::string>> reports_by_program(std::string_view log);

}  // namespace dmafuzz

#endif
