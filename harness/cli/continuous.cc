// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz continuous`: for a given time, over all targets: regressions first, then rounds of fuzzing that give most
// time to what still discovers, then corpora are merged and new findings made small, and a report says what is new.
//
// All that is worth keeping is in files at each moment: corpora and findings by the campaigns, which of the findings a
// report has named by reported() below. A run that is killed is gone on from by the next one.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "cli/build.h"
#include "cli/campaign.h"
#include "cli/checks.h"
#include "cli/command.h"
#include "cli/continuous_report.h"
#include "cli/corpus_merge.h"
#include "cli/explain.h"
#include "cli/process.h"
#include "cli/storage.h"
#include "cli/terminal.h"
#include "cli/time_share.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

// A process reads its corpus first, and a driver's campaign has several starts to try.
constexpr double kLeastTurn = 5;
// So many rounds, if the time is enough for turns of the least length.
constexpr double kRounds = 4;
// Of the time, at most so much is for merging corpora, and for making new findings small.
constexpr double kMergeShare = 0.1, kMinimizeShare = 0.1;
constexpr std::string_view kReported = "reported.json";

struct Options {
  std::vector<std::string> targets;
  std::string state, out;
  unsigned seconds = 1800;
  unsigned workers = 1;
  unsigned minimize = 30;
  std::uint64_t seed = 0;
  bool no_merge = false, no_regressions = false;
};

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// What this very executable prints when it is called like this.
Outcome call(const std::vector<std::string>& arguments, std::chrono::seconds limit, std::string& output) {
  std::vector<std::string> argv = {fs::read_symlink("/proc/self/exe")};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return run_process(argv, {}, limit, [&](std::string_view line) { output.append(line).append("\n"); });
}

class Continuous {
 public:
  explicit Continuous(const Options& options) : options_(options), build_(this_build()), started_(Clock::now()) {
    if (!options.state.empty()) build_.state = fs::absolute(options.state);
    out_ = options.out.empty() ? build_.state : fs::path(options.out);
    make_folder(build_.state);
    make_folder(out_);
    remove_leftovers(out_);
    for (const Target& target : build_.targets) {
      const bool named = std::ranges::find(options.targets, target.name) != options.targets.end();
      if (named || (options.targets.empty() && !target.added)) targets_.push_back(&build_.target(target.name));
    }
    for (const std::string& name : options.targets) build_.target(name);  // says which there are
    if (targets_.empty()) throw Trouble("this build has no targets");
    report_.release = build_.release;
    report_.overlay = build_.overlay.native();
    report_.budget = options.seconds;
    for (const Target* target : targets_)
      report_.targets.push_back({.name = target->name, .wrong = {}, .merged = {}, .trouble = {}});
    if (options.targets.empty()) {
      for (const auto& [name, why] : build_.left_out) report_.left_out.push_back(fmt::format("{}: {}", name, why));
    }
  }

  int run() {
    for (const Target* target : targets_) recover_corpus(build_.work(*target) / "corpus");
    if (!options_.no_regressions) regress();
    const double end = options_.seconds;
    const double reserve = end * ((options_.no_merge ? 0 : kMergeShare) + (options_.minimize ? kMinimizeShare : 0));
    fuzz(end - reserve);
    if (!report_.interrupted && !options_.no_merge) merge(end - (options_.minimize ? end * kMinimizeShare : 0));
    collect(end);
    report_.seconds = since(started_);
    write();
    return report_.clean() ? kClean : kFindings;
  }

 private:
  double left(double until) const { return until - since(started_); }
  void say(std::string_view text) const {
    fmt::print(stderr, "[{}] {}\n", clock_text(static_cast<std::int64_t>(since(started_))), text);
  }

  void regress() {
    std::vector<std::string> arguments = {"regress", "--json"};
    for (const Target* target : targets_) arguments.push_back(target->name);
    std::string output;
    call(arguments, std::chrono::hours(1), output);
    const auto list = nlohmann::ordered_json::parse(output, nullptr, false);
    if (!list.is_array()) {
      report_.regression_trouble.push_back(output.substr(0, output.find('\n')));
      return;
    }
    std::size_t wrong = 0;
    for (const auto& entry : list) {
      const std::string name = entry.at("target");
      const auto run = std::ranges::find(report_.targets, name, &TargetRun::name);
      if (run == report_.targets.end()) continue;
      ++run->regressions;
      if (entry.at("as_expected")) continue;
      ++run->regressions_wrong;
      ++wrong;
      run->wrong.push_back(fmt::format("{}: expected {}, got {}", friendly(entry.at("file").get<std::string>()),
                                       entry.at("expected").get<std::string>(), entry.at("got").get<std::string>()));
    }
    say(fmt::format("{} replayed, {}", plural(list.size(), "regression"),
                    wrong ? fmt::format("{} not as expected", wrong) : std::string("all as expected")));
  }

