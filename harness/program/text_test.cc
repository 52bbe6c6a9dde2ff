// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The text form: it loses nothing, it reads the same on every line that people may write, and its errors point at the
// right place and say what would have been right.
#include "program/text.h"

#include <gtest/gtest.h>

#include <string>

#include "program/binary.h"
#include "program/generate.h"

namespace dmafuzz {
namespace {

ProgramFile must_parse(const std::string& text) {
  ProgramFile file;
  std::optional<TextError> error = parse_text(text, file);
  EXPECT_FALSE(error) << error.value_or(TextError()).str("text") << "\n" << text;
  return file;
}

// One program with every operation, every kind of operand and every statement.
constexpr const char* kGolden = R"(dma 1
device path=bounce mask=32 coherent_mask=31 noncoherent max_seg=65536 boundary=65536 min_align=4096 line=128 fill=0x5a dense
mode raw
b0 = alloc kmalloc len=256
b1 = alloc pages_dma32 len=8192 atomic zero
fill b0 len=64 seed=7
fill c0+8 len=64
check b0+16 len=32
check twice c0 len=8
cache_evict b0+64 len=64
m0 = map single b0+64 len=128 to_device atomic attrs=skip_cpu_sync,no_warn
m15 = map phys b15 none unchecked
unmap m0 wrong_size wrong_dir wrong_call stale wrong_dev
sync_for_cpu range m0+1 len=64
sync_for_cpu s0 wrong_dir
sync_for_device c1+4096 len=16
s0 = sg_alloc chained b1 len=64 count=300 gap=4080 atomic
sg_map sgtable s0 from_device attrs=weak_ordering
sg_unmap s0 atomic attrs=privileged
sg_free s0
c0 = coherent_alloc coherent len=4096 attrs=write_combine,no_kernel_mapping,force_contiguous,alloc_single_pages
c1 = coherent_alloc noncontiguous len=1048577 to_device zero
coherent_free c0 wrong_size
coherent_sgtable c0
p0 = pool_create managed align=64 size=100 boundary=4096
k0 = pool_alloc p0 zero
pool_free k0
pool_destroy p0
set_mask both bits=64
set_max_seg size=4096
set_boundary boundary=4294967296
set_min_align align=512
query need_sync
unbind
bind
dev_read s0 len=4 stale
dev_write k0+8 len=4 seed=65535
fail_alloc nth=3
run_work
pass_time ns=1000000
free b1
expect finding mapping-leak
checks +double-fetch,-info-leak
only 7.3 6.12
)";

TEST(Text, GoldenProgramPrintsAsItReads) {
  ProgramFile file = must_parse(kGolden);
  EXPECT_EQ(print_text(file), kGolden);
  unsigned seen[DMAF_OP_COUNT] = {};
  for (const dmaf_op& op : file.program.ops) ++seen[op.code];
  for (const OpInfo& info : op_table()) EXPECT_GT(seen[&info - op_table().data()], 0u) << info.name;
  const dmaf_op& map = file.program.ops[7];
  EXPECT_EQ(map.code, DMAF_OP_MAP);
  EXPECT_EQ(map.src, 0);
  EXPECT_EQ(map.off, 64u);
  EXPECT_EQ(map.len, 128u);
  EXPECT_EQ(map.dir, DMAF_TO_DEVICE);
  EXPECT_EQ(map.flags, DMAF_F_ATOMIC);
  EXPECT_EQ(map.attrs, DMAF_A_SKIP_CPU_SYNC | DMAF_A_NO_WARN);
  EXPECT_EQ(file.program.config.boundary_order, 16);
  EXPECT_EQ(file.program.config.coherent_mask_bits, 31);
  EXPECT_EQ(file.expect.kind, Expectation::Kind::kFinding);
  EXPECT_EQ(file.expect.finding, "mapping-leak");
  EXPECT_EQ(file.expect.checks, "+double-fetch,-info-leak");
  EXPECT_EQ(file.expect.only, (std::vector<std::string>{"7.3", "6.12"}));
}

TEST(Text, PeopleWriteItInOtherWays) {
  ProgramFile file = must_parse(
      "# about this program\n\n  dma 1   # version\r\n"
      "mode lawful\n"
      "device fill=10 path=offset mask=0x20 boundary=64K max_seg=1M\n"
      "\tb0 = alloc zero len=4K pages\n"
      "m0 = map to_device len=0x10 b0+1K page # comment\n"
      "sync_for_cpu m0 single len=16\n"
      "expect ok");
  EXPECT_EQ(print_text(file),
            "dma 1\n"
            "device path=offset mask=32 coherent_mask=64 max_seg=1048576 boundary=65536 fill=0x0a\n"
            "mode lawful\n"
            "b0 = alloc pages len=4096 zero\n"
            "m0 = map page b0+1024 len=16 to_device\n"
            "sync_for_cpu m0 len=16\n"
            "expect ok\n");
}

TEST(Text, AShortFileIsAProgram) {
  ProgramFile file = must_parse("dma 1");
  EXPECT_EQ(file.program, Program());
  EXPECT_EQ(file.expect, Expectation());
}

TEST(Text, EveryFieldOfEveryOperationSurvives) {
  Program program;
  program.lawful = false;
  for (unsigned code = 0; code < DMAF_OP_COUNT; ++code) {
    const OpInfo& info = op_info(code);
    Random random(code);
    for (int i = 0; i < 2000; ++i) {
      dmaf_op op;
      for (std::size_t b = 0; b < sizeof op; ++b)
        reinterpret_cast<unsigned char*>(&op)[b] = static_cast<unsigned char>(random.next());
      if (i & 1) op.off = op.len = op.val = op.gap = 0;
      op.code = static_cast<dmaf_u8>(code);
      canonicalise(op);
      program.ops.assign(1, op);
      ProgramFile back = must_parse(print_text(program));
      ASSERT_EQ(back.program, program) << info.name << ": " << print_op(op);
    }
  }
}

TEST(Text, RandomProgramsSurvive) {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    Program program = random_program(seed, 30, seed & 1);
    const std::string text = print_text(program);
    ProgramFile back = must_parse(text);
    ASSERT_EQ(back.program, program) << text;
    ASSERT_EQ(print_text(back), text);
  }
}

