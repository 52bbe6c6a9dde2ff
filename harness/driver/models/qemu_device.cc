// SPDX-License-Identifier: GPL-2.0-only
//
// See qemu_device.h. Of its configuration space the harness's own function shows identity, BARs and the table of
// messages; capabilities besides are not passed on.
#include "driver/models/qemu_device.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "device/device.h"
#include "device/qemu/way.h"
#include "host.h"
#include "memory/memory.h"

namespace dmafuzz {
namespace {

// 100 ms, and what is lost when QEMU is told the time in whole ticks.
constexpr uint64_t kEduTakes = 101'000'000;

// vmxnet3 and virtio are not among them: they map several pieces of memory at once, and what is not memory to QEMU, as
// our watching bus, can be mapped one piece at a time only. An IOMMU could; but a target is the same both ways.
constexpr QemuDevice::Kind kKinds[] = {
    {.driver = "edu_c", .device = "edu", .takes = kEduTakes},
    {.driver = "edu_cxx", .device = "edu", .takes = kEduTakes},
    {.driver = "edu_rust", .device = "edu", .takes = kEduTakes},
    {.driver = "8139cp", .device = "rtl8139,netdev=wire,romfile=", .network = true},
    {.driver = "e1000", .device = "e1000,netdev=wire,romfile=", .network = true},
    {.driver = "nvme",
     .device = "nvme,serial=dmafuzz,drive=disk,max_ioqpairs=4,msix_qsize=5,romfile=",
     .disk = true,
     .reads_ahead = true},
    {.driver = "vmw_pvscsi",
     .device = "pvscsi,id=adapter,romfile=",
     .behind = "scsi-hd,bus=adapter.0,drive=disk",
     .disk = true,
     .trapped = true},
};

// Registers of its configuration space.
constexpr unsigned kCommand = 4, kClass = 8, kBar0 = 0x10, kSubsystem = 0x2c, kList = 0x34;
constexpr uint32_t kDecodes = 3, kMaster = 4, kPinOff = 0x400;
constexpr unsigned kMessageTable = 0x11;

// Where QEMU's BARs lie: below its own devices, one after the other.
constexpr uint64_t kMemoryBars = 0xc0000000, kMemoryStep = 0x1000000, kPortBars = 0xc000, kPortStep = 0x100;
// Messages are writes to memory that is not ours: one word each. The data is never 0, so that it can be told whether it
// is there.
constexpr uint64_t kMessages = 0x1000, kMessageBytes = 4 * PciFunction::kVectors;
static_assert(kMessages + kMessageBytes <= VtdTables::kBegin);
constexpr uint64_t kDiskBytes = 64u << 20;
constexpr uint32_t kWord = 8;     // of a list of pages
constexpr uint64_t kTick = 1000;  // ns: less is not worth a command

// Where the build put the module. Programs lie in a build's folder or right below it.
std::filesystem::path module_folder() {
  std::error_code none;
  const std::filesystem::path here = std::filesystem::read_symlink("/proc/self/exe", none).parent_path();
  const std::filesystem::path own = here / "qemu";
  return std::filesystem::exists(own, none) ? own : here.parent_path() / "qemu";
}

}  // namespace

void QemuDevice::start() {
  Qemu::Machine machine;
  machine.memory = memory().arena().fd();
  machine.device = kind_.device;
  machine.behind = kind_.behind;
  machine.network = kind_.network;
  machine.disk = kind_.disk ? kDiskBytes : 0;
  const QemuChoice choice = choose_qemu(module_folder());
  if (choice.way == QemuWay::kNone) host_panic(fmt::format("qemu: {}", choice.why).c_str());
  machine.modules = choice.modules;
  iommu_.reset();
  if (!qemu_.start(machine)) host_panic(fmt::format("qemu: {}", qemu_.why()).c_str());
  if (!qemu_.watched()) iommu_.emplace(qemu_);
}

void QemuDevice::reset() {
  if (!qemu_.alive()) start();
  lose_power();
  if (kind_.disk) qemu_.clear_disk();
}

// What is under way in the meantime belongs to a machine that is gone, and reaches nothing any more.
void QemuDevice::lose_power() {
  const bool confined = !iommu_ || iommu_->map_exactly({});
  if (!iommu_) qemu_.restrict_to({});
  if (kind_.disk) qemu_.drain();
  uint64_t theirs = offset_ + time_;
  if (kind_.takes) {
    // A reset does not stop it.
    theirs += kind_.takes;
    qemu_.set_time(theirs);
    ends_ = 0;
  }
  qemu_.reset();
  if (iommu_) {
    std::memset(qemu_.low_memory() + kMessages, 0, kMessageBytes);
    if (!confined || !iommu_->switch_on()) world_->broken(fmt::format("no IOMMU: {}", qemu_.why()));
  }
  reach_as_of_ = kNever;
  stirred_ = false;
  time_ = kernel_now();
  offset_ = theirs - time_;
  mastering_ = messages_on_ = false;
  for (unsigned i = 0; i < bars_.size(); ++i) {
    if (bars_[i].base) qemu_.config_write(kBar0 + 4 * i, 4, static_cast<uint32_t>(bars_[i].base));
  }
  qemu_.config_write(kCommand, 2, kDecodes);
}

void QemuDevice::identify(PciIdentity& identity) {
  identity.vendor = static_cast<uint16_t>(qemu_.config_read(0, 2));
  identity.device = static_cast<uint16_t>(qemu_.config_read(2, 2));
  const uint32_t kind = qemu_.config_read(kClass, 4);
  identity.class_code = kind >> 8;
  identity.revision = static_cast<uint8_t>(kind);
  identity.subvendor = static_cast<uint16_t>(qemu_.config_read(kSubsystem, 2));
  identity.subdevice = static_cast<uint16_t>(qemu_.config_read(kSubsystem + 2, 2));
}

void QemuDevice::appear(PciFunction& function) {
  using Kind = PciFunction::BarKind;
  for (unsigned i = 0; i < PciFunction::kBars; ++i) {
    const unsigned at = kBar0 + 4 * i;
    qemu_.config_write(at, 4, ~0u);
    const uint32_t mask = qemu_.config_read(at, 4);
    if (!mask) continue;
    bars_[i].ports = mask & 1;
    bars_[i].base = bars_[i].ports ? kPortBars + kPortStep * i : kMemoryBars + kMemoryStep * i;
    const uint32_t size = ~(mask & (bars_[i].ports ? ~3u : ~15u)) + 1;
    qemu_.config_write(at, 4, static_cast<uint32_t>(bars_[i].base));
    const bool wide = !bars_[i].ports && (mask & 4);
    function.add_bar(i, bars_[i].ports ? Kind::kPorts : wide ? Kind::kMemory64 : Kind::kMemory32, size);
    if (wide) ++i;
  }
  for (unsigned at = qemu_.config_read(kList, 1); at; at = qemu_.config_read(at + 1, 1)) {
    if (qemu_.config_read(at, 1) != kMessageTable) continue;
    messages_ = at;
    vectors_ = std::min((qemu_.config_read(at + 2, 2) & 0x7ff) + 1, PciFunction::kVectors);
    const uint32_t table = qemu_.config_read(at + 4, 4);
    table_bar_ = table & 7;
    table_ = table & ~7u;
    function.add_messages(vectors_, table_bar_, table_, qemu_.config_read(at + 8, 4) & ~7u);
  }
}

void QemuDevice::aim_messages(bool on) {
  if (!messages_) return;
  for (unsigned n = 0; on && n < vectors_; ++n) {
    const uint64_t entry = bars_[table_bar_].base + table_ + 16 * n;
    const uint32_t words[] = {static_cast<uint32_t>(kMessages + 4 * n), 0, n + 1, 0};
    for (unsigned i = 0; i < 4; ++i) qemu_.write(entry + 4 * i, 4, words[i]);
  }
  qemu_.config_write(messages_ + 2, 2, on ? 0x8000 : 0);
}

void QemuDevice::prepare() {
  const PciFunction& function = pci_function();
  const bool on = function.messages_on();
  if (on != messages_on_) aim_messages(on);
  if (on != messages_on_ || function.bus_master() != mastering_) {
    messages_on_ = on;
    mastering_ = function.bus_master();
    qemu_.config_write(kCommand, 2, kDecodes | (mastering_ ? kMaster : 0) | (on ? kPinOff : 0));
  }
  const uint64_t now = kernel_now();
  if (now - time_ >= kTick) {
    time_ = now;
    qemu_.set_time(offset_ + now);
    stirred_ = true;
  }
  confine();
}

void QemuDevice::confine() {
  const bool confined = iommu_ || world_->confined();
  const uint64_t as_of = confined ? world_->reach_changes() : kNever - 1;
  if (as_of == reach_as_of_) return;
  reach_as_of_ = as_of;
  if (!confined) return qemu_.restrict_nothing();
  ranges_.clear();
  ranges_.push_back({.address = kMessages, .bytes = kMessageBytes, .read = 0, .write = 1});
  for (const DmaRange& r : world_->reach()) ranges_.push_back({r.address, r.bytes, r.read, r.write});
  if (!(iommu_ ? iommu_->map_exactly(ranges_) : qemu_.restrict_to(ranges_))) {
    world_->broken(fmt::format("QEMU cannot be told of {} mappings", ranges_.size()));
  }
  if (!iommu_) return;
  // What it writes is not seen: any of it may be written.
  for (const watch_range& r : ranges_) {
    if (r.write && bank_of(r.address)) memory().mark_dirty(phys_to_virt(r.address), r.bytes);
  }
}

void QemuDevice::tell() {
  if (!qemu_.alive()) world_->broken(qemu_.why());
  if (iommu_) return tell_of_pages();
  // Being told may end this life.
  std::vector<watch_access> accesses(qemu_.accesses().begin(), qemu_.accesses().end());
  qemu_.forget_accesses();
  did_ |= !accesses.empty();
  for (const watch_access& a : accesses) {
    if (a.write && a.address - kMessages < kMessageBytes) {
      for (uint64_t at = a.address; at < a.address + a.bytes; at += 4) {
        world_->message(static_cast<unsigned>(at - kMessages) / 4);
      }
      continue;
    }
    const bool ahead = kind_.reads_ahead && !a.write && (a.address + a.bytes) % kPageSize == 0;
    if (!world_->saw(a.address, ahead ? std::min(a.bytes, kWord) : a.bytes, a.write)) continue;
    if (a.write) written_ += a.bytes;
  }
}

// Several messages of one vector since the last time are one.
void QemuDevice::tell_of_pages() {
  for (unsigned n = 0; messages_on_ && n < vectors_; ++n) {
    uint8_t* const word = qemu_.low_memory() + kMessages + 4 * n;
    uint32_t value = 0;
    std::memcpy(&value, word, sizeof value);
    if (!value) continue;
    std::memset(word, 0, sizeof value);
    did_ = true;
    world_->message(n);
  }
  if (const auto fault = iommu_->take_fault()) {
    did_ = true;
    if (fault->source != Qemu::kSlot << 3) {
      world_->broken(fmt::format("the IOMMU blames device {:#x}, which is not there", fault->source));
    }
    world_->blocked(fault->page, fault->write);
  }
}

uint64_t QemuDevice::read(unsigned bar, uint64_t offset, unsigned size) {
  prepare();
  if (kind_.disk && stirred_) quiet();
  const uint64_t at = bars_[bar].base + offset;
  const uint64_t value = bars_[bar].ports ? qemu_.port_read(static_cast<unsigned>(at), size) : qemu_.read(at, size);
  tell();
  return value;
}

void QemuDevice::write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) {
  prepare();
  stirred_ = true;
  ends_ = kernel_now() + kind_.takes;
  const uint64_t at = bars_[bar].base + offset;
  if (bars_[bar].ports) {
    qemu_.port_write(static_cast<unsigned>(at), size, static_cast<uint32_t>(value));
  } else {
    qemu_.write(at, size, value);
  }
  if (!kind_.trapped) return;
  quiet();
  tell();
}

