// SPDX-License-Identifier: GPL-2.0-only
//
// See guest_machine.h.
#include "cli/guest_machine.h"

#include <fmt/format.h>

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <functional>

#include "cli/command.h"
#include "cli/guest_snapshot.h"
#include "cli/process.h"
#include "cli/qmp.h"
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

// The machine: memory on both sides of 4 GiB without having 4 GiB, as in userspace; time counted in instructions, so
// that waiting for edu costs none and the same programs run the same.
std::vector<std::string> machine_words(const GuestFiles& files, const GuestMachine& machine) {
  std::vector<std::string> words = {"-machine",    "q35,accel=tcg,max-ram-below-4g=256M",
                                    "-m",          "512M",
                                    "-icount",     "shift=1,sleep=off",
                                    "-nodefaults", "-no-user-config",
                                    "-display",    "none",
                                    "-no-reboot"};
  const auto add = [&](std::string option, std::string value) {
    words.push_back(std::move(option));
    words.push_back(std::move(value));
  };
  // Before the devices that are behind it.
  if (translated(machine.path))
    add("-device", machine.iommu == GuestIommu::kIntel ? "intel-iommu" : "virtio-iommu-pci");
  // Of several peers the one whose memory is part of a snapshot.
  add("-device", "ivshmem-plain,memdev=box,master=on");
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

std::string machine_name(const GuestMachine& machine) {
  const std::string name(path_words()[machine.path]);
  return translated(machine.path) && machine.iommu == GuestIommu::kVirtio ? name + "-virtio" : name;
}

// A QEMU with this machine in it. Its box is zeroed.
class Guest {
 public:
  Guest(const GuestFiles& files, const GuestMachine& machine, const fs::path& snapshot, bool restore, unsigned limit)
      : deadline_(Clock::now() + std::chrono::seconds(limit)),
        limit_(limit),
        box_(scratch_.path() / "box"),
        log_(scratch_.path() / "log"),
        qmp_(deadline_),
        process_(command(files, machine, restore), {snapshot_variable(snapshot)}) {}

  // Talks to its monitor; Trouble that comes of it tells what QEMU and the guest had said.
  void talk(const std::function<void(Qmp&)>& about) {
    try {
      qmp_.connect();
      about(qmp_);
    } catch (const Trouble& trouble) {
      process_.signal(SIGKILL);
      finish_process(process_, std::chrono::seconds(limit_), sink_);
      throw Trouble(fmt::format("the guest did not come up: {}\n{}{}", trouble.what(), said_, tail(log(), 12)));
    }
  }

  // Until QEMU is gone, and what it had started to write the file, which must be there then.
  void await_file(const fs::path& file) {
    finish_process(process_, deadline_ - Clock::now(), sink_);
    if (!fs::exists(file)) throw Trouble(fmt::format("QEMU wrote no snapshot into {}:\n{}", file.native(), said_));
  }

  void fill(std::span<const uint8_t> box) const {
    std::ofstream out(box_, std::ios::in | std::ios::out | std::ios::binary);
    if (!out.write(reinterpret_cast<const char*>(box.data()), static_cast<std::streamsize>(box.size())).flush()) {
      throw Trouble(fmt::format("cannot write {}", box_.native()));
    }
  }

  struct End {
    GuestAnswer answer;
    std::string log;
  };
  // Until it has powered off or died, or is killed for its time is up.
  End finish() {
    const Outcome outcome = finish_process(process_, deadline_ - Clock::now(), sink_);
    End end{.answer = read_box(read_bytes(box_)), .log = log()};
    if (end.answer.state == DMAF_GUEST_ASLEEP || end.answer.state == DMAF_GUEST_BROKEN) {
      throw Trouble(fmt::format("the guest did not work ({}{}):\n{}{}", outcome.exit.text(),
                                outcome.timed_out ? fmt::format(", after {} s", limit_) : "", said_,
                                tail(end.log, 12)));
    }
    if (outcome.timed_out) end.log += "dmafuzz: the guest was killed: it took too long\n";
    return end;
  }

 private:
  std::vector<std::string> command(const GuestFiles& files, const GuestMachine& machine, bool restore) const {
    std::ofstream(box_).close();
    fs::resize_file(box_, kBoxSize);
    std::vector<std::string> words = {files.qemu};
    const auto add = [&](const std::vector<std::string>& more) { words.insert(words.end(), more.begin(), more.end()); };
    add({"-object", fmt::format("memory-backend-file,id=box,share=on,mem-path={},size={}", box_.native(), kBoxSize)});
    add(machine_words(files, machine));
    add(snapshot_words(restore));
    add({"-serial", "file:" + log_.native()});
    add(qmp_.options());
    return words;
  }

  std::string log() const { return fs::exists(log_) ? read_file(log_) : std::string(); }

  Clock::time_point deadline_;
  unsigned limit_;
  ScratchFolder scratch_;
  fs::path box_, log_;
  std::string said_;
  LineSink sink_ = [this](std::string_view line) { said_.append(line).append("\n"); };
  Qmp qmp_;
  Process process_;
};

// The machine's snapshot, which is taken if it is not there.
fs::path booted(const GuestFiles& files, const GuestMachine& machine, unsigned limit) {
  const std::string name = machine_name(machine);
  const std::array contents = {files.kernel, files.initramfs};
  std::vector<std::string> words = machine_words(files, machine);
  words.push_back(std::to_string(kBoxSize));
  fs::path file = snapshot_file(files.snapshots, name, files.qemu, words, contents);
  if (fs::exists(file)) return file;
  make_folder(files.snapshots);
  // Others may be about the same.
  const fs::path under_way = fmt::format("{}.{}", file.native(), getpid());
  try {
    Guest guest(files, machine, under_way, false, limit);
    guest.talk(take_snapshot);
    guest.await_file(under_way);
  } catch (const Trouble&) {
    fs::remove(under_way.native() + ".part");
    throw;
  }
  fs::rename(under_way, file);
  remove_older_snapshots(file, name);
  return file;
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
  return {.qemu = find_program("qemu-system-x86_64"),
          .kernel = there("bzImage"),
          .initramfs = there("initramfs.cpio"),
          .snapshots = build.dir / "guest" / "snapshots"};
}

GuestOutcomes run_guest(const GuestFiles& files, const GuestMachine& machine, std::span<const GuestProgram> programs,
                        unsigned limit, const fs::path& keep_log) {
  GuestOutcomes out;
  const auto start = Clock::now();
  const fs::path snapshot = booted(files, machine, limit);
  std::vector<uint8_t> box(kBoxSize);
  while (!programs.empty() && out.deaths < kMostDeaths) {
    std::ranges::fill(box, uint8_t{0});
    const size_t given = fill_box(programs, box);
    if (!given) throw Trouble("a program does not fit into the guest's box");
    Guest guest(files, machine, snapshot, true, limit);
    guest.talk([&](Qmp& qmp) {
      await_restored(qmp);
      guest.fill(box);
      qmp.execute("cont");
    });
    const Guest::End done = guest.finish();
    ++out.starts;
    if (!keep_log.empty()) std::ofstream(keep_log, std::ios::app) << done.log;
    for (const GuestRecord& record : done.answer.records) {
      GuestOutcome& of = out.programs[record.record.program];
      of.run = true;
      of.records.push_back(record);
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
