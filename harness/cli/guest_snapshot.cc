// SPDX-License-Identifier: GPL-2.0-only
//
// See guest_snapshot.h.
#include "cli/guest_snapshot.h"

#include <fmt/format.h>

#include <functional>
#include <thread>

#include "cli/command.h"
#include "cli/storage.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

constexpr const char* kVariable = "DMAFUZZ_SNAPSHOT";
constexpr const char* kEnding = ".state";

void pause() {
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

std::string version_of(const fs::path& qemu) {
  std::string version;
  run_process({qemu, "--version"}, {}, std::chrono::seconds(60), [&](std::string_view line) { version += line; });
  return version;
}

}  // namespace

fs::path snapshot_file(const fs::path& folder, const std::string& name, const fs::path& qemu,
                       std::span<const std::string> words, std::span<const fs::path> contents) {
  const std::hash<std::string> hash;
  std::string all = version_of(qemu);
  for (const std::string& word : words) all += '\0' + word;
  for (const std::string& word : snapshot_words(false)) all += '\0' + word;
  for (const fs::path& file : contents) all += fmt::format(":{:016x}", hash(read_file(file)));
  return folder / fmt::format("{}-{:016x}{}", name, hash(all), kEnding);
}

std::vector<std::string> snapshot_words(bool restore) {
  std::vector<std::string> words = {"-device", "pvpanic", "-action", "panic=pause"};
  if (restore) {
    words.emplace_back("-incoming");
    words.push_back(fmt::format("exec:exec cat <\"${}\"", kVariable));
  }
  return words;
}

std::string snapshot_variable(const fs::path& file) {
  return fmt::format("{}={}", kVariable, file.native());
}

void take_snapshot(Qmp& qmp) {
  qmp.await("GUEST_PANICKED");
  // Nothing is to run meanwhile, so that it need not be slowed down; in bytes a second.
  qmp.execute("migrate-set-parameters", {{"max-bandwidth", uint64_t{1} << 36}});
  qmp.execute("migrate", {{"uri", fmt::format("exec:cat >\"${0}.part\" && mv \"${0}.part\" \"${0}\"", kVariable)}});
  for (;;) {
    const auto state = qmp.execute("query-migrate");
    const std::string status = state.value("status", "");
    if (status == "completed") break;
    if (status == "failed" || status == "cancelled") {
      throw Trouble(fmt::format("QEMU wrote no snapshot: {}", state.value("error-desc", status)));
    }
    pause();
  }
  qmp.execute("quit");
}

void await_restored(Qmp& qmp) {
  while (qmp.execute("query-status").value("status", "") == "inmigrate") pause();
}

void remove_older_snapshots(const fs::path& file, const std::string& name) {
  std::vector<fs::path> older;
  for (const auto& entry : fs::directory_iterator(file.parent_path())) {
    const std::string other = entry.path().filename();
    // A path's name may be the beginning of another's; what follows is 16 digits.
    const bool same =
        other.starts_with(name + "-") && other.ends_with(kEnding) && other.size() == file.filename().native().size();
    if (same && entry.path() != file) older.push_back(entry.path());
  }
  for (const fs::path& path : older) fs::remove(path);
}

}  // namespace dmafuzz::cli
