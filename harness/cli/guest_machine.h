// SPDX-License-Identifier: GPL-2.0-only
//
// The guest: a kernel of the tree under test in QEMU, as `ci/qemu kernel` made it, that replays DMA programs
// (shims/guest). This file starts it, from a snapshot and as often as it dies, and collects what it says.
#ifndef DMAFUZZ_CLI_GUEST_MACHINE_H
#define DMAFUZZ_CLI_GUEST_MACHINE_H

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "cli/build.h"
#include "guest/box.h"

namespace dmafuzz::cli {

// What the guest is made of; empty paths: not there.
struct GuestFiles {
  std::filesystem::path qemu, kernel, initramfs;
  std::filesystem::path snapshots;  // the folder of its snapshots, which need not be there
  // What is missing and what to do, as a sentence; empty: nothing.
  std::string missing() const;
};
GuestFiles find_guest(const Build& build);

// What stands before the device on the paths iommu and iommu_lazy.
enum class GuestIommu : uint8_t { kIntel, kVirtio };

// The machine that programs of one path need.
struct GuestMachine {
  unsigned path = 0;  // enum dmaf_path: DIRECT, BOUNCE, IOMMU or IOMMU_LAZY
  GuestIommu iommu = GuestIommu::kIntel;
};

// What is known of one program that it was given.
struct GuestOutcome {
  bool run = false;                  // the guest came to it
  bool died = false;                 // and died of it
  std::vector<GuestRecord> records;  // up to its end, or to where the guest died
  std::vector<std::string> reports;  // of the guest's log
};
struct GuestOutcomes {
  std::map<uint32_t, GuestOutcome> programs;  // by number
  unsigned starts = 0, deaths = 0;
  double seconds = 0;
};

// Replays the programs, in order, all of the machine's path. The guest is killed `limit` seconds after each start.
// `keep_log`: where to add the guest's log; empty: nowhere. A guest that dies is started again for the programs after
// the one that it died of, at most kMostDeaths times. Throws Trouble if it does not work at all.
inline constexpr unsigned kMostDeaths = 60;
GuestOutcomes run_guest(const GuestFiles& files, const GuestMachine& machine, std::span<const GuestProgram> programs,
                        unsigned limit, const std::filesystem::path& keep_log);

}  // namespace dmafuzz::cli

#endif
