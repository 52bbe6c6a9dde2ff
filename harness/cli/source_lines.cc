// SPDX-License-Identifier: GPL-2.0-only
//
// See source_lines.h. A compiler names files as it was told them: relative to the build folder, with the repository's
// path cut off, or whole.
#include "cli/source_lines.h"

#include <algorithm>
#include <fstream>
#include <system_error>

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

fs::path real_path(const fs::path& path) {
  std::error_code error;
  const fs::path out = fs::weakly_canonical(path, error);
  return error ? path : out;
}

}  // namespace

SourceLines::SourceLines(const Build& build) : build_(build) {
  for (const fs::path& root : {build.overlay, build.kernel, build.source})
    if (!root.empty()) roots_.push_back(real_path(root));
}

std::optional<fs::path> SourceLines::find(const std::string& file) const {
  std::error_code none;
  for (const fs::path& root : roots_)
    if (const fs::path path = root / file; fs::is_regular_file(path, none)) return real_path(path);
  if (const fs::path path = build_.dir / file; fs::is_regular_file(path, none)) return real_path(path);
  return std::nullopt;
}

std::string SourceLines::name(const std::string& file) const {
  const auto path = file.empty() ? std::nullopt : find(file);
  if (!path) return file;
  for (const fs::path& root : roots_) {
    const fs::path relative = path->lexically_relative(root);
    if (!relative.empty() && !relative.native().starts_with("..")) return relative;
  }
  return file;
}

void SourceLines::rename(std::vector<CallStack>& stacks) const {
  for (CallStack& stack : stacks)
    for (SourceFrame& frame : stack.frames) frame.file = name(frame.file);
}

void SourceLines::rename(Finding& finding) const {
  finding.location.file = name(finding.location.file);
  rename(finding.stacks);
  rename(finding.object_stacks);
  if (finding.mapping) rename(finding.mapping->stacks);
}

std::optional<SourceLines::Excerpt> SourceLines::around(const std::string& file, int line, int context) {
  const auto [entry, fresh] = files_.try_emplace(file);
  std::vector<std::string>& lines = entry->second;
  if (fresh) {
    if (const auto path = find(file)) {
      std::ifstream in(*path);
      for (std::string text; std::getline(in, text);) lines.push_back(text);
    }
  }
  const int count = static_cast<int>(lines.size());
  if (line < 1 || line > count) return std::nullopt;
  Excerpt out;
  out.first = std::max(1, line - context);
  const int last = std::min(count, line + context);
  out.lines.assign(lines.begin() + out.first - 1, lines.begin() + last);
  return out;
}

}  // namespace dmafuzz::cli
