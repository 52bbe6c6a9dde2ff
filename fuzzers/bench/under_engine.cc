// SPDX-License-Identifier: GPL-2.0-only
//
// One workload under the fuzzing engine, with the kernel and its counters linked whatever the workload: so an empty
// target is measured with the very flags, sections and counters of the real one. DMAFUZZ_BENCH names the workload:
//
//   empty     return at once
//   malloc    16 malloc and free pairs
//   programs  the fixed programs of the benchmark, all paths in turn, inputs ignored
//   fuzz      the target dma_api with its own mutator, from nothing
//
// Prints "rate EXECUTIONS_A_SECOND" on stderr after DMAFUZZ_BENCH_SECONDS and exits.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "engine/executor.h"
#include "host.h"
#include "program/binary.h"
#include "program/mutate.h"
#include "workload.h"

namespace {

constexpr unsigned kWarmUp = 2000;
constexpr unsigned kCheckEvery = 256;

struct Bench {
  std::string_view what;
  double seconds = 1;
  std::vector<dmafuzz::bench::Sample> samples;
  dmafuzz::Executor executor{dmaf_backend_c, "dma_api"};
  unsigned long runs = 0;
  double start = 0;

  Bench() {
    const char* name = std::getenv("DMAFUZZ_BENCH");
    const char* time = std::getenv("DMAFUZZ_BENCH_SECONDS");
    what = name ? name : "empty";
    if (time) seconds = std::atof(time);
    if (what != "programs") return;
    for (unsigned path = 0; path < DMAF_PATHS; ++path) {
      for (const bool coherent : {true, false}) {
        for (auto& sample : dmafuzz::bench::samples(executor, path, coherent)) samples.push_back(std::move(sample));
      }
    }
  }

  void count() {
    if (++runs == kWarmUp) start = dmafuzz::bench::cpu_seconds();
    if (runs <= kWarmUp || runs % kCheckEvery) return;
    const double elapsed = dmafuzz::bench::cpu_seconds() - start;
    if (elapsed < seconds) return;
    std::fprintf(stderr, "rate %.0f\n", static_cast<double>(runs - kWarmUp) / elapsed);
    std::fflush(stderr);
    _exit(0);
  }
};

Bench& bench() {
  static Bench the_bench;
  return the_bench;
}

}  // namespace

extern "C" {

size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

int LLVMFuzzerInitialize(int*, char***) {
  bench();
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static dmafuzz::Program program;
  Bench& b = bench();
  b.count();
  if (b.what == "malloc") {
    dmafuzz::bench::malloc_pairs(static_cast<unsigned>(b.runs));
  } else if (b.what == "programs") {
    const auto& bytes = b.samples[b.runs % b.samples.size()].bytes;
    dmafuzz::decode({bytes.data(), bytes.size()}, program);
    b.executor.run(program);
  } else if (b.what == "fuzz") {
    dmafuzz::decode({data, size}, program);
    b.executor.run(program);
  }
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  if (bench().what != "fuzz") return LLVMFuzzerMutate(data, size, max_size);
  return dmafuzz::mutate(data, size, max_size, seed, LLVMFuzzerMutate);
}

}  // extern "C"