  void fuzz(double until) {
    std::vector<Turn> turns(targets_.size());
    for (unsigned round = 1; left(until) >= kLeastTurn && !report_.interrupted; ++round) {
      const double whole = std::max(until / kRounds, kLeastTurn * static_cast<double>(targets_.size()));
      const auto seconds = share_time(std::min(whole, left(until)), turns, kLeastTurn);
      bool anybody = false;
      for (std::size_t i = 0; i < targets_.size() && !report_.interrupted; ++i) {
        const double time = std::min(seconds[i], left(until));
        if (time < kLeastTurn * 0.9 || !report_.targets[i].trouble.empty()) continue;
        anybody = true;
        turns[i] = turn(i, std::max(1L, std::lround(time)), round);
      }
      if (!anybody) break;
    }
  }

  Turn turn(std::size_t i, long seconds, unsigned round) {
    TargetRun& run = report_.targets[i];
    CampaignOptions options{
        .time = std::chrono::seconds(seconds), .workers = options_.workers, .quiet = true, .fuzzer_args = {}};
    if (options_.seed) options.seed = options_.seed + round * 1000;
    try {
      Campaign campaign(build_, *targets_[i], options);
      const CampaignResult result = campaign.run();
      run.seconds += result.seconds;
      run.executions += result.executions;
      run.coverage = std::max(run.coverage, result.coverage);
      run.features = std::max(run.features, result.features);
      if (!run.turns++) run.corpus_before = result.corpus_before;
      run.corpus = count_files(campaign.corpus());
      run.deaths += result.deaths;
      report_.interrupted = result.interrupted;
      const std::uint64_t grown = run.corpus - std::min(run.corpus, result.corpus_before);
      const std::size_t found = campaign.store().findings().size();
      say(fmt::format("{}: {} s, {} executions, {} new in the corpus{}", run.name, seconds,
                      short_count(static_cast<double>(result.executions)), grown,
                      found ? fmt::format(", {}", plural(found, "finding")) : ""));
      return {.seconds = result.seconds, .discoveries = static_cast<double>(grown)};
    } catch (const Trouble& trouble) {
      run.trouble = trouble.what();
      say(fmt::format("{}: {}", run.name, run.trouble));
      return {.seconds = static_cast<double>(seconds)};
    }
  }

