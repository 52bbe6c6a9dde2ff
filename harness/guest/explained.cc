// SPDX-License-Identifier: GPL-2.0-only
//
// See explained.h. What is not understood is an error: a misspelt entry would explain nothing, or too much.
#include "guest/explained.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <sstream>
#include <stdexcept>
#include <toml.hpp>

namespace dmafuzz {
namespace {

[[noreturn]] void refuse(const toml::value& at, const std::string& why) {
  const auto& where = at.location();
  throw std::runtime_error(fmt::format("{}:{}: {}", where.file_name(), where.line(), why));
}

void only(const toml::value& table, std::initializer_list<std::string_view> known) {
  if (!table.is_table()) refuse(table, "a table is expected");
  for (const auto& [key, value] : table.as_table()) {
    if (std::ranges::find(known, key) == known.end()) refuse(value, fmt::format("'{}' is not known here", key));
  }
}

std::string words(const toml::value& v) {
  if (!v.is_string()) refuse(v, "a text is expected");
  return v.as_string().str;
}

// In one line: texts of several are for the eye.
std::string needed(const toml::value& table, const char* key, bool may_be_empty = false) {
  if (!table.contains(key)) refuse(table, fmt::format("'{}' is missing", key));
  std::string text = words(table.at(key));
  std::ranges::replace(text, '\n', ' ');
  while (text.ends_with(' ')) text.pop_back();
  if (text.empty() && !may_be_empty) refuse(table.at(key), fmt::format("'{}' says nothing", key));
  return text;
}

std::vector<std::string> some(const toml::value& table, const char* key) {
  std::vector<std::string> out;
  if (!table.contains(key)) return out;
  const toml::value& list = table.at(key);
  if (!list.is_array() || list.as_array().empty()) refuse(list, fmt::format("'{}' is a list of texts", key));
  for (const toml::value& one : list.as_array()) out.push_back(words(one));
  return out;
}

bool among(const std::vector<std::string>& list, std::string_view word) {
  return list.empty() || std::ranges::find(list, word) != list.end();
}

// "7.3" of "7.3.4".
std::string_view series_of(std::string_view release) {
  const size_t first = release.find('.');
  return first == std::string_view::npos ? release : release.substr(0, release.find_first_of(".-", first + 1));
}

}  // namespace

Explanations::Explanations(std::string_view text, const std::string& file) try {
  std::istringstream in{std::string(text)};
  const toml::value top = toml::parse(in, file);
  only(top, {"difference"});
  if (!top.contains("difference")) return;
  if (!top.at("difference").is_array()) refuse(top.at("difference"), "[[difference]] is expected");
  for (const toml::value& one : top.at("difference").as_array()) {
    only(one, {"program", "trees", "paths", "iommus", "operation", "what", "why"});
    all_.push_back({.program = needed(one, "program"),
                    .trees = some(one, "trees"),
                    .paths = some(one, "paths"),
                    .iommus = some(one, "iommus"),
                    .operation = needed(one, "operation", true),
                    .what = needed(one, "what"),
                    .why = needed(one, "why")});
  }
} catch (const toml::exception& error) {
  // The library draws the place; one line is enough here.
  std::string what = error.what();
  if (what.starts_with("[error] ")) what.erase(0, 8);
  throw std::runtime_error(fmt::format("{}:{}: {}", file, error.location().line(), what.substr(0, what.find('\n'))));
}

std::vector<const Explanation*> Explanations::of(std::string_view program, const GuestPlace& place) const {
  std::vector<const Explanation*> out;
  for (const Explanation& one : all_) {
    const bool here = among(one.trees, series_of(place.tree)) && among(one.paths, place.path) &&
                      (place.iommu.empty() ? one.iommus.empty() : among(one.iommus, place.iommu));
    if (here && one.program == program) out.push_back(&one);
  }
  return out;
}

bool explains(const Explanation& explanation, const GuestVerdict& verdict) {
  return verdict.agreement == Agreement::kDiffers && verdict.where == explanation.operation &&
         verdict.what == explanation.what;
}

}  // namespace dmafuzz
