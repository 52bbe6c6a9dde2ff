// SPDX-License-Identifier: GPL-2.0-only
//
// Modules that a driver needs, as depmod knows them: which module of the tree exports a symbol.
#ifndef DMAFUZZ_CLI_DRIVER_EXPORTS_H
#define DMAFUZZ_CLI_DRIVER_EXPORTS_H

#include <map>
#include <string>
#include <vector>

#include "cli/driver_kit.h"
#include "cli/driver_source.h"
#include "kbuild/kbuild.h"

namespace dmafuzz::cli {

class Exports {
 public:
  // Reads the sources of the folders that drivers' libraries are in.
  explicit Exports(const DriverKit& kit);
  // The module whose sources export it, or null.
  const KernelModule* owner(const std::string& symbol) const;

 private:
  std::vector<KernelModule> modules_;
  std::map<std::string, size_t> owners_;
};

// The symbols that a source exports, whatever kind of EXPORT_SYMBOL() it uses.
std::vector<std::string> exported_by(std::string_view source);

// Adds the modules that define some of the symbols, each before those that were there. False: there is no further one.
bool add_libraries(const DriverKit& kit, const std::vector<std::string>& symbols, DriverSource& source);

}  // namespace dmafuzz::cli

#endif
