// SPDX-License-Identifier: GPL-2.0-only
//
// Which driver is meant: from a folder with a Kbuild, from files, or from a manifest, its sources and how they are
// compiled.
#ifndef DMAFUZZ_CLI_DRIVER_SOURCE_H
#define DMAFUZZ_CLI_DRIVER_SOURCE_H

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "cli/driver_kit.h"
#include "kbuild/kbuild.h"
#include "manifest/manifest.h"

namespace dmafuzz::cli {

struct DriverSource {
  std::string name;  // the target is driver_NAME
  KernelModule module;
  std::vector<KernelModule> libraries = {};  // loaded before it, in this order, and unloaded after it
  bool in_tree = false;
  std::string bus = "pci", subsystem = "net";
};

// The bus of a driver that can be run without a model of its device, by its sources: "pci" where it has a table of such
// devices, else "platform" where it registers such a driver, else nothing.
std::string bus_of(const KernelModule& module);
// What it is a driver of, by what it registers (DriverKit::subsystems).
std::string subsystem_of(const KernelModule& module);
// Whether its device is one of a network, as far as its sources tell.
bool has_network(const KernelModule& module);
// The words that it is compiled with besides what every driver is.
std::vector<std::string> options_of(const DriverKit& kit, const DriverSource& source);

// The buses that a file has a table of devices for: "pci", "platform", ... (MODULE_DEVICE_TABLE).
std::vector<std::string> buses_of(const std::filesystem::path& file);
std::vector<std::string> buses_of(const KernelModule& module);
// The options that the userspace kernel is configured with.
std::set<std::string> kernel_options(const DriverKit& kit);

// `arguments` are one folder or some C files, of the kernel tree if there are none of that path here; `name` chooses
// one of a folder's modules, or names files. The manifest, read from `manifest_file`, may say it all. Throws Trouble.
DriverSource find_driver(const DriverKit& kit, std::span<const std::string> arguments, const std::string& name,
                         const Manifest& manifest, const std::filesystem::path& manifest_file);

}  // namespace dmafuzz::cli

#endif
