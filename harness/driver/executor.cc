// SPDX-License-Identifier: GPL-2.0-only
//
// See executor.h.
#include "driver/executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <span>

#include "device/device.h"
#include "dmasan/cache_model.h"
#include "dmasan/dmasan.h"
#include "driver/known.h"
#include "driver/raise_kept.h"
#include "driver/stages.h"
#include "engine/access.h"
#include "engine/executor.h"
#include "engine/machine.h"
#include "engine/raise.h"
#include "engine/trace.h"
#include "host_bus.h"
#include "host_dma.h"
#include "life/life_text.h"
#include "memory/memory.h"

namespace dmafuzz {
namespace {

std::span<char> kernel_page_record(uint64_t pfn) {
  unsigned long size = 0;
  auto* record = static_cast<char*>(kernel_page_struct(pfn, &size));
  return {record, size};
}

// Turns of the device, its interrupt and deferred work after an operation. A device whose line stays up would otherwise
// go on for ever; what is left then waits for the next operation.
constexpr unsigned kTurns = 256;
// So many turns, of so many ns, has a device of another process to tell of what it has done.
constexpr unsigned kSlowTurns = 64;
constexpr uint64_t kSlowTurn = 1'000'000;
// Seconds until a request that must end has ended.
constexpr unsigned kPatience = 600;
constexpr size_t kReportedOps = 16;

}  // namespace

LifeExecutor* LifeExecutor::g_running = nullptr;

LifeExecutor::LifeExecutor(const char* target, const std::optional<LifeConfig>& up, bool pass_known,
                           std::unique_ptr<DeviceModel> model)
    : model_(model ? std::move(model) : make_model(kernel_driver.name)) {
  static LifeExecutor* self;
  self = this;
  model_->attach(*this);
  machine().boot([] {
    self->model_->reset();
    self->hostile_.open(*self->model_, *self, nullptr, Degree::kFaithful, [] { host_panic("a bus scan without end"); });
    self->dev_ = kernel_driver.bus == KERNEL_BUS_PLATFORM ? self->appear_on_platform() : self->appear_on_pci();
    if (!self->dev_) host_panic("the bus found no device");
  });
  at_boot_ = pci_function();
  raise_context().target = target;
  raise_context().operations = last_operations;
  raise_context().program = program_text;
  raise_context().operation = operation_text;
  if (pass_known) pass_over_known();
  if (!up) return;
  Life life;
  life.config = *up;
  life_ = &life;
  g_running = this;
  // What is known of a driver may be in the way: each input then comes to it by itself.
  if (sigsetjmp(stopped_, 0)) {
    trace().mute(false);
    set_access_listener(nullptr);
    g_running = nullptr;
    machine().reset();
    return;
  }
  kernel_stack_ends(__builtin_frame_address(0));
  bring_up(*up);
  machine().snapshot(kernel_page_record);
  up_ = std::make_unique<Up>(*up, model_->copy(), pci_function(), device(), disk_, copies_, files_, loaded_, opened_);
  set_access_listener(nullptr);
  g_running = nullptr;
}

void LifeExecutor::open(const LifeConfig& config) {
  loaded_ = opened_ = unplugged_ = false;
  pci_function() = at_boot_;
  model_->vary(config.variant);
  model_->reset();
  dmaf_config device_config = {};
  device_config.path = config.path ? DMAF_PATH_BOUNCE : DMAF_PATH_DIRECT;
  device_config.coherent = !config.noncoherent || model_->outside();
  device_config.mask_bits = device_config.coherent_mask_bits = 64;
  kernel_device_configure(dev_, &device_config);
  device().open(dev_, device_config);
  allow_second_opinion(true);
  disk_.reset();
  copies_.reset();
  files_.reset();
  begin(config);
}

void LifeExecutor::begin(const LifeConfig& config) {
  degree_ = std::max(static_cast<Degree>(config.degree), model_->least());
  raise_context().degree = degree_words()[static_cast<size_t>(degree_)];
  failing_ = keeps_fcs_ = false;
  set_slept(false);
  disk_.set_faithful(faithful());
  copies_.set_faithful(faithful());
  files_.set_faithful(faithful());
  struck_ = 0;
  single_message_ = false;
  on_its_way_.clear();
  to_be_received_.clear();
  cut_header_.clear();
  memory().set_dense(false);
  memory().set_fill(config.fill);
  cache_model().set_active(config.noncoherent && !model_->outside());
  cache_model().set_line_size(64);
  hostile_.open(*model_, *this, dev_, degree_, stop);
  if (hostile_.watches()) set_access_listener(listen);
}

// See Start::kUp.
void LifeExecutor::bring_up(const LifeConfig& config) {
  LifeConfig faithful = config;
  faithful.degree = static_cast<uint8_t>(Degree::kFaithful);
  faithful.fill = 0;
  trace().mute(true);
  open(faithful);
  // Its tables would be a third of what is copied back for each input. Off also where nothing is copied back: it takes
  // memory, and an input does the same both ways.
  kernel_without_debug();
  allow_second_opinion(false);
  const auto take = [this](LifeCode code, uint32_t a) {
    step({.code = static_cast<uint8_t>(code), .flags = 0, .x = 0, .a = a, .b = 0, .c = 0});
  };
  take(LifeCode::kLoad, 0);
  take(LifeCode::kOpen, 0);
  take(LifeCode::kTime, 3000);
  begin(config);
  trace().mute(false);
  trace().reset();
}

void LifeExecutor::resume(const LifeConfig& config) {
  loaded_ = up_->loaded;
  opened_ = up_->opened;
  unplugged_ = false;
  model_->assign(*up_->model);
  pci_function() = up_->function;
  disk_ = up_->disk;
  copies_ = up_->copies;
  files_ = up_->files;
  device() = up_->device;
  begin(config);
}

void LifeExecutor::run(const Life& life) {
  kernel_stack_ends(__builtin_frame_address(0));
  life_ = &life;
  g_running = this;
  if (up_) {
    resume(life.config);
  } else {
    open(life.config);
  }
  if (sigsetjmp(stopped_, 0) == 0) {
    if (!up_ && life.config.start == static_cast<uint8_t>(Start::kUp)) bring_up(life.config);
    for (at_ = 0; at_ < life.ops.size(); ++at_) {
      dmasan().begin_path(static_cast<uint32_t>(at_));
      step(life.ops[at_]);
    }
    dmasan().begin_path();
    finish();
    if (!up_) {
      close();
      check_left();
    }
  } else {
    trace().mute(false);  // it may have been on its way up
    trace().event("stopped", at_, 0, 0);
  }
  set_access_listener(nullptr);
  tell_accesses(hostile_.accesses());
  g_running = nullptr;
  set_last_trace_hash(trace().hash());
  machine().reset();
}

// Longer than any driver waits that gives up: the rest of the input would only be slow. All is put back by the reset.
void LifeExecutor::stop() {
  siglongjmp(g_running->stopped_, 1);
}

void LifeExecutor::pass_over_known() {
  raise_context().known = [](const Finding& finding, const CallStack& calls) {
    return g_running && is_known(kernel_driver.name, finding, calls, g_running->degree_, g_running->failing_);
  };
  raise_context().leave = stop;
  pass_over_what_goes_on(kernel_driver.name);
}

void LifeExecutor::listen(const void* address, size_t n, bool write) {
  g_running->hostile_.before_access(address, n, write);
}

void LifeExecutor::step(const LifeOp& op) {
  const bool bound = loaded_ && !unplugged_ && kernel_device_bound(dev_);
  const bool net = bound && kernel_net_registered();
  const auto note = [&](int result) {
    trace().event(life_info(op.code).name.data(), static_cast<uint64_t>(result), 0, 0);
  };
  if (life_info(op.code).hostile && faithful()) return;
  if (!(op.flags & kPlug)) {
    disk_.unplug();
    copies_.issue();
  }
  switch (static_cast<LifeCode>(op.code)) {
    case LifeCode::kLoad:
      if (loaded_) return;
      loaded_ = true;
      if (const int result = kernel_driver_load(); note(result), result == 0) reached(Stage::kLoads);
      if (!unplugged_) bound_or_not();
      break;
    case LifeCode::kUnload:
      if (!loaded_ || !kernel_driver.exit) return;
      unload();
      break;
    case LifeCode::kUnbind:
      if (op.flags & kTransport && kernel_driver.transport) {
        if (!loaded_ || unplugged_ || !kernel_transport_bound(dev_)) return;
        kernel_transport_unbind(dev_);
      } else {
        if (!bound) return;
        disk_.unsettle();
        copies_.before_unbind();
        kernel_device_unbind(dev_);
      }
      opened_ = false;
      break;
    case LifeCode::kBind:
      if (!loaded_ || bound || unplugged_) return;
      note(kernel_device_bind(dev_));
      bound_or_not();
      break;
    case LifeCode::kUnplug:
      if (unplugged_) return;
      disk_.unsettle();
      copies_.before_unbind();
      pci_function().unplug();
      kernel_device_remove(dev_);
      unplugged_ = true;
      opened_ = false;
      break;
    case LifeCode::kOpen:
      disk_.open();
      copies_.open();
      if (!net || opened_) return;
      opened_ = kernel_net_open() == 0;
      if (opened_) reached(Stage::kOpens);
      note(opened_);
      break;
    case LifeCode::kStop:
      disk_.close();
      copies_.close();
      if (!net || !opened_) return;
      note(kernel_net_stop());
      opened_ = false;
      break;
    case LifeCode::kTransmit:
      if (!net || !opened_) return;
      transmit(op);
      break;
    case LifeCode::kMtu:
      if (net) note(kernel_net_set_mtu(op.a));
      unsettle();
      break;
    case LifeCode::kMac: {
      const uint8_t mac[6] = {static_cast<uint8_t>(op.c << 2 | 2),
                              static_cast<uint8_t>(op.c >> 8),
                              static_cast<uint8_t>(op.c >> 16),
                              static_cast<uint8_t>(op.c >> 24),
                              1,
                              2};
      if (net) note(kernel_net_set_mac(mac));
      break;
    }
    case LifeCode::kRxMode:
      if (net) note(kernel_net_set_rx_mode(op.a, op.x));
      break;
    case LifeCode::kIoctl:
      if (net) note(kernel_net_ioctl(op.x, op.a));
      unsettle();
      break;
    case LifeCode::kEthtool:
      if (net) {
        note(kernel_net_ethtool(op.x, op.a));
        struct kernel_net_stats stats = {};
        keeps_fcs_ = kernel_net_stats(&stats) == 0 && stats.keeps_fcs;
      }
      unsettle();
      break;
    case LifeCode::kTxTimeout:
      if (net && opened_) note(kernel_net_tx_timeout());
      unsettle();
      break;
    case LifeCode::kReadRandom:
      if (bound) read_random(op);
      break;
    case LifeCode::kWire:
      wire(op);
      break;
    case LifeCode::kAct:
      break;
    case LifeCode::kInterrupt:
      for (unsigned i = 0; i < op.x; ++i) note(static_cast<int>(strike()));
      break;
    case LifeCode::kAnswer:
      hostile_.answer(op);
      return;
    case LifeCode::kWrite:
      hostile_.write(op);
      break;
    case LifeCode::kChange:
      hostile_.change(op);
      set_access_listener(listen);
      return;
    case LifeCode::kStorm:
      hostile_.storm(op, strike);
      set_access_listener(hostile_.watches() ? listen : nullptr);
      return;
    case LifeCode::kTime:
      // A driver whose device puts off what it has to do resets it after a while.
      if (!on_its_way_.empty()) unsettle();
      disk_.unsettle();
      kernel_run_deferred(uint64_t{op.a} * 1'000'000);
      break;
    case LifeCode::kFailAlloc:
    case LifeCode::kFailMap:
      if (static_cast<LifeCode>(op.code) == LifeCode::kFailAlloc) {
        memory().set_fail_after(op.x);
      } else {
        kernel_fail_map(op.x);
      }
      if (!op.x) return;
      failing_ = true;
      // It may strike what waits to be sent or done.
      unsettle();
      disk_.unsettle();
      copies_.unsettle();
      return;
    case LifeCode::kDiskRead:
    case LifeCode::kDiskWrite:
    case LifeCode::kDiskFlush:
    case LifeCode::kDiskDiscard:
    case LifeCode::kDiskZero:
      if (!disk_.submit(as_the_device_can(op), demanding() && bound)) return;
      break;
    case LifeCode::kDiskControl:
      if (!bound) return;
      disk_.control(op);
      break;
    case LifeCode::kSleep:
      sleep(op.x);
      break;
    case LifeCode::kCopy:
    case LifeCode::kCopyTerminate:
    case LifeCode::kCopyRelease:
    case LifeCode::kCopyStatus:
      if (!copies_.take(op, demanding() && bound)) return;
      break;
    case LifeCode::kFileWrite:
    case LifeCode::kFileRead:
      if (!files_.take(op, demanding() && bound)) return;
      break;
    case LifeCode::kCount:
      return;
  }
  if (!(op.flags & (kHold | kPlug))) settle();
}

// The watching bus lets QEMU map one piece of memory at a time; what is left of it when whole sectors are taken is lost
// to QEMU then.
LifeOp LifeExecutor::as_the_device_can(LifeOp op) const {
  if (model_->outside()) op.flags &= static_cast<uint8_t>(~kUnaligned);
  return op;
}

void LifeExecutor::bound_or_not() {
  to_be_received_.clear();
  files_.forget();
  if (kernel_device_bound(dev_)) {
    reached(Stage::kProbes);
    files_.cleared();
  }
  if (demanding() && !kernel_device_bound(dev_)) {
    raise_finding("probe-refused", fmt::format("{} did not bind a device that is by the book", kernel_driver.name));
  }
}

void LifeExecutor::settle() {
  for (unsigned turn = 0; turn < kTurns; ++turn) {
    bool busy = !unplugged_ && model_->act();
    busy |= tell();
    busy |= kernel_run_deferred(0) != 0;
    if (busy) continue;
    // A device that has its own time may hold back what it has to tell.
    if (model_->outside() && turn < kSlowTurns && opened_ && traffic_under_way()) {
      kernel_run_deferred(kSlowTurn);
      continue;
    }
    check_traffic();
    break;
  }
  if (opened_) return;
  on_its_way_.clear();
  // Some devices keep what came for the next that opens the interface.
  for (Frame& frame : to_be_received_) frame.sure = false;
}

bool LifeExecutor::may_access(uint64_t dma, size_t n, bool write) const {
  while (n) {
    const auto fits = [&](const Mapping& m) {
      return m.dir == DMAF_BIDIRECTIONAL || m.dir == (write ? DMAF_FROM_DEVICE : DMAF_TO_DEVICE);
    };
    const uint32_t index = dmasan().registry().covering(dev_, dma, fits);
    if (index == Registry::kNone) return false;
    const Mapping& m = dmasan().registry().at(index);
    if (!fits(m)) return false;
    const uint64_t part = std::min<uint64_t>(n, m.dma + m.size - dma);
    dma += part;
    n -= part;
  }
  return true;
}

bool LifeExecutor::in_pool(uint64_t dma) const {
  const uint32_t index = dmasan().registry().covering(dev_, dma, [](const Mapping&) { return true; });
  return index != Registry::kNone && dmasan().registry().at(index).pool != Pools::kNone;
}

void LifeExecutor::check_bus_master() {
  if (pci_function().bus_master()) return;
  raise_finding(
      "dma-without-bus-master",
      fmt::format("{} started its device without pci_set_master(): the device may not do DMA", kernel_driver.name));
}

AccessResult LifeExecutor::move(uint64_t dma, void* to, const void* from, size_t n, bool write) {
  if (!to && !from) return device().witness(dma, n, write);
  return to ? device().read(dma, to, n) : device().write(dma, from, n);
}

bool LifeExecutor::access(uint64_t dma, void* to, const void* from, size_t n) {
  return access(dma, to, from, n, !to);
}

// What a hostile device may not reach, the IOMMU of a careful machine keeps from it.
bool LifeExecutor::access(uint64_t dma, void* to, const void* from, size_t n, bool write) {
  if (!faithful()) {
    // A malicious host has no need of its device for that: the bit is in its own hands.
    const bool may_do_dma = pci_function().bus_master() || degree_ == Degree::kUntrusted;
    if (!may_do_dma || !may_access(dma, n, write)) return false;
    // It keeps whole pages from a device, whatever blocks the kernel has cut them into.
    dmasan().set_deaf(in_pool(dma));
    const bool moved = move(dma, to, from, n, write).ok();
    dmasan().set_deaf(false);
    return moved;
  }
  check_bus_master();
  const AccessResult result = move(dma, to, from, n, write);
  if (result.ok()) return true;
  raise_finding("device-access-fault", fmt::format("the device cannot {} {} bytes at {:#x}: {}",
                                                   write ? "write" : "read", n, dma, access_error_name(result.error)));
}

// What is under way comes to its end.
void LifeExecutor::finish() {
  memory().set_fail_after(0);
  kernel_fail_map(0);
  disk_.unplug();
  copies_.issue();
  if (!demanding()) return;
  if (opened_ || disk_.busy() || copies_.busy()) settle();
  // It may have failed and wait to be tried again, or be missed only when its time is up, and the time of each way to
  // get it back.
  for (unsigned seconds = 0; (disk_.busy() || copies_.busy()) && seconds < kPatience; ++seconds) {
    kernel_run_deferred(1'000'000'000);
    settle();
  }
  disk_.check_lost("though nothing was in their way");
  copies_.check_lost("though nothing was in its way");
}

// Who has a disk open, or a channel, has its module in use. What it had under way need not be done.
void LifeExecutor::unload() {
  disk_.close();
  disk_.unsettle();
  copies_.close();
  if (loaded_ && kernel_driver.exit) kernel_driver_unload();
  loaded_ = opened_ = false;
}

void LifeExecutor::close() {
  unload();
  kernel_run_deferred(10'000'000'000);
  if (faithful()) disk_.check_lost("when the driver was unloaded");
}

void LifeExecutor::check_left() {
  dmasan().check_leaks();
  struct kernel_driver_usage usage = {};
  kernel_driver_usage(&usage);
  const auto check = [](unsigned long count, const char* what) {
    if (count)
      raise_finding("driver-leak", fmt::format("{} {} left when {} was unloaded", count, what, kernel_driver.name));
  };
  check(usage.ioremaps, "register mappings");
  check(usage.irqs, "interrupt handlers");
  check(usage.regions, "I/O regions");
  check(usage.netdevs, "network devices");
  check(usage.timers, "timers or works");
  check(usage.disks, "disks, partitions or open files");
  check(usage.chardevs, "character devices");
  check_nothing_left();
}

std::vector<std::string> LifeExecutor::last_operations() {
  std::vector<std::string> lines;
  if (!g_running) return lines;
  const std::vector<LifeOp>& ops = g_running->life_->ops;
  const size_t end = std::min(g_running->at_ + 1, ops.size());
  for (size_t i = end > kReportedOps ? end - kReportedOps : 0; i < end; ++i) lines.push_back(print_op(ops[i]));
  if (g_running->at_ >= ops.size()) lines.push_back("# closing: unload");
  if (g_running->hostile_.answered()) lines.push_back("# the driver has read answers of the program");
  return lines;
}

std::vector<std::string> LifeExecutor::program_text() {
  std::vector<std::string> lines;
  if (!g_running) return lines;
  const std::string text = print_life(*g_running->life_);
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::string LifeExecutor::operation_text(uint32_t number) {
  if (!g_running || number >= g_running->life_->ops.size()) return {};
  return fmt::format("op {} ({})", number, print_op(g_running->life_->ops[number]));
}

}  // namespace dmafuzz
