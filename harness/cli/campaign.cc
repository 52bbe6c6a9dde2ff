// SPDX-License-Identifier: GPL-2.0-only
//
// libFuzzer ends with its first finding; the campaign keeps what it found, puts the input out of the corpus' way and
// starts it again on the corpus as it stands, until the time is up.
#include "cli/campaign.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "cli/command.h"
#include "cli/fuzz_status.h"
#include "cli/inputs.h"
#include "cli/replay.h"
#include "cli/seeds.h"
#include "cli/storage.h"
#include "life/up_option.h"
#include "report/parse.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

// Of one process's output, from the start of its report: the rest is a flood.
constexpr std::size_t kMaxReport = 1 << 20;
// Before the report begins, as much is kept of what led to it: the kernel's log.
constexpr std::size_t kMaxContext = 1 << 13;
// So many processes in a row that end at once without a finding mean that the target does not work.
constexpr unsigned kMaxFailures = 3;
constexpr auto kPlainInterval = std::chrono::seconds(10);
constexpr int kPollMs = 200;
// So long is a turn, but at most a sixth of the campaign; or a twelfth, if that is longer. Each begins with running the
// corpus, which takes half a minute of whole lives that open a thousand buffers.
constexpr std::chrono::seconds kTurn(60);

volatile sig_atomic_t g_interrupted = 0;
void on_signal(int) {
  g_interrupted = 1;
}

double seconds(Clock::duration d) {
  return std::chrono::duration<double>(d).count();
}

}  // namespace

struct Campaign::Worker {
  Worker(unsigned number_, const fs::path& work)
      : number(number_),
        artifacts(work / fmt::format("artifacts-{}", number_)),
        counter(work / fmt::format("status-{}", number_)) {}

  const unsigned number;
  const fs::path artifacts;
  SharedCounter counter;
  std::unique_ptr<Process> process;
  std::string output;
  bool reporting = false;
  bool progressed = false;  // a status line after the corpus was read
  bool asked_to_stop = false;
  Clock::time_point stop_since;       // when it should have ended
  std::uint64_t line_executions = 0;  // of the process that runs, as its lines say
  std::uint64_t past_executions = 0;  // of those before it
  unsigned failures = 0;
  unsigned turn = 0;

  std::uint64_t executions() const {
    return past_executions + std::max<std::uint64_t>(line_executions, counter.value());
  }
};

Campaign::Campaign(const Build& build, const Target& target, CampaignOptions options)
    : build_(build),
      target_(target),
      options_(std::move(options)),
      work_(build.work(target)),
      corpus_(work_ / "corpus"),
      store_(build, target) {}

Campaign::~Campaign() = default;

double Campaign::left() const {
  return seconds(deadline_ - Clock::now());
}

bool Campaign::over() const {
  return g_interrupted || left() <= 0 || (options_.stop_on_finding && found_);
}

std::uint64_t Campaign::executions() const {
  std::uint64_t sum = 0;
  for (const auto& worker : workers_) sum += worker->executions();
  return sum;
}

// Inputs that a killed campaign had no time to look at: they are looked at now. What shows nothing goes out of the way,
// since it would be taken for what our own process left.
void Campaign::rescue(const fs::path& artifacts) {
  std::error_code none;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(artifacts, none)) {
    if (!entry.path().filename().native().starts_with("slow-unit-")) files.push_back(entry.path());
  }
  if (files.empty()) return;
  std::ranges::sort(files);
  for (const ReplayResult& result : replay(build_, target_, files, {.arguments = {"--pass-known"}})) {
    const std::vector<std::uint8_t> input = read_bytes(result.file);
    if (result.finding && store_.add(*result.finding, input, result.output)) announce(store_.findings().back());
    quarantine(input);
    make_folder(work_ / "quarantine");
    fs::rename(result.file, work_ / "quarantine" / result.file.filename(), none);
  }
}

