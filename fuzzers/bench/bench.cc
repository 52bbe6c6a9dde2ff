// SPDX-License-Identifier: GPL-2.0-only
//
// How fast target dma_api is, and where the time goes. Rows by path and coherence, on fixed programs of 16 operations,
// against ceilings measured in the same run with the same flags. Time is processor time. Ratios first: they are what
// can be compared from one machine to another.
//
//   --seconds=S    how long each measurement takes (default 0.5)
//   --json=FILE    write the figures as JSON as well ("-": to standard output, instead of the table)
//   --row=NAME     only this row, whole, for profilers: no ceilings, no parts ("direct", "iommu_lazy-noncoherent", ...)
//   --targets=A,B  also what these targets, which lie beside, do under the engine
//   --rows-only    all rows whole, no ceilings, no parts: to compare builds
#include <fmt/format.h>
#include <libgen.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "dmasan/dmasan.h"
#include "engine/executor.h"
#include "engine/machine.h"
#include "host.h"
#include "program/binary.h"
#include "workload.h"

namespace {

using namespace dmafuzz;

// Design section 5.
constexpr double kWantedRate = 100'000;
constexpr double kWantedShareOfEmpty = 0.25;

double g_seconds = 0.5;

[[noreturn]] void fail(const std::string& message) {
  std::fprintf(stderr, "bench: %s\n", message.c_str());
  std::exit(2);
}

template <class Once>
double cost(Once once) {
  return bench::cost(g_seconds, bench::kPrograms, once);
}

struct Row {
  std::string name;
  double whole = 0;    // us: decode, run, reset
  double deaf = 0;     // us: the same without DmaSan
  double decode = 0;   // us
  double empty = 0;    // us: open the device, close it, reset: a program without operations
  double raw = 0;      // us: the operations without model and checks
  double lawful = 0;   // us: with them
  double closing = 0;  // operations that close a program, on average
  double rate() const { return 1e6 / whole; }
  double dmasan() const { return whole / deaf; }  // how many times as slow it makes it
  double model() const { return std::max(0.0, lawful - raw); }
  double backend() const { return std::max(0.0, raw - empty); }
};

Row measure(Executor& executor, unsigned path, bool coherent, const std::string& name, bool in_parts) {
  Row row;
  row.name = name;
  const std::vector<bench::Sample> samples = bench::samples(executor, path, coherent);
  for (const bench::Sample& s : samples) row.closing += static_cast<double>(s.raw.ops.size() - bench::kOps);
  row.closing /= static_cast<double>(samples.size());
  Program program;
  const auto at = [&](std::size_t i) -> const bench::Sample& { return samples[i]; };
  const auto whole = [&](std::size_t i, bool deaf) {
    dmasan().set_deaf(deaf);
    decode({at(i).bytes.data(), at(i).bytes.size()}, program);
    executor.run(program);
  };
  std::tie(row.whole, row.deaf) = bench::costs(
      g_seconds, samples.size(), [&](std::size_t i) { whole(i, false); }, [&](std::size_t i) { whole(i, true); });
  dmasan().set_deaf(false);
  if (!in_parts) return row;
  row.decode = cost([&](std::size_t i) { decode({at(i).bytes.data(), at(i).bytes.size()}, program); });
  row.lawful = cost([&](std::size_t i) { executor.run(at(i).program); });
  row.raw = cost([&](std::size_t i) { executor.run(at(i).raw); });
  Program nothing;
  row.empty = cost([&](std::size_t i) {
    nothing.config = at(i).program.config;
    executor.run(nothing);
  });
  return row;
}

// Executions a second of a workload under the engine; 0 if that cannot be had.
double under_engine(const std::string& own_folder, const char* what) {
  const std::string command = fmt::format(
      "DMAFUZZ_BENCH={} DMAFUZZ_BENCH_SECONDS={} '{}/bench.fuzz' -seed=1 -max_len=1040 -detect_leaks=0 2>&1", what,
      std::max(1.0, g_seconds), own_folder);
  FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) fail("cannot run " + command);
  char line[512];
  double rate = 0;
  while (std::fgets(line, sizeof line, pipe)) {
    if (std::string_view(line).starts_with("rate ")) rate = std::atof(line + 5);
  }
  const int status = pclose(pipe);
  if (!rate || !WIFEXITED(status) || WEXITSTATUS(status)) fail("no figure from: " + command);
  return rate;
}

