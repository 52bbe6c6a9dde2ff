// SPDX-License-Identifier: GPL-2.0-only
//
// See driver_build.h.
#include "cli/driver_build.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <fstream>
#include <set>

#include "cli/command.h"
#include "cli/process.h"
#include "cli/side_by_side.h"
#include "cli/storage.h"
#include "manifest/manifest.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

// Of one file, or a link: a busy machine must not make another result of it.
constexpr auto kCompileLimit = std::chrono::hours(1);

// Of a generic device on the platform bus: its registers are one BAR of a generic device, cut into so many windows.
constexpr unsigned kPlatformWindows = 8, kPlatformInterrupts = 8;

// As CMake's MAKE_C_IDENTIFIER and Kbuild make it.
std::string identifier(std::string_view name) {
  std::string out;
  for (const char c : name) out += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  if (!out.empty() && std::isdigit(static_cast<unsigned char>(out[0]))) out.insert(0, "_");
  return out;
}

// What shims/drivers.cmake writes for the drivers that it knows, and the manifest.
std::string module_source(const DriverSource& source, std::string_view manifest) {
  const std::string id = identifier(source.module.name);
  std::string bytes;
  for (const char c : manifest) bytes += fmt::format("{},", static_cast<int>(static_cast<unsigned char>(c)));
  // A module that others need may do nothing when it is loaded: weak, and then null.
  std::string declared, load, unload;
  for (const KernelModule& library : source.libraries) {
    const std::string name = identifier(library.name);
    declared += fmt::format(
        "int __weak init_{0}(void);\nvoid __weak cleanup_{0}(void);\n"
        "struct module module_{0} = {{ .name = \"{0}\", .state = MODULE_STATE_LIVE }};\n",
        name);
    load += fmt::format("\tif (!ret && init_{0})\n\t\tret = init_{0}();\n", name);
    unload = fmt::format("\tif (cleanup_{0})\n\t\tcleanup_{0}();\n", name) + unload;
  }
  const bool exits = has_exit(source.module);
  const bool pci = source.bus == "pci";
  std::string device = "extern const char dmaf_driver_ids_pci[];\n";
  if (!pci) {
    Manifest said;
    parse_manifest(manifest, "the manifest", said);
    device = fmt::format(
        "/* See shims/drivers/platform.c. */\nconst unsigned int dmaf_platform_windows = {}, dmaf_platform_interrupts "
        "= {}, "
        "dmaf_platform_entry = {};\n",
        kPlatformWindows, kPlatformInterrupts, said.entry);
  }
  return fmt::format(
      R"(/* Made by dmafuzz driver. */
#include <linux/module.h>
#include "host_bus.h"

int init_{0}(void);
void cleanup_{0}(void);
{4}
static int load(void)
{{
	int ret = 0;

{5}	return ret ? ret : init_{0}();
}}

static void __maybe_unused unload(void)
{{
	{7};
{6}}}

{8}extern const char dmaf_manifest[];

struct module __this_module = {{
	.name = "{0}",
	.state = MODULE_STATE_LIVE,
}};

const struct kernel_driver kernel_driver = {{
	.name = "{1}",
	.bus = {9},
	.init = load,
	.exit = {2},
	.ids = {10},
}};

const char dmaf_manifest[] = {{ {3}0 }};

/* Of all files of the driver this one is linked last: what is before here is the driver's (harness/driver/search.cc). */
void dmaf_driver_end(void)
{{
}}
)",
      id, source.name, exits ? "unload" : "0", bytes, declared, load, unload, exits ? "cleanup_" + id + "()" : "",
      device, pci ? "KERNEL_BUS_PCI" : "KERNEL_BUS_PLATFORM", pci ? "dmaf_driver_ids_pci" : "0");
}

// "file.c:10:3: error: ..." of the first one, and the line that it is about.
std::string first_error(const std::vector<std::string>& lines) {
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].find("error: ") == std::string::npos) continue;
    std::string out = lines[i];
    for (size_t j = i + 1; j < lines.size() && j < i + 3 && lines[j].starts_with(' '); ++j) out += "\n" + lines[j];
    return out;
  }
  return lines.empty() ? "the compiler said nothing" : lines.front();
}

