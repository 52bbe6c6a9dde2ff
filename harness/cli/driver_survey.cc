// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz driver survey`: how far each driver of the tree gets with a generic device. What was found out of a driver
// is kept until its sources, its manifest or the build change, so that a survey that was cut short goes on.
#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "cli/driver.h"
#include "cli/driver_build.h"
#include "cli/driver_exports.h"
#include "cli/driver_kit.h"
#include "cli/driver_source.h"
#include "cli/driver_try.h"
#include "cli/side_by_side.h"
#include "cli/storage.h"
#include "cli/survey_page.h"
#include "cli/terminal.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kFolders[] = {"drivers/net/ethernet",   "drivers/net/vmxnet3", "drivers/virtio",
                                         "drivers/nvme",           "drivers/scsi",        "drivers/block",
                                         "drivers/char/hw_random", "drivers/dma"};
// Raised when the same input would be judged otherwise.
constexpr int kVersion = 1;

struct Options {
  std::vector<std::string> folders;
  std::string only, bus, out;
  unsigned jobs = processors();
  unsigned max_files = 0;
  unsigned stands = 0;  // rows of other builds that came as far: Reach; 0: none
  bool kept = false, programs = false;
};

// What a driver's result hangs on, as one number.
std::uint64_t fingerprint(const DriverKit& kit, const KernelModule& module, const std::string& manifest) {
  std::string all = fmt::format("{} {}", kVersion, manifest);
  const auto stamp = [&](const fs::path& file) {
    std::error_code gone;
    all += fmt::format("{} {} {}\n", file.native(), fs::file_size(file, gone),
                       fs::last_write_time(file, gone).time_since_epoch().count());
  };
  for (const fs::path& file : module.files) stamp(file);
  for (const auto* list : {&kit.objects, &kit.lazy, &kit.replay, &kit.libraries}) std::ranges::for_each(*list, stamp);
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : all) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

void say_what_stopped(const Attempt& attempt, SurveyRow& row) {
  if (attempt.finding) {
    row.error = attempt.finding->id == "unshimmed-symbol" ? attempt.finding->summary : attempt.finding->headline();
  } else if (attempt.timed_out) {
    row.error = "it did not come to an end";
  } else if (row.reach < (row.network ? Reach::kSends : Reach::kProbes)) {
    row.error = attempt.log;
  }
}

// The target of this build that is that driver against a model of its device, or null.
const Target* own_target(const Build& build, const KernelModule& module) {
  std::string name = "driver_" + module.name.substr(0, module.name.find("-platform"));
  std::ranges::replace(name, '-', '_');
  for (const Target& target : build.targets) {
    if (target.name == name && target.fuzzer.parent_path() == build.dir / "fuzzers") return &target;
  }
  return nullptr;
}

SurveyRow examine_model(const Build& build, const Target& target, const KernelModule& module, const fs::path& folder) {
  SurveyRow row = survey_row(build.kernel, module);
  row.model = row.compiles = row.links = true;
  const Attempt attempt = try_own(build, target.replayer, folder);
  row.reach = attempt.reach;
  say_what_stopped(attempt, row);
  return row;
}

