// SPDX-License-Identifier: GPL-2.0-only
//
// See touched.h.
#include "cli/touched.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "cli/build.h"
#include "cli/command.h"
#include "cli/process.h"
#include "cli/storage.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPart = "kobj_";

// Lines of a patch that name a file, and whether with a/ or b/ before it. What parts a mail's text from its patch is
// "---" alone.
struct NameLine {
  std::string_view word;
  bool prefixed;
};
constexpr NameLine kNames[] = {
    {"--- ", true}, {"+++ ", true}, {"rename from ", false}, {"rename to ", false}, {"copy to ", false}};

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// ".../kobj_NAME.dir/..." or ".../kobj_NAME.o": NAME; nothing for what is no part of the kernel.
std::string_view part_of_object(std::string_view object) {
  const auto at = object.find(kPart);
  if (at == object.npos) return {};
  object.remove_prefix(at + kPart.size());
  for (const std::string_view end : {".dir/", ".o"}) {
    if (const auto found = object.find(end); found != object.npos) return object.substr(0, found);
  }
  return {};
}

// Whether one of the sources may include the file: a header of everybody's, or of a folder that it is in.
bool may_include(const std::set<std::string>& sources, std::string_view file) {
  if (!file.ends_with(".h")) return false;
  if (file.starts_with("include/") || file.find("/include/") != file.npos) return !sources.empty();
  const auto folder = file.substr(0, file.rfind('/') + 1);
  return std::ranges::any_of(sources, [&](const std::string& source) { return source.starts_with(folder); });
}

// A file's name in a header line of a patch; empty for /dev/null.
std::string_view file_name(std::string_view name) {
  name = name.substr(0, name.find('\t'));
  if (name.starts_with('"') && name.ends_with('"') && name.size() > 1) name = name.substr(1, name.size() - 2);
  return name == "/dev/null" ? std::string_view() : name;
}

// "@@ -10,3 +10,4 @@": how many lines of both sides follow.
bool hunk_sizes(std::string_view line, unsigned& removed, unsigned& added) {
  for (unsigned* size : {&removed, &added}) {
    const auto at = line.find(size == &removed ? " -" : " +");
    if (at == line.npos) return false;
    line.remove_prefix(at + 2);
    const auto number = line.substr(0, line.find(' '));
    const auto comma = number.find(',');
    *size = 1;
    if (comma != number.npos) {
      const std::string_view digits = number.substr(comma + 1);
      if (std::from_chars(digits.data(), digits.data() + digits.size(), *size).ec != std::errc()) return false;
    }
  }
  return true;
}

}  // namespace

std::set<std::string> files_of_patch(std::string_view patch) {
  std::set<std::string> files;
  unsigned removed = 0, added = 0;  // of the hunk, lines to come
  while (!patch.empty()) {
    const std::string_view line = take_line(patch);
    if (removed || added) {
      const char kind = line.empty() ? ' ' : line.front();
      if (kind != '+' && kind != '\\') removed -= removed ? 1 : 0;
      if (kind != '-' && kind != '\\') added -= added ? 1 : 0;
      continue;
    }
    if (line.starts_with("@@ ") && hunk_sizes(line, removed, added)) continue;
    for (const auto& [word, prefixed] : kNames) {
      if (!line.starts_with(word)) continue;
      std::string_view name = file_name(line.substr(word.size()));
      if (prefixed && (name.starts_with("a/") || name.starts_with("b/"))) name.remove_prefix(2);
      if (!name.empty()) files.emplace(name);
    }
  }
  return files;
}

MadeOf MadeOf::parse(std::string_view targets_json, std::string_view deps, const fs::path& build) {
  MadeOf out;
  const auto json = nlohmann::json::parse(targets_json);
  for (const char* root : {"overlay", "dir"}) {
    if (const std::string path = json.at("kernel").at(root); !path.empty()) out.roots_.emplace_back(path);
  }
  for (const auto& [name, files] : json.at("parts").items()) {
    Part& part = out.parts_[name];
    for (const std::string file : files) {
      if (file.ends_with('/')) {
        part.folders.push_back(file);
      } else {
        part.files.insert(out.name_in_tree(file));
        ++part.sources;
      }
    }
  }
  json.at("made_of").get_to(out.made_of_);
  // "OBJECT: #deps N, deps mtime T (VALID)", then the files, a line each.
  Part* part = nullptr;
  while (!deps.empty()) {
    const std::string_view line = take_line(deps);
    if (!line.starts_with(' ')) {
      const auto colon = line.find(": #deps ");
      const auto found = out.parts_.find(part_of_object(line.substr(0, colon)));
      part = colon == line.npos || found == out.parts_.end() ? nullptr : &found->second;
      if (part) ++part->objects;
    } else if (part) {
      // Hundreds of thousands of lines: a path is only taken apart where it has to be.
      std::string_view file = line.substr(std::min(line.find_first_not_of(' '), line.size()));
      std::string plain;
      if (!file.starts_with('/') || file.find("/.") != file.npos) {
        plain = (build / file).lexically_normal();
        file = plain;
      }
      // Our own headers, and those that were made, are not the tree's.
      for (const fs::path& root : out.roots_) {
        if (!file.starts_with(root.native()) || !file.substr(root.native().size()).starts_with('/')) continue;
        part->files.emplace(file.substr(root.native().size() + 1));
        break;
      }
    }
  }
  return out;
}

MadeOf MadeOf::read(const fs::path& build) {
  const fs::path manifest = build / "fuzzers" / "targets.json";
  std::string deps;
  const fs::path ninja = find_program("ninja");
  if (!ninja.empty()) {
    run_process({ninja, "-C", build, "-t", "deps"}, {}, std::chrono::minutes(1),
                [&](std::string_view line) { deps.append(line).append("\n"); });
  }
  try {
    return parse(read_file(manifest), deps, build);
  } catch (const nlohmann::json::exception& error) {
    throw Trouble(fmt::format("{} is damaged ({}): build again", friendly(manifest), error.what()));
  }
}

std::string MadeOf::name_in_tree(const fs::path& file) const {
  for (const fs::path& root : roots_) {
    const fs::path relative = file.lexically_relative(root);
    if (file.is_absolute() && !relative.empty() && *relative.begin() != "..") return relative;
  }
  return file.lexically_normal();
}

std::set<std::string> MadeOf::targets(std::string_view file) const {
  const auto concerns = [&](const std::string& name) {
    const auto found = parts_.find(name);
    if (found == parts_.end()) return false;
    const Part& part = found->second;
    return part.files.contains(std::string(file)) || (!part.compiled() && may_include(part.files, file)) ||
           std::ranges::any_of(part.folders, [&](const std::string& folder) { return file.starts_with(folder); });
  };
  std::set<std::string> out;
  for (const auto& [target, parts] : made_of_) {
    if (std::ranges::any_of(parts, concerns)) out.insert(target);
  }
  return out;
}

}  // namespace dmafuzz::cli
