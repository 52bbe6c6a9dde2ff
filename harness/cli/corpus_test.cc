// SPDX-License-Identifier: GPL-2.0-only
//
// What `dmafuzz corpus` makes of inputs without running them: names, texts, counts of operations.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/corpus_operations.h"
#include "cli/corpus_text.h"
#include "cli/storage.h"
#include "program/binary.h"

namespace dmafuzz::cli {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

std::vector<std::uint8_t> life(std::string_view text) {
  LifeFile file;
  EXPECT_FALSE(parse_life(text, file));
  return encode_life(file.life);
}

Target of_bytes() {
  Target target;
  target.kind = InputKind::kBytes;
  return target;
}

CorpusInput found(std::string id, std::string function) {
  CorpusInput entry;
  entry.finding.emplace();
  entry.finding->id = std::move(id);
  entry.finding->location.function = std::move(function);
  return entry;
}

TEST(CorpusName, OfAFindingIsItsIdAndPlace) {
  const Target target;
  EXPECT_EQ(corpus_name(target, found("hang", "e1000_clean_rx_irq")), "hang-e1000-clean-rx-irq");
  EXPECT_EQ(corpus_name(target, found("kernel-bug", "<kernel::dma::Coherent<u8>>::read(usize)")),
            "kernel-bug-kernel-dma-coherent-u8-read");
  EXPECT_EQ(corpus_name(target, found("memory-leak", "")), "memory-leak");
}

TEST(CorpusName, OfWhatRunsCleanIsWhatItDoes) {
  CorpusInput entry;
  entry.operations = {"alloc size 1", "alloc size 2", "free_fast 0x1", "close"};
  entry.input.bytes = {1, 2, 3};
  const Target target = of_bytes();
  const std::string name = corpus_name(target, entry);
  EXPECT_THAT(name, testing::MatchesRegex("alloc-free-fast-close-[0-9a-f]+"));
  entry.input.bytes = {1, 2, 4};
  EXPECT_NE(corpus_name(target, entry), name);
}

TEST(CorpusText, BytesComeWithWhatTheyDo) {
  const ScratchFolder scratch;
  write_file(scratch.path() / "input", "abc");
  Build build;
  build.release = "7.3.4";
  CorpusInput entry;
  entry.file = scratch.path() / "input";
  entry.input.bytes = {0x61, 0x62, 0x63};
  entry.input.expect.kind = Expectation::Kind::kOk;
  entry.operations = {"alloc 1", "alloc 2", "alloc 3", "alloc 4", "close"};
  EXPECT_EQ(corpus_text(build, of_bytes(), entry),
            "# SPDX-License-Identifier: GPL-2.0-only OR MIT\n# What it does on Linux 7.3.4:\n#   alloc 1\n"
            "#   ... 2 more alloc ...\n#   alloc 4\n#   close\n61 62 63\nexpect ok\n");
}

TEST(OperationCount, KnowsWhatNoProgramDoes) {
  ProgramFile file;
  ASSERT_FALSE(parse_text("dma 1\nb0 = alloc kmalloc len=64\nfree b0\n", file));
  OperationCount count;
  count.add(InputKind::kDma, encode(file.program));
  EXPECT_EQ(count.total(), 2u);
  const auto never = count.never(InputKind::kDma);
  ASSERT_TRUE(never);
  EXPECT_THAT(*never, testing::IsSupersetOf({"alloc pages", "map", "unmap"}));
  EXPECT_THAT(*never, Not(Contains("alloc kmalloc")));
  EXPECT_THAT(*never, Not(Contains("free")));
}

TEST(OperationCount, ADiskIsNotMissedWhereThereIsNone) {
  OperationCount count;
  count.add(InputKind::kLife, life("life 1\nload\nopen\n"));
  const auto never = count.never(InputKind::kLife);
  ASSERT_TRUE(never);
  EXPECT_THAT(*never, testing::IsSupersetOf({"unload", "transmit"}));
  EXPECT_THAT(*never, Not(Contains(HasSubstr("disk"))));
  count.add(InputKind::kLife, life("life 1\ndisk_flush\n"));
  EXPECT_THAT(*count.never(InputKind::kLife), Contains("disk_read"));
}

TEST(OperationCount, OfPlainBytesNobodyKnows) {
  EXPECT_FALSE(OperationCount().never(InputKind::kBytes));
}

}  // namespace
}  // namespace dmafuzz::cli