SurveyRow examine(const Build& build, const DriverKit& kit, const KernelModule& module, const std::string& manifest,
                  const fs::path& folder) {
  SurveyRow row = survey_row(kit.kernel, module);
  Manifest said;
  if (const auto error = parse_manifest(manifest, module.name + ".toml", said)) throw Trouble(error->message);
  DriverSource source = {.name = module.name, .module = module, .in_tree = true};
  source.bus = bus_of(module);
  source.subsystem = subsystem_of(module);
  for (const std::string& define : said.defines) source.module.flags.push_back("-D" + define);
  for (const std::string& dir : said.includes) source.module.flags.push_back("-I" + (kit.kernel / dir).native());
  for (const std::string& file : said.files) source.module.files.push_back(kit.kernel / file);
  const fs::path replayer = folder / ("driver_" + module.name + ".replay");
  Linked linked;
  do {
    const Compiled compiled = compile_driver(kit, source, folder, manifest, {.jobs = 2, .instrumented = false});
    if (!compiled.ok()) {
      row.error = compiled.error.substr(0, compiled.error.find('\n'));
      return row;
    }
    row.compiles = true;
    linked = link_driver(kit, source, compiled, replayer, Face::kReplay);
    if (!linked.ok) {
      row.error = linked.error.substr(0, linked.error.find('\n'));
      return row;
    }
  } while (add_libraries(kit, linked.traps, source));
  row.links = true;
  row.traps = linked.traps;
  Attempt attempt;
  try {
    const Reach enough = row.network ? Reach::kSends : Reach::kProbes;
    attempt = find_device(build, replayer, manifest, folder, source.bus == "pci", enough);
  } catch (const Trouble& trouble) {
    row.error = fmt::format("it does not even boot: {}", trouble.what());
    return row;
  }
  row.reach = attempt.reach;
  row.device = attempt.device;
  row.searched = attempt.searched;
  for (const KernelModule& library : source.libraries) row.libraries.push_back(library.name);
  // Who cannot be unloaded keeps what it has.
  constexpr std::string_view kLeft[] = {"driver-leak", "memory-leak", "mapping-leak"};
  if (attempt.finding && !has_exit(module) && std::ranges::count(kLeft, attempt.finding->id)) {
    attempt.finding.reset();
    attempt.log = "it cannot be unloaded";
  }
  say_what_stopped(attempt, row);
  return row;
}

std::vector<KernelModule> modules_of(const Build& build, const DriverKit& kit, const Options& options) {
  std::vector<std::string> folders = options.folders;
  if (folders.empty()) folders.assign(std::begin(kFolders), std::end(kFolders));
  const Kbuild kbuild(kit.kernel, kernel_options(kit));
  std::vector<KernelModule> out;
  for (const std::string& folder : folders) {
    if (!fs::is_directory(kit.kernel / folder))
      throw Trouble(fmt::format("{}: no such folder in {}", folder, friendly(kit.kernel)));
    auto modules = kbuild.modules(kit.kernel / folder, true);
    std::ranges::move(modules, std::back_inserter(out));
  }
  // Of the folder above only those that have a model of their device.
  if (options.folders.empty()) {
    for (KernelModule& module : kbuild.modules(kit.kernel / "drivers/net", false)) {
      if (own_target(build, module)) out.push_back(std::move(module));
    }
  }
  std::erase_if(out, [](const KernelModule& m) { return m.files.empty(); });
  std::ranges::sort(out, {}, [](const KernelModule& m) { return std::pair(m.dir, m.name); });
  return out;
}

// Places are told as the tree and the repository have them, wherever those are on this machine.
void take_out_places(const Build& build, SurveyRow& row) {
  std::vector<std::string> places;
  for (const fs::path& top : {build.kernel, build.dir, build.source}) {
    places.push_back(top.native() + "/");
    // As a compiler says it that was run in the build folder.
    places.push_back(top.lexically_relative(build.dir).native() + "/");
  }
  for (const std::string& place : places) {
    if (place.size() < 4) continue;
    for (size_t at; (at = row.error.find(place)) != std::string::npos;) row.error.erase(at, place.size());
  }
}

