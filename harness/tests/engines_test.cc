// SPDX-License-Identifier: GPL-2.0-only
//
// What other programs take from the command: seeds in binary form, the targets that a patch concerns, reports.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/storage.h"
#include "tests/testing/built.h"

namespace dmafuzz::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class Engines : public ::testing::Test {
 protected:
  std::string file(std::string_view name, std::string_view text) const {
    const fs::path path = scratch_.path() / name;
    cli::write_file(path, text);
    return path;
  }
  // The names that `dmafuzz targets` prints.
  static std::vector<std::string> targets(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {dmafuzz(), "targets", "--names"});
    const Ran ran = run(arguments);
    EXPECT_EQ(ran.exit.code, cli::kClean) << ran.output;
    return ran.lines("");
  }

  const cli::ScratchFolder scratch_;
};

TEST_F(Engines, SeedsAreWhatTheTargetReads) {
  for (const std::string name : {"dma_api", "iova", "driver_plx_dma"}) {
    const fs::path folder = scratch_.path() / name;
    const Ran ran = run({dmafuzz(), "seeds", name, folder});
    ASSERT_EQ(ran.exit.code, cli::kClean) << ran.output;
    ASSERT_GT(cli::count_files(folder), 0u) << name;
    const cli::Target& target = build().target(name);
    std::vector<std::string> argv = {target.fuzzer, "-runs=0", folder};
    EXPECT_TRUE(run(argv).exit.ok()) << name;
  }
  EXPECT_THAT(run({dmafuzz(), "seeds", "nobody", scratch_.path() / "none"}).output, HasSubstr("no target 'nobody'"));
}

TEST_F(Engines, PatchesConcernWhatIsMadeOfTheirFiles) {
  EXPECT_THAT(targets({"--touched-by", "drivers/dma/plx_dma.c"}), ::testing::ElementsAre("driver_plx_dma"));
  const auto pool = targets({"--touched-by", "mm/dmapool.c"});
  EXPECT_THAT(pool, AllOf(Contains("dma_api"), Contains("dmapool"), Contains("driver_e1000")));
  // As this machine names it, and the driver's header, of which its objects tell.
  EXPECT_THAT(targets({"--touched-by", build().kernel / "drivers/net/ethernet/intel/e1000/e1000.h"}),
              AllOf(Contains("driver_e1000"), Not(Contains("driver_e100")), Not(Contains("dma_api"))));
  EXPECT_THAT(
      targets({"--diff", file("x.patch",
                              "--- a/lib/sg_split.c\n+++ b/lib/sg_split.c\n@@ -1 +1 @@\n-a\n+b\n"
                              "--- a/drivers/dma/plx_dma.c\n+++ b/drivers/dma/plx_dma.c\n@@ -1 +1 @@\n-a\n+b\n")}),
      ::testing::ElementsAre("driver_plx_dma", "scatterlist"));
  const Ran nobody = run({dmafuzz(), "targets", "--names", "--touched-by", "fs/ext4/inode.c"});
  EXPECT_EQ(nobody.exit.code, cli::kClean);
  EXPECT_EQ(nobody.output, "fs/ext4/inode.c: no target is made of it\n");
  EXPECT_EQ(run({dmafuzz(), "targets", "--diff", file("no.patch", "hello\n")}).exit.code, cli::kEnvironment);
}

TEST_F(Engines, SaysWhichFileOfAPatchConcernsATarget) {
  const Ran ran = run({dmafuzz(), "targets", "--json", "--touched-by", "drivers/dma/plx_dma.c"});
  const auto json = nlohmann::json::parse(ran.output);
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0]["name"], "driver_plx_dma");
  EXPECT_EQ(json[0]["touched_by"], nlohmann::json::array({"drivers/dma/plx_dma.c"}));
}

TEST_F(Engines, FindingsOfARunAreReportedInEachForm) {
  const fs::path corpus = build().target("dma_api").corpus;
  const std::string clean = seeds(build().target("dma_api")).front();
  const std::string found = corpus / "regressions" / "unbind-with-pool-block-used.dma";
  const fs::path sarif = scratch_.path() / "out.sarif", junit = scratch_.path() / "out.xml";
  const Ran ran = run({dmafuzz(), "run", "dma_api", clean, found, "--sarif", sarif, "--junit", junit});
  EXPECT_EQ(ran.exit.code, cli::kFindings) << ran.output;
  const auto log = nlohmann::json::parse(cli::read_file(sarif));
  const auto& results = log.at("runs").at(0).at("results");
  ASSERT_EQ(results.size(), 1u);
  const std::string id = results.at(0).at("ruleId");
  EXPECT_THAT(cli::read_file(junit), AllOf(HasSubstr("tests=\"2\" failures=\"1\""), HasSubstr("type=\"" + id + "\""),
                                           HasSubstr("==dmafuzz==")));
}

TEST_F(Engines, RegressionsAreReportedAsTests) {
  const fs::path first = scratch_.path() / "first.xml", second = scratch_.path() / "second.xml";
  for (const fs::path& out : {first, second})
    EXPECT_EQ(run({dmafuzz(), "regress", "iova", "--junit", out}).exit.code, cli::kClean);
  const std::string text = cli::read_file(first);
  EXPECT_THAT(text, AllOf(HasSubstr("<testsuite name=\"iova\""), HasSubstr("failures=\"0\""),
                          HasSubstr("classname=\"iova\" name=\"iova/seeds/")));
  EXPECT_EQ(text, cli::read_file(second));
}

}  // namespace
}  // namespace dmafuzz::testing
