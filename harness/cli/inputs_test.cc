// SPDX-License-Identifier: GPL-2.0-only
//
// Which files are a target's, what they hold, and where they are wrong.
#include "cli/inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command.h"
#include "cli/storage.h"

namespace dmafuzz::cli {
namespace {

using testing::ElementsAre;

class Inputs : public testing::Test {
 protected:
  std::filesystem::path file(const std::filesystem::path& name, std::string_view text) const {
    const std::filesystem::path path = scratch_.path() / name;
    make_folder(path.parent_path());
    write_file(path, text);
    return path;
  }
  Target target(InputKind kind) const {
    Target out;
    out.kind = kind;
    out.corpus = scratch_.path();
    return out;
  }
  const ScratchFolder scratch_;
};

TEST_F(Inputs, CorporaHoldTheTargetsOwnForm) {
  const auto program = file("seeds/a.dma", "dma 1\n");
  const auto second = file("seeds/b.hex", "02");
  const auto first = file("seeds/a.hex", "01");
  const auto regression = file("regressions/c.hex", "03");
  file("seeds/README.md", "");
  file("seeds/.b.hex", "");
  file("seeds/raw", "");
  EXPECT_THAT(reviewed_files(target(InputKind::kDma), "seeds"), ElementsAre(program));
  EXPECT_THAT(reviewed_files(target(InputKind::kBytes), "seeds"), ElementsAre(first, second));
  EXPECT_THAT(reviewed_files(target(InputKind::kBytes), "regressions"), ElementsAre(regression));
  EXPECT_THAT(reviewed_files(target(InputKind::kDma), "regressions"), ElementsAre());
}

TEST_F(Inputs, OnlyTheNameMakesHexOfBytes) {
  const Input text = load_input(target(InputKind::kBytes), file("a.hex", "61 62\nexpect finding hang\n"));
  EXPECT_THAT(text.bytes, ElementsAre('a', 'b'));
  EXPECT_EQ(text.expect.finding, "hang");
  EXPECT_THAT(load_input(target(InputKind::kBytes), file("a", "61")).bytes, ElementsAre('6', '1'));
  // A program's bytes may be written so as well.
  EXPECT_EQ(load_program(file("b.hex", "61 62")).program, load_program(file("b", "ab")).program);
}

TEST_F(Inputs, AMistakeIsNamedWithItsPlace) {
  const auto bad = file("bad.hex", "# made by hand\n0a 0\n");
  try {
    load_input(target(InputKind::kBytes), bad);
    FAIL() << "taken";
  } catch (const Trouble& trouble) {
    EXPECT_THAT(trouble.what(), testing::EndsWith("bad.hex:2:4: expected two hexadecimal digits, got '0'"));
  }
}

TEST_F(Inputs, ProgramsSayWhetherTheyAreLawful) {
  EXPECT_TRUE(load_input(target(InputKind::kDma), file("a.dma", "dma 1\n")).lawful);
  EXPECT_FALSE(load_input(target(InputKind::kDma), file("b.dma", "dma 1\nmode raw\n")).lawful);
}

TEST(AppliesTo, TreesAreNamedBySeries) {
  const Expectation all, some = {.kind = Expectation::Kind::kOk, .finding = {}, .only = {"7.3", "6.12"}};
  EXPECT_TRUE(applies_to(all, "7.3.4"));
  EXPECT_TRUE(applies_to(some, "7.3.4"));
  EXPECT_TRUE(applies_to(some, "6.12"));
  EXPECT_FALSE(applies_to(some, "7.31.1"));
  EXPECT_FALSE(applies_to(some, "6.1.2"));
}

TEST_F(Inputs, ReportsCanBeReadAgain) {
  const std::vector<std::uint8_t> bytes(600, 0x5a);
  const auto lines = input_lines(target(InputKind::kBytes), bytes);
  ASSERT_EQ(lines.size(), 33u);
  EXPECT_EQ(lines.back(), "# ... 600 bytes in all");
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  EXPECT_EQ(load_input(target(InputKind::kBytes), file("again.hex", text)).bytes.size(), 512u);
}

}  // namespace
}  // namespace dmafuzz::cli
