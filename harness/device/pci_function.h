// SPDX-License-Identifier: GPL-2.0-only
//
// A PCI function as its bus sees it: configuration space with BARs and capabilities, and the routing of what is decoded
// to the registers behind it (PCI Local Bus Specification 3.0, chapter 6).
#ifndef DMAFUZZ_DEVICE_PCI_FUNCTION_H
#define DMAFUZZ_DEVICE_PCI_FUNCTION_H

#include <array>
#include <cstdint>

namespace dmafuzz {

// What is behind the BARs. Values are in the CPU's order; `size` is 1, 2, 4 or 8 bytes, `offset` within the BAR.
class Registers {
 public:
  virtual ~Registers() = default;
  virtual uint64_t read(unsigned bar, uint64_t offset, unsigned size) = 0;
  virtual void write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) = 0;
  // A dword of configuration space beyond the header is about to be read (as is) or was written.
  virtual uint32_t config_read(unsigned, uint32_t value) { return value; }
  virtual void config_written(unsigned, uint32_t) {}
  // A write to its configuration space arrives: what was posted before is there by now.
  virtual void config_arrives() {}
};

struct PciIdentity {
  uint16_t vendor = 0, device = 0;
  uint16_t subvendor = 0, subdevice = 0;
  uint32_t class_code = 0;  // 24 bits
  uint8_t revision = 0;
};

class PciFunction {
 public:
  static constexpr unsigned kBars = 6;
  static constexpr unsigned kConfigSize = 4096;
  enum class BarKind : uint8_t { kNone, kMemory32, kMemory64, kPorts };

  // Without BARs and capabilities, commands off.
  void open(const PciIdentity& identity, Registers& registers);
  // `size` is a power of two, at least 16 (ports: 4 .. 256). A 64-bit BAR takes the next one as well.
  void add_bar(unsigned bar, BarKind kind, uint64_t size);
  // Appends a capability of `size` bytes, id and link included, at the next free dword; `body` is what follows those
  // two. Bits of `writable` may be written by the driver. Returns where it stands.
  unsigned add_capability(uint8_t id, const uint8_t* body, unsigned size, const uint8_t* writable = nullptr);

  // Message signalled interrupts (MSI-X): a table of messages at offset `table` of a memory BAR, bits of those that
  // wait at `pending`. The function answers there itself. Returns where the capability stands.
  static constexpr unsigned kVectors = 32;
  unsigned add_messages(unsigned vectors, unsigned bar, uint32_t table, uint32_t pending);
  // The driver switched them on: the pin is silent.
  bool messages_on() const { return messages_ && config_[messages_ + 3] & 0x80; }
  unsigned vectors() const { return vectors_; }
  // Vector n is to be heard of. While it or the function is masked it waits.
  void signal(unsigned n) {
    if (n < vectors_ && messages_on()) waiting_ |= 1u << n;
  }
  // What is sent next, if anything may be: from then on it waits no more.
  struct Message {
    uint64_t address;
    uint32_t data;
  };
  bool next_message(Message& message);
  // What a dword, or a part of it, reads as from now on: read only.
  void set_config(unsigned where, unsigned size, uint32_t value);

  // Configuration accesses of the CPU. What lies beyond kConfigSize or is not aligned reads as ones.
  uint32_t config_read(unsigned where, unsigned size);
  void config_write(unsigned where, unsigned size, uint32_t value);

  // Whether the address is decoded by this function: memory or ports. The access was then done.
  bool memory_read(uint64_t phys, unsigned size, uint64_t& value);
  bool memory_write(uint64_t phys, unsigned size, uint64_t value);
  bool port_read(unsigned port, unsigned size, uint32_t& value);
  bool port_write(unsigned port, unsigned size, uint32_t value);

  // The command register's bits.
  bool memory_on() const { return config_[kCommand] & 2; }
  bool ports_on() const { return config_[kCommand] & 1; }
  bool bus_master() const { return config_[kCommand] & 4; }
  bool interrupts_off() const { return config_[kCommand + 1] & 4; }

  // Unplugged: everything reads as ones from now on.
  void unplug() { present_ = false; }
  bool present() const { return present_; }

 private:
  static constexpr unsigned kCommand = 4, kStatus = 6, kBar0 = 0x10, kCapabilities = 0x34, kFirstCapability = 0x40;

  struct Bar {
    BarKind kind = BarKind::kNone;
    uint64_t size = 0;
  };

  uint32_t dword(unsigned at) const;
  void set_dword(unsigned at, uint32_t value);
  void set_writable(unsigned at, uint32_t mask);
  uint64_t base(unsigned bar) const;
  // Whether the n bytes of a BAR are the table's or the waiting bits, and so done.
  bool table_access(unsigned bar, uint64_t offset, unsigned n, uint64_t& value, bool write);
  // The BAR that decodes n bytes there, or kBars.
  unsigned decode(uint64_t address, unsigned n, bool ports) const;

  std::array<uint8_t, kConfigSize> config_ = {};
  std::array<uint8_t, kConfigSize> writable_ = {};
  std::array<Bar, kBars> bars_ = {};
  unsigned last_capability_ = 0;
  unsigned next_capability_ = kFirstCapability;
  Registers* registers_ = nullptr;
  bool present_ = false;

  // Of each vector: address, its upper half, data, control (bit 0: masked).
  std::array<uint32_t, 4 * kVectors> table_ = {};
  unsigned messages_ = 0, vectors_ = 0, table_bar_ = kBars;
  uint32_t table_at_ = 0, pending_at_ = 0;
  uint32_t waiting_ = 0;  // by vector
};

// The one function on the bus of this process (00:01.0); host_mmio_*, host_port_* and host_pci_config_* of the seam's
// second page come to it.
PciFunction& pci_function();
inline constexpr unsigned kPciDevfn = 1 << 3;

}  // namespace dmafuzz

#endif
