// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz bisect`: the first patch of a series, or the first of some trees, with which an input's finding is there, or
// is not there any more. Each step is built in one folder of its own, the target's replayer alone, so that a step costs
// what changed since the one before.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>

#include "cli/bisect_search.h"
#include "cli/build.h"
#include "cli/checks.h"
#include "cli/command.h"
#include "cli/inputs.h"
#include "cli/process.h"
#include "cli/replay.h"
#include "cli/storage.h"
#include "cli/terminal.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::chrono::hours kBuildLimit(2);

struct Options {
  std::string target;
  std::string file;
  std::string overlays;
  std::vector<std::string> trees;
  std::string log;
  bool any = false;
};

struct Step {
  std::string name;
  fs::path tree;
  std::vector<fs::path> overlays;  // one upon the other
};

// The variable of a configured build; empty if it has none.
std::string cache_entry(const fs::path& build, std::string_view name) {
  std::ifstream in(build / "CMakeCache.txt");
  for (std::string line; std::getline(in, line);) {
    const auto end = line.find('=');
    if (end != std::string::npos && line.substr(0, line.find(':')) == name) return line.substr(end + 1);
  }
  return {};
}

class Bisection {
 public:
  explicit Bisection(const Options& options)
      : options_(options),
        build_(this_build()),
        target_(build_.target(options.target)),
        work_(build_.dir / "bisect"),
        steps_(steps()) {
    if (target_.added) throw Trouble(target_.name + " was added to this build alone: it is not built elsewhere");
    load_input(target_, options_.file);  // throws if it is text with a mistake
  }

  int run() {
    make_folder(work_);
    const fs::path file = options_.log.empty() ? work_ / "log.json" : fs::path(options_.log);
    BisectLog log(file, question());
    if (log.size()) fmt::print("going on: {} judged already ({})\n", plural(log.size(), "step"), friendly(file));
    const auto change = find_change(steps_.size(), [&](std::size_t i) {
      const std::string& name = steps_[i].name;
      if (const auto known = log.find(name)) return *known;
      const Verdict verdict = judge(steps_[i], log);
      log.add(name, verdict);
      return verdict;
    });
    if (!change) {
      fmt::print("first and last are alike: {} the finding\n",
                 log.find(steps_[0].name) == Verdict::kWith ? "both have" : "neither has");
      return kFindings;
    }
    const std::string_view what = change->before == Verdict::kWith ? "without" : "with";
    fmt::print("{}\n", paint(fmt::format("the first {} it: {}", what, steps_[change->first].name), Ink::kBold));
    for (const std::size_t step : change->unknown)
      fmt::print("or it was this one, which could not be judged: {}\n", steps_[step].name);
    return kClean;
  }

 private:
  // Patches upon this build's tree, from none to all; or trees.
  std::vector<Step> steps() const {
    std::vector<Step> out;
    if (options_.overlays.empty() == options_.trees.empty())
      throw Trouble("give --overlays, or --tree two times or more");
    for (const std::string& tree : options_.trees)
      out.push_back({.name = fs::weakly_canonical(tree), .tree = fs::weakly_canonical(tree), .overlays = {}});
    if (!out.empty()) return out;
    if (!fs::is_directory(options_.overlays)) throw Trouble(options_.overlays + ": no such folder");
    std::vector<fs::path> patches;
    for (const auto& entry : fs::directory_iterator(options_.overlays))
      if (entry.is_directory()) patches.push_back(fs::canonical(entry.path()));
    std::ranges::sort(patches);
    if (patches.empty())
      throw Trouble(options_.overlays + ": no folders in it: one overlay a patch, in the order of their names");
    Step step{.name = "none of them", .tree = build_.kernel, .overlays = {}};
    if (!build_.overlay.empty()) step.overlays.push_back(build_.overlay);
    out.push_back(step);
    for (const fs::path& patch : patches) {
      step.name = patch.filename();
      step.overlays.push_back(patch);
      out.push_back(step);
    }
    return out;
  }

  // What a log must be of to be gone on with.
  std::string question() const {
    std::string out = fmt::format("{} on {} {}", fs::weakly_canonical(options_.file).native(), target_.name,
                                  options_.any ? "any finding" : "its finding");
    const std::string checks = checks_in_force();
    if (!checks.empty()) out += " checks " + checks;
    for (const Step& step : steps_) out += "; " + step.name;
    return out;
  }

