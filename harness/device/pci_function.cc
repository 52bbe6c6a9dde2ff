// SPDX-License-Identifier: GPL-2.0-only
//
// See pci_function.h.
#include "device/pci_function.h"

#include <bit>
#include <cstring>

#include "host_bus.h"

namespace dmafuzz {
namespace {

uint64_t ones(unsigned size) {
  return size >= 8 ? ~uint64_t{0} : (uint64_t{1} << 8 * size) - 1;
}

}  // namespace

uint32_t PciFunction::dword(unsigned at) const {
  uint32_t value;
  std::memcpy(&value, &config_[at], sizeof value);
  return value;
}

void PciFunction::set_dword(unsigned at, uint32_t value) {
  std::memcpy(&config_[at], &value, sizeof value);
}

void PciFunction::set_writable(unsigned at, uint32_t mask) {
  std::memcpy(&writable_[at], &mask, sizeof mask);
}

void PciFunction::open(const PciIdentity& identity, Registers& registers) {
  config_ = {};
  writable_ = {};
  bars_ = {};
  last_capability_ = 0;
  next_capability_ = kFirstCapability;
  registers_ = &registers;
  present_ = true;
  messages_ = vectors_ = 0;
  waiting_ = 0;
  set_dword(0, identity.vendor | uint32_t{identity.device} << 16);
  set_dword(8, identity.revision | identity.class_code << 8);
  set_dword(0x2c, identity.subvendor | uint32_t{identity.subdevice} << 16);
  config_[0x3d] = 1;               // INTA
  set_writable(kCommand, 0x0557);  // ports, memory, master, invalidate, parity, SERR, interrupts off
  set_writable(0x0c, 0x0000ffff);  // cache line size, latency
  config_[0x3c] = HOST_IRQ_PCI;    // as firmware would have left it
  set_writable(0x3c, 0x000000ff);
}

void PciFunction::add_bar(unsigned bar, BarKind kind, uint64_t size) {
  bars_[bar] = {kind, size};
  const unsigned at = kBar0 + 4 * bar;
  const uint64_t mask = ~(size - 1);
  switch (kind) {
    case BarKind::kPorts:
      set_dword(at, 1);
      set_writable(at, static_cast<uint32_t>(mask) & ~3u);
      break;
    case BarKind::kMemory64:
      set_dword(at, 4);
      set_writable(at, static_cast<uint32_t>(mask) & ~15u);
      set_writable(at + 4, static_cast<uint32_t>(mask >> 32));
      break;
    case BarKind::kMemory32:
      set_writable(at, static_cast<uint32_t>(mask) & ~15u);
      break;
    case BarKind::kNone:
      break;
  }
}

unsigned PciFunction::add_capability(uint8_t id, const uint8_t* body, unsigned size, const uint8_t* writable) {
  const unsigned at = next_capability_;
  config_[at] = id;
  std::memcpy(&config_[at + 2], body, size - 2);
  if (writable) std::memcpy(&writable_[at + 2], writable, size - 2);
  config_[last_capability_ ? last_capability_ + 1 : kCapabilities] = static_cast<uint8_t>(at);
  config_[kStatus] |= 0x10;  // there is a list
  last_capability_ = at;
  next_capability_ = (at + size + 3) & ~3u;
  return at;
}

unsigned PciFunction::add_messages(unsigned vectors, unsigned bar, uint32_t table, uint32_t pending) {
  uint8_t body[10] = {static_cast<uint8_t>(vectors - 1)};
  const uint8_t writable[10] = {0, 0xc0};  // on, all masked
  const uint32_t places[] = {table | bar, pending | bar};
  std::memcpy(body + 2, places, sizeof places);
  messages_ = add_capability(0x11, body, 12, writable);
  vectors_ = vectors;
  table_bar_ = bar;
  table_at_ = table;
  pending_at_ = pending;
  table_.fill(0);
  for (unsigned n = 0; n < vectors; ++n) table_[4 * n + 3] = 1;
  return messages_;
}

bool PciFunction::next_message(Message& message) {
  if (!messages_on() || config_[messages_ + 3] & 0x40) return false;
  for (uint32_t left = waiting_; left; left &= left - 1) {
    const auto n = static_cast<unsigned>(std::countr_zero(left));
    const uint32_t* entry = &table_[4 * n];
    if (entry[3] & 1) continue;
    waiting_ &= ~(1u << n);
    message = {entry[0] | uint64_t{entry[1]} << 32, entry[2]};
    return true;
  }
  return false;
}

bool PciFunction::table_access(unsigned bar, uint64_t offset, unsigned n, uint64_t& value, bool write) {
  if (!messages_ || bar != table_bar_) return false;
  const bool table = offset >= table_at_ && offset - table_at_ < 16 * vectors_;
  if (!table && (offset < pending_at_ || offset - pending_at_ >= 8)) return false;
  // Words and pairs of them; what else is done to a table is undefined.
  if (n < 4 || offset % 4) {
    value = write ? value : 0;
    return true;
  }
  if (!write) value = 0;
  for (unsigned done = 0; done < n; done += 4) {
    const uint64_t at = offset + done;
    if (write) {
      if (table) table_[(at - table_at_) / 4 % table_.size()] = static_cast<uint32_t>(value >> 8 * done);
      continue;
    }
    const uint32_t word = table ? table_[(at - table_at_) / 4 % table_.size()] : at == pending_at_ ? waiting_ : 0;
    value |= uint64_t{word} << 8 * done;
  }
  return true;
}

void PciFunction::set_config(unsigned where, unsigned size, uint32_t value) {
  std::memcpy(&config_[where], &value, size);
  std::memset(&writable_[where], 0, size);
}

uint32_t PciFunction::config_read(unsigned where, unsigned size) {
  if (!present_ || where % size || where + size > kConfigSize) return static_cast<uint32_t>(ones(size));
  const unsigned at = where & ~3u;
  uint32_t value = dword(at);
  if (at >= kFirstCapability) value = registers_->config_read(at, value);
  return static_cast<uint32_t>(value >> 8 * (where - at) & ones(size));
}

void PciFunction::config_write(unsigned where, unsigned size, uint32_t value) {
  if (!present_ || where % size || where + size > kConfigSize) return;
  registers_->config_arrives();
  for (unsigned i = 0; i < size; ++i) {
    uint8_t& byte = config_[where + i];
    const uint8_t mask = writable_[where + i];
    byte = static_cast<uint8_t>((byte & ~mask) | (value >> 8 * i & mask));
  }
  const unsigned at = where & ~3u;
  if (at >= kFirstCapability) registers_->config_written(at, dword(at));
}

uint64_t PciFunction::base(unsigned bar) const {
  const unsigned at = kBar0 + 4 * bar;
  switch (bars_[bar].kind) {
    case BarKind::kPorts:
      return dword(at) & ~3u;
    case BarKind::kMemory32:
      return dword(at) & ~15u;
    case BarKind::kMemory64:
      return (dword(at) & ~15u) | uint64_t{dword(at + 4)} << 32;
    case BarKind::kNone:
      break;
  }
  return 0;
}

unsigned PciFunction::decode(uint64_t address, unsigned n, bool ports) const {
  if (!present_ || !(ports ? ports_on() : memory_on())) return kBars;
  for (unsigned bar = 0; bar < kBars; ++bar) {
    const Bar& b = bars_[bar];
    if (b.kind == BarKind::kNone || (b.kind == BarKind::kPorts) != ports) continue;
    const uint64_t start = base(bar);
    if (start && address >= start && address - start + n <= b.size) return bar;
  }
  return kBars;
}

bool PciFunction::memory_read(uint64_t phys, unsigned size, uint64_t& value) {
  const unsigned bar = decode(phys, size, false);
  if (bar == kBars) return false;
  if (table_access(bar, phys - base(bar), size, value, false)) return true;
  value = registers_->read(bar, phys - base(bar), size) & ones(size);
  return true;
}

bool PciFunction::memory_write(uint64_t phys, unsigned size, uint64_t value) {
  const unsigned bar = decode(phys, size, false);
  if (bar == kBars) return false;
  if (table_access(bar, phys - base(bar), size, value, true)) return true;
  registers_->write(bar, phys - base(bar), size, value);
  return true;
}

bool PciFunction::port_read(unsigned port, unsigned size, uint32_t& value) {
  const unsigned bar = decode(port, size, true);
  if (bar == kBars) return false;
  value = static_cast<uint32_t>(registers_->read(bar, port - base(bar), size) & ones(size));
  return true;
}

bool PciFunction::port_write(unsigned port, unsigned size, uint32_t value) {
  const unsigned bar = decode(port, size, true);
  if (bar == kBars) return false;
  registers_->write(bar, port - base(bar), size, value);
  return true;
}

PciFunction& pci_function() {
  static PciFunction the_function;
  return the_function;
}

}  // namespace dmafuzz

using dmafuzz::pci_function;

extern "C" {

unsigned long long host_mmio_read(unsigned long long phys, unsigned size) {
  uint64_t value;
  return pci_function().memory_read(phys, size, value) ? value : dmafuzz::ones(size);
}

void host_mmio_write(unsigned long long phys, unsigned size, unsigned long long value) {
  pci_function().memory_write(phys, size, value);
}

unsigned host_port_read(unsigned port, unsigned size) {
  uint32_t value;
  return pci_function().port_read(port, size, value) ? value : static_cast<unsigned>(dmafuzz::ones(size));
}

void host_port_write(unsigned port, unsigned size, unsigned value) {
  pci_function().port_write(port, size, value);
}

unsigned host_pci_config_read(unsigned devfn, unsigned where, unsigned size) {
  if (devfn != dmafuzz::kPciDevfn) return static_cast<unsigned>(dmafuzz::ones(size));
  return pci_function().config_read(where, size);
}

void host_pci_config_write(unsigned devfn, unsigned where, unsigned size, unsigned value) {
  if (devfn == dmafuzz::kPciDevfn) pci_function().config_write(where, size, value);
}

}  // extern "C"
