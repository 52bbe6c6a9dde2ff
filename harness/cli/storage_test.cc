// SPDX-License-Identifier: GPL-2.0-only
//
// What is stored is whole: replaced in one step, untouched when writing fails, and leftovers of killed runs go.
#include "cli/storage.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "cli/command.h"

namespace dmafuzz::cli {
namespace {

namespace fs = std::filesystem;

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(Storage, ReplacesAFile) {
  const ScratchFolder scratch;
  const fs::path file = scratch.path() / "f";
  write_file(file, "one");
  write_file(file, "two");
  EXPECT_EQ(read_file(file), "two");
  EXPECT_EQ(entries(scratch.path()), 1u);
}

TEST(Storage, ReplacesAFolder) {
  const ScratchFolder scratch;
  const fs::path folder = scratch.path() / "d";
  write_folder(folder, std::array{NamedText{"a", "1"}, NamedText{"b", "2"}});
  write_folder(folder, std::array{NamedText{"a", "3"}});
  EXPECT_EQ(read_file(folder / "a"), "3");
  EXPECT_FALSE(fs::exists(folder / "b"));
  EXPECT_EQ(entries(scratch.path()), 1u);
}

// /dev/full takes no byte: what a full disk does.
TEST(Storage, FullDiskKeepsTheOldFile) {
  const ScratchFolder scratch;
  const fs::path file = scratch.path() / "f";
  write_file(file, "old");
  fs::create_symlink("/dev/full", scratch.path() / fmt::format(".tmp-f-{}", getpid()));
  EXPECT_THROW(write_file(file, "new"), Trouble);
  EXPECT_EQ(read_file(file), "old");
}

// A pipe stands in for the devices (/dev/stdout, /dev/null): what is not a plain file stays what it is.
TEST(Storage, WritesIntoAPipe) {
  const ScratchFolder scratch;
  const fs::path fifo = scratch.path() / "pipe";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const int reader = open(fifo.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  write_file(fifo, "text");
  std::array<char, 8> got{};
  EXPECT_EQ(read(reader, got.data(), got.size()), 4);
  close(reader);
  EXPECT_TRUE(fs::is_fifo(fifo));
  EXPECT_EQ(entries(scratch.path()), 1u);
}

TEST(Storage, FollowsALink) {
  const ScratchFolder scratch;
  write_file(scratch.path() / "file", "old");
  fs::create_symlink("file", scratch.path() / "link");
  write_file(scratch.path() / "link", "new");
  EXPECT_TRUE(fs::is_symlink(scratch.path() / "link"));
  EXPECT_EQ(read_file(scratch.path() / "file"), "new");
}

TEST(Storage, SaysWhatCannotBeWritten) {
  try {
    write_file("/proc/nowhere/f", "x");
    FAIL();
  } catch (const Trouble& trouble) {
    EXPECT_THAT(trouble.what(), testing::HasSubstr("/proc/nowhere"));
  }
}

TEST(Storage, LeftoversGo) {
  const ScratchFolder scratch;
  write_file(scratch.path() / "keep", "x");
  fs::create_directories(scratch.path() / ".tmp-killed-1" / "deep");
  remove_leftovers(scratch.path());
  EXPECT_EQ(entries(scratch.path()), 1u);
}

TEST(Storage, ReadingWhatIsNotThere) {
  EXPECT_THROW(read_file("/nonexistent/file"), Trouble);
}

}  // namespace
}  // namespace dmafuzz::cli