struct Bad {
  const char* text;  // after "dma 1\n", unless it starts with '!'
  unsigned line, column;
  const char* message;  // a part of it
};

const Bad kBad[] = {
    {"!", 1, 1, "expected 'dma 1', got end of file"},
    {"!dma", 1, 4, "expected 'dma 1', got end of line"},
    {"!\n\n dna 1", 3, 2, "expected 'dma 1', got 'dna'"},
    {"!dma 2", 1, 5, "expected 'dma 1', got '2'"},
    {"!dma 1 x", 1, 7, "expected end of line, got 'x'"},
    {"mode", 2, 5, "expected lawful or raw, got end of line"},
    {"mode wild", 2, 6, "expected lawful or raw, got 'wild'"},
    {"mode raw raw", 2, 10, "expected end of line"},
    {"mode raw\nmode raw", 3, 1, "'mode' at most once"},
    {"query can_mmap\nmode raw", 3, 1, "'mode' before the first operation"},
    {"query can_mmap\ndevice", 3, 1, "'device' before the first operation"},
    {"device path=warp", 2, 13, "expected one of direct, offset"},
    {"device mask=65", 2, 13, "expected a number of 24 to 64, got '65'"},
    {"device mask=", 2, 13, "expected a number of 24 to 64, got nothing"},
    {"device mask", 2, 8, "expected one of path, mask"},
    {"device dense=1", 2, 8, "expected one of path, mask"},
    {"device dense dense", 2, 14, "dense at most once"},
    {"device boundary=5000", 2, 17, "expected a power of two of 4096 to 4294967296, got '5000'"},
    {"device fill=256", 2, 13, "expected a number of 0 to 255"},
    {"mode raw\nfrobnicate b0", 3, 1, "expected an operation, device, mode, expect, checks or only, got 'frobnicate'"},
    {"mode raw\nb0 =", 3, 5, "expected an operation, got end of line"},
    {"mode raw\nb0 = free b0", 3, 4, "expected 'free' without a result, got '='"},
    {"mode raw\nalloc kmalloc len=8", 3, 1, "expected b0 .. b15 = alloc ..., got 'alloc'"},
    {"mode raw\nm0 = alloc kmalloc len=8", 3, 1, "expected b0 .. b15, got 'm0'"},
    {"mode raw\nb16 = alloc kmalloc len=8", 3, 1, "expected b0 .. b15, got 'b16'"},
    {"mode raw\nb0+1 = alloc kmalloc len=8", 3, 3, "expected an object without offset, got '+'"},
    {"mode raw\nb0 = alloc len=8", 3, 17, "expected one of kmalloc, kmalloc_dma"},
    {"mode raw\nb0 = alloc kmalloc pages len=8", 3, 20, "the kind at most once"},
    {"mode raw\nb0 = alloc kmalloc atomic atomic", 3, 27, "each flag at most once"},
    {"mode raw\nb0 = alloc kmalloc len=8 len=9", 3, 26, "len at most once"},
    {"mode raw\nb0 = alloc kmalloc len=8 seed=9", 3, 26, "of 'alloc', got 'seed=9'"},
    {"mode raw\nb0 = alloc kmalloc len=4294967296", 3, 24, "expected a number of 0 to 4294967295"},
    {"mode raw\nb0 = alloc kmalloc len=99999999999999999999", 3, 24, "expected a number"},
    {"mode raw\nb0 = alloc kmalloc len=0x", 3, 24, "expected a number"},
    {"mode raw\nb0 = alloc kmalloc len=8k", 3, 24, "expected a number"},
    {"mode raw\nb0 = alloc kmalloc to_device len=8", 3, 20, "of 'alloc', got 'to_device'"},
    {"mode raw\nfree", 3, 5, "expected b0 .. b15, got end of line"},
    {"mode raw\nfree b0 b1", 3, 9, "the object at most once"},
    {"mode raw\nfree b0+4", 3, 8, "expected an object without offset"},
    {"mode raw\nfill m0 len=4", 3, 6, "expected b0 .. b15 or c0 .. c15 or k0 .. k15, got 'm0'"},
    {"mode raw\nfill b0+ len=4", 3, 9, "expected a number of 0 to 1048576, got nothing"},
    {"mode raw\nfill b0+1048577 len=4", 3, 9, "expected a number of 0 to 1048576"},
    {"mode raw\nm0 = map single b0 len=8", 3, 25, "expected one of bidirectional, to_device"},
    {"mode raw\nm0 = map single b0 to_device attrs=skip", 3, 36, "expected one of weak_ordering"},
    {"mode raw\nm0 = map single b0 to_device attrs=no_warn,no_warn", 3, 44, "each attribute at most once"},
    {"mode raw\nm0 = map single b0 to_device attrs=no_warn,", 3, 44, "expected one of weak_ordering"},
    {"mode raw\ns0 = sg_alloc table b0 len=8 count=301", 3, 36, "expected a number of 0 to 300, got '301'"},
    {"mode raw\ns0 = sg_alloc table b0 len=8 gap=8", 3, 34, "expected a multiple of 16, got '8'"},
    {"mode raw\nset_boundary boundary=3", 3, 23, "expected a power of two of 2 to"},
    {"mode raw\nunbind b0", 3, 8, "expected end of line, got 'b0'"},
    {"expect", 2, 7, "expected ok or finding"},
    {"expect finding", 2, 15, "expected the id of a check"},
    {"expect ok now", 2, 11, "expected end of line"},
    {"only", 2, 5, "expected a kernel tree"},
    {"free b0", 2, 1, "expected a lawful operation (or 'mode raw'), got one that no driver may do here"},
    {"b0 = alloc kmalloc", 2, 1, "got one that lawfully reads 'b0 = alloc kmalloc len=1'"},
};