void Campaign::start(Worker& worker) {
  make_folder(worker.artifacts);
  worker.counter.reset();
  worker.line_executions = 0;
  worker.output.clear();
  worker.reporting = false;
  worker.progressed = false;
  double time = left();
  if (target_.kind == InputKind::kLife) {
    const double whole = seconds(options_.time);
    time = std::min(time, std::clamp(whole / 6, 2.0, std::max(seconds(kTurn), whole / 12)));
  }
  std::vector<std::string> argv = {
      target_.fuzzer, fmt::format("-max_total_time={}", std::max(1L, std::lround(std::ceil(time)))),
      fmt::format("-artifact_prefix={}/", worker.artifacts.native()), fmt::format("-max_len={}", target_.max_len),
      // Light inputs first: costs differ by a factor of a thousand (program/weight.h).
      "-entropic_scale_per_exec_time=1", "-print_final_stats=1", "-timeout=25", "-rss_limit_mb=2560", "-detect_leaks=0",
      "-report_slow_units=60", fmt::format("-reload={}", options_.workers > 1 ? 1 : 0)};
  if (options_.seed) argv.push_back(fmt::format("-seed={}", options_.seed + starts_));
  ++starts_;
  if (target_.kind == InputKind::kLife && !target_.snapshots) {
    argv.push_back(fmt::format("{}none", kUpOption));
  } else if (target_.kind == InputKind::kLife) {
    const unsigned turn = worker.number + worker.turn++;
    std::string start(kStarts[turn % std::size(kStarts)]);
    if (auto up = parse_up(start)) {
      if (!variants_.empty()) up->variant = variants_[turn % variants_.size()];
      start = print_up(*up);
    }
    argv.push_back(fmt::format("{}{}", kUpOption, start));
  }
  if (!target_.dict.empty() && fs::exists(target_.dict)) argv.push_back(fmt::format("-dict={}", target_.dict.native()));
  argv.insert(argv.end(), options_.fuzzer_args.begin(), options_.fuzzer_args.end());
  argv.push_back(corpus_);
  std::vector<std::string> environment = sanitizer_environment();
  environment.push_back(worker.counter.variable());
  worker.process = std::make_unique<Process>(argv, environment);
}

void Campaign::line(Worker& worker, std::string_view text) {
  if (const auto status = parse_status(text)) {
    worker.line_executions = status->executions;
    worker.progressed = worker.progressed || status->event != "INITED";
    result_.coverage = std::max(result_.coverage, status->coverage);
    result_.features = std::max(result_.features, status->features);
    result_.corpus = std::max(result_.corpus, status->corpus);
    return;
  }
  if (const auto executed = parse_executed(text)) worker.line_executions = *executed;
  worker.reporting = worker.reporting || begins_report(text);
  if (worker.output.size() < kMaxReport) worker.output.append(text).append("\n");
  if (!worker.reporting && worker.output.size() > kMaxContext) {
    worker.output.erase(0, worker.output.find('\n', worker.output.size() - kMaxContext / 2) + 1);
  }
}

// An input that fails and is in the corpus would fail again at each start.
void Campaign::quarantine(const std::vector<std::uint8_t>& input) {
  std::error_code error;
  std::vector<fs::path> same;
  for (const auto& entry : fs::directory_iterator(corpus_, error)) {
    if (entry.is_regular_file() && entry.file_size(error) == input.size() && read_bytes(entry.path()) == input) {
      same.push_back(entry.path());
    }
  }
  if (same.empty()) return;
  make_folder(work_ / "quarantine");
  for (const fs::path& path : same) fs::rename(path, work_ / "quarantine" / path.filename(), error);
}

void Campaign::announce(const StoredFinding& stored) {
  if (options_.quiet) return;
  progress_line_.clear();
  const Finding& finding = stored.finding;
  // The record, without what the engine prints around it; report.txt has all of it.
  fmt::print(stderr, "\n{} {}\n{}kept in {}{}\n\n", paint("finding:", Ink::kRed, stderr),
             paint(finding.headline(), Ink::kBold, stderr), to_text(finding), friendly(stored.folder),
             stored.replays ? "" : " (a replay of the input alone does not show it)");
}

// What a process that ended leaves: its report and the inputs that it wrote down.
bool Campaign::collect(Worker& worker, const std::string& output, bool found) {
  std::vector<fs::path> artifacts;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(worker.artifacts, error)) {
    const std::string name = entry.path().filename();
    // slow-unit-* is no finding.
    if (name.starts_with("crash-") || name.starts_with("timeout-") || name.starts_with("oom-") ||
        name.starts_with("leak-")) {
      artifacts.push_back(entry.path());
    }
  }
  // A report that our own signal cut short has no input; the bug will be found again.
  if (worker.asked_to_stop && artifacts.empty()) return false;
  if (found || !artifacts.empty()) {
    const std::vector<std::string> strip = build_.strip();
    auto finding = parse_finding(output, {.strip = strip});
    if (!finding) {
      finding.emplace();
      finding->tool = "libFuzzer";
      finding->id = "death-without-report";
    }
    const std::vector<std::uint8_t> input =
        artifacts.empty() ? std::vector<std::uint8_t>() : read_bytes(artifacts.front());
    found_ = true;
    if (store_.add(*finding, input, output)) announce(store_.findings().back());
    if (!artifacts.empty()) quarantine(input);
  }
  for (const fs::path& path : artifacts) fs::remove(path, error);
  return found || !artifacts.empty();
}

