// SPDX-License-Identifier: GPL-2.0-only
//
// Seeds for campaigns, and `dmafuzz seeds`, which writes them for engines of another's (ci/oss-fuzz).
#include "cli/seeds.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/command.h"
#include "cli/inputs.h"
#include "cli/storage.h"
#include "cli/terminal.h"
#include "life/life_mutate.h"
#include "life/up_option.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

struct Options {
  std::string target, folder;
};

void keep_seed(const fs::path& place, const std::vector<std::uint8_t>& bytes) {
  if (!fs::exists(place) || read_bytes(place) != bytes) write_file(place, bytes);
}

int seeds(const Options& options) {
  const Build build = this_build();
  const fs::path folder = options.folder;
  make_folder(folder);
  const auto found = std::ranges::find(build.targets, options.target, &Target::name);
  // Its binaries need not be there; that there is no such target is target()'s to say.
  write_seeds(build, found != build.targets.end() ? *found : build.target(options.target), folder, Seeds::kReviewed);
  fmt::print("{}: {} in {}\n", options.target, plural(count_files(folder), "seed"), friendly(folder));
  return kClean;
}

}  // namespace

std::vector<std::uint32_t> write_seeds(const Build& build, const Target& target, const fs::path& folder, Seeds which) {
  std::vector<std::uint32_t> variants;
  for (std::string_view kind : {"seeds", "regressions"}) {
    for (const fs::path& file : reviewed_files(target, kind)) {
      const fs::path place = folder / fmt::format("{}-{}", kind, file.stem().native());
      const Input input = load_input(target, file);
      // What is known to end in a finding would only end each process at once; what is kin to a raw program may do
      // anything, so its findings say nothing.
      if (input.expect.kind == Expectation::Kind::kFinding || !input.lawful) continue;
      if (!applies_to(input.expect, build.release)) continue;
      if (which != Seeds::kNone) keep_seed(place, input.bytes);
      if (target.kind != InputKind::kLife) continue;
      Life life;
      decode_life(input.bytes, life);
      const std::uint32_t variant = life.config.variant;
      if (std::ranges::find(variants, variant) == variants.end()) variants.push_back(variant);
      if (which != Seeds::kStartedUp) continue;
      for (const std::string_view start : kStarts) {
        auto up = parse_up(start);
        if (!up) continue;
        up->variant = variant;
        keep_seed(fmt::format("{}-up-{}", place.native(), start), encode_life(started_as(life, *up)));
      }
    }
  }
  return variants;
}

void add_seeds(CommandLine& app, Action& action) {
  auto options = std::make_shared<Options>();
  CommandLine sub = app.add_subcommand("seeds", "Write the reviewed seeds and regressions that a fuzzer begins with");
  sub.add_option("TARGET", options->target, "Whose").required();
  sub.add_option("FOLDER", options->folder, "Where to; a file each, in binary form").required();
  sub.callback([options, &action] { action = [options] { return seeds(*options); }; });
}

}  // namespace dmafuzz::cli
