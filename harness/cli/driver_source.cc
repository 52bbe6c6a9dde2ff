// SPDX-License-Identifier: GPL-2.0-only
//
// See driver_source.h.
#include "cli/driver_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/command.h"
#include "cli/storage.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

fs::path locate(const DriverKit& kit, const std::string& argument) {
  for (const fs::path& path : {fs::path(argument), kit.kernel / argument}) {
    if (fs::exists(path)) return fs::absolute(path).lexically_normal();
  }
  throw Trouble(fmt::format("{}: no such file or folder, here or in {}", argument, friendly(kit.kernel)));
}

bool is_below(const fs::path& path, const fs::path& folder) {
  const fs::path relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

KernelModule choose(std::vector<KernelModule> modules, const fs::path& dir, const std::string& name) {
  if (modules.empty()) {
    throw Trouble(fmt::format("{}: no Kbuild or Makefile there with a line obj-m or obj-$(CONFIG_...); name the files",
                              friendly(dir)));
  }
  std::vector<std::string> names;
  for (const KernelModule& module : modules) {
    if (module.name == name) return module;
    names.push_back(module.name);
  }
  if (!name.empty() && modules.size() > 1) {
    throw Trouble(fmt::format("{} makes no module '{}', but: {}", friendly(dir), name, fmt::join(names, ", ")));
  }
  if (modules.size() == 1) return modules[0];
  std::erase_if(modules, [](const KernelModule& m) { return bus_of(m).empty(); });
  if (modules.size() == 1) return modules[0];
  names.clear();
  for (const KernelModule& module : modules) names.push_back(module.name);
  if (names.empty())
    throw Trouble(fmt::format("{}: none of its modules is the driver of a PCI or platform device", friendly(dir)));
  throw Trouble(
      fmt::format("{} makes several drivers; say --name with one of: {}", friendly(dir), fmt::join(names, ", ")));
}

}  // namespace

std::vector<std::string> buses_of(const fs::path& file) {
  const std::string text = read_file(file);
  constexpr std::string_view kTable = "MODULE_DEVICE_TABLE";
  std::vector<std::string> out;
  for (size_t at = text.find(kTable); at != std::string::npos; at = text.find(kTable, at + 1)) {
    const size_t open = text.find_first_not_of(" \t\n", at + kTable.size());
    if (open == std::string::npos || text[open] != '(') continue;
    const size_t from = text.find_first_not_of(" \t\n", open + 1);
    const size_t to = text.find_first_of(" \t\n,", from);
    if (to == std::string::npos) break;
    const std::string bus = text.substr(from, to - from);
    if (std::ranges::find(out, bus) == out.end()) out.push_back(bus);
  }
  return out;
}

std::vector<std::string> buses_of(const KernelModule& module) {
  std::vector<std::string> out;
  for (const fs::path& file : module.files) {
    for (const std::string& bus : buses_of(file)) {
      if (std::ranges::find(out, bus) == out.end()) out.push_back(bus);
    }
  }
  return out;
}

namespace {

bool says(const KernelModule& module, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(module.files, [&](const fs::path& file) {
    const std::string text = read_file(file);
    return std::ranges::any_of(words, [&](std::string_view word) { return text.find(word) != std::string::npos; });
  });
}

}  // namespace

std::string bus_of(const KernelModule& module) {
  const auto buses = buses_of(module);
  if (std::ranges::count(buses, "pci")) return "pci";
  return says(module, {"module_platform_driver", "platform_driver_register", "platform_driver_probe"}) ? "platform"
                                                                                                       : "";
}

std::string subsystem_of(const KernelModule& module) {
  if (says(module, {"scsi_host_alloc", "blk_mq_alloc_tag_set", "libata.h", "scsi/scsi_host.h"})) return "block";
  return says(module, {"dma_async_device_register", "dmaenginem_async_device_register", "linux/dmaengine.h"}) &&
                 !says(module, {"register_netdev"})
             ? "engine"
             : "net";
}

