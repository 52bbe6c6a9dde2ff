// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz confirm`: replays DMA programs in a real kernel, in QEMU, and holds what each operation comes to there
// against userspace (guest/verdict.h). Programs that do what is not allowed are compared up to the finding; then both
// sides' reports stand next to each other.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "cli/build.h"
#include "cli/command.h"
#include "cli/guest_machine.h"
#include "cli/inputs.h"
#include "cli/replay.h"
#include "cli/storage.h"
#include "cli/terminal.h"
#include "guest/account.h"
#include "guest/explained.h"
#include "guest/verdict.h"
#include "program/shape.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

struct Options {
  std::vector<std::string> files;
  std::string path;
  std::string iommu = "intel";
  std::string log;
  uint32_t limit = 600;  // seconds
  bool json = false;
  bool differences = false;
};

constexpr std::array<unsigned, 4> kGuestPaths = {DMAF_PATH_DIRECT, DMAF_PATH_BOUNCE, DMAF_PATH_IOMMU,
                                                 DMAF_PATH_IOMMU_LAZY};

// Differences that are explained, beside the corpus that they are of.
Explanations explanations_of(const Target& target) {
  const fs::path file = target.corpus / "guest-differences.toml";
  if (!fs::exists(file)) return {};
  try {
    return Explanations(read_file(file), friendly(file));
  } catch (const std::runtime_error& error) {
    throw Trouble(error.what());
  }
}

struct Case {
  fs::path file;
  Program program;     // as both sides run it
  size_t changed = 0;  // operations that were left out of it
  std::optional<Finding> finding;
  Account account;
  GuestOutcome guest;
  GuestVerdict verdict;
  const Explanation* explained = nullptr;  // its difference
};

class Confirmation {
 public:
  explicit Confirmation(const Options& options) : options_(options), build_(this_build()) {}

  int run() {
    const GuestFiles guest = find_guest(build_);
    if (const std::string missing = guest.missing(); !missing.empty()) throw Trouble(missing);
    const Target& target = build_.target("dma_api");
    explanations_ = explanations_of(target);
    load(target);
    run_here(target);
    for (const unsigned path : kGuestPaths) run_there(guest, path);
    for (Case& one : cases_) look_up(target, one);
    options_.json ? print_json() : print();
    return differ_ ? kFindings : kClean;
  }

 private:
  void load(const Target& target) {
    std::vector<fs::path> files = expand_files(options_.files);
    if (options_.files.empty()) {
      for (const std::string_view kind : {"seeds", "regressions"}) {
        std::ranges::copy(reviewed_files(target, kind), std::back_inserter(files));
      }
    }
    for (const fs::path& file : files) {
      ProgramFile program = load_program(file);
      if (options_.files.empty() && !applies_to(program.expect, build_.release)) continue;
      add(file, program);
    }
    if (cases_.empty()) {
      throw Trouble(skipped_ ? "none of them is on a path that the guest has; --path runs them on another"
                             : "no programs there to confirm");
    }
  }

  // The program as both sides can run it: the guest's device snoops the CPU's caches, and its memory does not run out
  // on command.
  void add(const fs::path& file, ProgramFile& program) {
    Program& p = program.program;
    const auto words = path_words();
    if (!options_.path.empty()) {
      p.config.path = static_cast<uint8_t>(std::ranges::find(words, options_.path) - words.begin());
    }
    if (std::ranges::find(kGuestPaths, p.config.path) == kGuestPaths.end()) {
      ++skipped_;
      if (!options_.json)
        fmt::print("{}: passed over: the guest has no path {}\n", friendly(file), words[p.config.path]);
      return;
    }
    p.config.coherent = 1;
    const size_t before = p.ops.size();
    std::erase_if(p.ops, [](const dmaf_op& op) { return op.code == DMAF_OP_FAIL_ALLOC; });
    if (p.lawful) {
      Shaper shaper(p.config);
      size_t kept = 0;
      for (dmaf_op op : p.ops) {
        if (shaper.admit(op)) p.ops[kept++] = op;
      }
      p.ops.resize(kept);
    }
    Case& one = cases_.emplace_back();
    one.file = file;
    one.program = p;
    one.changed = before - p.ops.size();
    checks_.push_back(program.expect.checks);
  }

