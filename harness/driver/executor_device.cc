// SPDX-License-Identifier: GPL-2.0-only
//
// See executor.h: the device's turns and interrupts, and who reads what it makes.
#include <fmt/format.h>

#include <algorithm>

#include "dmasan/dmasan.h"
#include "driver/executor.h"
#include "driver/known.h"
#include "driver/raise_kept.h"
#include "engine/raise.h"
#include "engine/trace.h"
#include "host_bus.h"

namespace dmafuzz {
namespace {

// Of a device that nobody has told to stop.
constexpr unsigned kTurnsAsleep = 64;

}  // namespace

void* LifeExecutor::appear_on_pci() {
  // The first entry of the driver's id table; the model may know better.
  PciIdentity identity;
  struct kernel_pci_id id = {};
  if (kernel_pci_id(0, &id)) {
    identity.vendor = static_cast<uint16_t>(id.vendor);
    identity.device = static_cast<uint16_t>(id.device);
    if (id.subvendor != ~0u) identity.subvendor = static_cast<uint16_t>(id.subvendor);
    if (id.subdevice != ~0u) identity.subdevice = static_cast<uint16_t>(id.subdevice);
    identity.class_code = id.class_mask ? id.class_code : 0x020000;
  }
  model_->identify(identity);
  pci_function().open(identity, hostile_);
  model_->appear(pci_function());
  powered_on_ = pci_function();
  return kernel_pci_scan();
}

void* LifeExecutor::appear_on_platform() {
  PlatformIdentity identity;
  model_->describe(identity);
  // Its registers are decoded as those of a function of PCI, which nobody can switch off, nor its DMA.
  constexpr unsigned kCommand = 4, kBar0 = 0x10, kOn = 6;
  pci_function().open({}, hostile_);
  model_->appear(pci_function());
  pci_function().config_write(kBar0, 4, HOST_MMIO_BASE);
  pci_function().config_write(kCommand, 2, kOn);
  powered_on_ = pci_function();
  std::vector<kernel_platform_property> properties;
  for (const PlatformIdentity::Property& p : identity.properties) {
    properties.push_back({.name = p.name, .values = p.values.data(), .count = p.values.size()});
  }
  const kernel_platform_device device = {.name = kernel_driver.name,
                                         .mmio_size = identity.registers,
                                         .properties = properties.data(),
                                         .count = static_cast<unsigned>(properties.size())};
  return kernel_platform_add(&device);
}

unsigned LifeExecutor::strike() {
  PciFunction& function = pci_function();
  if (!function.messages_on()) return static_cast<unsigned>(kernel_irq_raise(running()->model_->line()));
  // Each vector in its turn.
  function.signal(running()->struck_++ % function.vectors());
  return running()->tell() ? KERNEL_IRQ_HANDLED : KERNEL_IRQ_NONE;
}

bool LifeExecutor::tell() {
  if (unplugged_) return false;
  PciFunction& function = pci_function();
  bool heard = false;
  // A message is a write of the device like any other.
  for (PciFunction::Message m; function.next_message(m);) {
    if (faithful()) check_bus_master();
    if (!function.bus_master()) continue;
    if (m.address == HOST_MSI_ADDRESS) {
      heard |= kernel_irq_raise(m.data) == KERNEL_IRQ_HANDLED;
    } else {
      access(m.address, nullptr, &m.data, sizeof m.data);
    }
  }
  // One message without a table: it is sent once for each time that there was something to tell.
  if (single_message_ && !function.messages_on()) {
    single_message_ = false;
    if (faithful()) check_bus_master();
    if (function.bus_master()) heard |= kernel_irq_raise(model_->line()) == KERNEL_IRQ_HANDLED;
  } else if (model_->line() == HOST_IRQ_PCI && model_->interrupt() && !function.messages_on() &&
             !function.interrupts_off()) {
    heard |= kernel_irq_raise(HOST_IRQ_PCI) == KERNEL_IRQ_HANDLED;
  }
  return heard;
}

bool LifeExecutor::idle() {
  if (unplugged_) return false;
  const bool acted = model_->act();
  return tell() || acted;
}

bool LifeExecutor::message(unsigned n) {
  if (pci_function().messages_on()) {
    pci_function().signal(n);
    return true;
  }
  return single_message_ = model_->line() != HOST_IRQ_PCI;
}

void LifeExecutor::misused(std::string_view why) {
  if (faithful()) raise_finding("device-misused", fmt::format("{} gave its device {}", kernel_driver.name, why));
}

bool LifeExecutor::saw(uint64_t dma, size_t n, bool write) {
  return access(dma, nullptr, nullptr, n, write);
}

std::span<const DmaRange> LifeExecutor::reach() {
  reach_.clear();
  dmasan().registry().each([&](const Mapping& m) {
    if (m.dev != dev_) return;
    reach_.push_back({.address = m.dma,
                      .bytes = m.size,
                      .read = m.dir != DMAF_FROM_DEVICE,
                      .write = m.dir != DMAF_TO_DEVICE && m.kind != MapKind::kResource});
  });
  return reach_;
}

uint64_t LifeExecutor::reach_changes() {
  return dmasan().registry().changes();
}

// A device that the input makes lie is kept from what it may not reach, and nobody is to blame.
void LifeExecutor::blocked(uint64_t page, bool write) {
  if (!faithful()) return;
  dmasan().device_blocked(dev_, page, write);
  raise_finding("device-access-fault",
                fmt::format("the device cannot {} somewhere in the page {:#x}: the IOMMU has it not",
                            write ? "write" : "read", page));
}

void LifeExecutor::broken(std::string_view why) {
  raise_finding("device-model-died", fmt::format("no fault of {}: {}", kernel_driver.name, why));
}

// What the driver had under way it may give up; afterwards all must be as it was.
void LifeExecutor::sleep(unsigned how) {
  set_slept(true);
  const int result = kernel_machine_sleep(static_cast<enum kernel_sleep>(how));
  trace().event("slept", static_cast<uint64_t>(result), how, 0);
  unsettle();
  if (!result || !demanding() || unplugged_) return;
  raise_finding("sleep-refused",
                result < 0 ? fmt::format("{} did not let the machine sleep: error {}", kernel_driver.name, -result)
                           : fmt::format("{} did not wake its device", kernel_driver.name));
}

void LifeExecutor::asleep(bool power_lost) {
  if (unplugged_) return;
  if (power_lost) {
    pci_function() = powered_on_;
    model_->lose_power();
    files_.forget();
    return;
  }
  // Nobody told it to stop if its driver did not: it goes on, as far as the bus lets it.
  for (unsigned turn = 0; turn < kTurnsAsleep && pci_function().bus_master() && model_->act(); ++turn) tell();
}

// As somebody who wants so many bytes and asks until they are there, or until nothing comes.
void LifeExecutor::read_random(const LifeOp& op) {
  for (uint32_t left = std::max(op.a, 1u); left;) {
    const int got = kernel_random_read(!op.x);
    if (got <= 0) {
      trace().event("random", static_cast<uint64_t>(got), 0, 0);
      return;
    }
    left -= std::min(left, static_cast<uint32_t>(got));
  }
}

void LifeExecutor::was_random(std::span<const uint8_t> buffer, size_t given) {
  trace().event("random", given, hash_bytes(buffer.data(), given), 0);
  if (!std::ranges::all_of(buffer.subspan(given), [](uint8_t b) { return b == KERNEL_RANDOM_FILL; })) {
    raise_finding("traffic-differs",
                  fmt::format("{} said that it gave {} bytes and wrote beyond them", kernel_driver.name, given));
  }
  if (!faithful()) return;
  const size_t passed = model_->gave(buffer.first(given));
  if (passed == DeviceModel::kNever) {
    raise_finding("traffic-differs",
                  fmt::format("{} gave {} bytes that do not come from its device", kernel_driver.name, given));
  }
  if (passed) {
    raise_finding("traffic-lost",
                  fmt::format("{} bytes of its device never came out of {}", passed, kernel_driver.name));
  }
}

}  // namespace dmafuzz

void host_cannot_go_on() {
  if (dmafuzz::LifeExecutor::running()) dmafuzz::LifeExecutor::stop();
}

void host_machine_sleeps(int power_lost) {
  if (auto* running = dmafuzz::LifeExecutor::running()) running->asleep(power_lost);
}

int host_idle() {
  auto* running = dmafuzz::LifeExecutor::running();
  return running && running->idle();
}

unsigned long long host_next_event() {
  auto* running = dmafuzz::LifeExecutor::running();
  return running ? running->next_event() : dmafuzz::DeviceModel::kNothing;
}

void host_random_read(const unsigned char* buffer, unsigned size, unsigned given) {
  if (auto* running = dmafuzz::LifeExecutor::running()) running->was_random({buffer, size}, given);
}
