// SPDX-License-Identifier: GPL-2.0-only
//
// The command on this very build: doctor, reviewed programs, bad input.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/storage.h"
#include "tests/testing/built.h"

namespace dmafuzz::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Command : public ::testing::Test {
 protected:
  std::string file(std::string_view name, std::string_view text) const {
    const std::filesystem::path path = scratch_.path() / name;
    cli::write_file(path, text);
    return path;
  }

  const cli::ScratchFolder scratch_;
};

TEST_F(Command, DoctorFindsAllWell) {
  const Ran ran = run({dmafuzz(), "doctor"});
  EXPECT_EQ(ran.exit.code, cli::kClean) << ran.output;
  EXPECT_THAT(ran.output, Not(HasSubstr("NOT OK")));
}

TEST_F(Command, SeedsRunClean) {
  for (const cli::Target& target : build().targets) {
    const auto files = seeds(target);
    if (files.empty() || target.added) continue;
    std::vector<std::string> argv = {dmafuzz(), "run", target.name};
    std::ranges::copy(past_expected(target), std::back_inserter(argv));
    argv.insert(argv.end(), files.begin(), files.end());
    const Ran ran = run(argv);
    EXPECT_EQ(ran.exit.code, cli::kClean) << ran.output;
  }
}

TEST_F(Command, NamesThePlaceOfAMistakeInAProgram) {
  const std::string bad =
      file("bad.dma", "dma 1\nb0 = alloc kmalloc len=64\nm0 = map single b0 len=banana to_device\n");
  for (const std::vector<std::string>& argv : {std::vector<std::string>{dmafuzz(), "run", "dma_api", bad},
                                               {dmafuzz(), "show", bad},
                                               {dmafuzz(), "assemble", bad},
                                               {std::string(build().target("dma_api").replayer), bad}}) {
    const Ran ran = run(argv);
    EXPECT_EQ(ran.exit.code, cli::kEnvironment) << argv[1];
    EXPECT_THAT(ran.output, AllOf(HasSubstr("bad.dma:3:24: "), HasSubstr("expected"))) << argv[1];
  }
}

TEST_F(Command, NamesThePlaceOfAMistakeInHex) {
  const std::string bad = file("bad.hex", "# an input\n0a 2\n");
  for (const std::vector<std::string>& argv : {std::vector<std::string>{dmafuzz(), "run", "iova", bad},
                                               {dmafuzz(), "show", bad},
                                               {dmafuzz(), "assemble", bad},
                                               {dmafuzz(), "minimize", "iova", bad},
                                               {std::string(build().target("iova").replayer), bad}}) {
    const Ran ran = run(argv);
    EXPECT_EQ(ran.exit.code, cli::kEnvironment) << argv[1];
    EXPECT_THAT(ran.output, HasSubstr("bad.hex:2:4: expected two hexadecimal digits, got '2'")) << argv[1];
  }
}

TEST_F(Command, ExportsProgramsWithTheirFinding) {
  const std::string program = file("unmap-half.dma",
                                   "dma 1\ndevice path=direct noncoherent\nmode raw\nb0 = alloc pages len=4096\n"
                                   "m0 = map page b0 len=4096 from_device\nunmap m0 wrong_size\n");
  const Ran kunit = run({dmafuzz(), "export", "kunit", program});
  EXPECT_EQ(kunit.exit.code, cli::kClean);
  EXPECT_THAT(kunit.output, AllOf(HasSubstr("DmaSan: unmap-size-mismatch"), HasSubstr("does not snoop"),
                                  HasSubstr("dma-debug reports it"),
                                  HasSubstr("dma_unmap_page(dev, dma, SZ_4K / 2, DMA_FROM_DEVICE);"),
                                  HasSubstr("kunit_test_suite(unmap_half_suite);")));
  const std::string source = scratch_.path() / "out.c";
  const Ran module = run({dmafuzz(), "export", "c", program, "-o", source, "--name", "half", "--json"});
  EXPECT_EQ(module.exit.code, cli::kClean);
  const auto json = nlohmann::json::parse(module.output);
  EXPECT_EQ(json["judge"], "dma-debug");
  EXPECT_EQ(json["source"], cli::read_file(source));
  EXPECT_THAT(cli::read_file(source), HasSubstr("module_init(half_init);"));
}

TEST_F(Command, SaysWhyAProgramIsNotExported) {
  const auto refused = [&](std::string_view text) {
    const Ran ran = run({dmafuzz(), "export", "kunit", file("no.dma", text)});
    EXPECT_EQ(ran.exit.code, cli::kEnvironment);
    return ran.output;
  };
  EXPECT_THAT(refused("dma 1\ndevice path=iommu\nb0 = alloc kmalloc len=64\n"), HasSubstr("path iommu"));
  EXPECT_THAT(refused("dma 1\nmode raw\nb0 = alloc kmalloc len=64\n"), HasSubstr("nothing sees it"));
  // More than a bounce buffer holds.
  EXPECT_THAT(refused("dma 1\ndevice path=bounce\nb0 = alloc pages len=524288\n"
                      "m0 = map page b0 len=524288 from_device attrs=no_warn\n"),
              HasSubstr("operation 1"));
}

