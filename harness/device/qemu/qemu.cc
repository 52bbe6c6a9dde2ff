// SPDX-License-Identifier: GPL-2.0-only
//
// See qemu.h. The protocol: a line for each command, a line for each answer, and lines in between that tell of
// interrupts (QEMU's documentation, docs/devel/qtest).
#include "device/qemu/qemu.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>

#include "device/qemu/vtd_tables.h"
#include "memory/arena.h"

namespace dmafuzz {
namespace {

// Of real time: a device model that is silent for so long hangs.
constexpr timeval kPatience = {.tv_sec = 10, .tv_usec = 0};
// Bytes of commands that go out together, at most.
constexpr size_t kBatch = 4096;
// QEMU takes 1024 at once, and may run timers in between. These and what is asked behind each batch go in at once.
constexpr size_t kStockBatch = 900;
// A clock of QEMU's machine that can be read (the counter of its HPET, which does nothing else): it moves when a device
// sets a timer, and then only.
constexpr uint64_t kHpet = 0xfed00000, kHpetSwitch = kHpet + 0x10, kHpetCounter = kHpet + 0xf0;
// Timers one behind the other that a command may cause: more have no end.
constexpr unsigned kTimers = 1000;
constexpr unsigned kConfigAddress = 0xcf8, kConfigData = 0xcfc;
// The pins of PCI are wired to the interrupt controller's lines from here on.
constexpr unsigned kFirstPciLine = 16, kPciLines = 8;
constexpr size_t kMaxFrame = 65536 + 64;
enum Given { kMemory, kLog, kQtest, kMonitor, kWire, kDisk, kBios };

// What the CPU starts with, at 16 bytes from the end of a BIOS: no interrupts, halt, and again if something wakes it.
constexpr size_t kBiosBytes = 64u << 10, kResetVector = kBiosBytes - 16;
constexpr uint8_t kHalt[] = {0xfa, 0xf4, 0xeb, 0xfd};

bool pair(int type, int& ours, int& theirs) {
  int both[2];
  if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, both)) return false;
  ours = both[0];
  theirs = both[1];
  return true;
}

int make_bios() {
  const int fd = memfd_create("dmafuzz-bios", MFD_CLOEXEC);
  if (fd >= 0 && !ftruncate(fd, kBiosBytes) && pwrite(fd, kHalt, sizeof kHalt, kResetVector) == sizeof kHalt) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

std::string_view letter(unsigned size) {
  return size == 1 ? "b" : size == 2 ? "w" : size == 4 ? "l" : "q";
}

}  // namespace

Qemu::~Qemu() {
  close_all();
}

void Qemu::close_all() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_ = -1;
  for (int* fd : {&qtest_, &monitor_, &wire_, &far_end_, &errors_, &disk_}) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
  }
  if (log_) munmap(log_, sizeof *log_);
  log_ = nullptr;
  if (low_) munmap(low_, VtdTables::kEnd);
  low_ = nullptr;
  attended_at_ = attended_ = 0;
  clock_ = 0;
  maps_anew_ = false;
  waiting_.clear();
  arrived_.clear();
  managed_.clear();
  unanswered_ = 0;
  pins_ = 0;
  time_ = 0;
}

bool Qemu::start(const Machine& machine) {
  close_all();
  why_.clear();
  const bool watched = !machine.modules.empty();
  const int log = memfd_create("dmafuzz-watch", MFD_CLOEXEC), bios = make_bios();
  int qtest = -1, monitor = -1;
  void* mapped = MAP_FAILED;
  disk_ = memfd_create("dmafuzz-disk", MFD_CLOEXEC);
  disk_bytes_ = machine.disk;
  if (log >= 0 && !ftruncate(log, sizeof(watch_log)) && bios >= 0 && disk_ >= 0 &&
      !ftruncate(disk_, static_cast<off_t>(disk_bytes_)) && pair(SOCK_STREAM, qtest_, qtest) &&
      pair(SOCK_STREAM, monitor_, monitor) && pair(SOCK_DGRAM, wire_, far_end_)) {
    mapped = mmap(nullptr, watched ? sizeof(watch_log) : VtdTables::kEnd, PROT_READ | PROT_WRITE, MAP_SHARED,
                  watched ? log : machine.memory, 0);
  }
  bool running = false;
  if (mapped == MAP_FAILED) {
    why_ = "no sockets or memory for QEMU";
  } else {
    if (watched) {
      log_ = static_cast<watch_log*>(mapped);
    } else {
      low_ = static_cast<uint8_t*>(mapped);
    }
    running = run(machine, {machine.memory, log, qtest, monitor, far_end_, disk_, bios});
  }
  for (const int fd : {log, bios, qtest, monitor}) {
    if (fd >= 0) close(fd);
  }
  if (!running) return false;
  for (const int socket : {qtest_, monitor_}) setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  command("irq_intercept_in /machine/q35/ioapic");
  await();
  if (!manage(R"({"execute":"qmp_capabilities"})")) return false;
  if (watched && log_->version != WATCH_LOG_VERSION) died("the device's bus is not watched");
  settle_cpu();
  return alive();
}

