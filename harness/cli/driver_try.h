// SPDX-License-Identifier: GPL-2.0-only
//
// How far a driver comes with a generic device: tries kinds of devices until one gets it through.
#ifndef DMAFUZZ_CLI_DRIVER_TRY_H
#define DMAFUZZ_CLI_DRIVER_TRY_H

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/build.h"
#include "report/finding.h"

namespace dmafuzz::cli {

// In order. A driver that is not of a network device ends with kProbes.
enum class Reach { kNothing, kLoads, kProbes, kOpens, kSends, kReceives };
// "loads", ...; empty for kNothing.
std::string_view reach_name(Reach reach);

struct Attempt {
  Reach reach = Reach::kNothing;
  unsigned long accesses = 0;  // of registers: of two that get as far, the one that the driver asked more
  std::string device;          // what was tried, as lines of a manifest's [device]
  std::optional<Finding> finding;
  std::string log;  // the last line of the driver's own log after it got there
  bool timed_out = false;
  bool searched = false;  // its registers were found by a search (driver/search.h)
};

// Runs files through a driver's replayer, one process for all, and says how far it got; `manifest`, if not empty,
// stands in for the one that is linked into it.
Attempt try_files(const Build& build, const std::filesystem::path& replayer,
                  const std::vector<std::filesystem::path>& files, const std::filesystem::path& manifest,
                  bool pass_known = false);

// Tries devices, each the manifest with other BARs and fill where it does not say which, until one gets the driver to
// come as far as `enough`; the best of them. Only one on PCI has BARs to be tried. Files are made in `folder`.
// Deterministic.
Attempt find_device(const Build& build, const std::filesystem::path& replayer, const std::string& manifest,
                    const std::filesystem::path& folder, bool pci, Reach enough);

// The same life of a driver whose program has a model of its device; past what is known of it (driver/known.h).
Attempt try_own(const Build& build, const std::filesystem::path& replayer, const std::filesystem::path& folder);

// A manifest with more lines in its [device].
std::string with_device(const std::string& manifest, const std::string& lines);

}  // namespace dmafuzz::cli

#endif
