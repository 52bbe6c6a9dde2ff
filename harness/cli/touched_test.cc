// SPDX-License-Identifier: GPL-2.0-only
#include "cli/touched.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dmafuzz::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kTargets = R"({
  "kernel": { "dir": "/tree", "overlay": "/over" },
  "parts": {
    "dma": ["/tree/kernel/dma/direct.c", "/over/kernel/dma/mapping.c"],
    "driver_x": ["/tree/drivers/net/x/main.c"],
    "rust": ["rust/"],
    "later": ["/tree/drivers/y.c"],
    "shim_only": []
  },
  "made_of": {
    "dma_api": ["dma", "shim_only"],
    "driver_x": ["dma", "driver_x"],
    "driver_y": ["later", "rust"]
  }
})";
constexpr std::string_view kDeps =
    "shims/CMakeFiles/kobj_dma.dir/__/kernel/dma/direct.c.o: #deps 3, deps mtime 1 (VALID)\n"
    "    /tree/kernel/dma/direct.c\n"
    "    ../../tree/include/linux/dma-mapping.h\n"
    "    /repository/shims/arch/include/asm/page.h\n"
    "\n"
    "shims/CMakeFiles/kobj_dma.dir/__/kernel/dma/mapping.c.o: #deps 1, deps mtime 1 (VALID)\n"
    "    /tree/include/linux/dma-map-ops.h\n"
    "\n"
    "shims/CMakeFiles/kobj_driver_x.dir/main.c.o: #deps 2, deps mtime 1 (VALID)\n"
    "    /tree/drivers/net/x/x.h\n"
    "    /tree/include/linux/pci.h\n"
    "\n"
    "harness/CMakeFiles/other.dir/main.cc.o: #deps 1, deps mtime 1 (VALID)\n"
    "    /tree/include/linux/never.h\n";

MadeOf sample() {
  return MadeOf::parse(kTargets, kDeps, "/build/7.3");
}

TEST(MadeOf, FilesOfTheTree) {
  EXPECT_THAT(sample().targets("kernel/dma/direct.c"), ElementsAre("dma_api", "driver_x"));
  EXPECT_THAT(sample().targets("kernel/dma/mapping.c"), ElementsAre("dma_api", "driver_x"));
  EXPECT_THAT(sample().targets("drivers/net/x/main.c"), ElementsAre("driver_x"));
  EXPECT_THAT(sample().targets("kernel/sched/core.c"), IsEmpty());
}

TEST(MadeOf, HeadersConcernWhoIncludesThem) {
  EXPECT_THAT(sample().targets("drivers/net/x/x.h"), ElementsAre("driver_x"));
  EXPECT_THAT(sample().targets("include/linux/dma-mapping.h"), ElementsAre("dma_api", "driver_x", "driver_y"));
}

TEST(MadeOf, HeadersConcernWhatIsNotCompiledYet) {
  EXPECT_THAT(sample().targets("include/linux/never.h"), ElementsAre("driver_y"));
  EXPECT_THAT(sample().targets("drivers/y.h"), ElementsAre("driver_y"));
  // A part of our own files alone includes them as well, but nobody asks for a target because of it.
  EXPECT_THAT(MadeOf::parse(kTargets, "", "/build/7.3").targets("include/linux/never.h"),
              ElementsAre("dma_api", "driver_x", "driver_y"));
}

TEST(MadeOf, APartIsCompiledWhenAllOfItIs) {
  std::string_view first = kDeps;
  first = first.substr(0, first.find("shims/CMakeFiles/kobj_dma.dir/__/kernel/dma/mapping.c.o"));
  EXPECT_THAT(MadeOf::parse(kTargets, first, "/build/7.3").targets("include/linux/dma-map-ops.h"),
              ElementsAre("dma_api", "driver_x", "driver_y"));
}

TEST(MadeOf, Folders) {
  EXPECT_THAT(sample().targets("rust/kernel/dma.rs"), ElementsAre("driver_y"));
  EXPECT_THAT(sample().targets("rusty/kernel/dma.rs"), IsEmpty());
}

TEST(MadeOf, NamesOfThisMachine) {
  EXPECT_EQ(sample().name_in_tree("/tree/lib/x.c"), "lib/x.c");
  EXPECT_EQ(sample().name_in_tree("/over/lib/x.c"), "lib/x.c");
  EXPECT_EQ(sample().name_in_tree("/treehouse/lib/x.c"), "/treehouse/lib/x.c");
  EXPECT_EQ(sample().name_in_tree("./lib/x.c"), "lib/x.c");
}

TEST(Patch, GitDiff) {
  EXPECT_THAT(
      files_of_patch("From 1234\nSubject: x\n\n--- \n---\n lib/a.c | 2 +-\n\n"
                     "diff --git a/lib/a.c b/lib/a.c\nindex 1..2 100644\n--- a/lib/a.c\n+++ b/lib/a.c\n"
                     "@@ -1,3 +1,3 @@ int f(void)\n x\n-y\n+z\n w\n"
                     "diff --git a/lib/new.c b/lib/new.c\nnew file mode 100644\n--- /dev/null\n+++ b/lib/new.c\n"
                     "@@ -0,0 +1 @@\n+x\n"
                     "diff --git a/lib/old.c b/lib/older.c\nrename from lib/old.c\nrename to lib/older.c\n"
                     "-- \n2.39.5\n"),
      ElementsAre("lib/a.c", "lib/new.c", "lib/old.c", "lib/older.c"));
}

TEST(Patch, LinesOfAHunkAreNoHeaders) {
  EXPECT_THAT(files_of_patch("--- a/x.sql\n+++ b/x.sql\n@@ -1,2 +1,2 @@\n--- a/not.c\n+++ b/not.c\n same\n"
                             "\\ No newline at end of file\n"
                             "--- a/y.c\n+++ b/y.c\n@@ -1 +1 @@\n-1\n+2\n"),
              ElementsAre("x.sql", "y.c"));
}

TEST(Patch, PlainDiffWithTimes) {
  EXPECT_THAT(files_of_patch("--- drivers/x.c\t2026-01-01 00:00:00\n+++ drivers/x.c\t2026-01-02 00:00:00\n"
                             "@@ -1 +1 @@\n-1\n+2\n"),
              ElementsAre("drivers/x.c"));
  EXPECT_THAT(files_of_patch("no patch at all\n"), IsEmpty());
}

}  // namespace
}  // namespace dmafuzz::cli