bool Qemu::run(const Machine& machine, const int (&fds)[7]) {
  constexpr uint64_t kMemoryBytes = Arena::kFileSize;
  const bool watched = !machine.modules.empty();
  const auto fd = [&](Given which) { return fds[which]; };
  std::vector<std::string> words = {
      "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-m",
      fmt::format("{}", kMemoryBytes >> 20), "-object",
      fmt::format("memory-backend-file,id=arena,share=on,prealloc=off,mem-path=/proc/self/fd/{},size={}", fd(kMemory),
                  kMemoryBytes),
      // The name of the first is the one that QEMU looks for.
      "-chardev", fmt::format("socket,id=qtest,fd={}", fd(kQtest)), "-qtest", "chardev:qtest", "-qtest-log", "none",
      "-chardev", fmt::format("socket,id=monitor,fd={}", fd(kMonitor)), "-mon", "chardev=monitor,mode=control",
      "-machine"};
  const std::string board = fmt::format("q35,memory-backend=arena,max-ram-below-4g={}", Arena::kLowEnd);
  if (watched) {
    words.insert(words.end(), {board + ",accel=qtest", "-device", "dmafuzz-watch"});
  } else {
    // A clock that ticks by itself would leap from tick to tick for ever.
    words.insert(words.end(), {board + ",accel=tcg,pit=off,hpet=on", "-bios",
                               fmt::format("/proc/self/fd/{}", fd(kBios)), "-icount", "shift=0,sleep=off", "-device",
                               fmt::format("intel-iommu,aw-bits={},intremap=off", VtdTables::kBits)});
  }
  if (machine.network) {
    words.insert(words.end(), {"-netdev", fmt::format("socket,id=wire,fd={}", fd(kWire))});
  }
  if (machine.disk) {
    // One thread for the disk: what was asked for first ends first.
    words.insert(words.end(), {"-object", "main-loop,id=main-loop,thread-pool-min=1,thread-pool-max=1", "-drive",
                               fmt::format("if=none,id=disk,format=raw,file.locking=off,discard=unmap,file=/proc/"
                                           "self/fd/{}",
                                           fd(kDisk))});
  }
  words.insert(words.end(), {"-device", fmt::format("{},addr={}", machine.device, kSlot)});
  if (!machine.behind.empty()) words.insert(words.end(), {"-device", machine.behind});
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const std::string modules = "QEMU_MODULE_DIR=" + machine.modules;
  const std::string log = fmt::format(WATCH_LOG_VARIABLE "={}", fd(kLog));

  int errors[2];
  if (pipe2(errors, O_CLOEXEC | O_NONBLOCK)) return false;
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    for (const int given : fds) fcntl(given, F_SETFD, 0);
    dup2(errors[1], 1);
    dup2(errors[1], 2);
    if (watched) {
      putenv(const_cast<char*>(modules.c_str()));
      putenv(const_cast<char*>(log.c_str()));
    }
    execvp(argv[0], argv.data());
    _exit(127);
  }
  close(errors[1]);
  errors_ = errors[0];
  if (pid_ < 0) why_ = "QEMU cannot be started";
  return pid_ > 0;
}

void Qemu::died(std::string_view how) {
  if (!alive()) return;
  kill(pid_, SIGKILL);
  int status = 0;
  waitpid(pid_, &status, 0);
  why_ = how;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127) why_ = "there is no qemu-system-x86_64: run ci/qemu";
  // Of all that it said, the end.
  constexpr size_t kShown = 2000;
  std::string said;
  std::array<char, kShown> bytes;
  for (ssize_t n = 0; (n = ::read(errors_, bytes.data(), bytes.size())) > 0;) {
    said.append(bytes.data(), static_cast<size_t>(n));
    said.erase(0, said.size() - std::min(said.size(), kShown));
  }
  while (said.ends_with('\n')) said.pop_back();
  if (!said.empty()) why_ += fmt::format("; it said: {}", said);
  pid_ = -1;
}

void Qemu::command(std::string_view text) {
  if (!alive()) return;
  waiting_.append(text).push_back('\n');
  ++unanswered_;
  if (waiting_.size() >= (watched() ? kBatch : kStockBatch)) await();
}