std::string joined(const std::vector<std::string>& argv) {
  std::string out;
  for (const std::string& word : argv) {
    const bool plain = word.find_first_of(" \"'();&|<>*?$`\\") == std::string::npos;
    out += (out.empty() ? "" : " ") + (plain ? word : "'" + word + "'");
  }
  return out;
}

}  // namespace

bool has_exit(const KernelModule& module) {
  for (const fs::path& file : module.files) {
    const std::string text = read_file(file);
    for (const std::string_view word :
         {"module_exit", "module_pci_driver", "module_platform_driver", "module_driver"}) {
      if (text.find(word) != std::string::npos) return true;
    }
  }
  return false;
}

Compiled compile_driver(const DriverKit& kit, const DriverSource& source, const fs::path& folder,
                        std::string_view manifest, const CompileOptions& options) {
  // Writable data is gathered from objects of such a path (shims/kernel.lds).
  const fs::path place = folder / "kobj_driver";
  make_folder(place);
  const fs::path stub = place / "dmafuzz-module.c";
  write_file(stub, module_source(source, manifest));

  std::vector<std::string> common;
  if (!kit.launcher.empty()) common.push_back(find_program(kit.launcher).native());
  if (!common.empty() && common[0].empty()) common.clear();
  common.push_back(kit.compiler);
  common.insert(common.end(), kit.flags.begin(), kit.flags.end());
  for (std::string& option : options_of(kit, source)) common.push_back(std::move(option));
  if (options.instrumented) {
    common.insert(common.end(), kit.instrumentation.begin(), kit.instrumentation.end());
  } else {
    common.insert(common.end(), {"-O1", "-gline-tables-only"});
    common.insert(common.end(), kit.coverage.begin(), kit.coverage.end());
  }
  if (!kit.overlay.empty()) common.push_back(fmt::format("-ffile-prefix-map={}/=", kit.overlay.native()));

  Compiled out;
  std::vector<std::vector<std::string>> commands;
  const auto compile = [&](const KernelModule& module, fs::path file, bool in_tree, bool library) {
    const std::string id = identifier(module.name);
    const std::string base = file.stem().native();
    std::vector<std::string> argv = common;
    if (!in_tree) {
      argv.push_back(fmt::format("-ffile-prefix-map={}={}", module.dir.parent_path().native() + "/", std::string()));
    }
    argv.push_back("-I" + module.dir.native());
    argv.insert(argv.end(), module.flags.begin(), module.flags.end());
    argv.insert(argv.end(),
                {"-Dinit_module=init_" + id, "-Dcleanup_module=cleanup_" + id, "-DKBUILD_MODNAME=\"" + id + "\"",
                 "-DKBUILD_MODFILE=\"" + id + "\"", "-D__KBUILD_MODNAME=kmod_" + id});
    // Its table of devices, if it has one, is not the driver's.
    if (library) {
      argv.push_back("-D__this_module=module_" + id);
      for (const char* bus : {"pci", "of", "platform", "acpi"})
        argv.push_back(fmt::format("-Ddmaf_driver_ids_{0}={0}_ids_of_{1}", bus, id));
    }
    for (const KernelModule& there : source.libraries) {
      if (!there.option.empty()) argv.push_back("-D" + there.option + "=1");
    }
    if (!module.option.empty()) argv.push_back("-D" + module.option + "_MODULE=1");
    argv.push_back("-I" + file.parent_path().native());
    const fs::path inside = file.lexically_relative(kit.kernel);
    if (!kit.overlay.empty() && in_tree && fs::exists(kit.overlay / inside)) file = kit.overlay / inside;
    out.objects.push_back(place / fmt::format("{}-{}.o", commands.size(), base));
    argv.push_back("-DKBUILD_BASENAME=\"" + identifier(base) + "\"");
    argv.insert(argv.end(), {"-c", file, "-o", out.objects.back()});
    commands.push_back(std::move(argv));
  };
  for (const KernelModule& library : source.libraries) {
    for (const fs::path& file : library.files) compile(library, file, true, true);
  }
  for (const fs::path& file : source.module.files) compile(source.module, file, source.in_tree, false);
  compile(source.module, stub, source.in_tree, false);

  // The order in which files fail must not hang on how fast each is: the first in the list is told.
  std::vector<std::vector<std::string>> said(commands.size());
  std::vector<char> failed(commands.size());
  std::atomic<bool> stop = false;
  side_by_side(options.jobs, commands.size(), [&](size_t i) {
    if (stop) return;
    const Outcome outcome =
        run_process(commands[i], {}, kCompileLimit, [&](std::string_view line) { said[i].emplace_back(line); });
    failed[i] = !outcome.exit.ok();
    if (failed[i]) stop = true;
  });
  for (size_t i = 0; i < commands.size(); ++i) {
    for (const std::string& line : said[i]) out.output += line + "\n";
    if (!failed[i] || !out.ok()) continue;
    out.command = joined(commands[i]);
    out.error = first_error(said[i]);
  }
  return out;
}

