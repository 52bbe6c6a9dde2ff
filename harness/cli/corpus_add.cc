// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz corpus add`: inputs into the reviewed corpora, as text that says what comes of them. What is there already
// is refused: the same input, the same finding as a regression's, or a seed that reaches nothing new.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "cli/build.h"
#include "cli/checks.h"
#include "cli/corpus.h"
#include "cli/corpus_gain.h"
#include "cli/corpus_text.h"
#include "cli/inputs.h"
#include "cli/replay.h"
#include "cli/storage.h"
#include "cli/terminal.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

struct Options {
  std::string target;
  std::vector<std::string> files;
  std::string as;
  std::string name;
  bool dry_run = false;
  bool json = false;
};

class Adder {
 public:
  explicit Adder(const Options& options)
      : options_(options), build_(this_build()), target_(build_.target(options.target)) {}

  int run() {
    const std::vector<fs::path> files = expand_files(options_.files);
    if (files.empty()) throw Trouble("no files there to add");
    if (!options_.name.empty() && files.size() > 1) throw Trouble("--name is for one file");
    for (const fs::path& file : files) one(file);
    if (options_.json) fmt::print("{}\n", list_.dump(2));
    return refused_ ? kFindings : kClean;
  }

 private:
  void one(const fs::path& file) {
    Input input = load_input(target_, file);
    if (input.expect.checks.empty()) input.expect.checks = checks_in_force();
    const auto finding = replay(build_, target_, std::array{file}).front().finding;
    input.expect.kind = finding ? Expectation::Kind::kFinding : Expectation::Kind::kOk;
    input.expect.finding = finding ? finding->id : std::string();
    const bool regression = options_.as.empty() ? finding.has_value() : options_.as == "regression";
    if (const std::string why = refusal(input, finding, regression); !why.empty()) {
      ++refused_;
      say(file, "refused", why);
      return;
    }
    const CorpusInput entry = {file, input, operations(file), finding};
    const fs::path folder = target_.corpus / (regression ? "regressions" : "seeds");
    const std::string name = options_.name.empty() ? corpus_name(target_, entry) : options_.name;
    const fs::path place = free_place(folder, name);
    const std::string text = corpus_text(build_, target_, entry);
    check_text(text, input.bytes);
    if (!options_.dry_run) {
      make_folder(folder);
      write_file(place, text);
    }
    say(place, options_.dry_run ? "would be added" : "added", finding ? finding->headline() : "runs clean");
  }

  // Why it is not wanted; empty if it is.
  std::string refusal(const Input& input, const std::optional<Finding>& finding, bool regression) const {
    std::vector<Bytes> seeds;
    std::vector<fs::path> kin;  // regressions that may have the same finding
    for (const std::string_view kind : {"seeds", "regressions"}) {
      for (const fs::path& there : reviewed_files(target_, kind)) {
        Input other = load_input(target_, there);
        if (other.bytes == input.bytes) return "the same input is there as " + friendly(there);
        if (!applies_to(other.expect, build_.release)) continue;
        const bool clean = other.expect.kind != Expectation::Kind::kFinding;
        if (kind == "seeds" && clean) seeds.push_back(std::move(other.bytes));
        if (kind == "regressions" && finding && other.expect.finding == finding->id) kin.push_back(there);
      }
    }
    if (regression && finding) {
      for (const ReplayResult& result : replay(build_, target_, kin))
        if (result.finding && result.finding->identity() == finding->identity())
          return fmt::format("{} has the same finding: {}", friendly(result.file), finding->headline());
    }
    // Fuzzers do not count what an input reaches that ends them.
    if (!regression && !finding && !adds(target_, seeds, std::array{input.bytes}).front())
      return fmt::format("it reaches nothing that the {} do not", plural(seeds.size(), "seed"));
    return {};
  }

  std::vector<std::string> operations(const fs::path& file) const {
    if (target_.kind != InputKind::kBytes) return {};
    return operations_of(build_, target_, std::array{file}).front();
  }

  fs::path free_place(const fs::path& folder, const std::string& name) const {
    const std::string_view ending = text_ending(target_.kind);
    fs::path place = folder / fmt::format("{}{}", name, ending);
    if (!options_.name.empty() && fs::exists(place)) throw Trouble(friendly(place) + " is there already");
    for (unsigned n = 2; fs::exists(place); ++n) place = folder / fmt::format("{}-{}{}", name, n, ending);
    return place;
  }

  // What is reviewed must be what was run.
  void check_text(const std::string& text, const Bytes& bytes) const {
    const ScratchFolder scratch;
    const fs::path file = scratch.path() / fmt::format("input{}", text_ending(target_.kind));
    write_file(file, text);
    if (load_input(target_, file).bytes != bytes) throw Trouble("the text is not the same input");
  }

  void say(const fs::path& file, std::string_view what, const std::string& why) {
    list_.push_back({{"file", file.native()}, {"outcome", what}, {"why", why}});
    if (!options_.json) fmt::print("{}: {}: {}\n", friendly(file), what, why);
  }

  const Options& options_;
  const Build build_;
  const Target& target_;
  nlohmann::ordered_json list_ = nlohmann::ordered_json::array();
  std::size_t refused_ = 0;
};

}  // namespace

void add_corpus_add(CommandLine& app, Action& action) {
  auto options = std::make_shared<Options>();
  CommandLine sub = app.add_subcommand(
      "add", "Add inputs to the reviewed corpora, as text with what comes of them; status 1 if one is refused");
  sub.add_option("TARGET", options->target, "Whose").required();
  sub.add_option("FILE", options->files, "Inputs: binary or text; a folder stands for the files in it").required();
  sub.add_option("--as", options->as, "What it becomes (default: a regression if something is found, else a seed)")
      .one_of({"seed", "regression"});
  sub.add_option("--name", options->name, "The file's name, without ending (default: by what it does or shows)");
  sub.add_flag("--dry-run", options->dry_run, "Say what would be done, and write nothing");
  sub.add_flag("--json", options->json, "Print JSON: one entry a file");
  add_checks_option(sub);
  sub.callback([options, &action] { action = [options] { return Adder(*options).run(); }; });
}

}  // namespace dmafuzz::cli
