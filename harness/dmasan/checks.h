// SPDX-License-Identifier: GPL-2.0-only
#ifndef DMAFUZZ_DMASAN_CHECKS_H_
#define DMAFUZZ_DMASAN_CHECKS_H_

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
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
constexpr std::string_view severity_name(CheckSeverity severity) {
  return severity == CheckSeverity::kError ? "error" : "advisory";
}
std::optional<Check> find_check(std::string_view id);

// The checks that are on: at first every error and no advisory.
class CheckSet {
 public:
  CheckSet();
  bool has(Check check) const { return on_[static_cast<size_t>(check)]; }
  void set(Check check, bool on) { on_[static_cast<size_t>(check)] = on; }
  bool operator==(const CheckSet&) const = default;

 private:
  std::bitset<static_cast<size_t>(Check::kCount)> on_;
};

// The environment variable in which the command hands a list of checks to the target that it starts.
inline constexpr const char* kChecksVariable = "DMAFUZZ_CHECKS";

// Applies a list of checks to `checks`, item by item from the left, separated by commas: `id` or `+id` is switched on,
// `-id` off; in place of an id `all` or `advisory` names these; `none` switches all off. Nothing is wrong with an empty
// list. Returns what is wrong, as one line, and then leaves `checks` as it was.
std::optional<std::string> parse_checks(std::string_view list, CheckSet& checks);

}  // namespace dmafuzz

#endif  // DMAFUZZ_DMASAN_CHECKS_H_