namespace {

// Of the traps, those that the driver itself calls: the rest is the same for every driver.
std::vector<std::string> called_by(const std::vector<fs::path>& objects, const std::vector<std::string>& traps) {
  const fs::path nm = find_program("llvm-nm-19");
  if (nm.empty()) throw Trouble("llvm-nm-19 is missing: install llvm-19");
  std::vector<std::string> argv = {nm, "--undefined-only", "--format=just-symbols"};
  argv.insert(argv.end(), objects.begin(), objects.end());
  std::set<std::string, std::less<>> wanted;
  run_process(argv, {}, kCompileLimit, [&](std::string_view line) { wanted.emplace(line); });
  std::vector<std::string> out;
  std::ranges::copy_if(traps, std::back_inserter(out), [&](const std::string& t) { return wanted.contains(t); });
  return out;
}

}  // namespace

Linked link_driver(const DriverKit& kit, const DriverSource& source, const Compiled& compiled, const fs::path& out,
                   Face face) {
  std::vector<fs::path> inputs = compiled.objects;
  const auto& own = face == Face::kFuzz ? kit.fuzz : kit.replay;
  inputs.insert(inputs.end(), own.begin(), own.end());
  inputs.insert(inputs.end(), kit.objects.begin(), kit.objects.end());
  const auto& subsystem = kit.subsystems.at(source.subsystem);
  inputs.insert(inputs.end(), subsystem.begin(), subsystem.end());
  std::string list;
  for (const fs::path& input : inputs) list += fmt::format("\"{}\"\n", input.native());
  // Linked where the driver wants something of them.
  list += "-Wl,--start-lib\n";
  for (const fs::path& input : kit.lazy) list += fmt::format("\"{}\"\n", input.native());
  list += "-Wl,--end-lib\n-Wl,--start-group\n";
  for (const fs::path& library : kit.libraries) list += fmt::format("\"{}\"\n", library.native());
  list += "-Wl,--end-group\n-lfmt\n";
  const fs::path response = out.native() + ".rsp";
  write_file(response, list);
  std::vector<std::string> argv = kit.link;
  if (face == Face::kFuzz && !kit.engine.empty()) argv.push_back(kit.engine);
  argv.insert(argv.end(), {"-o", out, "@" + response.native()});
  std::vector<std::string> said;
  std::error_code ignored;
  const fs::path traps = out.native() + ".traps.list";
  fs::remove(traps, ignored);
  const Outcome outcome = run_process(argv, {}, kCompileLimit, [&](std::string_view line) { said.emplace_back(line); });
  Linked linked;
  linked.ok = outcome.exit.ok();
  if (!linked.ok) linked.error = first_error(said);
  std::ifstream in(traps);
  for (std::string kind, symbol; in >> kind >> symbol;) linked.traps.push_back(symbol);
  linked.traps = called_by(compiled.objects, linked.traps);
  return linked;
}

}  // namespace dmafuzz::cli
