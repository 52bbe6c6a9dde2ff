// SPDX-License-Identifier: GPL-2.0-only
//
// See continuous_report.h.
#include "cli/continuous_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/terminal.h"
#include "report/junit.h"
#include "report/sarif.h"

namespace dmafuzz::cli {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// Text in a Markdown table or heading that is to be read as it is.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\`*_{}[]<>|#").find(c) != std::string_view::npos) out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

// A fence that is longer than any in the text.
std::string fenced(std::string_view text) {
  std::size_t longest = 2, run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return fmt::format("{}\n{}{}{}\n", fence, text, text.ends_with('\n') ? "" : "\n", fence);
}

std::string finding_section(const ContinuousFinding& found) {
  const Finding& finding = found.finding;
  std::string out =
      fmt::format("### {}\n\n{}: {}\n\n", plain(finding.headline()), finding.tool, plain(finding.summary));
  out += fmt::format("Targets: {}. Kept in `{}`.{}\n\n", joined(found.targets), found.folder.native(),
                     found.replays ? "" : " A replay of the input alone does not show it.");
  if (!found.page.empty()) out += fmt::format("[Who owned its memory, event by event]({}).\n\n", found.page);
  if (!found.minimized.empty()) out += "The smallest input that shows it:\n\n" + fenced(found.minimized) + "\n";
  if (!found.triage.empty()) out += "What it hangs on:\n\n" + fenced(found.triage) + "\n";
  std::string stack;
  if (!finding.stacks.empty()) {
    for (const SourceFrame& frame : finding.stacks.front().frames)
      stack += fmt::format("{} {}\n", frame.function, frame.place());
  }
  if (!stack.empty()) out += "Stack:\n\n" + fenced(stack) + "\n";
  out += "To see it again:\n\n" + fenced(finding.reproduce) + "\n";
  return out;
}

}  // namespace

bool ContinuousReport::clean() const {
  const auto bad = [](const TargetRun& run) { return run.regressions_wrong || run.deaths || !run.trouble.empty(); };
  return regression_trouble.empty() && std::ranges::none_of(targets, bad) &&
         std::ranges::none_of(findings, &ContinuousFinding::is_new);
}

std::string ContinuousReport::markdown() const {
  std::size_t fresh = 0;
  for (const ContinuousFinding& found : findings) fresh += found.is_new;
  std::uint64_t executions = 0, wrong = 0;
  for (const TargetRun& run : targets) {
    executions += run.executions;
    wrong += run.regressions_wrong;
  }
  std::string out = fmt::format("# dmafuzz: {}, {} known\n\n", fresh ? plural(fresh, "new finding") : "no new finding",
                                findings.size() - fresh);
  out += fmt::format("Linux {}{}, {} of {}, {} executions{}.\n\n", release,
                     overlay.empty() ? "" : fmt::format(" with overlay `{}`", overlay),
                     clock_text(static_cast<std::int64_t>(seconds)), clock_text(static_cast<std::int64_t>(budget)),
                     grouped(executions), interrupted ? ", interrupted" : "");
  for (const std::string& line : regression_trouble)
    out += fmt::format("Regressions were not replayed: {}\n\n", plain(line));
  if (wrong) {
    out += fmt::format("## {} not as expected\n\n", plural(wrong, "regression"));
    for (const TargetRun& run : targets) {
      for (const std::string& line : run.wrong) out += fmt::format("- {}\n", plain(line));
    }
    out += '\n';
  }
  if (fresh) {
    out += "## New\n\n";
    for (const ContinuousFinding& found : findings) {
      if (found.is_new) out += finding_section(found);
    }
  }
  if (fresh != findings.size()) {
    out += "## Known\n\n| finding | targets | kept in |\n| --- | --- | --- |\n";
    for (const ContinuousFinding& found : findings) {
      if (found.is_new) continue;
      out += fmt::format("| {} | {} | `{}` |\n", plain(found.finding.headline()), plain(joined(found.targets)),
                         found.folder.native());
    }
    out += '\n';
  }
  out +=
      "## Targets\n\n| target | regressions | fuzzed, s | executions | a second | edges | features | corpus | was |\n"
      "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n";
  for (const TargetRun& run : targets) {
    const std::string regressed = run.regressions_wrong
                                      ? fmt::format("{} of {} wrong", run.regressions_wrong, run.regressions)
                                      : std::to_string(run.regressions);
    if (!run.trouble.empty()) {
      out += fmt::format("| {} | {} | {} | | | | | | |\n", plain(run.name), regressed, plain(run.trouble));
      continue;
    }
    out += fmt::format("| {} | {} | {:.0f} | {} | {} | {} | {} | {} | {} |\n", plain(run.name), regressed, run.seconds,
                       grouped(run.executions),
                       run.seconds > 0 ? short_count(static_cast<double>(run.executions) / run.seconds) : "",
                       grouped(run.coverage), grouped(run.features), grouped(run.corpus), grouped(run.corpus_before));
  }
  for (const TargetRun& run : targets) {
    if (run.deaths) {
      out += fmt::format("\n{}: {} ended without a report: a defect of the harness.\n", plain(run.name),
                         plural(run.deaths, "process"));
    }
  }
  if (!left_out.empty()) out += '\n';
  for (const std::string& line : left_out) out += fmt::format("- left out: {}\n", plain(line));
  return out;
}