// Executions a second of another target, from nothing, by the engine's own account (wall clock). 0: it ended with a
// finding before its time, as a driver against a device that lies may.
double target_rate(const std::string& own_folder, const std::string& target) {
  const std::string command = fmt::format(
      "'{}/{}' -seed=1 -max_len=512 -max_total_time={:.0f} -print_final_stats=1 -detect_leaks=0 "
      "2>&1",
      own_folder, target, std::max(2.0, g_seconds));
  FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) fail("cannot run " + command);
  constexpr std::string_view kWanted = "stat::average_exec_per_sec:";
  char line[512];
  double rate = 0;
  while (std::fgets(line, sizeof line, pipe)) {
    if (std::string_view(line).starts_with(kWanted)) rate = std::atof(line + kWanted.size());
  }
  const int status = pclose(pipe);
  if (!rate || !WIFEXITED(status)) fail("no figure from: " + command);
  return WEXITSTATUS(status) ? 0 : rate;
}

std::vector<std::string> split(std::string_view names) {
  std::vector<std::string> out;
  while (!names.empty()) {
    const std::size_t end = std::min(names.find(','), names.size());
    if (end) out.emplace_back(names.substr(0, end));
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return out;
}

std::string percent(double part, double whole) {
  return fmt::format("{:.0f}%", whole > 0 ? 100 * part / whole : 0);
}

}  // namespace

