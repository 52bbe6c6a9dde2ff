// SPDX-License-Identifier: GPL-2.0-only
//
// One DMA program on several implementations of the DMA API, each on a machine of its own in the same state: after each
// operation all must have come to the same. A difference is a finding, with both sides shown.
//
// What an implementation does not offer, or its types refuse, is taken out of the program with all that hangs on it,
// and the C API runs the same rest: nothing is compared that was not done by both, and what was taken out is counted.
#ifndef DMAFUZZ_ENGINE_LOCKSTEP_H
#define DMAFUZZ_ENGINE_LOCKSTEP_H

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "engine/executor.h"
#include "engine/recording.h"
#include "program/program.h"
#include "report/finding.h"

namespace dmafuzz {

class Lockstep {
 public:
  struct Wrapper {
    const dmaf_backend* backend;
    // It allocates memory for itself: what is allocated after it lies elsewhere, and an injected failure would hit
    // something else. Such failures are left out, and addresses are not compared.
    bool own_memory;
  };
  // What became of the operations that a wrapper was given.
  struct Counts {
    uint64_t programs = 0;
    uint64_t run = 0;          // operations, those included that close programs
    uint64_t not_offered = 0;  // of which the implementation has no word
    uint64_t refused = 0;      // that its types make impossible to say
    uint64_t dependent = 0;    // that hung on one of those
    uint64_t other_lists = 0;  // programs compared up to a list only, whose pages lie side by side on one side alone
    std::array<uint64_t, DMAF_OP_COUNT> left_out{};  // not offered, refused, dependent: by code
  };

  // Boots the machine if nobody did. `reference` is what the wrappers are held against.
  Lockstep(const char* target, const dmaf_backend& reference, std::span<const Wrapper> wrappers);
  // Runs a lawful, shaped program. Does not return if something is found.
  void run(const Program& program);

  size_t wrappers() const { return sides_.size(); }
  const char* name(size_t wrapper) const { return sides_[wrapper]->backend->name; }
  const Counts& counts(size_t wrapper) const { return sides_[wrapper]->counts; }

 private:
  struct Side {
    Side(const dmaf_backend& b, bool own, const char* target) : backend(&b), own_memory(own), executor(b, target) {}
    const dmaf_backend* backend;
    bool own_memory;
    Executor executor;
    Recording recording;
    Counts counts;
  };

  // Runs the program on the side; the recording has what came of it, compared with the reference's if there is one.
  void record(Side& side, Recording& recording, const Program& program, const Recording* reference,
              bool in_full = false);
  // Makes rest_ what the side may be asked of the program, at first sight. False: that is all of it.
  bool restrict(Side& side, const Program& program);
  void count_left_out(Side& side, const dmaf_op& op, int32_t status);
  // What hung on what was taken out of rest_ goes as well.
  void reshape(Side& side);
  void compare(const Recording& reference, Side& side, const Program& program);
  Finding difference(Side& side, const Program& program, size_t op, Aspect aspect);
  [[noreturn]] void report(Side& side, const Program& program, size_t op, Aspect aspect);
  static std::vector<std::string> operations();
  static std::vector<std::string> program_text();

  Side reference_;
  Recording again_;  // the reference on what a wrapper left of the program
  std::vector<std::unique_ptr<Side>> sides_;
  Program rest_;
  std::vector<dmaf_s32> answers_;  // of offers()
  uint64_t trace_ = 0;
};

}  // namespace dmafuzz

#endif
