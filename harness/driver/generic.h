// SPDX-License-Identifier: GPL-2.0-only
//
// A device of which nothing is known but what the driver's id table and a manifest say: registers that keep what is
// written, and no DMA but what the program has it do. It cannot be faithful, so nothing is held against it that only a
// faithful device would be owed.
#ifndef DMAFUZZ_DRIVER_GENERIC_H
#define DMAFUZZ_DRIVER_GENERIC_H

#include <map>
#include <unordered_map>
#include <utility>

#include "driver/model.h"
#include "life/life.h"
#include "manifest/manifest.h"

namespace dmafuzz {

class GenericDevice : public ModelOf<GenericDevice> {
 public:
  // A register that is read so often, and nothing is written meanwhile, is being waited for: from then on it reads as
  // its complement for as often, and so on, so that the wait for a bit comes to its end whichever way the bit goes.
  static constexpr unsigned kPatience = 16;

  explicit GenericDevice(Manifest manifest) : manifest_(std::move(manifest)) {}

  void reset() override;
  void identify(PciIdentity& identity) override;
  void describe(PlatformIdentity& identity) override;
  void appear(PciFunction& function) override;
  uint64_t read(unsigned bar, uint64_t offset, unsigned size) override;
  void write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) override;
  uint32_t config_read(unsigned at, uint32_t value) override;
  void config_written(unsigned at, uint32_t value) override;
  bool act() override { return false; }
  bool receive(std::span<const uint8_t>) override { return false; }
  bool interrupt() const override { return false; }
  unsigned line() override;
  bool own_field(uint64_t dma, size_t n) override;
  Degree least() const override { return Degree::kFaulty; }

  const Manifest& manifest() const { return manifest_; }
  // Those that do not simply keep what is written; what is changed holds from the next reset() on.
  std::vector<Manifest::Register>& registers() { return manifest_.registers; }
  // Is told of each read of a register.
  using Listener = void (*)(unsigned bar, uint64_t offset, unsigned size, uint64_t value);
  void listen(Listener listener) { listener_ = listener; }
  // What make_generic_device() made last, or null.
  static GenericDevice* last_made();

 private:
  using Place = std::pair<unsigned, uint64_t>;  // BAR, offset
  struct Waited {
    uint64_t writes = 0;  // of the device, by then
    unsigned reads = 0;
  };

  uint64_t answer(Place place, unsigned size);
  uint64_t stored(Place place, unsigned size) const;
  uint8_t fresh(Place place) const;
  const Manifest::Register* quirk(Place place) const;
  void add_msix(PciFunction& function);

  Manifest manifest_;
  std::map<Place, uint8_t> bytes_;
  std::map<Place, Waited> waited_;
  std::map<Place, size_t> reads_;  // of registers with a quirk
  uint64_t writes_ = 0;
  unsigned msi_at_ = 0, msix_at_ = 0, table_bar_ = 0;
  uint64_t table_offset_ = 0;
  bool ports_[6] = {}, on_platform_ = false;
  uint32_t msi_control_ = 0, msi_data_ = 0, msix_control_ = 0;
  unsigned next_vector_ = 0;
  Listener listener_ = nullptr;
};

// With the manifest that belongs to this program: what `dmafuzz driver add` linked in, or the file that
// DMAFUZZ_MANIFEST names. Ends the process if it cannot be read.
std::unique_ptr<DeviceModel> make_generic_device();

}  // namespace dmafuzz

#endif