bool Qemu::receive(int socket, std::string& into) {
  std::array<char, 8192> bytes;
  ssize_t n = 0;
  do {
    n = recv(socket, bytes.data(), bytes.size(), 0);
  } while (n < 0 && errno == EINTR);
  if (n < 0 && errno == EAGAIN) {
    died("QEMU hangs: no answer for 10 s");
  } else if (n <= 0) {
    died("QEMU died");
  } else {
    into.append(bytes.data(), static_cast<size_t>(n));
  }
  return alive();
}

// "OK [value]", "IRQ raise|lower line", "FAIL|ERR ...". True: it answers a command.
bool Qemu::take_line(std::string_view line) {
  if (line.starts_with("IRQ ")) {
    const bool up = line.starts_with("IRQ raise ");
    line.remove_prefix(line.rfind(' ') + 1);
    unsigned n = 0;
    std::from_chars(line.data(), line.data() + line.size(), n);
    n -= kFirstPciLine;
    if (n < kPciLines) pins_ = up ? pins_ | 1u << n : pins_ & ~(1u << n);
    return false;
  }
  if (!line.starts_with("OK")) {
    died(fmt::format("QEMU did not understand a command: {}", line));
    return true;
  }
  std::shift_right(answers_.begin(), answers_.end(), 1);
  answers_[0] = 0;
  if (line.size() > 3) {
    line.remove_prefix(3);
    const bool hex = line.starts_with("0x");
    if (hex) line.remove_prefix(2);
    std::from_chars(line.data(), line.data() + line.size(), answers_[0], hex ? 16 : 10);
  }
  return true;
}

void Qemu::exchange() {
  const bool asks = alive() && !watched();
  if (asks) {
    waiting_ += fmt::format("readl {:#x}\nreadl {:#x}\n", attended_at_ ? attended_at_ : kHpetCounter, kHpetCounter);
    unanswered_ += 2;
  }
  for (size_t sent = 0; alive() && sent < waiting_.size();) {
    const ssize_t n = send(qtest_, waiting_.data() + sent, waiting_.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) {
      died("QEMU died");
    } else {
      sent += static_cast<size_t>(n);
    }
  }
  waiting_.clear();
  while (alive() && unanswered_) {
    size_t at = 0;
    for (size_t end; (end = arrived_.find('\n', at)) != std::string::npos; at = end + 1) {
      if (take_line(std::string_view(arrived_).substr(at, end - at))) --unanswered_;
    }
    arrived_.erase(0, at);
    if (unanswered_) receive(qtest_, arrived_);
  }
  unanswered_ = 0;
  if (asks && alive()) attended_ = attended_at_ ? static_cast<uint32_t>(answers_[1]) : 0;
}

uint64_t Qemu::await() {
  if (!unanswered_ || !alive()) {
    unanswered_ = 0;
    return ~uint64_t{0};
  }
  exchange();
  const uint64_t answer = answers_[watched() ? 0 : 2];
  if (alive() && watched() && log_->count > WATCH_LOG_ACCESSES) {
    died("a command made the device access memory without end");
  }
  if (alive() && !watched()) run_timers();
  return alive() ? answer : ~uint64_t{0};
}

// A corrected error of the machine's is reported to the CPU, which takes no notice: its thread has had its turn then.
// It runs timers after what it is told, and lets go of QEMU's lock in between: only when it has come round a second
// time they have run. It has something to do as well if the machine's memory is laid out anew, and no timer runs
// before.
void Qemu::run_timers() {
  for (unsigned n = 0; alive() && (maps_anew_ || answers_[0] != clock_); ++n) {
    clock_ = answers_[0];
    maps_anew_ = false;
    if (n == kTimers) return died("a device sets one timer after the other, and each runs at once");
    for (unsigned turn = 0; turn < 2; ++turn) {
      if (!manage(
              R"({"execute":"human-monitor-command","arguments":{"command-line":"mce 0 1 0x8000000000000000 0 0 0"}})")) {
        return;
      }
    }
    exchange();
  }
}

uint64_t Qemu::read(uint64_t address, unsigned size) {
  command(fmt::format("read{} {:#x}", letter(size), address));
  return await();
}

void Qemu::write(uint64_t address, unsigned size, uint64_t value) {
  command(fmt::format("write{} {:#x} {:#x}", letter(size), address, value));
}

void Qemu::write_first(uint64_t address, unsigned size, uint64_t value) {
  if (!alive()) return;
  waiting_.insert(0, fmt::format("write{} {:#x} {:#x}\n", letter(size), address, value));
  ++unanswered_;
}

uint32_t Qemu::port_read(unsigned port, unsigned size) {
  command(fmt::format("in{} {:#x}", letter(size), port));
  return static_cast<uint32_t>(await());
}