bool has_network(const KernelModule& module) {
  return subsystem_of(module) == "net" && says(module, {"register_netdev", "linux/netdevice.h", "linux/etherdevice.h"});
}

std::vector<std::string> options_of(const DriverKit& kit, const DriverSource& source) {
  std::vector<std::string> out;
  if (source.bus == "platform") out = kit.platform;
  // As shims/dma-engine.cmake and shims/scsi.cmake have it.
  if (source.subsystem == "engine") {
    out.insert(out.end(), {"-DCONFIG_DMA_ENGINE=1", "-DCONFIG_DMA_VIRTUAL_CHANNELS=1"});
    if (source.bus == "platform") out.emplace_back("-DCONFIG_DMA_OF=1");
  }
  if (source.subsystem == "block") out.emplace_back("-DCONFIG_SCSI_DMA=1");
  return out;
}

std::set<std::string> kernel_options(const DriverKit& kit) {
  return Kbuild::read_options(read_file(kit.source / "shims/config/generated/autoconf.h"));
}

DriverSource find_driver(const DriverKit& kit, std::span<const std::string> arguments, const std::string& name,
                         const Manifest& manifest, const fs::path& manifest_file) {
  std::vector<fs::path> places;
  for (const std::string& argument : arguments) places.push_back(locate(kit, argument));
  const auto of_manifest = [&](const std::string& path) {
    const fs::path beside = manifest_file.parent_path() / path;
    return fs::exists(beside) ? fs::absolute(beside).lexically_normal() : locate(kit, path);
  };
  if (places.empty() && !manifest.dir.empty()) places.push_back(of_manifest(manifest.dir));
  if (places.empty()) {
    for (const std::string& file : manifest.files) places.push_back(of_manifest(file));
  }
  if (places.empty()) throw Trouble("which driver? Name a folder with a Kbuild, C files, or --manifest with one");

  DriverSource source;
  const std::string wanted = !manifest.module.empty() ? manifest.module : !name.empty() ? name : manifest.name;
  const Kbuild kbuild(kit.kernel, kernel_options(kit));
  if (fs::is_directory(places[0])) {
    if (places.size() > 1) throw Trouble("one folder, or files");
    source.module = choose(kbuild.modules(places[0], false), places[0], wanted);
  } else {
    for (const fs::path& place : places) {
      if (place.extension() != ".c") throw Trouble(fmt::format("{}: a C file is expected", friendly(place)));
    }
    const fs::path dir = places[0].parent_path();
    source.module = {wanted.empty() ? places[0].stem().string() : wanted, "", dir, places, {}, {}};
    // One file may be the name of all of a module.
    for (const KernelModule& module : kbuild.modules(dir, false)) {
      if (places.size() == 1 && std::ranges::count(module.files, places[0])) source.module = module;
    }
  }
  // Files that the manifest names besides: of a library, say, that the driver is linked with.
  for (const std::string& file : manifest.files) {
    const fs::path more = of_manifest(file);
    if (!std::ranges::count(source.module.files, more)) source.module.files.push_back(more);
  }
  source.name = !name.empty() ? name : !manifest.name.empty() ? manifest.name : source.module.name;
  source.in_tree = is_below(source.module.dir, kit.kernel);
  if (!source.module.absent.empty()) {
    throw Trouble(
        fmt::format("{}: its Makefile names {}, which is not there", source.name, friendly(source.module.absent[0])));
  }
  for (const std::string& dir : manifest.includes) source.module.flags.push_back("-I" + of_manifest(dir).native());
  for (const std::string& define : manifest.defines) source.module.flags.push_back("-D" + define);
  source.bus = bus_of(source.module);
  source.subsystem = subsystem_of(source.module);
  if (source.bus.empty()) {
    const auto buses = buses_of(source.module);
    throw Trouble(fmt::format(
        "{} is not the driver of a PCI or platform device: it has {}", source.name,
        buses.empty() ? "no MODULE_DEVICE_TABLE" : fmt::format("a table of devices for {}", fmt::join(buses, ", "))));
  }
  return source;
}

}  // namespace dmafuzz::cli
