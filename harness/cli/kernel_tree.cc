// SPDX-License-Identifier: GPL-2.0-only
//
// The same judgement as check_tree() of ci/lib.sh: a tree that is older than what the shims know, or incomplete, is
// refused; one of a series that CI does not build is let through with a warning.
#include "cli/kernel_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <sstream>

#include "cli/build.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

struct Series {
  int version = 0;
  int patchlevel = 0;
  auto operator<=>(const Series&) const = default;
};
constexpr std::array<Series, 2> kTested = {{{.version = 7, .patchlevel = 3}, {.version = 6, .patchlevel = 12}}};
constexpr Series kOldest = {.version = 6, .patchlevel = 12};

std::string tested() {
  std::string out;
  for (const Series& s : kTested) out += fmt::format("{}{}.{}", out.empty() ? "" : ", ", s.version, s.patchlevel);
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

Series series_of(std::string_view release) {
  Series out;
  const auto dot = release.find('.');
  std::from_chars(release.data(), release.data() + release.size(), out.version);
  if (dot != std::string_view::npos)
    std::from_chars(release.data() + dot + 1, release.data() + release.size(), out.patchlevel);
  return out;
}

}  // namespace

std::string makefile_release(std::string_view makefile) {
  std::array<std::string, 4> values;
  constexpr std::array<std::string_view, 4> kNames = {"VERSION", "PATCHLEVEL", "SUBLEVEL", "EXTRAVERSION"};
  while (!makefile.empty()) {
    const auto end = makefile.find('\n');
    const std::string_view line = makefile.substr(0, end);
    makefile = end == std::string_view::npos ? std::string_view{} : makefile.substr(end + 1);
    const auto equals = line.find('=');
    if (trim(line).empty() && !values[0].empty()) break;
    if (equals == std::string_view::npos) continue;
    const auto name = std::ranges::find(kNames, trim(line.substr(0, equals)));
    if (name != kNames.end()) values[static_cast<std::size_t>(name - kNames.begin())] = trim(line.substr(equals + 1));
  }
  if (values[0].empty() || values[1].empty()) return {};
  return fmt::format("{}.{}.{}{}", values[0], values[1], values[2].empty() ? "0" : values[2], values[3]);
}

TreeState inspect_tree(const fs::path& tree, const fs::path& file_list) {
  TreeState state;
  state.remedy = fmt::format("ci/setup, or --kernel with a complete tree; tested: {}", tested());
  std::ifstream makefile(tree / "Makefile");
  state.release = makefile_release((std::ostringstream() << makefile.rdbuf()).str());
  if (state.release.empty()) {
    state.problem = fmt::format("{} is no Linux source tree", friendly(tree));
    return state;
  }
  std::ifstream list(file_list);
  std::string file;
  while (std::getline(list, file)) {
    if (file.empty() || file.starts_with('#') || fs::exists(tree / file)) continue;
    state.problem = fmt::format("{} (Linux {}) has no {}", friendly(tree), state.release, file);
    return state;
  }
  const Series series = series_of(state.release);
  if (series < kOldest) {
    state.problem = fmt::format("{} is Linux {}, older than what the shims know", friendly(tree), state.release);
  } else if (std::ranges::find(kTested, series) == kTested.end()) {
    state.warning = fmt::format("Linux {} is untested; tested: {}", state.release, tested());
  }
  return state;
}

}  // namespace dmafuzz::cli