  void run_here(const Target& target) {
    const ScratchFolder scratch;
    std::vector<fs::path> files;
    for (size_t i = 0; i < cases_.size(); ++i) {
      files.push_back(scratch.path() / fmt::format("{:05}.dma", i));
      ProgramFile file;
      file.program = cases_[i].program;
      file.expect.checks = checks_[i];
      write_file(files.back(), print_text(file));
    }
    const fs::path book = scratch.path() / "account";
    const auto results = replay(build_, target, files, {.arguments = {"--account=" + book.native()}});
    std::vector<Account> accounts = read_accounts(read_bytes(book));
    if (accounts.size() != results.size()) throw Trouble("the replayer gave no account of some programs");
    for (size_t i = 0; i < cases_.size(); ++i) {
      cases_[i].account = std::move(accounts[i]);
      cases_[i].finding = results[i].finding;
    }
  }

  // Programs that break rules come last: what they do to the kernel stays there until the guest is started anew.
  void run_there(const GuestFiles& guest, unsigned path) {
    std::vector<GuestProgram> programs;
    for (const bool lawful : {true, false}) {
      for (size_t i = 0; i < cases_.size(); ++i) {
        const Account& account = cases_[i].account;
        if (cases_[i].program.config.path != path || (account.program.lawful && account.whole) != lawful) continue;
        programs.push_back(account.guest(static_cast<uint32_t>(i)));
      }
    }
    if (programs.empty()) return;
    const GuestIommu iommu = options_.iommu == "virtio" ? GuestIommu::kVirtio : GuestIommu::kIntel;
    GuestOutcomes outcomes = run_guest(guest, {.path = path, .iommu = iommu}, programs, options_.limit, options_.log);
    starts_ += outcomes.starts;
    deaths_ += outcomes.deaths;
    seconds_ += outcomes.seconds;
    for (const GuestProgram& program : programs) {
      Case& one = cases_[program.number];
      one.guest = std::move(outcomes.programs[program.number]);
      one.verdict = one.guest.run ? compare_with_guest(one.account, one.guest.records, one.guest.reports)
                                  : GuestVerdict{.agreement = Agreement::kNotRun};
    }
  }

  // The IOMMU before the program's device, or nothing.
  std::string_view iommu_of(const Case& one) const {
    const unsigned path = one.program.config.path;
    return path == DMAF_PATH_IOMMU || path == DMAF_PATH_IOMMU_LAZY ? options_.iommu : std::string_view();
  }

  std::string place(const Case& one) const {
    const std::string_view iommu = iommu_of(one), path = path_words()[one.program.config.path];
    return iommu.empty() ? std::string(path) : fmt::format("{}, {}", path, iommu);
  }

  // Whether the program's difference is one that is explained, and whether the explained ones are still there.
  void look_up(const Target& target, Case& one) {
    const std::string name = fs::absolute(one.file).lexically_normal().lexically_relative(target.corpus).native();
    const GuestPlace where{.tree = build_.release,
                           .path = std::string(path_words()[one.program.config.path]),
                           .iommu = std::string(iommu_of(one))};
    for (const Explanation* explanation : explanations_.of(name, where)) {
      if (explains(*explanation, one.verdict)) {
        one.explained = explanation;
      } else {
        stale_.push_back(fmt::format("{} ({}): explained, and not found: {}: {}", friendly(one.file), place(one),
                                     explanation->operation.empty() ? "at the end" : explanation->operation,
                                     explanation->what));
      }
    }
    const Agreement agreement = one.verdict.agreement;
    if (one.explained) {
      ++explained_;
    } else {
      ++counts_[static_cast<size_t>(agreement)];
      differ_ += agreement == Agreement::kDiffers || agreement == Agreement::kNotRun;
    }
  }

  void print() const {
    for (const Case& one : cases_) {
      if (options_.differences && one.verdict.agreement != Agreement::kDiffers) continue;
      print(one);
    }
    for (const std::string& line : stale_) fmt::print("{}\n", line);
    const size_t equal = count(Agreement::kEqual), open = count(Agreement::kOpen);
    fmt::print("{} in a guest of Linux {}: {} equal, {} open, {} explained, {} differ, {} not run: {:.1f} % agree\n",
               plural(cases_.size(), "program"), build_.release, equal, open, explained_, count(Agreement::kDiffers),
               count(Agreement::kNotRun),
               100.0 * static_cast<double>(equal + open) / static_cast<double>(cases_.size()));
    fmt::print("{}, {} of them died, {:.1f} s\n", plural(starts_, "start"), deaths_, seconds_);
    for (const Case& one : cases_) {
      if (!one.guest.died) continue;
      fmt::print("died of {} ({}): userspace: {}\n", friendly(one.file), place(one),
                 one.finding ? one.finding->headline() : "no finding");
    }
  }