nlohmann::ordered_json ContinuousReport::json() const {
  nlohmann::ordered_json out = {{"schema", 1},         {"kernel", release},
                                {"overlay", overlay},  {"budget", budget},
                                {"seconds", seconds},  {"interrupted", interrupted},
                                {"clean", clean()},    {"regression_trouble", regression_trouble},
                                {"left_out", left_out}};
  out["targets"] = nlohmann::ordered_json::array();
  for (const TargetRun& run : targets) {
    out["targets"].push_back({{"name", run.name},
                              {"regressions", run.regressions},
                              {"regressions_wrong", run.regressions_wrong},
                              {"wrong", run.wrong},
                              {"seconds", run.seconds},
                              {"turns", run.turns},
                              {"executions", run.executions},
                              {"coverage", run.coverage},
                              {"features", run.features},
                              {"corpus_before", run.corpus_before},
                              {"corpus", run.corpus},
                              {"merged", run.merged.done},
                              {"deaths", run.deaths},
                              {"trouble", run.trouble}});
  }
  out["findings"] = nlohmann::ordered_json::array();
  for (const ContinuousFinding& found : findings) {
    out["findings"].push_back({{"key", found.finding.key()},
                               {"new", found.is_new},
                               {"targets", found.targets},
                               {"replays", found.replays},
                               {"folder", found.folder.native()},
                               {"minimized", found.minimized},
                               {"page", found.page},
                               {"finding", to_json(found.finding)}});
  }
  return out;
}

nlohmann::ordered_json ContinuousReport::sarif() const {
  std::vector<SarifResult> results;
  for (const ContinuousFinding& found : findings)
    results.push_back({.finding = &found.finding, .is_new = found.is_new});
  return to_sarif(results, release);
}

std::string ContinuousReport::junit() const {
  using enum JunitCase::Outcome;
  std::vector<JunitSuite> suites;
  for (const TargetRun& run : targets) {
    JunitCase regressions{.name = "regressions"};
    regressions.output = plural(run.regressions, "file") + " replayed\n";
    if (run.regressions_wrong) {
      regressions.outcome = kFailed;
      regressions.type = "not-as-expected";
      regressions.message = fmt::format("{} of {} not as expected", run.regressions_wrong, run.regressions);
      for (const std::string& line : run.wrong) regressions.details += line + "\n";
    } else if (!regression_trouble.empty()) {
      regressions.outcome = kError;
      regressions.message = regression_trouble.front();
    }
    JunitCase fuzzing{.name = "fuzzing"};
    fuzzing.output = fmt::format("{} executions, {} edges, corpus {}\n", run.executions, run.coverage, run.corpus);
    if (!run.trouble.empty()) {
      fuzzing.outcome = kError;
      fuzzing.message = run.trouble;
    } else if (run.deaths) {
      fuzzing.outcome = kError;
      fuzzing.message = plural(run.deaths, "process") + " ended without a report";
    } else if (!run.turns) {
      fuzzing.outcome = kSkipped;
      fuzzing.message = "there was no time";
    }
    suites.push_back({.name = run.name, .cases = {regressions, fuzzing}, .seconds = run.seconds});
  }
  JunitSuite all{.name = "findings", .cases = {}};
  for (const ContinuousFinding& found : findings) {
    JunitCase one{.name = fmt::format("{} {}", found.finding.key(), found.finding.headline())};
    std::string text = to_text(found.finding);
    if (found.is_new) {
      one.outcome = kFailed;
      one.type = found.finding.id;
      one.message = found.finding.summary.empty() ? found.finding.headline() : found.finding.summary;
      one.details = std::move(text);
    } else {
      one.output = "known\n" + text;
    }
    all.cases.push_back(std::move(one));
  }
  suites.push_back(std::move(all));
  if (!left_out.empty()) {
    JunitSuite not_here{.name = "left out", .cases = {}};
    for (const std::string& line : left_out) {
      const auto colon = line.find(": ");
      JunitCase one{.name = line.substr(0, colon), .outcome = kSkipped};
      if (colon != line.npos) one.message = line.substr(colon + 2);
      not_here.cases.push_back(std::move(one));
    }
    suites.push_back(std::move(not_here));
  }
  return to_junit(fmt::format("dmafuzz, Linux {}", release), suites);
}

}  // namespace dmafuzz::cli
