// SPDX-License-Identifier: GPL-2.0-only
//
// See misuse.h.
#include "engine/misuse.h"

#include <fmt/format.h>

#include <algorithm>

#include "dmasan/checks.h"
#include "dmasan/dmasan.h"
#include "engine/comparison.h"
#include "engine/machine.h"
#include "engine/trace.h"
#include "program/text.h"

namespace dmafuzz {

namespace {

bool is_advisory(const Mistake& mistake) {
  const auto check = find_check(mistake.check);
  return check && check_info(*check).severity == CheckSeverity::kAdvisory;
}

}  // namespace

Misuse::Misuse(const char* target, const dmaf_backend& backend) : executor_(backend, target) {
  executor_.set_tolerant(true);
}

std::optional<std::size_t> Misuse::failed_need(const Unlawful& unlawful) const {
  const auto statuses = executor_.statuses();
  const auto first = std::ranges::find_if(unlawful.needs, [&](std::size_t i) { return statuses[i] != 0; });
  return first == unlawful.needs.end() ? std::nullopt : std::optional(*first);
}

std::optional<std::size_t> Misuse::in_the_way(const Unlawful& unlawful) const {
  if (const auto need = failed_need(unlawful)) return need;
  return executor_.statuses()[unlawful.op] ? std::optional(unlawful.op) : std::nullopt;
}

MisuseVerdict Misuse::not_made(const Unlawful& unlawful, std::size_t at) const {
  return {.end = MisuseEnd::kNotMade,
          .id = {},
          .why = {},
          .status = executor_.statuses()[at],
          .refused = at == unlawful.op,
          .skipped = 0};
}

int32_t Misuse::skipped() const {
  const auto is_skip = [](int32_t s) { return s == DMAF_ST_NOT_OFFERED || s == DMAF_ST_REFUSED_BY_TYPE; };
  const auto statuses = executor_.statuses();
  const auto first = std::ranges::find_if(statuses, is_skip);
  return first == statuses.end() ? 0 : *first;
}

MisuseVerdict Misuse::run(const Mistake& mistake, const Unlawful& unlawful) {
  // Advice is given on what is asked about, and on nothing else.
  const CheckSet before = dmasan().checks();
  if (is_advisory(mistake)) dmasan().enable(*find_check(mistake.check), true);
  const MisuseVerdict verdict = judge(mistake, unlawful);
  dmasan().checks() = before;
  return verdict;
}

MisuseVerdict Misuse::judge(const Mistake& mistake, const Unlawful& unlawful) {
  executor_.set_rerun(mistake.check == check_info(Check::kInfoLeak).id);
  if (sigsetjmp(trap_.jump, 0) == 0) {
    arm_trap(&trap_);
    executor_.run(unlawful.program);
    arm_trap(nullptr);
    if (const auto at = in_the_way(unlawful)) return not_made(unlawful, *at);
    // Nothing can fire then, and who saw what was told.
    if (comparing()) return {MisuseEnd::kMissed, {}, {}, 0, false, 0};
    return {.end = MisuseEnd::kMissed,
            .id = {},
            .why = fmt::format("nothing fired, {} should have", mistake.check),
            .status = 0,
            .refused = false,
            .skipped = skipped()};
  }
  // The program was left in its middle.
  tolerate_warnings(false);
  trace().event("trapped", hash_bytes(reinterpret_cast<const uint8_t*>(trap_.id.data()), trap_.id.size()), 0, 0);
  set_last_trace_hash(trace().hash());
  machine().reset();
  // What the mistake is made with never came to be: what fired is another one.
  const auto need = failed_need(unlawful);
  if (need && executor_.at() == unlawful.op) return not_made(unlawful, *need);
  // What strikes when objects release themselves at the end is none of a mistake that was refused.
  if (executor_.at() > unlawful.op) {
    if (const auto at = in_the_way(unlawful)) return not_made(unlawful, *at);
  }
  MisuseVerdict verdict = {
      .end = MisuseEnd::kWrong, .id = trap_.id, .why = {}, .status = 0, .refused = false, .skipped = skipped()};
  if (executor_.at() != unlawful.op) {
    verdict.why = fmt::format("{} fired at op {}: {}", trap_.id, executor_.at(), trap_.summary);
  } else if (is_of(mistake, trap_.id)) {
    verdict.end = MisuseEnd::kSeen;
  } else {
    verdict.why = fmt::format("{} fired instead of {}: {}", trap_.id, mistake.check, trap_.summary);
  }
  return verdict;
}

std::string misuse_text(const Mistake& mistake, const Unlawful& unlawful) {
  ProgramFile file;
  file.program = unlawful.program;
  file.expect.kind = Expectation::Kind::kFinding;
  file.expect.finding = mistake.check;
  if (is_advisory(mistake)) file.expect.checks = mistake.check;
  return fmt::format("# {}: {}.\n{}", mistake.name, mistake.what, print_text(file));
}

}  // namespace dmafuzz
