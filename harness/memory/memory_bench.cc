// SPDX-License-Identifier: GPL-2.0-only
//
// What the allocators cost: single calls, and the reset of a typical input with 150 KB of boot contents.
// Not run by the tests; ratios count, not the figures of one machine.
#include <benchmark/benchmark.h>

#include "memory/memory.h"
#include "memory/raw.h"
#include "memory/testing/fake_host.h"

namespace dmafuzz {
extern bool keep_events;
namespace {

constexpr unsigned kZones = HOST_ZONE_DMA | HOST_ZONE_DMA32 | HOST_ZONE_NORMAL;

// A booted machine: 150 KB in small objects, a bounce pool of 1 MiB.
void boot(bool dense = false) {
  keep_events = false;
  memory().clear();
  memory().set_dense(dense);
  for (int i = 0; i < 75; ++i) {
    for (unsigned size : {64, 128, 192, 256, 384, 1024}) host_kmalloc(size, kZones, HOST_ALLOC_QUIET);
  }
  host_pages_alloc(8, HOST_ZONE_DMA32, HOST_ALLOC_QUIET);
  memory().snapshot();
}

void BM_PageAllocFree(benchmark::State& state) {
  boot();
  int n = 0;
  for (auto _ : state) {
    long pfn = host_pages_alloc(0, kZones, 0);
    host_pages_free(static_cast<unsigned long>(pfn), 0);
    if (++n == 100) {
      memory().reset();
      n = 0;
    }
  }
}
BENCHMARK(BM_PageAllocFree);

void BM_KmallocFree(benchmark::State& state) {
  boot();
  int n = 0;
  for (auto _ : state) {
    host_kfree(host_kmalloc(static_cast<unsigned long>(state.range(0)), kZones, 0));
    if (++n == 1000) {
      memory().reset();
      n = 0;
    }
  }
}
BENCHMARK(BM_KmallocFree)->Arg(16)->Arg(64)->Arg(256)->Arg(1024)->Arg(4096);

void BM_ResetIdle(benchmark::State& state) {
  boot(state.range(0));
  for (auto _ : state) memory().reset();
}
BENCHMARK(BM_ResetIdle)->ArgName("dense")->Arg(0)->Arg(1);

// The floor: copying 150 KB from one place to another.
void BM_RawCopy150K(benchmark::State& state) {
  static char from[75 * 2048], to[75 * 2048];
  for (auto _ : state) {
    raw::copy(to, from, sizeof(to));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(BM_RawCopy150K);

void BM_Input16Kmallocs(benchmark::State& state) {
  boot(state.range(0));
  static const unsigned kSizes[] = {16, 64, 100, 256, 512, 1000, 1500, 4096};
  for (auto _ : state) {
    for (int i = 0; i < 16; ++i) benchmark::DoNotOptimize(host_kmalloc(kSizes[i % 8], kZones, 0));
    memory().reset();
  }
}
BENCHMARK(BM_Input16Kmallocs)->ArgName("dense")->Arg(0)->Arg(1);

void BM_InputVmap(benchmark::State& state) {
  boot();
  for (auto _ : state) {
    long pfn = host_pages_alloc(1, kZones, 0);
    unsigned long pfns[] = {static_cast<unsigned long>(pfn) + 1, static_cast<unsigned long>(pfn)};
    host_vunmap(host_vmap(pfns, 2));
    memory().reset();
  }
}
BENCHMARK(BM_InputVmap);

void BM_Copy(benchmark::State& state) {
  boot();
  auto n = static_cast<unsigned long>(state.range(0));
  void* a = host_kmalloc(n, kZones, 0);
  void* b = host_kmalloc(n, kZones, 0);
  for (auto _ : state) host_copy(b, a, n);
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Copy)->Arg(32)->Arg(64)->Arg(256)->Arg(1500)->Arg(4096)->Arg(200000);

}  // namespace
}  // namespace dmafuzz

BENCHMARK_MAIN();
