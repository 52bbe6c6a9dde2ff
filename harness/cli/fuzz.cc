// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz fuzz`: runs a campaign (campaign.h) and sums it up.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/build.h"
#include "cli/campaign.h"
#include "cli/checks.h"
#include "cli/command.h"
#include "cli/terminal.h"

namespace dmafuzz::cli {
namespace {

struct Options {
  std::string target;
  unsigned seconds = 60;
  CampaignOptions campaign;
  unsigned triage = 10;
  bool json = false;
};

void print_json(const Target& target, const Build& build, const CampaignResult& result, const Campaign& campaign) {
  nlohmann::ordered_json findings = nlohmann::ordered_json::array();
  for (const StoredFinding& finding : campaign.store().findings()) findings.push_back(finding.json());
  const nlohmann::ordered_json out = {{"target", target.name},
                                      {"kernel", build.release},
                                      {"seconds", result.seconds},
                                      {"executions", result.executions},
                                      {"executions_per_second", result.rate()},
                                      {"coverage", result.coverage},
                                      {"features", result.features},
                                      {"corpus", result.corpus},
                                      {"corpus_before", result.corpus_before},
                                      {"corpus_folder", campaign.corpus().native()},
                                      {"restarts", result.restarts},
                                      {"deaths", result.deaths},
                                      {"interrupted", result.interrupted},
                                      {"findings", std::move(findings)}};
  fmt::print("{}\n", out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

void print_summary(const Target& target, const Build& build, const CampaignResult& result, const Campaign& campaign) {
  const auto& findings = campaign.store().findings();
  fmt::print("{} on Linux {}{}{}\n", paint(target.name, Ink::kBold), build.release,
             build.overlay.empty() ? "" : fmt::format(" with {}", friendly(build.overlay)),
             result.interrupted ? ", interrupted" : "");
  Table table;
  table.row({"  time", fmt::format("{:.0f} s", result.seconds)});
  table.row({"  executions", fmt::format("{}, {}/s", grouped(result.executions), short_count(result.rate()))});
  table.row({"  coverage", fmt::format("{}, {}", plural(result.coverage, "edge"), plural(result.features, "feature"))});
  const std::uint64_t grown = result.corpus > result.corpus_before ? result.corpus - result.corpus_before : 0;
  table.row({"  corpus", fmt::format("{} ({} new), {}", plural(result.corpus, "input"), grouped(grown),
                                     friendly(campaign.corpus()))});
  table.row({"  findings",
             findings.empty() ? "none" : fmt::format("{}, {}", findings.size(), friendly(campaign.store().folder()))},
            {Ink::kPlain, findings.empty() ? Ink::kGreen : Ink::kRed});
  if (result.deaths) {
    table.row(
        {"  deaths", fmt::format("{} that left neither report nor input: a defect of the harness", result.deaths)},
        {Ink::kPlain, Ink::kRed});
  }
  table.print();
  for (const StoredFinding& stored : findings) {
    fmt::print("\n  {}{}{}\n", paint(stored.finding.headline(), Ink::kBold),
               stored.times > 1 ? fmt::format(", {} times", grouped(stored.times)) : "",
               stored.known_before ? ", known from an earlier run" : "");
    if (!stored.finding.summary.empty()) fmt::print("    {}: {}\n", stored.finding.tool, stored.finding.summary);
    fmt::print("    kept in    {}\n    reproduce  {}\n", friendly(stored.folder), stored.finding.reproduce);
    if (!stored.replays) fmt::print("    {}\n", paint("a replay of the input alone does not show it", Ink::kYellow));
    for (std::size_t at = 0; at < stored.triage.size();) {
      const std::size_t end = std::min(stored.triage.find('\n', at), stored.triage.size());
      // The first line says again what was found.
      if (at) fmt::print("    {}\n", stored.triage.substr(at, end - at));
      at = end + 1;
    }
  }
}

int fuzz(Options options) {
  const Build build = this_build();
  const Target& target = build.target(options.target);
  options.campaign.time = std::chrono::seconds(options.seconds);
  options.campaign.quiet = options.json;
  Campaign campaign(build, target, options.campaign);
  const CampaignResult result = campaign.run();
  if (!result.interrupted) campaign.store().explain(std::chrono::seconds(options.triage));
  if (options.json) {
    print_json(target, build, result, campaign);
  } else {
    print_summary(target, build, result, campaign);
  }
  if (!campaign.store().findings().empty()) return kFindings;
  // A sanitizer or instrumentation that is silently off must not look like a clean run.
  if (result.coverage == 0 && !result.interrupted) {
    throw Trouble(
        fmt::format("{} covered nothing: it is not instrumented, or it never ran; see dmafuzz doctor", target.name));
  }
  return kClean;
}

}  // namespace

void add_fuzz(CommandLine& app, Action& action) {
  auto options = std::make_shared<Options>();
  CommandLine sub = app.add_subcommand("fuzz", "Fuzz a target with live progress; keep the corpus and what was found");
  sub.add_option("TARGET", options->target, "Which target").required();
  sub.add_option("--time", options->seconds, "Seconds").range(1u, 100000000u).show_default();
  sub.add_option("-j,--workers", options->campaign.workers, "Fuzzing processes that share the corpus")
      .range(1u, 1024u)
      .show_default();
  sub.add_option("--seed", options->campaign.seed, "Seed of the fuzzer's random choices (0: a new one each time)");
  sub.add_flag("--stop-on-finding", options->campaign.stop_on_finding, "End with the first finding");
  sub.add_flag("!--no-seeds", options->campaign.seeds, "Add none of the reviewed seeds to the corpus");
  sub.add_option("--fuzzer-arg", options->campaign.fuzzer_args,
                 "Handed on to libFuzzer, as -name=value; may be repeated")
      .one_each();
  sub.add_option("--triage", options->triage, "Seconds for each new finding of a driver, to say what it hangs on")
      .show_default();
  sub.add_flag("--json", options->json, "Print JSON at the end, and no progress");
  add_checks_option(sub);
  sub.callback([options, &action] { action = [options] { return fuzz(*options); }; });
}

}  // namespace dmafuzz::cli
