// SPDX-License-Identifier: GPL-2.0-only
//
// See guest_machine.h.
#include "cli/guest_machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "cli/command.h"
#include "cli/process.h"
#include "cli/storage.h"
#include "guest/verdict.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

// A power of two, as ivshmem wants it. Half of it is for what programs come to.
constexpr size_t kBoxSize = 64u << 20;

bool translated(unsigned path) {
  return path == DMAF_PATH_IOMMU || path == DMAF_PATH_IOMMU_LAZY;
}

// panic=-1: a panic ends QEMU.
std::string kernel_line(const GuestMachine& machine) {
  std::string line = "console=ttyS0 panic=-1 kasan_multi_shot";
  if (machine.path == DMAF_PATH_BOUNCE) line += " swiotlb=force";
  if (!translated(machine.path)) return line;
  if (machine.iommu == GuestIommu::kIntel) line += " intel_iommu=on";
  // Invalidations at once, or later and together.
  return line + (machine.path == DMAF_PATH_IOMMU ? " iommu.strict=1" : " iommu.strict=0");
}

// Memory on both sides of 4 GiB without having 4 GiB, as in userspace; time counted in instructions, so that waiting
// for edu costs none and the same programs run the same.
std::vector<std::string> command(const GuestFiles& files, const GuestMachine& machine, const fs::path& box,
                                 const fs::path& log) {
  std::vector<std::string> words = {files.qemu,
                                    "-machine",
                                    "q35,accel=tcg,max-ram-below-4g=256M",
                                    "-m",
                                    "512M",
                                    "-icount",
                                    "shift=1,sleep=off",
                                    "-nodefaults",
                                    "-no-user-config",
                                    "-display",
                                    "none",
                                    "-no-reboot"};
  const auto add = [&](std::string option, std::string value) {
    words.push_back(std::move(option));
    words.push_back(std::move(value));
  };
  // Before the devices that are behind it.
  if (translated(machine.path))
    add("-device", machine.iommu == GuestIommu::kIntel ? "intel-iommu" : "virtio-iommu-pci");
  add("-serial", "file:" + log.native());
  add("-object", fmt::format("memory-backend-file,id=box,share=on,mem-path={},size={}", box.native(), kBoxSize));
  add("-device", "ivshmem-plain,memdev=box");
  // Without this it takes the lower 28 bits of an address for all.
  add("-device", "edu,dma_mask=0xffffffffffffffff");
  add("-kernel", files.kernel);
  add("-initrd", files.initramfs);
  add("-append", kernel_line(machine));
  return words;
}

std::string tail(std::string_view text, unsigned lines) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  size_t at = text.size();
  for (; lines && at != std::string_view::npos; --lines) at = text.rfind('\n', at ? at - 1 : 0);
  return std::string(at == std::string_view::npos ? text : text.substr(at + 1));
}

struct Boot {
  GuestAnswer answer;
  std::string log;
  std::string trouble;  // it did not work at all
};

Boot boot(const GuestFiles& files, const GuestMachine& machine, std::span<const uint8_t> box, unsigned limit) {
  const ScratchFolder scratch;
  const fs::path box_file = scratch.path() / "box", log_file = scratch.path() / "log";
  write_file(box_file, box);
  std::string said;
  const auto sink = [&](std::string_view line) { said.append(line).append("\n"); };
  const Outcome outcome =
      run_process(command(files, machine, box_file, log_file), {}, std::chrono::seconds(limit), sink);
  Boot out;
  if (fs::exists(log_file)) out.log = read_file(log_file);
  out.answer = read_box(read_bytes(box_file));
  if (out.answer.state == DMAF_GUEST_ASLEEP || out.answer.state == DMAF_GUEST_BROKEN) {
    out.trouble = fmt::format("the guest did not work ({}{}):\n{}{}", outcome.exit.text(),
                              outcome.timed_out ? fmt::format(", after {} s", limit) : "", said, tail(out.log, 12));
  }
  if (outcome.timed_out) out.log += "dmafuzz: the guest was killed: it took too long\n";
  return out;
}

}  // namespace

std::string GuestFiles::missing() const {
  if (qemu.empty()) return "no qemu-system-x86_64 in PATH: ci/setup --qemu installs it (package qemu-system-x86)";
  if (kernel.empty() || initramfs.empty()) return "no kernel for the guest in this build: ci/qemu kernel makes one";
  return {};
}

GuestFiles find_guest(const Build& build) {
  const auto there = [&](const char* name) {
    const fs::path path = build.dir / "guest" / name;
    return fs::exists(path) ? path : fs::path();
  };
  return {.qemu = find_program("qemu-system-x86_64"), .kernel = there("bzImage"), .initramfs = there("initramfs.cpio")};
}

GuestOutcomes run_guest(const GuestFiles& files, const GuestMachine& machine, std::span<const GuestProgram> programs,
                        unsigned limit, const fs::path& keep_log) {
  GuestOutcomes out;
  const auto start = Clock::now();
  std::vector<uint8_t> box(kBoxSize);
  while (!programs.empty() && out.deaths < kMostDeaths) {
    std::ranges::fill(box, uint8_t{0});
    const size_t given = fill_box(programs, box);
    if (!given) throw Trouble("a program does not fit into the guest's box");
    Boot done = boot(files, machine, box, limit);
    ++out.boots;
    if (!keep_log.empty()) std::ofstream(keep_log, std::ios::app) << done.log;
    if (!done.trouble.empty()) throw Trouble(done.trouble);
    for (GuestRecord& record : done.answer.records) {
      GuestOutcome& of = out.programs[record.record.program];
      of.run = true;
      of.records.push_back(std::move(record));
    }
    for (auto& [number, lines] : reports_by_program(done.log)) {
      GuestOutcome& of = out.programs[number];
      of.run = true;
      of.reports.insert(of.reports.end(), lines.begin(), lines.end());
    }
    size_t through = 0;
    const auto ended = [&](const GuestProgram& program) {
      const auto of = out.programs.find(program.number);
      return of != out.programs.end() && !of->second.records.empty() &&
             of->second.records.back().record.index == DMAF_GUEST_END;
    };
    while (through < given && ended(programs[through])) ++through;
    if (done.answer.state == DMAF_GUEST_RUNNING) {
      // It died of the one under way.
      ++out.deaths;
      if (through < given) {
        GuestOutcome& of = out.programs[programs[through++].number];
        of.run = of.died = true;
      }
    } else if (!through) {
      throw Trouble("a program may read more than the guest's box has room for");
    }
    programs = programs.subspan(through);
  }
  out.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return out;
}

}  // namespace dmafuzz::cli
