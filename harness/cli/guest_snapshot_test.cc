// SPDX-License-Identifier: GPL-2.0-only
#include "cli/guest_snapshot.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/storage.h"

namespace dmafuzz::cli {
namespace {
namespace fs = std::filesystem;

class GuestSnapshot : public testing::Test {
 protected:
  void write(const char* name, const std::string& text) const { write_file(folder_.path() / name, text); }
  // Stands in for QEMU, of which only the version is asked.
  void version(const std::string& text) const {
    write("qemu", "#!/bin/sh\necho " + text + "\n");
    fs::permissions(folder_.path() / "qemu", fs::perms::owner_all);
  }
  fs::path file(const std::string& name, const std::vector<std::string>& words) const {
    const std::array contents = {folder_.path() / "kernel"};
    return snapshot_file(folder_.path(), name, folder_.path() / "qemu", words, contents);
  }
  void SetUp() override {
    version("1");
    write("kernel", "k");
  }
  ScratchFolder folder_;
};

TEST_F(GuestSnapshot, IsNamedAfterAllThatItHangsOn) {
  const fs::path first = file("direct", {"-m", "512M"});
  EXPECT_EQ(first.parent_path(), folder_.path());
  EXPECT_TRUE(first.filename().native().starts_with("direct-"));
  EXPECT_EQ(file("direct", {"-m", "512M"}), first);
  EXPECT_NE(file("direct", {"-m", "256M"}), first);
  EXPECT_NE(file("direct", {"-m512M"}), first);
  write("kernel", "K");
  EXPECT_NE(file("direct", {"-m", "512M"}), first);
  write("kernel", "k");
  EXPECT_EQ(file("direct", {"-m", "512M"}), first);
  version("2");
  EXPECT_NE(file("direct", {"-m", "512M"}), first);
}

TEST_F(GuestSnapshot, WhatItHangsOnMustBeThere) {
  fs::remove(folder_.path() / "kernel");
  EXPECT_THROW(file("direct", {}), Trouble);
}

TEST_F(GuestSnapshot, OnlyItsOwnOlderOnesGo) {
  const fs::path older = file("iommu", {"old"}), now = file("iommu", {"new"});
  const std::vector<fs::path> others = {file("iommu-virtio", {"old"}), file("iommu_lazy", {"old"}),
                                        folder_.path() / "iommu-notes"};
  for (const fs::path& path : {older, now}) write_file(path, std::string_view("x"));
  for (const fs::path& path : others) write_file(path, std::string_view("x"));
  remove_older_snapshots(now, "iommu");
  EXPECT_FALSE(fs::exists(older));
  EXPECT_TRUE(fs::exists(now));
  for (const fs::path& path : others) EXPECT_TRUE(fs::exists(path)) << path;
}

}  // namespace
}  // namespace dmafuzz::cli
