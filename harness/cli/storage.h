// SPDX-License-Identifier: GPL-2.0-only
//
// Files that survive a killed run and a full disk: written under a temporary name beside their place, flushed, then
// renamed, so that under the final name there is the old or the new, never a half.
#ifndef DMAFUZZ_CLI_STORAGE_H
#define DMAFUZZ_CLI_STORAGE_H

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dmafuzz::cli {

// Throws Trouble, naming the file, if it cannot be read.
std::string read_file(const std::filesystem::path& path);
std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path);

// A device or a pipe is written into, a link followed; anything else is replaced whole.
// Both throw Trouble with the reason ("No space left on device"); the old content is then untouched.
void write_file(const std::filesystem::path& path, std::string_view text);
void write_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);

struct NamedText {
  std::string name;
  std::string text;
};
// Puts a folder with these files at `path`, in place of what is there.
void write_folder(const std::filesystem::path& path, std::span<const NamedText> files);

// Removes what killed runs left in `folder` under temporary names.
void remove_leftovers(const std::filesystem::path& folder);

// How many files are in the folder itself; 0 if there is none.
std::uint64_t count_files(const std::filesystem::path& folder);

// Creates the folder and its parents. Throws Trouble.
void make_folder(const std::filesystem::path& path);

// A folder of one's own below the system's temporary folder, gone at the end of the scope.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace dmafuzz::cli

#endif