  // Those first that grew most.
  void merge(double until) {
    std::vector<std::size_t> order(targets_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto grown = [&](std::size_t i) {
      return report_.targets[i].corpus - std::min(report_.targets[i].corpus, report_.targets[i].corpus_before);
    };
    std::ranges::sort(order,
                      [&](std::size_t a, std::size_t b) { return grown(a) != grown(b) ? grown(a) > grown(b) : a < b; });
    for (const std::size_t i : order) {
      TargetRun& run = report_.targets[i];
      const double time = left(until);
      if (!grown(i) || time < 1) break;
      run.merged = merge_corpus(build_, *targets_[i], std::chrono::seconds(std::lround(time)));
      run.corpus = run.merged.after;
      say(fmt::format(
          "{}: corpus {}", run.name,
          run.merged.done ? fmt::format("{} -> {}", run.merged.before, run.merged.after) : "not merged: no time"));
    }
  }

  std::set<std::string> reported() const {
    std::set<std::string> keys;
    const fs::path file = build_.state / kReported;
    if (!fs::exists(file)) return keys;
    const auto json = nlohmann::ordered_json::parse(read_file(file), nullptr, false);
    if (!json.is_array())
      throw Trouble(fmt::format("{} is damaged: it should be a list of findings' keys", friendly(file)));
    for (const auto& key : json) keys.insert(key.get<std::string>());
    return keys;
  }

  // Every finding that is kept, of this run or an earlier one.
  void collect(double until) {
    reported_ = reported();
    for (const Target* target : targets_) {
      std::vector<fs::path> folders;
      std::error_code none;
      for (const auto& entry : fs::directory_iterator(build_.work(*target) / "findings", none)) {
        if (fs::exists(entry.path() / "finding.json")) folders.push_back(entry.path());
      }
      std::ranges::sort(folders);
      for (const fs::path& folder : folders) take(*target, folder);
    }
    for (ContinuousFinding& found : report_.findings) {
      if (!found.is_new) continue;
      say(fmt::format("new: {}", found.finding.headline()));
      if (!report_.interrupted) minimize(found, until);
      if (!report_.interrupted) make_page(found);
    }
  }

  void take(const Target& target, const fs::path& folder) {
    const auto json = nlohmann::ordered_json::parse(read_file(folder / "finding.json"));
    Finding finding = finding_from_json(json);
    const auto same = [&](const ContinuousFinding& other) { return other.finding.identity() == finding.identity(); };
    if (const auto seen = std::ranges::find_if(report_.findings, same); seen != report_.findings.end()) {
      seen->targets.push_back(target.name);
      return;
    }
    ContinuousFinding found;
    found.targets = {target.name};
    found.folder = folder;
    found.is_new = !reported_.contains(finding.key());
    found.replays = json.value("replays", false);
    found.finding = std::move(finding);
    if (const fs::path triage = folder / "triage.txt"; fs::exists(triage)) found.triage = read_file(triage);
    if (const fs::path small = folder / small_name(target); fs::exists(small)) found.minimized = read_file(small);
    report_.findings.push_back(std::move(found));
  }

  static std::string small_name(const Target& target) { return "minimized" + std::string(text_ending(target.kind)); }

  void minimize(ContinuousFinding& found, double until) {
    const long time = std::min<long>(options_.minimize, std::lround(left(until)));
    if (time < 1 || !found.replays || !found.minimized.empty()) return;
    const Target& target = build_.target(found.targets.front());
    const fs::path small = found.folder / small_name(target);
    std::string output;
    call({"minimize", target.name, found.folder / "input", "--pass-known", "--time", std::to_string(time), "-o", small},
         std::chrono::seconds(time + 120), output);
    if (fs::exists(small)) found.minimized = read_file(small);
  }

  // Where a finding does not replay there is nothing to show.
  void make_page(ContinuousFinding& found) {
    if (!found.replays) return;
    const std::string page = fmt::format("findings/{}.html", found.finding.key());
    try {
      const Target& target = build_.target(found.targets.front());
      const Explained explained = explain(build_, target, input_of_finding(found.folder), true);
      make_folder(out_ / "findings");
      write_file(out_ / page, explained_page(build_, explained));
      found.page = page;
    } catch (const Trouble& trouble) {
      say(fmt::format("{}: no page: {}", found.finding.headline(), trouble.what()));
    }
  }

  void write() {
    write_file(out_ / "summary.md", report_.markdown());
    write_file(out_ / "summary.json",
               report_.json().dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    write_file(out_ / "summary.sarif",
               report_.sarif().dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    write_file(out_ / "summary.junit.xml", report_.junit());
    // Not before a report has them.
    for (const ContinuousFinding& found : report_.findings) reported_.insert(found.finding.key());
    write_file(build_.state / kReported, nlohmann::ordered_json(reported_).dump(2) + "\n");
    fmt::print("{}", report_.markdown());
    fmt::print(stderr, "\nwritten to {}/summary.{{md,json,sarif,junit.xml}}\n", friendly(out_));
  }

  const Options& options_;
  Build build_;
  const Clock::time_point started_;
  fs::path out_;
  std::vector<const Target*> targets_;
  std::set<std::string> reported_;
  ContinuousReport report_;
};

}  // namespace

void add_continuous(CommandLine& app, Action& action) {
  auto options = std::make_shared<Options>();
  CommandLine sub =
      app.add_subcommand("continuous", "Fuzz all targets for a time, again and again; report what is new");
  sub.add_option("TARGET", options->targets, "Which targets (default: all)");
  sub.add_option("--time", options->seconds, "Seconds in all, regressions included")
      .range(1u, 100000000u)
      .show_default();
  sub.add_option("-j,--workers", options->workers, "Fuzzing processes of a target").range(1u, 1024u).show_default();
  sub.add_option("--state", options->state,
                 "Folder of corpora and findings, kept from run to run (default: the build's)");
  sub.add_option("--out", options->out,
                 "Folder for summary.{md,json,sarif,junit.xml} and pages of new findings (default: that of --state)");
  sub.add_option("--seed", options->seed, "Seed of the fuzzers' random choices (0: new ones each time)");
  sub.add_option("--minimize", options->minimize, "Seconds for making each new finding small (0: not)").show_default();
  sub.add_flag("--no-regressions", options->no_regressions, "Replay no regressions first");
  sub.add_flag("--no-merge", options->no_merge, "Leave the corpora as they grow");
  add_checks_option(sub);
  sub.callback([options, &action] { action = [options] { return Continuous(*options).run(); }; });
}

}  // namespace dmafuzz::cli