int survey(const Options& options) {
  const Build build = this_build();
  const DriverKit kit = DriverKit::of(build);
  const fs::path place = build.dir / "survey";
  make_folder(place / "results");
  std::vector<SurveyRow> rows;
  std::vector<KernelModule> chosen;
  for (const KernelModule& module : modules_of(build, kit, options)) {
    if (module.name.find(options.only) == std::string::npos) continue;
    SurveyRow row = survey_row(kit.kernel, module);
    const std::string bus = bus_of(module);
    if (own_target(build, module)) {
      chosen.push_back(module);
      continue;
    }
    if (!bus.empty() && options.max_files && module.files.size() > options.max_files) {
      row.not_tried = fmt::format("{} files: too many for this run", module.files.size());
    } else if (!bus.empty() && !options.bus.empty() && bus != options.bus) {
      row.not_tried = "left out of this run";
    } else if (bus.empty()) {
      const auto buses = buses_of(module);
      row.not_tried = buses.empty() ? "no table of devices" : "bus " + buses.front();
      for (size_t i = 1; i < buses.size(); ++i) row.not_tried += ", " + buses[i];
    } else {
      chosen.push_back(module);
      continue;
    }
    rows.push_back(std::move(row));
  }

  std::mutex mutex;
  std::size_t done = 0;
  side_by_side(options.jobs, chosen.size(), [&](size_t i) {
    const KernelModule& module = chosen[i];
    const fs::path manifest_file = reviewed_manifest(build, module.name);
    const std::string manifest = manifest_file.empty() ? "" : read_file(manifest_file);
    const fs::path kept = place / "results" / (module.name + ".json");
    const Target* own = own_target(build, module);
    std::uint64_t key = fingerprint(kit, module, manifest);
    if (own) {
      KernelModule program = module;
      program.files = {own->replayer};
      key = fingerprint(kit, program, "past what is known");
    }
    SurveyRow row;
    if (!load_row(kept, key, options.stands, row)) {
      if (options.kept) {
        row = survey_row(kit.kernel, module);
        row.not_tried = "left out of this run";
        const std::lock_guard lock(mutex);
        rows.push_back(std::move(row));
        return;
      }
      const fs::path folder = place / module.name;
      try {
        row = own ? examine_model(build, *own, module, folder) : examine(build, kit, module, manifest, folder);
      } catch (const Trouble& trouble) {
        row = survey_row(kit.kernel, module);
        row.error = trouble.what();
      }
      row.manifest = !own && !manifest_file.empty();
      save_row(kept, key, row);
      std::error_code ignored;
      if (!options.programs) fs::remove_all(folder, ignored);  // tens of megabytes each
    }
    const std::lock_guard lock(mutex);
    fmt::print(stderr, "{}/{} {}: {}\n", ++done, chosen.size(), module.name, row.verdict());
    rows.push_back(std::move(row));
  });

  std::ranges::sort(rows, {}, [](const SurveyRow& r) { return std::pair(r.dir, r.name); });
  for (SurveyRow& row : rows) take_out_places(build, row);
  const std::string page = survey_page(rows, build.release);
  if (options.out.empty()) {
    fmt::print("{}", page);
  } else {
    write_file(options.out, page);
  }
  return kClean;
}

}  // namespace

void add_driver_survey(CommandLine& app, Action& action) {
  auto options = std::make_shared<Options>();
  CommandLine sub = app.add_subcommand("survey", "How far each driver of the kernel tree gets with a generic device");
  sub.add_option("FOLDER", options->folders, "Folders of the tree (default: all that dmafuzz has an eye on)");
  sub.add_option("--only", options->only, "Only modules with this in their name");
  sub.add_option("--bus", options->bus, "Only drivers of that bus").one_of({"pci", "platform"});
  sub.add_option("--max-files", options->max_files, "Leave out drivers of more files (0: none)");
  sub.add_flag("--kept", options->kept, "Examine none: only what earlier runs of this build found out");
  sub.add_flag("--programs", options->programs, "Keep the program that was made of each, in the build's survey/NAME");
  sub.add_option(
         "--stands", options->stands,
         "While working on shims: what an earlier build found out of a driver that came to this stage (1 loads, "
         "2 probes, 3 opens, 4 sends) stands. Not for the page: its rows are of one build")
      .range(0u, 5u);
  sub.add_option("--out", options->out, "Write the page there instead of printing it");
  sub.add_option("-j", options->jobs, "Drivers at a time").range(1u, 256u);
  sub.callback([options, &action] { action = [options] { return survey(*options); }; });
}

}  // namespace dmafuzz::cli