void Campaign::ended(Worker& worker) {
  const Exit exit = worker.process->wait();
  worker.process.reset();
  worker.past_executions = worker.executions();
  worker.line_executions = 0;
  worker.counter.reset();
  const bool found = worker.reporting;
  const std::string output = std::exchange(worker.output, {});
  const bool kept = collect(worker, output, found);
  if (!found && !worker.asked_to_stop && !over()) {
    // libFuzzer rounds its time: an end a moment early is no failure.
    if (exit.ok() && left() < 2) return;
    if (worker.progressed) worker.failures = 0;
    if (!exit.ok() && !kept) ++result_.deaths;
    // Its turn is over.
    if (exit.ok() && worker.progressed && target_.kind == InputKind::kLife) return start(worker);
    if (++worker.failures >= kMaxFailures || (exit.ok() && !worker.progressed)) {
      const auto last = output.find_last_not_of('\n');
      const auto begin = last == std::string::npos ? 0 : output.rfind('\n', last) + 1;
      throw Trouble(
          fmt::format("{} does not fuzz ({}): {}", friendly(target_.fuzzer), exit.text(),
                      last == std::string::npos ? "it said nothing" : output.substr(begin, last + 1 - begin)));
    }
  }
  if (!over() && left() >= 1) {
    ++result_.restarts;
    start(worker);
  }
}

void Campaign::progress(bool last) {
  const auto now = Clock::now();
  const std::uint64_t done = executions();
  if (const double span = seconds(now - rate_at_); span >= 1) {
    rate_ = static_cast<double>(done - std::min(done, rate_executions_)) / span;
    rate_at_ = now;
    rate_executions_ = done;
  }
  if (options_.quiet) return;
  const auto text =
      fmt::format("{}: {} executions, {}/s, coverage {}, corpus {}, findings {}, {} left", target_.name,
                  short_count(static_cast<double>(done)), short_count(rate_), grouped(result_.coverage),
                  grouped(result_.corpus), store_.findings().size(), clock_text(std::lround(std::max(left(), 0.0))));
  if (last) {
    progress_line_.clear();
  } else if (is_terminal(stderr)) {
    progress_line_.show(text);
  } else if (now >= next_plain_line_) {
    fmt::print(stderr, "{}\n", text);
    next_plain_line_ = now + kPlainInterval;
  }
}

// libFuzzer ends by itself when the time is up, and at SIGINT with its statistics; a report under way is let finish;
// one that does not listen is ended for good.
void Campaign::stop(Worker& worker) const {
  const auto now = Clock::now();
  if (worker.stop_since == Clock::time_point()) worker.stop_since = now;
  const double waited = seconds(now - worker.stop_since);
  const bool at_once = g_interrupted || (options_.stop_on_finding && found_);
  if (waited > 30) {
    worker.process->signal(SIGKILL);
  } else if (!worker.asked_to_stop && !worker.reporting && (at_once || waited > 5)) {
    worker.process->signal(SIGINT);
  } else {
    return;
  }
  worker.asked_to_stop = true;
}

CampaignResult Campaign::run() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);

  make_folder(corpus_);
  remove_leftovers(corpus_);
  variants_ = write_seeds(build_, target_, corpus_, options_.seeds ? Seeds::kStartedUp : Seeds::kNone);
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(work_, none)) {
    if (entry.path().filename().native().starts_with("artifacts-")) rescue(entry.path());
  }
  result_.corpus_before = count_files(corpus_);
  started_ = rate_at_ = Clock::now();
  deadline_ = started_ + options_.time;
  next_plain_line_ = started_ + kPlainInterval;
  for (unsigned i = 0; i < options_.workers; ++i) {
    Worker& worker = *workers_.emplace_back(std::make_unique<Worker>(i, work_));
    make_folder(worker.artifacts);
    start(worker);
  }
  for (;;) {
    std::vector<pollfd> fds;
    std::vector<Worker*> owners;
    for (const auto& worker : workers_) {
      if (!worker->process) continue;
      fds.push_back({.fd = worker->process->output(), .events = POLLIN, .revents = 0});
      owners.push_back(worker.get());
    }
    if (fds.empty()) break;
    poll(fds.data(), fds.size(), kPollMs);
    for (std::size_t i = 0; i < fds.size(); ++i) {
      Worker& worker = *owners[i];
      const bool alive = worker.process->drain([&](std::string_view text) { line(worker, text); });
      if (!alive) {
        ended(worker);
      } else if (over()) {
        stop(worker);
      }
    }
    progress(false);
  }
  progress(true);
  result_.seconds = seconds(Clock::now() - started_);
  result_.executions = executions();
  result_.corpus = std::max(result_.corpus, count_files(corpus_));
  result_.interrupted = g_interrupted;
  return result_;
}

}  // namespace dmafuzz::cli
