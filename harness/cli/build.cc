// SPDX-License-Identifier: GPL-2.0-only
//
// Reading targets.json and finding one's way from the executable; every error names the file and what to do.
#include "cli/build.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "device/qemu/way.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

fs::path own_path() {
  std::error_code error;
  const fs::path path = fs::read_symlink("/proc/self/exe", error);
  if (error) throw Trouble("cannot read /proc/self/exe: is /proc mounted?");
  return path;
}

Target read_target(const nlohmann::json& json, const fs::path& binaries) {
  Target target;
  target.name = json.at("name").get<std::string>();
  target.summary = json.value("summary", "");
  const std::string kind = json.value("kind", "bytes");
  for (const InputKind one : {InputKind::kDma, InputKind::kLife}) {
    if (kind == kind_name(one)) target.kind = one;
  }
  target.corpus = json.value("corpus", "");
  target.shared = json.value("shared", "");
  target.dict = json.value("dict", "");
  target.max_len = json.value("max_len", 4096u);
  target.snapshots = json.value("snapshots", true);
  target.fuzzer = binaries / target.name;
  target.replayer = binaries / (target.name + ".replay");
  return target;
}

// What `dmafuzz driver add` made, each in a folder of its own: target.json is one of the list above.
void add_added_drivers(Build& build) {
  std::vector<fs::path> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(build.dir / "drivers", none)) {
    if (fs::exists(entry.path() / "target.json")) files.push_back(entry.path() / "target.json");
  }
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    std::ifstream in(file);
    Target target = read_target(nlohmann::json::parse(in), file.parent_path());
    target.added = true;
    // The build may know it by now.
    const auto same = [&](const Target& t) { return t.name == target.name; };
    if (std::ranges::none_of(build.targets, same)) build.targets.push_back(std::move(target));
  }
}

}  // namespace

std::string_view kind_name(InputKind kind) {
  return kind == InputKind::kDma ? "dma" : kind == InputKind::kLife ? "life" : "bytes";
}

std::string_view text_ending(InputKind kind) {
  return kind == InputKind::kDma ? ".dma" : kind == InputKind::kLife ? ".life" : ".hex";
}

const Target& Build::target(std::string_view name) const {
  std::vector<std::string_view> names;
  for (const Target& target : targets) {
    if (target.name == name) {
      for (const fs::path& binary : {target.fuzzer, target.replayer}) {
        if (!fs::exists(binary))
          throw Trouble(fmt::format("{} is not built: cmake --build {}", friendly(binary), friendly(dir)));
      }
      return target;
    }
    names.push_back(target.name);
  }
  for (const auto& [left, why] : left_out) {
    if (left == name) throw Trouble(fmt::format("{} does not run here: {}", name, why));
  }
  throw Trouble(fmt::format("no target '{}'; there are: {}", name, fmt::join(names, ", ")));
}

std::vector<std::string> Build::strip() const {
  std::vector<std::string> out;
  for (const fs::path& folder : {overlay, kernel}) {
    if (folder.empty()) continue;
    out.push_back(folder);
    // A tree below the repository has lost the repository's path to -ffile-prefix-map already.
    const fs::path relative = folder.lexically_relative(source);
    if (!source.empty() && !relative.empty() && !relative.native().starts_with("..")) out.push_back(relative);
  }
  if (!source.empty()) out.push_back(source);
  return out;
}

Build load_build(const fs::path& dir) {
  const fs::path manifest = dir / "fuzzers" / "targets.json";
  std::ifstream in(manifest);
  if (!in) throw Trouble(fmt::format("no {}: build with ci/fuzz or cmake first", friendly(manifest)));
  Build build;
  build.dir = dir;
  build.state = dir / "work";
  try {
    const auto json = nlohmann::json::parse(in);
    if (json.at("schema") != 1)
      throw Trouble(fmt::format("{} is of another version of dmafuzz: build again", friendly(manifest)));
    build.source = json.value("source", "");
    const auto& kernel = json.at("kernel");
    build.kernel = kernel.value("dir", "");
    build.release = kernel.value("release", "");
    build.overlay = kernel.value("overlay", "");
    for (const auto& json_target : json.at("targets")) {
      Target target = read_target(json_target, dir / "fuzzers");
      if (const std::string folder = json_target.value("qemu", ""); !folder.empty()) {
        const QemuChoice choice = choose_qemu(folder);
        if (choice.way == QemuWay::kNone) {
          build.left_out.emplace_back(target.name, choice.why);
          continue;
        }
        if (choice.way == QemuWay::kStock) {
          target.without = fmt::format("by a stock QEMU ({}): {}", choice.why, kLostWithoutModule);
        }
      }
      build.targets.push_back(std::move(target));
    }
    add_added_drivers(build);
  } catch (const nlohmann::json::exception& error) {
    throw Trouble(fmt::format("{} is damaged ({}): build again", friendly(manifest), error.what()));
  }
  return build;
}

Build this_build() {
  return load_build(own_path().parent_path());
}

std::string friendly(const fs::path& path) {
  std::error_code error;
  const fs::path relative = fs::relative(path, fs::current_path(error), error);
  if (error || relative.empty() || relative.native().starts_with("..")) return path;
  return relative;
}

std::string own_command() {
  const std::string name = friendly(own_path());
  return name.find('/') == std::string::npos ? "./" + name : name;
}

}  // namespace dmafuzz::cli
