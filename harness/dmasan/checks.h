// SPDX-License-Identifier: GPL-2.0-only
#ifndef DMAFUZZ_DMASAN_CHECKS_H_
#define DMAFUZZ_DMASAN_CHECKS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace dmafuzz {

enum class CheckSeverity : uint8_t { kError, kAdvisory };

enum class Check : uint8_t {
#define DMASAN_CHECK(name, id, severity, meaning) name,
#include "dmasan/checks.def"
#undef DMASAN_CHECK
  kCount
};

struct CheckInfo {
  std::string_view id;  // stable: in reports, options and file names
  CheckSeverity severity;
  std::string_view meaning;  // what happened, as a clause of a sentence
};

inline constexpr std::array<CheckInfo, static_cast<size_t>(Check::kCount)> kChecks = {{
#define DMASAN_CHECK(name, id, severity, meaning) {id, CheckSeverity::severity, meaning},
#include "dmasan/checks.def"
#undef DMASAN_CHECK
}};

constexpr const CheckInfo& check_info(Check check) {
  return kChecks[static_cast<size_t>(check)];
}
std::optional<Check> find_check(std::string_view id);

}  // namespace dmafuzz

#endif  // DMAFUZZ_DMASAN_CHECKS_H_