void Qemu::port_write(unsigned port, unsigned size, uint32_t value) {
  command(fmt::format("out{} {:#x} {:#x}", letter(size), port, value));
}

uint32_t Qemu::config_read(unsigned where, unsigned size) {
  port_write(kConfigAddress, 4, 1u << 31 | kSlot << 11 | (where & ~3u));
  return port_read(kConfigData + (where & 3), size);
}

void Qemu::config_write(unsigned where, unsigned size, uint32_t value) {
  maps_anew_ = true;
  port_write(kConfigAddress, 4, 1u << 31 | kSlot << 11 | (where & ~3u));
  port_write(kConfigData + (where & 3), size, value);
}

void Qemu::set_time(uint64_t ns) {
  if (ns <= time_ || !watched()) return;
  command(fmt::format("clock_step {}", ns - time_));
  time_ = ns;
}

// The second answer comes after QEMU has been through its main loop once more: what it puts off to there is done.
void Qemu::settle() {
  for (int i = 0; i < 2; ++i) {
    port_read(kConfigAddress, 4);
  }
}

// Answer and event come in any order: both are waited for, in whole lines, so that nothing of them is left for the
// next.
bool Qemu::manage(std::string_view text, std::string_view event) {
  managed_.clear();
  const std::string line = fmt::format("{}\n", text);
  if (send(monitor_, line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size())) died("QEMU died");
  const auto came = [&](std::string_view what) { return managed_.find(what) != std::string::npos; };
  while (alive() && !(came("\"return\"") && came(event) && managed_.ends_with('\n'))) receive(monitor_, managed_);
  return alive();
}

void Qemu::settle_cpu() {
  if (watched()) return;
  do {
    if (!manage(R"({"execute":"human-monitor-command","arguments":{"command-line":"info registers"}})")) return;
  } while (managed_.find("HLT=1") == std::string::npos);
  write(kHpetSwitch, 4, 1);
  exchange();
  maps_anew_ = true;
  run_timers();
}

void Qemu::reset() {
  if (!alive()) return;
  await();
  attended_at_ = attended_ = 0;
  if (!manage(R"({"execute":"system_reset"})", "\"RESET\"")) return;
  settle_cpu();
  settle();
  while (take_frame()) {
  }
  forget_accesses();
}

// The command ends when no request is under way; but one that waits for its memory to be mapped is not, and goes on
// when another lets go of its own. A read then touches no memory until it ends: it takes a second time to see that
// nothing was left. Without the module no request waits, as memory is mapped in as many pieces as there are.
void Qemu::drain() {
  if (!alive()) return;
  await();
  constexpr unsigned kQuiet = 2;
  for (unsigned quiet = 0; alive() && quiet < kQuiet;) {
    const uint64_t tried = log_ ? log_->tried : 0;
    if (!manage(R"({"execute":"human-monitor-command","arguments":{"command-line":"qemu-io disk aio_flush"}})")) {
      return;
    }
    settle();
    quiet = alive() && (!log_ || log_->tried == tried) ? quiet + 1 : 0;
  }
}

void Qemu::clear_disk() {
  fallocate(disk_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(disk_bytes_));
}

bool Qemu::give_frame(std::span<const uint8_t> frame) {
  if (!alive()) return false;
  await();
  if (send(wire_, frame.data(), frame.size(), MSG_NOSIGNAL) < 0) return false;
  settle();
  // Still there: the device does not want it, and would get it later.
  frame_.resize(kMaxFrame);
  return recv(far_end_, frame_.data(), frame_.size(), MSG_DONTWAIT) < 0;
}

std::optional<std::span<const uint8_t>> Qemu::take_frame() {
  frame_.resize(kMaxFrame);
  const ssize_t n = alive() ? recv(wire_, frame_.data(), frame_.size(), MSG_DONTWAIT) : -1;
  if (n < 0) return {};
  return std::span<const uint8_t>(frame_).first(static_cast<size_t>(n));
}

bool Qemu::restrict_to(std::span<const watch_range> ranges) {
  if (!log_) return true;
  log_->ranges = static_cast<uint32_t>(std::min<size_t>(ranges.size(), WATCH_LOG_RANGES));
  std::copy_n(ranges.begin(), log_->ranges, log_->range);
  log_->restricted = 1;
  return ranges.size() <= WATCH_LOG_RANGES;
}

std::span<const watch_access> Qemu::accesses() const {
  if (!log_) return {};
  return std::span<const watch_access>(log_->access).first(std::min<uint32_t>(log_->count, WATCH_LOG_ACCESSES));
}

}  // namespace dmafuzz