  // All overlays of a step in one, a later file over an earlier. What stays the same is left alone, or it would be
  // compiled again.
  fs::path stacked(const Step& step) const {
    const fs::path folder = work_ / "overlay";
    make_folder(folder);
    std::map<fs::path, fs::path> wanted;  // from where
    for (const fs::path& overlay : step.overlays) {
      for (const auto& entry : fs::recursive_directory_iterator(overlay))
        if (entry.is_regular_file()) wanted[entry.path().lexically_relative(overlay)] = entry.path();
    }
    std::vector<fs::path> gone;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      if (entry.is_regular_file() && !wanted.contains(entry.path().lexically_relative(folder)))
        gone.push_back(entry.path());
    for (const fs::path& file : gone) fs::remove(file);
    for (const auto& [name, from] : wanted) {
      const fs::path to = folder / name;
      if (fs::exists(to) && read_bytes(to) == read_bytes(from)) continue;
      make_folder(to.parent_path());
      write_file(to, read_bytes(from));
    }
    return wanted.empty() ? fs::path() : folder;
  }

  // Whether it could be built.
  bool make(const Step& step) const {
    const fs::path cmake = find_program("cmake");
    if (cmake.empty()) throw Trouble("cmake is not installed: run ci/setup");
    std::vector<std::string> configure = {cmake,
                                          "-S",
                                          build_.source,
                                          "-B",
                                          work_ / "build",
                                          "-G",
                                          "Ninja",
                                          "-DDMAFUZZ_KERNEL=" + step.tree.native(),
                                          "-DDMAFUZZ_OVERLAY=" + stacked(step).native()};
    for (const std::string name :
         {"CMAKE_C_COMPILER", "CMAKE_CXX_COMPILER", "CMAKE_C_COMPILER_LAUNCHER", "CMAKE_CXX_COMPILER_LAUNCHER"})
      if (const std::string value = cache_entry(build_.dir, name); !value.empty())
        configure.push_back(fmt::format("-D{}={}", name, value));
    const std::vector<std::string> compile = {cmake, "--build", work_ / "build", "--target", target_.name + ".replay"};
    std::string said;
    for (const auto& argv : {configure, compile}) {
      const auto sink = [&](std::string_view line) { said.append(line).append("\n"); };
      const Outcome outcome = run_process(argv, {}, kBuildLimit, sink);
      if (outcome.exit.ok() && !outcome.timed_out) continue;
      const fs::path log = work_ / "build.log";
      write_file(log, said);
      fmt::print("{}: does not build; the log: {}\n", step.name, friendly(log));
      return false;
    }
    return true;
  }

  Verdict judge(const Step& step, BisectLog& log) const {
    const auto started = Clock::now();
    fmt::print("{}: building\n", step.name);
    std::fflush(stdout);
    if (!make(step)) return Verdict::kCannot;
    const auto built = Clock::now();
    const Build of_step = load_build(work_ / "build");
    const auto target = std::ranges::find(of_step.targets, target_.name, &Target::name);
    if (target == of_step.targets.end()) {
      fmt::print("{}: has no target {}\n", step.name, target_.name);
      return Verdict::kCannot;
    }
    const auto finding = replay(of_step, *target, std::array{fs::path(options_.file)}).front().finding;
    const auto seconds = [](Clock::duration d) { return std::chrono::duration_cast<std::chrono::seconds>(d).count(); };
    fmt::print("{}: {} (built in {} s)\n", step.name, finding ? finding->headline() : "clean",
               seconds(built - started));
    if (!finding) return Verdict::kWithout;
    if (log.finding().empty()) log.set_finding(finding->identity());
    // Something else in the way says nothing of what is looked for.
    return options_.any || finding->identity() == log.finding() ? Verdict::kWith : Verdict::kCannot;
  }

  const Options& options_;
  const Build build_;
  const Target& target_;
  const fs::path work_;
  const std::vector<Step> steps_;
};

}  // namespace

void add_bisect(CommandLine& app, Action& action) {
  auto options = std::make_shared<Options>();
  CommandLine sub = app.add_subcommand(
      "bisect", "Find the patch, or the tree, that brought a finding or took it away; status 1 if none did");
  sub.add_option("TARGET", options->target, "Which target").required();
  sub.add_option("FILE", options->file, "The input").required();
  sub.add_option("--overlays", options->overlays,
                 "A series of patches: a folder of overlays, each upon those before it by name");
  sub.add_option("--tree", options->trees, "A kernel tree; once each, the oldest first").one_each();
  sub.add_option("--log", options->log,
                 "What was judged, to go on with (default: bisect/log.json in the build folder)");
  sub.add_flag("--any", options->any, "Whatever is found counts, not only the same finding");
  add_checks_option(sub);
  sub.callback([options, &action] { action = [options] { return Bisection(*options).run(); }; });
}

}  // namespace dmafuzz::cli