void QemuDevice::config_arrives() {
  if (!stirred_ || !qemu_.alive()) return;
  prepare();
  quiet();
  tell();
}

// Requests of a disk are another thread's: when they end must not depend on how fast that is.
void QemuDevice::quiet() {
  if (kind_.disk && stirred_) {
    qemu_.drain();
  } else {
    qemu_.settle();
  }
  stirred_ = false;
}

bool QemuDevice::act() {
  prepare();
  quiet();
  did_ = false;
  tell();
  bool did = did_;
  for (; const auto frame = qemu_.take_frame(); did = true) world_->sent(*frame, false);
  return did;
}

// A frame is dropped if it does not lie in memory as a whole: nothing else can be seen from here.
bool QemuDevice::receive(std::span<const uint8_t> frame) {
  prepare();
  qemu_.settle();
  tell();
  const std::vector<uint64_t> before = iommu_ ? found(frame) : std::vector<uint64_t>();
  written_ = 0;
  const bool taken = qemu_.give_frame(frame);
  tell();
  if (!taken || !iommu_) return taken && written_ >= frame.size();
  return std::ranges::any_of(found(frame), [&](uint64_t at) { return std::ranges::find(before, at) == before.end(); });
}

// In what the device may write, once a range. One that lies where the same frame lay before is not told from that.
std::vector<uint64_t> QemuDevice::found(std::span<const uint8_t> frame) const {
  std::vector<uint64_t> at;
  std::vector<uint8_t> bytes;
  for (const watch_range& r : ranges_) {
    if (!r.write || r.bytes < frame.size() || r.address == kMessages) continue;
    bytes.resize(r.bytes);
    bytes.resize(device().look(r.address, bytes.data(), bytes.size()));
    const auto hit = std::ranges::search(bytes, frame);
    if (!hit.empty()) at.push_back(r.address + static_cast<uint64_t>(hit.begin() - bytes.begin()));
  }
  return at;
}

std::unique_ptr<DeviceModel> QemuDevice::copy() const {
  host_panic("qemu: a device of QEMU cannot be copied");
}

void QemuDevice::assign(const DeviceModel&) {
  host_panic("qemu: a device of QEMU cannot be copied");
}

std::unique_ptr<DeviceModel> make_qemu_device(std::string_view driver) {
  for (const QemuDevice::Kind& kind : kKinds) {
    if (kind.driver == driver) return std::make_unique<QemuDevice>(kind);
  }
  return nullptr;
}

}  // namespace dmafuzz