int main(int argc, char** argv) {
  std::string json_file, only;
  std::vector<std::string> targets;
  bool whole_rows = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    if (arg.starts_with("--seconds=")) {
      g_seconds = std::atof(argv[i] + 10);
    } else if (arg.starts_with("--json=")) {
      json_file = arg.substr(7);
    } else if (arg.starts_with("--row=")) {
      only = arg.substr(6);
    } else if (arg.starts_with("--targets=")) {
      targets = split(arg.substr(10));
    } else if (arg == "--rows-only") {
      whole_rows = true;
    } else {
      fail(fmt::format("unknown option {}; known: --seconds=S --json=FILE --row=NAME --rows-only --targets=A,B", arg));
    }
  }
  if (!(g_seconds > 0)) fail("--seconds takes a positive number");
  const bool in_parts = only.empty() && !whole_rows;
  Executor executor(dmaf_backend_c, "dma_api");

  struct Ceiling {
    std::string name;
    double rate;
  };
  std::vector<Ceiling> ceilings, others;
  if (in_parts) {
    std::string own(argv[0]);
    const std::string folder = dirname(own.data());
    for (const char* what : {"empty", "malloc", "programs", "fuzz"})
      ceilings.push_back({what, under_engine(folder, what)});
    for (const std::string& target : targets) others.push_back({target, target_rate(folder, target)});
  }
  double malloc_us = 0, reset_us = 0;
  if (in_parts) {
    malloc_us = cost([](std::size_t i) { bench::malloc_pairs(static_cast<unsigned>(i)); });
    reset_us = cost([](std::size_t) { machine().reset(); });
  }

  std::vector<Row> rows;
  for (unsigned path = 0; path < DMAF_PATHS; ++path) {
    for (const bool coherent : {true, false}) {
      const std::string name = fmt::format("{}{}", path_words()[path], coherent ? "" : "-noncoherent");
      if (only.empty() || only == name) rows.push_back(measure(executor, path, coherent, name, in_parts));
    }
  }
  if (rows.empty()) fail("no row " + only);
  double whole = 0, deaf = 0, slowest = 0;
  for (const Row& row : rows) {
    whole += row.whole;
    deaf += row.deaf;
    slowest = std::max(slowest, row.whole);
  }
  const double mean_rate = 1e6 * static_cast<double>(rows.size()) / whole;
  const double empty_rate = ceilings.empty() ? 0 : ceilings[0].rate;
  const double programs_rate = ceilings.empty() ? 0 : ceilings[2].rate;

  nlohmann::ordered_json json;
  json["schema"] = 1;
  json["kernel"] = std::string(kernel_release);
  json["operations"] = bench::kOps;
  json["programs_a_row"] = bench::kPrograms;
  json["wanted"] = {{"executions_a_second", kWantedRate}, {"share_of_empty_target", kWantedShareOfEmpty}};
  if (empty_rate > 0) json["share_of_empty_target"] = programs_rate / empty_rate;
  for (const Ceiling& c : ceilings) json["under_engine"][c.name] = c.rate;
  for (const Ceiling& c : others) json["targets"][c.name] = c.rate;
  json["malloc_pairs_us"] = malloc_us;
  json["reset_us"] = reset_us;
  json["reset_bytes"] = machine().data_size();
  json["executions_a_second"] = mean_rate;
  json["executions_a_second_without_dmasan"] = 1e6 * static_cast<double>(rows.size()) / deaf;
  json["times_as_slow_with_dmasan"] = whole / deaf;
  for (const Row& row : rows) {
    json["rows"].push_back({{"name", row.name},
                            {"share_of_wanted", row.rate() / kWantedRate},
                            {"executions_a_second", row.rate()},
                            {"us", row.whole},
                            {"times_as_slow_with_dmasan", row.dmasan()},
                            {"decode_us", row.decode},
                            {"model_us", row.model()},
                            {"backend_us", row.backend()},
                            {"empty_program_us", row.empty},
                            {"closing_operations", row.closing}});
  }
  if (json_file == "-") {
    fmt::print("{}\n", json.dump(2));
    return 0;
  }

  if (!ceilings.empty()) {
    fmt::print("Under the fuzzing engine      of an empty target  executions/s\n");
    for (const Ceiling& c : ceilings)
      fmt::print("  {:<28}{:>18}{:>14.0f}\n", c.name, percent(c.rate, empty_rate), c.rate);
    fmt::print("  wanted for programs: {:.0f}%\n", 100 * kWantedShareOfEmpty);
    for (const Ceiling& c : others) {
      if (c.rate > 0) {
        fmt::print("  {:<28}{:>18}{:>14.0f}\n", "target " + c.name, percent(c.rate, empty_rate), c.rate);
      } else {
        fmt::print("  {:<28}{:>32}\n", "target " + c.name, "ended with a finding");
      }
    }
    fmt::print("\n");
  }
  if (in_parts)
    fmt::print("Without engine: 16 malloc/free pairs {:.2f} us, reset of a fresh machine {:.2f} us ({} bytes)\n\n",
               malloc_us, reset_us, machine().data_size());
  fmt::print("{:<26}{:>10}{:>9}{:>9}{:>9}  | of it: {:>7}{:>8}{:>8}{:>9}{:>9}\n", "dma_api, 16 operations", "of wanted",
             "x DmaSan", "exec/s", "us", "decode", "model", "kernel", "frame", "closing");
  for (const Row& row : rows) {
    fmt::print("{:<26}{:>10}{:>9.2f}{:>9.0f}{:>9.2f}  |        {:>7}{:>8}{:>8}{:>9}{:>9.1f}\n", row.name,
               percent(row.rate(), kWantedRate), row.dmasan(), row.rate(), row.whole, percent(row.decode, row.whole),
               percent(row.model(), row.whole), percent(row.backend(), row.whole), percent(row.empty, row.whole),
               row.closing);
  }
  fmt::print("{:<26}{:>10}{:>9.2f}{:>9.0f}\n", "mean", percent(mean_rate, kWantedRate), whole / deaf, mean_rate);
  fmt::print(
      "\nx DmaSan: how many times as slow as with a DmaSan that hears nothing (the hooks of loads and stores stay:\n"
      "--layers); model: reference model and end-of-program checks; kernel: interpreter and kernel; frame: opening\n"
      "and closing the device and the reset; closing: operations that give back what a program left, on average.\n");
  if (!json_file.empty()) {
    FILE* out = std::fopen(json_file.c_str(), "w");
    const std::string text = json.dump(2) + "\n";
    if (!out || std::fwrite(text.data(), 1, text.size(), out) != text.size() || std::fclose(out)) {
      fail(json_file + " cannot be written");
    }
  }
  return 0;
}
