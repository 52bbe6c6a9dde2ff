// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz driver add`: from a driver's sources to a target and its first findings.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/campaign.h"
#include "cli/driver.h"
#include "cli/driver_build.h"
#include "cli/driver_exports.h"
#include "cli/driver_kit.h"
#include "cli/driver_source.h"
#include "cli/driver_try.h"
#include "cli/side_by_side.h"
#include "cli/storage.h"
#include "cli/terminal.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

struct Options {
  std::vector<std::string> places;
  std::string name, manifest;
  unsigned seconds = 20;
  unsigned jobs = processors();
  std::uint64_t seed = 0;
};

std::string where(const DriverKit& kit, const DriverSource& source) {
  return source.in_tree ? source.module.dir.lexically_relative(kit.kernel).native() : friendly(source.module.dir);
}

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void say(std::string_view stage, bool well, const std::string& text) {
  fmt::print("  {}  {}\n", paint(fmt::format("{:<9}", stage), well ? Ink::kGreen : Ink::kRed), text);
  std::fflush(stdout);
}

std::string generated_manifest(const DriverSource& source) {
  std::string files;
  for (const fs::path& file : source.module.files) files += fmt::format("  \"{}\",\n", file.native());
  return fmt::format(
      "# Made by dmafuzz driver add; docs/adding-a-driver.md says what else may stand here.\n"
      "name = \"{}\"\nfiles = [\n{}]\n\n[device]\n",
      source.name, files);
}

// Makes it a target like others (load_build() finds it).
void register_target(const Build& build, const fs::path& folder, const DriverSource& source) {
  const nlohmann::ordered_json json = {
      {"name", "driver_" + source.name},
      {"summary", fmt::format("Driver {}, added from {}", source.name, friendly(source.module.dir))},
      {"kind", "life"},
      {"corpus", (build.source / "corpora" / ("driver_" + source.name)).native()},
      {"shared", (build.source / "corpora/driver").native()},
      {"dict", ""},
      {"max_len", 2056}};
  write_file(folder / "target.json", json.dump(2) + "\n");
}

void print_traps(const std::vector<std::string>& traps) {
  constexpr size_t kShown = 12;
  std::string list;
  for (size_t i = 0; i < traps.size() && i < kShown; ++i) list += (i ? ", " : "") + traps[i];
  if (traps.size() > kShown) list += fmt::format(", and {} more", traps.size() - kShown);
  say("links", true,
      traps.empty() ? "nothing is missing"
                    : fmt::format("{} called that nobody defines: a finding if {} ever reached\n             {}",
                                  plural(traps.size(), "function"), traps.size() == 1 ? "it is" : "they are", list));
}

void print_findings(const Campaign& campaign) {
  std::vector<const StoredFinding*> findings, traps;
  for (const StoredFinding& f : campaign.store().findings())
    (f.finding.id == "unshimmed-symbol" ? traps : findings).push_back(&f);
  std::ranges::sort(traps, [](const auto* a, const auto* b) { return a->times > b->times; });
  if (!traps.empty()) fmt::print("\nMissing, by how often it was reached:\n");
  for (const StoredFinding* t : traps) fmt::print("  {:>6}  {}\n", t->times, t->finding.summary);
  fmt::print("\n{}\n", findings.empty() ? "No findings." : plural(findings.size(), "finding") + ":");
  for (const StoredFinding* f : findings) {
    fmt::print("  {}{}\n    {}\n    reproduce  {}\n", paint(f->finding.headline(), Ink::kBold),
               f->times > 1 ? fmt::format(", {} times", grouped(f->times)) : "", f->finding.summary,
               f->finding.reproduce);
  }
}

