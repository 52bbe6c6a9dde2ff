// SPDX-License-Identifier: GPL-2.0-only
//
// See generic.h. Capabilities by the PCI Local Bus Specification 3.0, chapter 6, and PCI Express 3.0, chapter 7.8.
#include "driver/generic.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "dmasan/dmasan.h"
#include "host_bus.h"

// Defined by the program that a manifest was linked into.
extern "C" const char dmaf_manifest[] __attribute__((weak));

namespace dmafuzz {
namespace {

constexpr unsigned kVectors = 16, kEntry = 16;
// What one on the platform bus has at most (shims/drivers/platform.c).
constexpr unsigned kPlatformInterrupts = 8;
constexpr uint16_t kMsiOn = 1;
constexpr uint16_t kMsixOn = 0x8000;

uint64_t mix(uint64_t x) {
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

GenericDevice* g_last_made = nullptr;

uint64_t ones(unsigned size) {
  return size >= 8 ? ~uint64_t{0} : (uint64_t{1} << 8 * size) - 1;
}

}  // namespace

GenericDevice* GenericDevice::last_made() {
  return g_last_made;
}

void GenericDevice::reset() {
  bytes_.clear();
  waited_.clear();
  reads_.clear();
  writes_ = 0;
  msi_control_ = msi_data_ = msix_control_ = 0;
  next_vector_ = 0;
}

void GenericDevice::identify(PciIdentity& identity) {
  const auto take = [](auto& to, const std::optional<uint32_t>& from) {
    if (from) to = static_cast<std::remove_reference_t<decltype(to)>>(*from);
  };
  struct kernel_pci_id id = {};
  if (manifest_.entry && kernel_pci_id(manifest_.entry, &id)) {
    identity = {};
    identity.vendor = static_cast<uint16_t>(id.vendor);
    identity.device = static_cast<uint16_t>(id.device);
    if (id.subvendor != ~0u) identity.subvendor = static_cast<uint16_t>(id.subvendor);
    if (id.subdevice != ~0u) identity.subdevice = static_cast<uint16_t>(id.subdevice);
    identity.class_code = id.class_mask ? id.class_code : 0x020000;
  }
  // An entry for all devices of a vendor, or for a class.
  if (identity.device == 0xffff) identity.device = 1;
  if (identity.vendor == 0xffff) identity.vendor = 0x1af5;
  take(identity.vendor, manifest_.vendor);
  take(identity.device, manifest_.device);
  take(identity.subvendor, manifest_.subvendor);
  take(identity.subdevice, manifest_.subdevice);
  take(identity.class_code, manifest_.class_code);
  take(identity.revision, manifest_.revision);
}

// All of its one BAR; properties as the manifest has them.
void GenericDevice::describe(PlatformIdentity& identity) {
  on_platform_ = true;
  std::array<Manifest::Bar, 6> bars;
  bar_layout(bar_layouts().front(), bars);
  identity.registers = (manifest_.bars ? *manifest_.bars : bars)[0].size;
  for (const Manifest::Property& p : manifest_.properties) identity.properties.push_back({p.name.c_str(), p.values});
}

void GenericDevice::appear(PciFunction& function) {
  std::array<Manifest::Bar, 6> bars;
  bar_layout(bar_layouts().front(), bars);
  if (manifest_.bars) bars = *manifest_.bars;
  if (on_platform_) return function.add_bar(0, PciFunction::BarKind::kMemory32, bars[0].size);
  for (unsigned i = 0; i < bars.size(); ++i) {
    ports_[i] = bars[i].kind == Manifest::BarKind::kPorts;
    switch (bars[i].kind) {
      case Manifest::BarKind::kNone:
        continue;
      case Manifest::BarKind::kMemory:
        function.add_bar(i, PciFunction::BarKind::kMemory32, bars[i].size);
        break;
      case Manifest::BarKind::kMemory64:
        function.add_bar(i, PciFunction::BarKind::kMemory64, bars[i].size);
        break;
      case Manifest::BarKind::kPorts:
        function.add_bar(i, PciFunction::BarKind::kPorts, bars[i].size);
        break;
    }
    // The table of MSI-X is in the last memory BAR, where a driver's registers are the least likely.
    if (!ports_[i] && bars[i].size >= 2 * kVectors * kEntry) {
      table_bar_ = i;
      table_offset_ = bars[i].size / 2;
    }
  }
  const uint8_t power[6] = {0x03, 0x00};  // version 3, no PME; D0
  const uint8_t power_writable[6] = {0, 0, 0x03, 0x81};
  function.add_capability(0x01, power, 8, power_writable);
  uint8_t express[58] = {0x02};      // an endpoint of version 2
  express[2] = 0x01;                 // payloads of 256 bytes at most
  express[5] = 0x10;                 // resets by itself (FLR)
  express[10] = express[16] = 0x13;  // 8 GT/s, one lane
  express[11] = 0, express[17] = 0x00;
  function.add_capability(0x10, express, 60);
  if (manifest_.msi) {
    const uint8_t msi[12] = {0x80};  // one message, an address of 64 bits
    const uint8_t writable[12] = {0x01, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    msi_at_ = function.add_capability(0x05, msi, 14, writable);
  }
  if (manifest_.msix && table_offset_) add_msix(function);
  for (const Manifest::Config& config : manifest_.config) function.set_config(config.offset, config.size, config.value);
}

void GenericDevice::add_msix(PciFunction& function) {
  uint8_t body[10] = {};
  const uint16_t control = kVectors - 1;
  const uint32_t table = static_cast<uint32_t>(table_offset_) | table_bar_;
  const uint32_t pending = static_cast<uint32_t>(table_offset_ + kVectors * kEntry) | table_bar_;
  std::memcpy(body, &control, 2);
  std::memcpy(body + 2, &table, 4);
  std::memcpy(body + 6, &pending, 4);
  const uint8_t writable[10] = {0, 0xc0};
  msix_at_ = function.add_capability(0x11, body, 12, writable);
}

uint8_t GenericDevice::fresh(Place place) const {
  if (manifest_.fill == Manifest::Fill::kByte) return static_cast<uint8_t>(manifest_.filler);
  return static_cast<uint8_t>(mix(manifest_.filler << 40 ^ uint64_t{place.first} << 36 ^ place.second));
}

uint64_t GenericDevice::stored(Place place, unsigned size) const {
  uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i) {
    const Place byte = {place.first, place.second + i};
    const auto it = bytes_.find(byte);
    value |= uint64_t{it == bytes_.end() ? fresh(byte) : it->second} << 8 * i;
  }
  return value;
}

const Manifest::Register* GenericDevice::quirk(Place place) const {
  for (const Manifest::Register& r : manifest_.registers) {
    if (r.bar && *r.bar != place.first) continue;
    if (place.second >= r.offset && place.second - r.offset < r.size * r.count) return &r;
  }
  return nullptr;
}

uint64_t GenericDevice::read(unsigned bar, uint64_t offset, unsigned size) {
  if (bar == table_bar_ && table_offset_ && offset >= table_offset_) return stored({bar, offset}, size);
  const uint64_t value = answer({bar, offset}, size);
  if (listener_) listener_(bar, offset, size, value);
  return value;
}

uint64_t GenericDevice::answer(Place place, unsigned size) {
  const auto [bar, offset] = place;
  if (const Manifest::Register* r = quirk(place)) {
    // A part of the register may be read as well.
    const size_t nth = reads_[{bar, offset - (offset - r->offset) % r->size}]++;
    const uint64_t value = r->values[std::min(nth, r->values.size() - 1)];
    const unsigned shift = 8 * static_cast<unsigned>((offset - r->offset) % r->size);
    const uint64_t keeps = r->keeps >> shift;
    return ((value >> shift & ~keeps) | (stored(place, size) & keeps)) & ones(size);
  }
  Waited& waited = waited_[place];
  if (waited.writes != writes_) waited = {writes_, 0};
  const uint64_t value = stored(place, size);
  return waited.reads++ / kPatience % 2 ? ~value & ones(size) : value;
}

void GenericDevice::write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) {
  ++writes_;
  for (unsigned i = 0; i < size; ++i) bytes_[{bar, offset + i}] = static_cast<uint8_t>(value >> 8 * i);
}

uint32_t GenericDevice::config_read(unsigned, uint32_t value) {
  return value;
}

void GenericDevice::config_written(unsigned at, uint32_t value) {
  if (msi_at_ && at == msi_at_) msi_control_ = value >> 16;
  if (msi_at_ && at == msi_at_ + 12) msi_data_ = value & 0xffff;
  if (msix_at_ && at == msix_at_) msix_control_ = value >> 16;
}

// Messages take turns, if there are several.
unsigned GenericDevice::line() {
  if (on_platform_) return HOST_IRQ_PCI + next_vector_++ % kPlatformInterrupts;
  if (msi_control_ & kMsiOn) return msi_data_;
  if (!(msix_control_ & kMsixOn)) return HOST_IRQ_PCI;
  for (unsigned tried = 0; tried < kVectors; ++tried) {
    const uint64_t entry = table_offset_ + uint64_t{next_vector_} * kEntry;
    next_vector_ = (next_vector_ + 1) % kVectors;
    const uint64_t number = stored({table_bar_, entry + 8}, 4);
    if (number >= HOST_IRQ_MSI && number < HOST_IRQS && !(stored({table_bar_, entry + 12}, 4) & 1))
      return static_cast<unsigned>(number);
  }
  return HOST_IRQ_PCI;
}

bool GenericDevice::own_field(uint64_t dma, size_t n) {
  for (const Manifest::Ring& ring : manifest_.rings) {
    unsigned nth = 0;
    bool own = false;
    dmasan().registry().each([&](const Mapping& m) {
      if (!is_memory(m.kind) || nth++ != ring.mapping || dma < m.dma || dma - m.dma >= m.size) return;
      const uint64_t at = (dma - m.dma) % ring.stride;
      own |= std::ranges::any_of(
          ring.fields, [&](const Manifest::Field& f) { return at >= f.offset && at + n <= f.offset + f.size; });
    });
    if (own) return true;
  }
  return false;
}

std::unique_ptr<DeviceModel> make_generic_device() {
  Manifest manifest;
  std::string text, name = "the manifest of this program";
  if (const char* path = std::getenv("DMAFUZZ_MANIFEST")) {
    std::ifstream in(name = path, std::ios::binary);
    if (!in) {
      std::fprintf(stderr, "%s: cannot be read\n", path);
      std::exit(2);
    }
    text.assign(std::istreambuf_iterator<char>(in), {});
  } else if (&dmaf_manifest[0]) {
    text = dmaf_manifest;
  }
  if (const auto error = parse_manifest(text, name, manifest)) {
    std::fprintf(stderr, "%s\n", error->message.c_str());
    std::exit(2);
  }
  for (const Manifest::OptOut& without : manifest.without) {
    const std::optional<Check> check = find_check(without.check);
    if (!check) {
      std::fprintf(stderr, "%s: no check of DmaSan's is called '%s'\n", name.c_str(), without.check.c_str());
      std::exit(2);
    }
    dmasan().enable(*check, false);
  }
  auto device = std::make_unique<GenericDevice>(std::move(manifest));
  g_last_made = device.get();
  return device;
}

}  // namespace dmafuzz
