// SPDX-License-Identifier: GPL-2.0-only
//
// Which way is chosen, by what lies in folders of the test's own.
#include "device/qemu/way.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace dmafuzz {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class QemuWayTest : public ::testing::Test {
 protected:
  QemuWayTest() {
    char name[] = "/tmp/dmafuzz-way-XXXXXX";
    here_ = mkdtemp(name);
    path_ = std::getenv("PATH");
    fs::create_directory(here_ / "bin");
    fs::create_directory(here_ / "qemu");
    write("bin/qemu-system-x86_64", "");
    fs::permissions(here_ / "bin/qemu-system-x86_64", fs::perms::owner_all);
    setenv("PATH", ("/nonexistent:" + (here_ / "bin").native()).c_str(), 1);
    unsetenv("DMAFUZZ_QEMU");
  }
  ~QemuWayTest() override {
    setenv("PATH", path_.c_str(), 1);
    unsetenv("DMAFUZZ_QEMU");
    fs::remove_all(here_);
  }
  void write(const fs::path& name, const std::string& text) const { std::ofstream(here_ / name) << text; }
  void build_module() const {
    write("theirs.so", std::string("\0ELF qemu_stamp_12ab\0", 20));
    write("qemu/accel-qtest-x86_64.so", "");
    write("qemu/built-for", (here_ / "theirs.so").native() + "\nqemu_stamp_12ab\n");
  }
  QemuChoice choose() const { return choose_qemu(here_ / "qemu"); }

  fs::path here_;
  std::string path_;
};

TEST_F(QemuWayTest, TheModuleWhereItIsThere) {
  build_module();
  const QemuChoice choice = choose();
  EXPECT_EQ(choice.way, QemuWay::kModule);
  EXPECT_EQ(choice.modules, here_ / "qemu");
  EXPECT_EQ(choice.why, "");
}

TEST_F(QemuWayTest, StockWithoutItAndSaysWhy) {
  EXPECT_EQ(choose().way, QemuWay::kStock);
  EXPECT_EQ(choose().why, "the module is not built");
  write("qemu/why-not", "QEMU 9.9 is installed\n");
  EXPECT_EQ(choose().why, "QEMU 9.9 is installed");
}

TEST_F(QemuWayTest, AModuleOfAnotherBuildIsNotTaken) {
  build_module();
  write("theirs.so", "ELF qemu_stamp_34cd");
  EXPECT_EQ(choose().way, QemuWay::kStock);
  EXPECT_THAT(choose().why, HasSubstr("QEMU has changed"));
  fs::remove(here_ / "theirs.so");
  EXPECT_THAT(choose().why, HasSubstr("QEMU has changed"));
  build_module();
  EXPECT_EQ(choose().way, QemuWay::kModule);
  write("qemu/built-for", "");
  EXPECT_THAT(choose().why, HasSubstr("QEMU has changed"));
}

TEST_F(QemuWayTest, TheEnvironmentAsksForOne) {
  build_module();
  setenv("DMAFUZZ_QEMU", "stock", 1);
  EXPECT_EQ(choose().way, QemuWay::kStock);
  setenv("DMAFUZZ_QEMU", "module", 1);
  EXPECT_EQ(choose().way, QemuWay::kModule);
  fs::remove(here_ / "qemu/accel-qtest-x86_64.so");
  EXPECT_EQ(choose().way, QemuWay::kNone);
  EXPECT_EQ(choose().why, "the module is not built");
  setenv("DMAFUZZ_QEMU", "both", 1);
  EXPECT_EQ(choose().way, QemuWay::kNone);
  EXPECT_THAT(choose().why, HasSubstr("'both': module or stock"));
}

TEST_F(QemuWayTest, NoneWithoutQemu) {
  build_module();
  fs::remove(here_ / "bin/qemu-system-x86_64");
  EXPECT_EQ(choose().way, QemuWay::kNone);
  EXPECT_THAT(choose().why, HasSubstr("not installed"));
}

}  // namespace
}  // namespace dmafuzz
