// SPDX-License-Identifier: GPL-2.0-only
//
// A driver's manifest (NAME.toml): what cannot be found out by looking at its sources, and what its device has to look
// like for it to come up. docs/adding-a-driver.md has an example; everything may be left out.
#ifndef DMAFUZZ_MANIFEST_MANIFEST_H
#define DMAFUZZ_MANIFEST_MANIFEST_H

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dmafuzz {

struct Manifest {
  enum class BarKind : uint8_t { kNone, kMemory, kMemory64, kPorts };
  struct Bar {
    BarKind kind = BarKind::kNone;
    uint64_t size = 0;  // a power of two
  };
  // What a register reads as that nobody wrote.
  enum class Fill : uint8_t { kByte, kNoise };
  // A register that reads well for the driver, whatever is written to it.
  struct Register {
    std::optional<unsigned> bar;  // none: whichever
    uint64_t offset = 0;
    unsigned size = 4;
    uint64_t count = 1;            // so many registers from there on, `size` apart
    std::vector<uint64_t> values;  // of the first read, the second, ...; the last one stays
    uint64_t keeps = 0;            // bits that read as they were written
  };
  struct Config {
    unsigned offset = 0, size = 4;
    uint32_t value = 0;
  };
  // What firmware says of a device on the platform bus: numbers of 32 bits.
  struct Property {
    std::string name;
    std::vector<unsigned> values;
  };
  // A ring: memory that both sides use, in which only some fields are the device's.
  struct Field {
    uint64_t offset = 0, size = 0;
  };
  struct Ring {
    unsigned mapping = 0;  // the n-th of the driver's live mappings of shared memory, from 0
    uint64_t stride = 0;   // of one descriptor
    std::vector<Field> fields;
  };
  struct OptOut {
    std::string check;  // an id of docs/checks.md
    std::string reason;
  };

  std::string name;
  std::string bus = "pci";
  // Of the kernel tree, or relative to the manifest. Either a folder whose Makefile or Kbuild says it all (and which of
  // the modules there), or files.
  std::string dir, module;
  std::vector<std::string> files, includes, defines;

  unsigned entry = 0;  // of the driver's id table
  std::optional<uint32_t> vendor, device, subvendor, subdevice, class_code, revision;
  std::optional<std::array<Bar, 6>> bars;
  bool msi = true, msix = true;
  Fill fill = Fill::kByte;
  uint64_t filler = 0;  // the byte, or what the noise is made from
  std::vector<Register> registers;
  std::vector<Config> config;
  std::vector<Property> properties;
  std::vector<Ring> rings;
  std::vector<OptOut> without;
};

struct ManifestError {
  std::string message;  // with file and line, in one line
};

// The layouts of BARs by name: "memory" (BAR 0 to 5), "memory64" (0, 2, 4), "ports" (ports at 0, memory at 1 ..),
// "ports-after" (memory at 0, ports at 1), "ports-last" (memory at 0 and 1, ports at 2). False: there is none of that
// name.
bool bar_layout(std::string_view name, std::array<Manifest::Bar, 6>& out);
// Their names, the one that goes without saying first.
const std::vector<std::string_view>& bar_layouts();

// `file` is what messages call it.
std::optional<ManifestError> parse_manifest(std::string_view text, const std::string& file, Manifest& out);

}  // namespace dmafuzz

#endif
