// SPDX-License-Identifier: GPL-2.0-only
//
// The example of docs/adding-a-wrapper.md at work: a lawful program on coherent memory under the reference model and
// DmaSan, on each path, and what the example says of all that it has no function for.
#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "backend/example/example.h"
#include "engine/executor.h"
#include "program/text.h"

using namespace dmafuzz;

namespace {

constexpr const char* kLawful =
    "dma 1\ndevice path={}\n"
    "c0 = coherent_alloc coherent len=4096\n"
    "fill c0+16 len=300 seed=3\n"
    "dev_read c0+16 len=300\n"
    "dev_write c0+1024 len=64 seed=9\n"
    "check c0 len=4096\n"
    "c1 = coherent_alloc coherent len=64\n"
    "coherent_free c0\n";

// Of each operation: what the example answers.
constexpr const char* kRaw =
    "dma 1\nmode raw\n"
    "c0 = coherent_alloc coherent len=64\n"
    "fill c0+60 len=8 seed=1\n"
    "coherent_free c0 wrong_size\n"
    "coherent_free c0\n"
    "b0 = alloc kmalloc len=64\n"
    "c1 = coherent_alloc wc len=64\n"
    "p0 = pool_create plain align=8 size=64\n";
constexpr int kAnswers[] = {
    0, -34, DMAF_ST_REFUSED_BY_TYPE, 0, DMAF_ST_NOT_OFFERED, DMAF_ST_NOT_OFFERED, DMAF_ST_NOT_OFFERED};

bool parse(const std::string& text, Program& program) {
  ProgramFile file;
  if (auto error = parse_text(text, file)) {
    fmt::print("{}\n", error->str("program"));
    return false;
  }
  program = file.program;
  return true;
}

}  // namespace

int main() {
  Executor executor(dmaf_backend_example, "dma_api");
  Program program;
  unsigned wrong = 0;
  for (unsigned path = 0; path < DMAF_PATHS; ++path) {
    if (!parse(fmt::format(fmt::runtime(kLawful), path_words()[path]), program)) return 2;
    executor.run(program);
    for (const int32_t status : executor.statuses()) wrong += status != 0;
  }
  if (!parse(kRaw, program)) return 2;
  executor.run(program);
  for (std::size_t i = 0; i < std::size(kAnswers); ++i) {
    if (executor.statuses()[i] == kAnswers[i]) continue;
    ++wrong;
    fmt::print("{}: {}, not {}\n", print_op(program.ops[i]), executor.statuses()[i], kAnswers[i]);
  }
  fmt::print("{} wrong answers\n", wrong);
  return wrong ? 1 : 0;
}
