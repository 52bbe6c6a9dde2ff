// SPDX-License-Identifier: GPL-2.0-only
// What the reference model costs: recorded programs replayed through it, predictions and byte checks included.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "program/generate.h"
#include "program/model.h"
#include "program/testing/toy_backend.h"

namespace dmafuzz {
namespace {

struct Step {
  dmaf_op op;
  dmaf_result result;
  std::vector<dmaf_segment> segments;
  std::vector<uint8_t> observed;
};
struct Recording {
  dmaf_config config;
  std::deque<Step> steps;
};

// Lawful programs of 16 operations whose objects are at most `largest` bytes, with what the toy answered.
std::vector<Recording> record(uint32_t largest) {
  std::vector<Recording> out;
  const TreeFacts facts = testing::toy_facts();
  Model model(facts);
  testing::ToyBackend toy(facts);
  for (uint64_t seed = 0; out.size() < 256; seed++) {
    const Program program = random_program(seed, 16);
    if (std::any_of(program.ops.begin(), program.ops.end(), [&](const dmaf_op& op) { return op.len > largest; }))
      continue;
    Recording recording{program.config, {}};
    model.begin(program.config);
    toy.begin(program.config);
    for (const dmaf_op& op : program.ops) {
      const Prediction prediction = model.before(op);
      if (prediction.outcome == Outcome::kSkip) continue;
      Step& step = recording.steps.emplace_back();
      step.op = op;
      step.result = {};
      toy.exec(op, step.result);
      step.segments.assign(step.result.seg, step.result.seg + step.result.nseg);
      step.result.seg = step.segments.data();
      step.observed = toy.observed();
      if (!model.after(op, prediction, step.result, step.observed).ok()) std::abort();
    }
    out.push_back(std::move(recording));
  }
  return out;
}

void BM_Programs(benchmark::State& state) {
  const std::vector<Recording> recordings = record(static_cast<uint32_t>(state.range(0)));
  Model model(testing::toy_facts());
  uint64_t ops = 0, bytes = 0;
  size_t next = 0;
  for (auto _ : state) {
    const Recording& recording = recordings[next++ % recordings.size()];
    model.begin(recording.config);
    for (const Step& step : recording.steps) {
      const Prediction prediction = model.before(step.op);
      benchmark::DoNotOptimize(model.after(step.op, prediction, step.result, step.observed));
      bytes += step.op.code == DMAF_OP_CHECK || step.op.code == DMAF_OP_DEV_READ ? step.op.len : 0;
    }
    ops += recording.steps.size();
  }
  state.counters["ops"] = benchmark::Counter(static_cast<double>(ops), benchmark::Counter::kIsRate);
  state.counters["per_op"] =
      benchmark::Counter(static_cast<double>(ops), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["bytes_per_op"] = static_cast<double>(bytes) / static_cast<double>(ops);
}
BENCHMARK(BM_Programs)->Arg(64)->Arg(1024)->Arg(4096)->Arg(1 << 20);

void BM_CompareBytes(benchmark::State& state) {
  const auto n = static_cast<uint32_t>(state.range(0));
  const ByteSource source{3, 7, 0, ByteSource::kPattern};
  std::vector<uint8_t> bytes(n);
  for (uint32_t i = 0; i < n; i++) bytes[i] = source.at(i);
  for (auto _ : state) benchmark::DoNotOptimize(first_mismatch(source, 0, n, bytes.data()));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * n);
}
BENCHMARK(BM_CompareBytes)->Arg(64)->Arg(4096);

}  // namespace
}  // namespace dmafuzz

BENCHMARK_MAIN();
