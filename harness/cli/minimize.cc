// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz minimize`: the smallest input with the same finding. DMA programs are reduced by structure (reduce.h), other
// inputs by libFuzzer. The same means the same identity (report/finding.h), not just any finding.
#include <fmt/format.h>

#include <array>

#include "cli/build.h"
#include "cli/checks.h"
#include "cli/command.h"
#include "cli/inputs.h"
#include "cli/process.h"
#include "cli/reduce.h"
#include "cli/reduce_life.h"
#include "cli/replay.h"
#include "cli/storage.h"
#include "cli/terminal.h"
#include "program/binary.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

struct Options {
  std::string target;
  std::string file;
  std::string output;
  unsigned seconds = 120;
  bool pass_known = false;
};

class Minimizer {
 public:
  explicit Minimizer(const Options& options)
      : options_(options),
        build_(this_build()),
        target_(build_.target(options.target)),
        deadline_(Clock::now() + std::chrono::seconds(options.seconds)) {}

  int run() {
    const auto finding = find(options_.file);
    if (!finding)
      throw Trouble(fmt::format("{} runs clean on {}: there is nothing to minimize", options_.file, target_.name));
    wanted_ = finding->identity();
    fmt::print("finding: {}\n", finding->headline());
    if (target_.kind == InputKind::kDma) return program();
    if (target_.kind == InputKind::kLife) return life();
    return bytes();
  }

 private:
  std::optional<Finding> find(const fs::path& file) const {
    ReplayOptions options;
    if (options_.pass_known) options.arguments.emplace_back("--pass-known");
    return replay(build_, target_, std::array{file}, options).front().finding;
  }

  fs::path output(std::string_view ending) const {
    if (!options_.output.empty()) return options_.output;
    fs::path path = options_.file;
    return path.replace_extension().native() + std::string(ending);
  }

  // What was tried were bytes; what people get is text.
  void check_kept(const fs::path& path) const {
    const auto finding = find(path);
    if (!finding || finding->identity() != wanted_)
      throw Trouble(fmt::format("{} does not show the finding that it was made from: {}", friendly(path),
                                finding ? finding->headline() : "it runs clean"));
  }

  int program() {
    const ProgramFile original = load_program(options_.file);
    unsigned tried = 0;
    ProgressLine progress;
    std::size_t best = original.program.ops.size();
    const fs::path candidate_file = scratch_.path() / "candidate";
    const Judge judge = [&](const Program& candidate) {
      write_file(candidate_file, encode(candidate));
      const auto finding = find(candidate_file);
      const bool same = finding && finding->identity() == wanted_;
      if (same) best = candidate.ops.size();
      progress.show(fmt::format("minimizing: {} operations, {} candidates tried", best, ++tried));
      return same;
    };
    const Enough enough = [&] { return Clock::now() >= deadline_; };
    ProgramFile result;
    result.program = reduce(original.program, judge, enough);
    result.expect = original.expect;
    progress.clear();
    // Names go by the order in which objects are made.
    if (const Program ordered = renumbered(result.program); judge(ordered)) result.program = ordered;
    result.names = speaking_names(result.program);
    const fs::path path = output(".min.dma");
    write_file(path, print_text(result));
    check_kept(path);
    fmt::print("{} operations -> {}, {} candidates tried{}\n\n{}\nwritten to {}\nreproduce: {}\n",
               original.program.ops.size(), result.program.ops.size(), tried,
               enough() ? " (time is up: --time for more)" : "", print_text(result), friendly(path),
               reproduce_command(target_, path));
    return kClean;
  }

  int life() {
    LifeFile best = load_life(options_.file);
    const std::size_t original = best.life.ops.size();
    unsigned tried = 0;
    ProgressLine progress;
    const fs::path candidate_file = scratch_.path() / "candidate";
    best.life = reduce_life(
        best.life,
        [&](const Life& candidate) {
          write_file(candidate_file, encode_life(candidate));
          const auto finding = find(candidate_file);
          progress.show(fmt::format("minimizing: {} operations, {} candidates tried", candidate.ops.size(), ++tried));
          return finding && finding->identity() == wanted_;
        },
        [&] { return Clock::now() >= deadline_; });
    progress.clear();
    const fs::path path = output(".min.life");
    const std::string text = print_life(best);
    write_file(path, text);
    check_kept(path);
    fmt::print("{} operations -> {}, {} candidates tried\n\n{}\nwritten to {}\nreproduce: {}\n", original,
               best.life.ops.size(), tried, text, friendly(path), reproduce_command(target_, path));
    return kClean;
  }

  int bytes() {
    // libFuzzer takes any crash for the same, so what it proposes is judged again.
    HexFile best = load_bytes(options_.file);
    const std::size_t original = best.bytes.size();
    const fs::path path = output(".min.hex");
    const fs::path input = scratch_.path() / "input";
    write_file(input, best.bytes);
    const fs::path small = scratch_.path() / "small";
    const std::vector<std::string> argv = {target_.fuzzer, "-minimize_crash=1",
                                           fmt::format("-max_total_time={}", options_.seconds),
                                           fmt::format("-exact_artifact_path={}", small.native()), input};
    run_process(argv, sanitizer_environment(), std::chrono::seconds(options_.seconds + 60), [](std::string_view) {});
    if (fs::exists(small) && fs::file_size(small) < original) {
      const auto finding = find(small);
      if (finding && finding->identity() == wanted_) best.bytes = read_bytes(small);
    }
    // Text is known by its name alone.
    if (is_hex_file(path)) {
      write_file(path, print_hex(best));
    } else {
      write_file(path, best.bytes);
    }
    check_kept(path);
    fmt::print("{} bytes -> {}\nwritten to {}\nreproduce: {}\n", original, best.bytes.size(), friendly(path),
               reproduce_command(target_, path));
    return kClean;
  }

  const Options& options_;
  const Build build_;
  const Target& target_;
  const Clock::time_point deadline_;
  const ScratchFolder scratch_;
  std::string wanted_;
};

}  // namespace

void add_minimize(CommandLine& app, Action& action) {
  auto options = std::make_shared<Options>();
  CommandLine sub = app.add_subcommand("minimize", "Make an input smaller while it shows the same finding");
  sub.add_option("TARGET", options->target, "Which target").required();
  sub.add_option("FILE", options->file, "The input").required();
  sub.add_option("-o,--output", options->output,
                 "Where to (default: FILE with the ending .min.dma, .min.life or .min.hex)");
  sub.add_flag("--pass-known", options->pass_known, "Go on where a campaign does, past what is known of a driver");
  sub.add_option("--time", options->seconds, "Seconds to spend at most").range(1u, 1000000u).show_default();
  add_checks_option(sub);
  sub.callback([options, &action] { action = [options] { return Minimizer(*options).run(); }; });
}

}  // namespace dmafuzz::cli