  void print(const Case& one) const {
    const GuestVerdict& v = one.verdict;
    const Ink ink = one.explained                        ? Ink::kYellow
                    : v.agreement == Agreement::kDiffers ? Ink::kRed
                    : v.agreement == Agreement::kNotRun  ? Ink::kYellow
                                                         : Ink::kGreen;
    fmt::print("{} ({}): {}, {} compared\n", friendly(one.file), place(one), paint(agreement_word(v.agreement), ink),
               plural(v.compared, "operation"));
    if (!v.what.empty()) fmt::print("  {}: {}\n", v.where.empty() ? "at the end" : v.where, v.what);
    if (one.explained) fmt::print("  explained: {}\n", one.explained->why);
    if (one.changed) fmt::print("  left out on both sides: {}\n", plural(one.changed, "operation"));
    if (one.finding) fmt::print("  userspace: {}\n", one.finding->headline());
    for (const std::string& line : one.guest.reports) fmt::print("  guest: {}\n", line);
    if (one.guest.died) fmt::print("  guest: died of it\n");
    if (one.finding && one.guest.reports.empty() && !one.guest.died) fmt::print("  guest: no report\n");
  }

  void print_json() const {
    nlohmann::ordered_json programs = nlohmann::ordered_json::array();
    for (const Case& one : cases_) {
      const GuestVerdict& v = one.verdict;
      programs.push_back({{"file", one.file.native()},
                          {"path", path_words()[one.program.config.path]},
                          {"iommu", iommu_of(one)},
                          {"lawful", one.program.lawful},
                          {"agreement", agreement_word(v.agreement)},
                          {"compared", v.compared},
                          {"aspect", v.aspect},
                          {"operation", v.where},
                          {"what", v.what},
                          {"explained", one.explained ? one.explained->why : std::string()},
                          {"left_out", one.changed},
                          {"userspace", one.finding ? one.finding->headline() : std::string()},
                          {"guest", one.guest.reports},
                          {"died", one.guest.died}});
    }
    const nlohmann::ordered_json out = {{"release", build_.release},
                                        {"equal", count(Agreement::kEqual)},
                                        {"open", count(Agreement::kOpen)},
                                        {"explained", explained_},
                                        {"not_found", stale_},
                                        {"differs", count(Agreement::kDiffers)},
                                        {"not_run", count(Agreement::kNotRun)},
                                        {"passed_over", skipped_},
                                        {"starts", starts_},
                                        {"deaths", deaths_},
                                        {"seconds", seconds_},
                                        {"programs", std::move(programs)}};
    fmt::print("{}\n", out.dump(2));
  }

  size_t count(Agreement agreement) const { return counts_[static_cast<size_t>(agreement)]; }

  const Options& options_;
  const Build build_;
  std::vector<Case> cases_;
  std::vector<std::string> checks_;
  Explanations explanations_;
  std::vector<std::string> stale_;  // what is explained and does not occur
  std::array<size_t, 4> counts_{};  // by agreement, without what is explained
  size_t explained_ = 0, skipped_ = 0;
  size_t differ_ = 0;
  unsigned starts_ = 0, deaths_ = 0;
  double seconds_ = 0;
};

}  // namespace

void add_confirm(CommandLine& app, Action& action) {
  auto options = std::make_shared<Options>();
  CommandLine sub = app.add_subcommand("confirm", "Replay DMA programs in a real kernel, in QEMU, and compare");
  sub.add_option("FILE", options->files, "Programs, or folders of them (default: the reviewed corpora of dma_api)");
  sub.add_option("--path", options->path, "Run all of them on this path, instead of the one that each names")
      .one_of({"direct", "bounce", "iommu", "iommu_lazy"});
  sub.add_option("--iommu", options->iommu, "What is before the device on the paths iommu and iommu_lazy")
      .one_of({"intel", "virtio"})
      .show_default();
  sub.add_flag("--differences", options->differences, "Show only programs that differ");
  sub.add_flag("--json", options->json, "Print JSON: counts, then one entry a program");
  sub.add_option("--log", options->log, "Add the guest's log to this file");
  sub.add_option("--limit", options->limit, "Seconds until a guest is killed, from each start").show_default();
  sub.callback([options, &action] { action = [options] { return Confirmation(*options).run(); }; });
}

}  // namespace dmafuzz::cli
