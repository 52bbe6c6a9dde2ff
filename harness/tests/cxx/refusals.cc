// SPDX-License-Identifier: GPL-2.0-only
//
// See refusals.h.
#include "tests/cxx/refusals.h"

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "program/text.h"

namespace dmafuzz {
namespace {

constexpr int kRefused = DMAF_ST_REFUSED_BY_TYPE, kRange = -34;
constexpr int kNever = Executor::kSkipped;  // the executor knows that it is not mapped

struct Case {
  std::string_view text;
  std::vector<int> answers;  // of each operation
};

const std::initializer_list<Case> kCases = {
    // Unmapping: what is wrong cannot be said, and what is right still can be.
    {"b0 = alloc kmalloc len=256\n"
     "m0 = map single b0 len=128 from_device\n"
     "unmap m0 wrong_size\n"
     "unmap m0 wrong_dir\n"
     "unmap m0 wrong_call\n"
     "unmap m0 wrong_dev\n"
     "unmap m0 attrs=skip_cpu_sync\n"
     "unmap m0 attrs=privileged\n"
     "unmap m0\n"
     "unmap m0 stale\n"
     "sync_for_cpu m0 len=128 stale\n",
     {0, 0, kRefused, kRefused, kRefused, kRefused, kRefused, kRefused, 0, kRefused, kRefused}},
    // Turns.
    {"b0 = alloc kmalloc len=256 zero\n"
     "m0 = map single b0 len=128 from_device\n"
     "check b0 len=4\n"
     "fill b0+127 len=4 seed=1\n"
     "fill b0+128 len=4 seed=1\n"
     "sync_for_device m0 len=128\n"
     "sync_for_device m0 len=16\n"
     "sync_for_cpu m0 len=128\n"
     "check b0 len=4\n"
     "fill b0 len=4 seed=1\n"
     "sync_for_device m0 len=128 wrong_dir\n"
     "sync_for_device m0 len=128\n"
     "check b0 len=4\n"
     "free b0\n"
     "unmap m0\n"
     "check b0 len=4\n"
     "free b0\n",
     {0, 0, kRefused, kRefused, 0, kRefused, kRefused, 0, 0, kRefused, kRefused, 0, kRefused, kRefused, 0, 0, 0}},
    // Memory that the DMA API lends: the CPU's first.
    {"c0 = coherent_alloc noncoherent len=4096 from_device\n"
     "check c0 len=4\n"
     "fill c0 len=4 seed=1\n"
     "sync_for_device c0 len=4096\n"
     "check c0 len=4\n"
     "sync_for_cpu c0+64 len=64\n"
     "check c0+64 len=64\n"
     "check c0+4090 len=20\n"
     "coherent_free c0 wrong_dev\n"
     "coherent_free c0\n",
     {0, 0, kRefused, 0, kRefused, 0, 0, kRange, kRefused, 0}},
    // Ranges.
    {"b0 = alloc kmalloc len=256 zero\n"
     "m0 = map single b0 len=128 bidirectional\n"
     "sync_for_cpu m0+120 len=16\n"
     "check b0 len=4\n"
     "sync_for_cpu m0+64 len=32\n"
     "check b0+64 len=32\n"
     "sync_for_device m0+120 len=16\n"
     "unmap m0\n"
     "m1 = map single b0+200 len=100 to_device\n"
     "c0 = coherent_alloc coherent len=64\n"
     "fill c0+60 len=8 seed=1\n"
     "check c0+64 len=1\n"
     "sync_for_cpu c0 len=64\n"
     "coherent_free c0 wrong_size\n"
     "coherent_free c0\n"
     "coherent_free c0 stale\n",
     {0, 0, kRange, kRefused, 0, 0, kRange, 0, kRange, 0, kRange, kRange, kRefused, kRefused, 0, kRefused}},
    // What is no memory for DMA, or was given away.
    {"b0 = alloc static len=64\n"
     "b1 = alloc stack len=64\n"
     "b2 = alloc vmalloc len=8192\n"
     "b3 = alloc kmalloc len=256 zero\n"
     "m0 = map single b0 len=64 to_device\n"
     "m0 = map single b1 len=64 to_device\n"
     "m0 = map single b2 len=64 to_device\n"
     "m0 = map page b2+4000 len=200 from_device\n"
     "m0 = map resource b3 len=256 to_device\n"
     "m0 = map single b3 len=256 to_device unchecked\n"
     "m0 = map single b3 len=64 to_device\n"
     "m1 = map single b3+32 len=64 to_device\n"
     "unmap m0\n"
     "free b3\n"
     "m1 = map single b3 len=64 to_device stale\n",
     {0, 0, 0, 0, kRefused, kRefused, kRefused, -22, kRefused, kRefused, 0, kRefused, 0, 0, kRefused}},
    // Lists.
    {"b0 = alloc kmalloc len=1024 zero\n"
     "s0 = sg_alloc table b0 len=128 count=4\n"
     "sync_for_cpu s0\n"
     "sg_unmap s0\n"
     "sg_map sgtable s0 from_device\n"
     "sg_unmap s0 wrong_size\n"
     "sg_unmap s0 wrong_dir\n"
     "sg_free s0\n"
     "sync_for_cpu s0\n"
     "sg_unmap s0\n"
     "sg_free s0\n"
     "free b0\n",
     {0, 0, kNever, kNever, 0, kRefused, kRefused, kRefused, 0, 0, 0, 0}},
};

}  // namespace

unsigned wrong_refusals(Executor& executor) {
  unsigned wrong = 0;
  for (const Case& one : kCases) {
    ProgramFile file;
    if (auto error = parse_text(fmt::format("dma 1\nmode raw\n{}", one.text), file)) {
      fmt::print("{}\n", error->str("refusals"));
      return 1;
    }
    executor.run(file.program);
    for (std::size_t i = 0; i < file.program.ops.size(); ++i) {
      const int got = executor.statuses()[i];
      if (i < one.answers.size() && got == one.answers[i]) continue;
      ++wrong;
      fmt::print("{}: {}\n", print_op(file.program.ops[i]), got);
    }
  }
  return wrong;
}

}  // namespace dmafuzz
