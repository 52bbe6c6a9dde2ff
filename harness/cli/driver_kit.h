// SPDX-License-Identifier: GPL-2.0-only
//
// What a driver's program is made with besides the driver: compiler, flags, objects (fuzzers/driver-kit.cmake).
#ifndef DMAFUZZ_CLI_DRIVER_KIT_H
#define DMAFUZZ_CLI_DRIVER_KIT_H

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cli/build.h"

namespace dmafuzz::cli {

struct DriverKit {
  std::filesystem::path source;  // top of the repository
  std::filesystem::path kernel, overlay;
  std::string launcher, compiler, engine;
  std::vector<std::string> flags, instrumentation;
  std::vector<std::string> coverage;  // the part of the instrumentation that a search needs
  std::vector<std::string> link;      // the command, up to what is linked
  std::vector<std::string> platform;  // what drivers of the platform bus are compiled with besides
  std::vector<std::filesystem::path> objects, lazy, fuzz, replay, libraries;
  // By what the driver is of: "net", "block" (SCSI as well) or "engine".
  std::map<std::string, std::vector<std::filesystem::path>> subsystems;

  // Throws Trouble if the build has none, or parts of it are not built.
  static DriverKit of(const Build& build);
};

}  // namespace dmafuzz::cli

#endif
