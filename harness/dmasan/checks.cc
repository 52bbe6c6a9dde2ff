// SPDX-License-Identifier: GPL-2.0-only
#include "dmasan/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace dmafuzz {
namespace {

constexpr std::string_view kAll = "all", kNone = "none", kAdvisories = "advisory";

// How many letters to insert, drop or replace to make one word of the other.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

std::string_view nearest(std::string_view word) {
  std::string_view best = kAll;
  const auto consider = [&](std::string_view candidate) {
    if (distance(word, candidate) < distance(word, best)) best = candidate;
  };
  consider(kNone);
  consider(kAdvisories);
  for (const CheckInfo& check : kChecks) consider(check.id);
  return best;
}

}  // namespace

std::optional<Check> find_check(std::string_view id) {
  const auto found = std::ranges::find(kChecks, id, &CheckInfo::id);
  if (found == kChecks.end()) return std::nullopt;
  return static_cast<Check>(found - kChecks.begin());
}

CheckSet::CheckSet() {
  for (size_t i = 0; i < kChecks.size(); ++i) on_[i] = kChecks[i].severity == CheckSeverity::kError;
}

std::optional<std::string> parse_checks(std::string_view list, CheckSet& checks) {
  if (list.empty()) return std::nullopt;
  CheckSet result = checks;
  for (bool more = true; more;) {
    const size_t comma = list.find(',');
    more = comma != std::string_view::npos;
    const std::string_view item = list.substr(0, comma);
    list = more ? list.substr(comma + 1) : std::string_view();

    const bool on = !item.starts_with('-');
    const bool has_sign = !item.empty() && (item[0] == '-' || item[0] == '+');
    const std::string_view name = item.substr(has_sign ? 1 : 0);
    if (name.empty()) return fmt::format("expected a check, got \"{}\"; see dmafuzz checks", item);
    if (item == kNone || name == kAll || name == kAdvisories) {
      for (size_t i = 0; i < kChecks.size(); ++i) {
        if (name == kAdvisories && kChecks[i].severity != CheckSeverity::kAdvisory) continue;
        result.set(static_cast<Check>(i), on && name != kNone);
      }
    } else if (const auto check = find_check(name)) {
      result.set(*check, on);
    } else {
      return fmt::format("there is no check {}; did you mean {}? See dmafuzz checks", name, nearest(name));
    }
  }
  checks = result;
  return std::nullopt;
}

}  // namespace dmafuzz
