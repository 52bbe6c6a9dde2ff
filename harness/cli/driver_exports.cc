// SPDX-License-Identifier: GPL-2.0-only
//
// See driver_exports.h.
#include "cli/driver_exports.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "cli/storage.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kFolders[] = {"drivers/net/ethernet", "drivers/net/mdio", "drivers/net/phy",
                                         "drivers/net/pcs", "drivers/dma"};
// A library of more files is a driver of its own, which would cost more than it brings.
constexpr size_t kMostFiles = 24;

}  // namespace

std::vector<std::string> exported_by(std::string_view source) {
  constexpr std::string_view kWord = "EXPORT_SYMBOL";
  std::vector<std::string> out;
  for (size_t at = source.find(kWord); at != source.npos; at = source.find(kWord, at + kWord.size())) {
    if (at && source[at - 1] != '\n') continue;
    const size_t open = source.find('(', at);
    if (open == source.npos) break;
    size_t end = open + 1;
    while (end < source.size() && (std::isalnum(static_cast<unsigned char>(source[end])) || source[end] == '_')) ++end;
    if (end > open + 1) out.emplace_back(source.substr(open + 1, end - open - 1));
  }
  return out;
}

Exports::Exports(const DriverKit& kit) {
  const Kbuild kbuild(kit.kernel, kernel_options(kit));
  for (const std::string_view folder : kFolders) {
    if (!fs::is_directory(kit.kernel / folder)) continue;
    for (KernelModule& module : kbuild.modules(kit.kernel / folder, true)) {
      if (module.files.empty() || module.files.size() > kMostFiles || !module.absent.empty()) continue;
      for (const fs::path& file : module.files) {
        for (std::string& symbol : exported_by(read_file(file))) owners_.emplace(std::move(symbol), modules_.size());
      }
      modules_.push_back(std::move(module));
    }
  }
}

const KernelModule* Exports::owner(const std::string& symbol) const {
  const auto it = owners_.find(symbol);
  return it == owners_.end() ? nullptr : &modules_[it->second];
}

bool add_libraries(const DriverKit& kit, const std::vector<std::string>& symbols, DriverSource& source) {
  if (symbols.empty()) return false;
  static const Exports exports(kit);
  bool added = false;
  for (const std::string& symbol : symbols) {
    const KernelModule* owner = exports.owner(symbol);
    if (!owner || owner->name == source.module.name) continue;
    const auto same = [&](const KernelModule& m) { return m.name == owner->name; };
    if (std::ranges::any_of(source.libraries, same)) continue;
    source.libraries.insert(source.libraries.begin(), *owner);
    added = true;
  }
  return added;
}

}  // namespace dmafuzz::cli