TEST(Text, ErrorsPointAtThePlace) {
  for (const Bad& bad : kBad) {
    const std::string text = bad.text[0] == '!' ? bad.text + 1 : std::string("dma 1\n") + bad.text;
    SCOPED_TRACE(text);
    ProgramFile file;
    std::optional<TextError> error = parse_text(text, file);
    ASSERT_TRUE(error);
    const TextError where = error.value_or(TextError());
    EXPECT_EQ(where.line, bad.line);
    EXPECT_EQ(where.column, bad.column);
    EXPECT_NE(where.message.find(bad.message), std::string::npos) << where.message;
  }
  EXPECT_EQ((TextError{3, 4, "expected a, got b"}).str("x.dma"), "x.dma:3:4: expected a, got b");
}

TEST(Text, TooManyOperations) {
  std::string text = "dma 1\n";
  for (std::size_t i = 0; i < kMaxOps; ++i) text += "run_work\n";
  EXPECT_EQ(must_parse(text).program.ops.size(), kMaxOps);
  ProgramFile file;
  std::optional<TextError> error = parse_text(text + "run_work\n", file);
  ASSERT_TRUE(error);
  EXPECT_EQ(error.value_or(TextError()).line, kMaxOps + 2);
}

TEST(Text, AnyBytesParseOrFailCleanly) {
  const std::string golden = kGolden;
  Random random(3);
  for (int i = 0; i < 20000; ++i) {
    std::string text = golden;
    for (std::uint32_t n = random.between(1, 4); n; --n) {
      const std::uint32_t at = random.below(static_cast<std::uint32_t>(text.size()));
      if (random.one_in(2)) {
        text[at] = static_cast<char>(random.next());
      } else {
        text.erase(at, random.below(20));
      }
      if (text.empty()) break;
    }
    ProgramFile file;
    std::optional<TextError> error = parse_text(text, file);
    if (error) {
      ASSERT_GE(error->line, 1u);
      ASSERT_GE(error->column, 1u);
    } else {
      ASSERT_EQ(must_parse(print_text(file)).program, file.program);
    }
  }
}

TEST(Text, IsToldFromBinary) {
  const auto text = [](std::string_view s) {
    return looks_like_text({reinterpret_cast<const std::uint8_t*>(s.data()), s.size()});
  };
  EXPECT_TRUE(text("dma 1"));
  EXPECT_TRUE(text("dma 1\nmode raw"));
  EXPECT_TRUE(text("# a comment\r\n\n  dma\t1 # first version\n"));
  EXPECT_FALSE(text(""));
  EXPECT_FALSE(text("dma"));
  EXPECT_FALSE(text("dma1"));
  EXPECT_FALSE(text("dma 10"));
  EXPECT_FALSE(text("dma 2"));
  EXPECT_FALSE(text("# only a comment"));
  for (std::uint64_t seed = 0; seed < 100; ++seed) EXPECT_FALSE(looks_like_text(encode(random_program(seed, 5))));
}

}  // namespace
}  // namespace dmafuzz
