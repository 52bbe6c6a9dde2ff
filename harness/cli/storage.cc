// SPDX-License-Identifier: GPL-2.0-only
//
// The write, fsync, rename dance. A folder is put in place of an old one by exchanging the two names in one step.
#include "cli/storage.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "cli/build.h"
#include "cli/command.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kTempMark = ".tmp-";

fs::path temp_name(const fs::path& path) {
  return path.parent_path() / fmt::format("{}{}-{}", kTempMark, path.filename().native(), getpid());
}

[[noreturn]] void fail(const fs::path& path, int error) {
  throw Trouble(fmt::format("cannot write {}: {}", friendly(path), std::strerror(error)));
}

void sync_folder(const fs::path& path) {
  const int fd = open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

// Writes all of it; 0 or an errno.
int write_all(int fd, std::string_view text) {
  int error = 0;
  while (!text.empty() && !error) {
    const ssize_t n = write(fd, text.data(), text.size());
    if (n >= 0) {
      text.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  return error;
}

// Writes and flushes; on failure removes what it wrote and says so of `wanted`, which people know.
void write_through(const fs::path& path, std::string_view text, const fs::path& wanted) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) fail(wanted, errno);
  int error = write_all(fd, text);
  if (!error && fsync(fd) != 0) error = errno;
  if (close(fd) != 0 && !error) error = errno;
  if (!error) return;
  unlink(path.c_str());
  fail(wanted, error);
}

// A device or a pipe is written into: a rename would put a plain file in its place.
void write_special(const fs::path& path, std::string_view text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) fail(path, errno);
  const int error = write_all(fd, text);
  close(fd);
  if (error) fail(path, error);
}

}  // namespace

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in || fs::is_directory(path)) throw Trouble(fmt::format("cannot read {}: no such file", friendly(path)));
  std::ostringstream out;
  out << in.rdbuf();
  return std::move(out).str();
}

std::vector<std::uint8_t> read_bytes(const fs::path& path) {
  const std::string text = read_file(path);
  return {text.begin(), text.end()};
}

void write_file(const fs::path& named, std::string_view text) {
  std::error_code ignored;  // what is not there yet is no link and no device
  // What a link names is replaced, not the link.
  const fs::path path = fs::is_symlink(named, ignored) ? fs::weakly_canonical(named, ignored) : named;
  const fs::file_status status = fs::status(path, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status)) return write_special(path, text);
  const fs::path temp = temp_name(path);
  write_through(temp, text, path);
  if (rename(temp.c_str(), path.c_str()) != 0) {
    const int error = errno;
    unlink(temp.c_str());
    fail(path, error);
  }
  sync_folder(path.parent_path());
}

void write_file(const fs::path& path, std::span<const std::uint8_t> bytes) {
  write_file(path, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void write_folder(const fs::path& path, std::span<const NamedText> files) {
  const fs::path temp = temp_name(path);
  std::error_code ignored;
  fs::remove_all(temp, ignored);
  try {
    make_folder(temp);
    for (const NamedText& file : files) write_through(temp / file.name, file.text, path / file.name);
    sync_folder(temp);
  } catch (...) {
    fs::remove_all(temp, ignored);
    throw;
  }
  if (rename(temp.c_str(), path.c_str()) != 0) {
    // There is one already (a folder with files cannot be renamed over). The exchange leaves the old one in `temp`.
    const int error = renameat2(AT_FDCWD, temp.c_str(), AT_FDCWD, path.c_str(), RENAME_EXCHANGE) == 0 ? 0 : errno;
    fs::remove_all(temp, ignored);
    if (error) fail(path, error);
  }
  sync_folder(path.parent_path());
}

std::uint64_t count_files(const fs::path& folder) {
  std::error_code error;
  std::uint64_t count = 0;
  for (const auto& entry : fs::directory_iterator(folder, error)) count += entry.is_regular_file() ? 1 : 0;
  return count;
}

void remove_leftovers(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> stale;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().filename().native().starts_with(kTempMark)) stale.push_back(entry.path());
  }
  for (const fs::path& path : stale) fs::remove_all(path, error);
}

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw Trouble(fmt::format("cannot make the folder {}: {}", friendly(path), error.message()));
}

ScratchFolder::ScratchFolder() {
  std::string name = fs::temp_directory_path() / "dmafuzz-XXXXXX";
  if (!mkdtemp(name.data())) throw Trouble(fmt::format("cannot make a folder like {}: {}", name, std::strerror(errno)));
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace dmafuzz::cli
