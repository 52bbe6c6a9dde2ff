// SPDX-License-Identifier: GPL-2.0-only
//
// Kbuild files as kernel folders have them.
#include "kbuild/kbuild.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace dmafuzz {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class KbuildTest : public ::testing::Test {
 protected:
  KbuildTest() {
    std::string name = fs::temp_directory_path() / "kbuild-XXXXXX";
    dir_ = mkdtemp(name.data());
  }
  ~KbuildTest() override { fs::remove_all(dir_); }

  void file(const fs::path& path, std::string_view text = "") const {
    fs::create_directories((dir_ / path).parent_path());
    std::ofstream(dir_ / path) << text;
  }
  std::vector<std::string> names(const KernelModule& module) const {
    std::vector<std::string> out;
    for (const fs::path& f : module.files) out.push_back(fs::relative(f, dir_));
    return out;
  }

  fs::path dir_;
};

TEST_F(KbuildTest, OneFile) {
  file("Makefile", "# a comment\nobj-$(CONFIG_TOY)\t+= toy.o\n");
  file("toy.c");
  const auto modules = Kbuild(dir_, {}).modules(dir_, false);
  ASSERT_THAT(modules, SizeIs(1));
  EXPECT_EQ(modules[0].name, "toy");
  EXPECT_EQ(modules[0].option, "CONFIG_TOY");
  EXPECT_THAT(names(modules[0]), ElementsAre("toy.c"));
}

TEST_F(KbuildTest, OneFileOfAFolderBelow) {
  file("Makefile", "obj-m += below/toy.o\n");
  file("below/toy.c");
  const auto modules = Kbuild(dir_, {}).modules(dir_, false);
  ASSERT_THAT(modules, SizeIs(1));
  EXPECT_EQ(modules[0].name, "toy");
  EXPECT_THAT(names(modules[0]), ElementsAre("below/toy.c"));
}

TEST_F(KbuildTest, ComposedOfSeveral) {
  file("Makefile", R"(obj-$(CONFIG_TOY) += toy.o
toy-y := main.o \
         hw/ring.o   # the ring
toy-$(CONFIG_ON) += on.o
toy-$(CONFIG_OFF) += off.o
toy-$(CONFIG_TOY) += own.o
toy-objs += ../shared.o gone.o
)");
  for (const char* name : {"main.c", "hw/ring.c", "on.c", "off.c", "own.c"}) file(name);
  const auto modules = Kbuild(dir_, {"CONFIG_ON"}).modules(dir_, false);
  ASSERT_THAT(modules, SizeIs(1));
  EXPECT_THAT(names(modules[0]), ElementsAre("main.c", "hw/ring.c", "on.c", "own.c"));
  EXPECT_THAT(modules[0].absent, ElementsAre(dir_.parent_path() / "shared.c", dir_ / "gone.c"));
}

TEST_F(KbuildTest, OutOfTree) {
  file("Kbuild", "obj-m := toy.o\ntoy-y := a.o b.o\nccflags-y += -I$(src)/include -DTOY=1\n");
  file("Makefile", "all:\n\tmake -C /lib/modules M=$(PWD) modules\n");
  file("a.c");
  file("b.c");
  const auto modules = Kbuild("/tree", {}).modules(dir_, false);
  ASSERT_THAT(modules, SizeIs(1));
  EXPECT_EQ(modules[0].option, "");
  EXPECT_THAT(modules[0].flags, ElementsAre("-I" + dir_.native() + "/include", "-DTOY=1"));
}

TEST_F(KbuildTest, FoldersBelow) {
  file("Makefile", "obj-$(CONFIG_A) += a/\nobj-y += b/\nsubdir-ccflags-y += -I$(srctree)/x\n");
  file("a/Makefile", "obj-$(CONFIG_A) += a.o\n");
  file("a/a.c");
  file("b/Makefile", "obj-$(CONFIG_B) += b.o c.o\n");
  file("b/b.c");
  file("b/c.c");
  const Kbuild kbuild("/tree", {});
  EXPECT_THAT(kbuild.modules(dir_, false), IsEmpty());
  const auto modules = kbuild.modules(dir_, true);
  ASSERT_THAT(modules, SizeIs(3));
  EXPECT_EQ(modules[2].name, "c");
  EXPECT_THAT(modules[0].flags, ElementsAre("-I/tree/x"));
}

TEST_F(KbuildTest, Conditionals) {
  file("Makefile", R"(PARTS := x.o
ifeq ($(CONFIG_ON),y)
PARTS += on.o
else
PARTS += not-on.o
endif
ifneq ($(CONFIG_OFF),)
PARTS += off.o
endif
ifdef CONFIG_ON
obj-$(CONFIG_TOY) += toy.o
endif
toy-objs := $(PARTS) $(patsubst %,%,nothing)
)");
  for (const char* name : {"x.c", "on.c", "not-on.c", "off.c"}) file(name);
  const auto modules = Kbuild(dir_, {"CONFIG_ON"}).modules(dir_, false);
  ASSERT_THAT(modules, SizeIs(1));
  EXPECT_THAT(names(modules[0]), ElementsAre("x.c", "on.c"));
}

TEST_F(KbuildTest, NothingThere) {
  EXPECT_THAT(Kbuild(dir_, {}).modules(dir_, true), IsEmpty());
}

TEST_F(KbuildTest, OptionsOfAutoconf) {
  EXPECT_THAT(Kbuild::read_options("#define CONFIG_A 1\n#define CONFIG_N 64\n#ifndef X\n/* CONFIG_B 1 */\n"),
              ElementsAre("CONFIG_A"));
}

}  // namespace
}  // namespace dmafuzz