int add(const Options& options) {
  const Build build = this_build();
  const DriverKit kit = DriverKit::of(build);
  Manifest manifest;
  std::string manifest_text;
  fs::path manifest_file = options.manifest;
  const auto read_manifest = [&] {
    manifest_text = read_file(manifest_file);
    if (const auto error = parse_manifest(manifest_text, friendly(manifest_file), manifest))
      throw Trouble(error->message);
  };
  if (!manifest_file.empty()) read_manifest();
  DriverSource source = find_driver(kit, options.places, options.name, manifest, manifest_file);
  if (manifest_file.empty()) {
    manifest_file = reviewed_manifest(build, source.name);
    if (!manifest_file.empty()) read_manifest();
  }
  for (const Target& target : build.targets) {
    if (target.name == "driver_" + source.name && target.fuzzer.parent_path() == build.dir / "fuzzers")
      throw Trouble(fmt::format("this build has driver_{} already, with a model of its device: dmafuzz fuzz driver_{}",
                                source.name, source.name));
  }
  if (manifest_text.empty()) manifest_text = generated_manifest(source);

  fmt::print("{} from {}\n", paint("driver_" + source.name, Ink::kBold), where(kit, source));
  const fs::path folder = build.dir / "drivers" / source.name;
  auto start = Clock::now();
  const CompileOptions compiling = {.jobs = options.jobs};
  Compiled compiled = compile_driver(kit, source, folder, manifest_text, compiling);
  if (!compiled.ok()) {
    say("compiles", false, "no");
    const fs::path log = folder / "compile.log";
    write_file(log, compiled.command + "\n" + compiled.output);
    throw Trouble(fmt::format("{}\nThe command and all that it said: {}", compiled.error, friendly(log)));
  }
  say("compiles", true, fmt::format("{}, {:.1f} s", plural(source.module.files.size(), "file"), since(start)));

  const std::string target = "driver_" + source.name;
  Linked linked = link_driver(kit, source, compiled, folder / (target + ".replay"), Face::kReplay);
  while (linked.ok && add_libraries(kit, linked.traps, source)) {
    compiled = compile_driver(kit, source, folder, manifest_text, compiling);
    if (!compiled.ok()) throw Trouble(compiled.error);
    linked = link_driver(kit, source, compiled, folder / (target + ".replay"), Face::kReplay);
  }
  if (!linked.ok) throw Trouble(fmt::format("{} does not link: {}", target, linked.error));
  print_traps(linked.traps);

  start = Clock::now();
  // What is further than probing is a network device's.
  const bool network = has_network(source.module);
  const Attempt attempt = find_device(build, folder / (target + ".replay"), manifest_text, folder, source.bus == "pci",
                                      network ? Reach::kSends : Reach::kProbes);
  if (!attempt.device.empty()) {
    manifest_text = with_device(manifest_text, attempt.device);
    compiled = compile_driver(kit, source, folder, manifest_text, compiling);
    link_driver(kit, source, compiled, folder / (target + ".replay"), Face::kReplay);
  }
  const Linked fuzzer = link_driver(kit, source, compiled, folder / target, Face::kFuzz);
  if (!fuzzer.ok) throw Trouble(fmt::format("{} does not link: {}", target, fuzzer.error));
  write_file(folder / (source.name + ".toml"), manifest_text);
  register_target(build, folder, source);

  const Build again = load_build(build.dir);
  CampaignOptions fuzzing;
  fuzzing.time = std::chrono::seconds(options.seconds);
  fuzzing.quiet = true;
  fuzzing.seed = options.seed;
  Campaign campaign(again, again.target(target), fuzzing);
  const CampaignResult result = campaign.run();
  // Fuzzing may have got it further than any device that was tried.
  std::vector<fs::path> corpus;
  for (const auto& entry : fs::directory_iterator(campaign.corpus())) corpus.push_back(entry.path());
  std::ranges::sort(corpus);
  Reach reach = attempt.reach;
  if (!corpus.empty()) reach = std::max(reach, try_files(again, folder / (target + ".replay"), corpus, {}).reach);

  const Reach last = network ? Reach::kReceives : Reach::kProbes;
  for (Reach r = Reach::kLoads; r <= last; r = static_cast<Reach>(static_cast<int>(r) + 1)) {
    std::string why;
    if (reach < r && reach == static_cast<Reach>(static_cast<int>(r) - 1)) {
      why = attempt.finding ? attempt.finding->headline() : attempt.log;
    }
    say(reach_name(r), reach >= r, reach >= r ? "yes" : why.empty() ? "no" : "no: " + why);
    if (reach < r) break;
  }
  fmt::print("\nfuzzed for {:.0f} s: {} executions, {}\n", result.seconds, grouped(result.executions),
             plural(result.coverage, "edge"));
  print_findings(campaign);
  fmt::print("\n  manifest   {}\n  go on      {} fuzz {}\n", friendly(folder / (source.name + ".toml")), own_command(),
             target);
  return campaign.store().findings().empty() ? kClean : kFindings;
}

}  // namespace

fs::path reviewed_manifest(const Build& build, std::string_view name) {
  fs::path file = build.source / "fuzzers/driver/manifests" / (std::string(name) + ".toml");
  return fs::exists(file) ? file : fs::path();
}

void add_driver_add(CommandLine& app, Action& action) {
  auto options = std::make_shared<Options>();
  CommandLine sub = app.add_subcommand(
      "add", "Make a target of a driver: compile it, link it, find out what device gets it up, fuzz it for a while");
  sub.add_option("PLACE", options->places,
                 "A folder with a Kbuild or Makefile, or C files; a path of the kernel tree will do");
  sub.add_option("--name", options->name, "Which of the folder's modules, or what to call it");
  sub.add_option("--manifest", options->manifest, "What cannot be found out (docs/adding-a-driver.md)").existing_file();
  sub.add_option("--time", options->seconds, "Seconds of fuzzing").range(1u, 100000u).show_default();
  sub.add_option("--seed", options->seed, "Seed of the fuzzer's random choices (0: a new one each time)");
  sub.add_option("-j", options->jobs, "Files compiled at a time").range(1u, 256u);
  sub.callback([options, &action] { action = [options] { return add(*options); }; });
}

}  // namespace dmafuzz::cli