TEST_F(Command, HexAndBytesAreOneInput) {
  const std::string binary = scratch_.path() / "input.bin";
  for (const cli::Target& target : build().targets) {
    if (target.kind != cli::InputKind::kBytes) continue;
    const auto files = seeds(target);
    ASSERT_FALSE(files.empty()) << target.name;
    ASSERT_TRUE(run({dmafuzz(), "assemble", files[0], "-o", binary}).exit.ok());
    const auto trace = [&](const std::string& input) {
      const auto lines = run({target.replayer, "--hash", input}).lines("trace ");
      return lines.empty() ? "none of " + input : lines[0].substr(0, lines[0].rfind(' '));
    };
    EXPECT_EQ(trace(files[0]), trace(binary)) << target.name;
    // What it does is said above the bytes; and the text is the input again.
    const Ran shown = run({dmafuzz(), "show", "--target", target.name, binary});
    ASSERT_TRUE(shown.exit.ok()) << shown.output;
    EXPECT_THAT(shown.output, StartsWith("# ")) << target.name;
    const std::string again = file("again.hex", shown.output);
    EXPECT_EQ(run({dmafuzz(), "assemble", again, "-o", "-"}).output, run({"/bin/cat", binary}).output);
  }
}

TEST_F(Command, AnyBytesAreAProgram) {
  const std::string bytes("\x01\xff\x80\x00garbage\xfe\x7f", 13);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const std::string input = file("input", std::string_view(bytes).substr(0, size));
    const Ran shown = run({dmafuzz(), "show", input});
    EXPECT_EQ(shown.exit.code, cli::kClean) << shown.output;
    EXPECT_THAT(shown.output, HasSubstr("dma 1\n"));
    const Ran ran = run({dmafuzz(), "run", "dma_api", input});
    EXPECT_NE(ran.exit.code, cli::kEnvironment) << ran.output;
  }
}

TEST_F(Command, TextAndBinaryAreOneProgram) {
  const auto files = seeds(build().target("dma_api"));
  ASSERT_FALSE(files.empty());
  const std::string binary = scratch_.path() / "program.bin";
  const std::string again = scratch_.path() / "again.bin";
  // A few: each is three processes. text_test.cc has the rest.
  for (std::size_t i = 0; i < files.size(); i += 1 + files.size() / 8) {
    ASSERT_TRUE(run({dmafuzz(), "assemble", files[i], "-o", binary}).exit.ok());
    const std::string text = file("again.dma", run({dmafuzz(), "show", binary}).output);
    ASSERT_TRUE(run({dmafuzz(), "assemble", text, "-o", again}).exit.ok());
    EXPECT_EQ(cli::read_file(binary), cli::read_file(again)) << files[i];
  }
}

TEST_F(Command, SaysWhatTargetsThereAre) {
  const Ran ran = run({dmafuzz(), "run", "no_such_target", file("x.dma", "dma 1\n")});
  EXPECT_EQ(ran.exit.code, cli::kEnvironment);
  EXPECT_THAT(ran.output, AllOf(HasSubstr("no_such_target"), HasSubstr("dma_api")));
}

// The index that the device made up, where it is loaded, with its numbers in the report.
TEST_F(Command, TriageNamesTheValueThatAFindingHangsOn) {
  const std::string input = build().source / "corpora/driver_vmxnet3/regressions/finding-received-index.life";
  const Ran ran = run({dmafuzz(), "triage", "driver_vmxnet3", input, "--values", "2", "--json"});
  ASSERT_EQ(ran.exit.code, cli::kFindings) << ran.output;
  const auto json = nlohmann::ordered_json::parse(ran.output);
  EXPECT_EQ(json.at("needed"), "faulty");
  EXPECT_EQ(json.at("tried"), 2);
  const auto& index = json.at("deciders").at(0);
  EXPECT_EQ(index.at("value"), "0x4000cfff");
  EXPECT_EQ(index.at("function"), "vmxnet3_rq_rx_complete");
  EXPECT_TRUE(index.at("goes_in"));
  EXPECT_GT(json.at("values"), 2) << "registers count too";

  const std::string clean = file("clean.life", "life 1\ndevice faithful path=direct\nload\n");
  EXPECT_EQ(run({dmafuzz(), "triage", "driver_8139cp", clean}).exit.code, cli::kEnvironment);
}

TEST_F(Command, TriageSaysIfNothingOfTheDeviceMatters) {
  std::string input = file(
      "hangs.life", "life 1\ndevice untrusted path=direct\nload\nopen\nfail_alloc after=20\nmtu bytes=1000\nstop\n");
  const Ran ran = run({dmafuzz(), "triage", "driver_8139cp", input, "--values", "2"});
  EXPECT_EQ(ran.exit.code, cli::kFindings);
  EXPECT_THAT(ran.output, AllOf(HasSubstr("device: faithful is enough, the input says untrusted"),
                                HasSubstr("2 changed one at a time"), HasSubstr("none of these matters")));
}

TEST_F(Command, AMissingFileIsNotAFinding) {
  const Ran ran = run({dmafuzz(), "run", "dma_api", scratch_.path() / "nowhere.dma"});
  EXPECT_EQ(ran.exit.code, cli::kEnvironment);
  EXPECT_THAT(ran.output, HasSubstr("nowhere.dma"));
}

}  // namespace
}  // namespace dmafuzz::testing
