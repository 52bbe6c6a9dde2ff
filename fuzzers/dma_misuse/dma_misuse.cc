// SPDX-License-Identifier: GPL-2.0-only
//
// Target dma_misuse: a lawful DMA program with one chosen mistake. The check that is there for it must fire, at the
// operation that makes it, and no other; else DmaSan itself has a bug.
//
// Input: which mistake, where (seeds the choice of the spot), then a lawful program in its binary form (binary.h).
#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "engine/comparison.h"
#include "engine/misuse.h"
#include "engine/raise.h"
#include "engine/trace.h"
#include "program/binary.h"
#include "program/mistake.h"
#include "program/mutate.h"
#include "program/text.h"

namespace {

using namespace dmafuzz;

constexpr std::size_t kFront = 2;

Misuse& misuse() {
  static Misuse the_misuse(DMAFUZZ_TARGET);
  return the_misuse;
}

// The mistakes that a check sees.
const std::vector<std::size_t>& seen() {
  static const std::vector<std::size_t> list = [] {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < mistakes().size(); ++i)
      if (mistakes()[i].seen) out.push_back(i);
    return out;
  }();
  return list;
}

// What is running, for reports: a finding leaves no time to hand it over.
struct Running {
  const Mistake* mistake = nullptr;
  Unlawful unlawful;
};
Running& running() {
  static Running the_running;
  return the_running;
}

std::vector<std::string> lines() {
  std::vector<std::string> out;
  std::istringstream in(misuse_text(*running().mistake, running().unlawful));
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

std::vector<std::string> last_operation() {
  const Unlawful& unlawful = running().unlawful;
  return {print_op(unlawful.program.ops[unlawful.op])};
}

void run() {
  const Unlawful& unlawful = running().unlawful;
  const MisuseVerdict verdict = misuse().run(*running().mistake, unlawful);
  if ((verdict.end != MisuseEnd::kMissed && verdict.end != MisuseEnd::kWrong) || comparing()) return;
  raise_finding(verdict.end == MisuseEnd::kMissed ? "misuse-missed" : "misuse-wrong-check",
                fmt::format("mistake {}, made by op {} ({}): {}", running().mistake->name, unlawful.op,
                            print_op(unlawful.program.ops[unlawful.op]), verdict.why));
}

}  // namespace

extern "C" {

size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size) __attribute__((weak));

int LLVMFuzzerInitialize(int*, char***) {
  misuse();
  raise_context().operations = last_operation;
  raise_context().program = lines;
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Program lawful;
  set_last_trace_hash(0);
  std::size_t mistake = seen().front();
  std::optional<Unlawful> unlawful;
  if (size >= kFront) {
    mistake = seen()[data[0] % seen().size()];
    decode_unshaped({data + kFront, size - kFront}, lawful);
#ifdef DMAFUZZ_LAWFUL_ONLY
    if (!lawful.lawful) return 0;  // see LLVMFuzzerCustomMutator()
#endif
    Random random(data[1]);
    unlawful = commit(lawful, mistake, random);
  } else {
    // An engine that begins with nothing must see something run.
    decode_unshaped({}, lawful);
    for (auto next = seen().begin(); next != seen().end() && !unlawful; ++next) {
      Random random(0);
      mistake = *next;
      unlawful = commit(lawful, mistake, random);
    }
  }
  if (!unlawful) return 0;
  running() = {&mistakes()[mistake], std::move(*unlawful)};
  if (operations_shown()) {
    for (const std::string& line : lines()) std::printf("operation %s\n", line.c_str());
  }
  run();
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  if (max_size < kFront + dmafuzz::kMinRoom) return size;
  if (size < kFront) std::memset(data + size, 0, kFront - size), size = kFront;
  Random random(seed);
  if (random.one_in(4)) data[0] = static_cast<uint8_t>(random.next());
  if (random.one_in(4)) data[1] = static_cast<uint8_t>(random.next());
  // The program is lawful whatever the bytes say.
  if (size > kFront) data[kFront] &= 0xfe;
  return kFront + dmafuzz::mutate(data + kFront, size - kFront, max_size - kFront, static_cast<unsigned>(random.next()),
                                  LLVMFuzzerMutate);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t* a, size_t a_size, const uint8_t* b, size_t b_size, uint8_t* out,
                                 size_t max_size, unsigned int seed) {
  if (a_size < kFront || b_size < kFront || max_size < kFront + dmafuzz::kMinRoom) return 0;
  std::memcpy(out, a, kFront);
  const size_t size = dmafuzz::crossover(a + kFront, a_size - kFront, b + kFront, b_size - kFront, out + kFront,
                                         max_size - kFront, seed);
  return size ? kFront + size : 0;
}

}  // extern "C"
