// SPDX-License-Identifier: GPL-2.0-only
//
// A device by its manual, good enough for its driver to come up and pass traffic: registers, rings, interrupt. What a
// hostile device does instead is not its business (driver/hostile.h).
#ifndef DMAFUZZ_DRIVER_MODEL_H
#define DMAFUZZ_DRIVER_MODEL_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "device/pci_function.h"
#include "host_bus.h"

namespace dmafuzz {

enum class Degree : uint8_t;  // life/life.h

struct DmaRange {
  uint64_t address, bytes;
  bool read, write;  // what a device may do there
};

// What a model can do to the world: DMA, the wire, its interrupt is asked for.
class Surroundings {
 public:
  virtual ~Surroundings() = default;
  // DMA by the model. False: the bytes did not move, or not all of them; a device aborts what it was at.
  virtual bool read(uint64_t dma, void* to, size_t n) = 0;
  virtual bool write(uint64_t dma, const void* from, size_t n) = 0;
  // A frame that the driver had it send has left, whole. `rewritten`: the device was asked to change it (checksums,
  // segments), so that it need not be what the stack gave.
  virtual void sent(std::span<const uint8_t> frame, bool rewritten) = 0;
  // Vector n of its message table has something to tell. False: the driver has not switched messages on, and the pin is
  // what there is.
  virtual bool message(unsigned) { return false; }
  // The device, which is in another process and reaches memory by itself, has done that. False: nothing more of it need
  // be told.
  virtual bool saw(uint64_t, size_t, bool) { return true; }
  // Where such a device may reach: what is mapped for it. reach_changes() is another number when it may be another.
  virtual std::span<const DmaRange> reach() { return {}; }
  virtual uint64_t reach_changes() { return 0; }
  // Whether it is to be kept to that, as far as it can be: it is not if each of its accesses is seen and judged.
  virtual bool confined() { return false; }
  // An IOMMU has kept it from somewhere in that page.
  virtual void blocked(uint64_t /*page*/, bool /*write*/) {}
  // Its process died or hangs.
  virtual void broken(std::string_view) {}
  // Nanoseconds of virtual time.
  virtual uint64_t now() { return 0; }
  // The driver gave it what no driver may (a ring that leads nowhere, say); of a faithful device that is a finding.
  virtual void misused(std::string_view) {}
};

// What firmware says of a device that no bus finds: the size of its registers (BAR 0 of its model), and its properties.
struct PlatformIdentity {
  struct Property {
    const char* name;
    std::vector<unsigned> values;
  };
  uint64_t registers = 4096;
  std::vector<Property> properties;
};

class DeviceModel : public Registers {
 public:
  void attach(Surroundings& world) { world_ = &world; }
  // Which of its kind it is from the next power-on: bits that are its own business (features that it offers, sizes), 0
  // the usual one. They are part of a life's configuration, as a faithful device has them from the beginning to the
  // end.
  virtual void vary(uint32_t) {}
  // Power-on. Called for each input: nothing may be left of the one before.
  virtual void reset() = 0;
  // The machine slept and it was without power meanwhile: what it keeps on a medium is still there.
  virtual void lose_power() { reset(); }
  // What it says that it is may be made more exact than the driver's id table has it.
  virtual void identify(PciIdentity&) {}
  // The same of one on the platform bus.
  virtual void describe(PlatformIdentity&) {}
  // Shows itself on the bus: BARs and capabilities.
  virtual void appear(PciFunction& function) = 0;
  // Does one thing that its rings ask of it (sends one frame, say). False: there is nothing to do.
  virtual bool act() = 0;
  // When it does something next by itself (ns of virtual time), or kNothing: who waits for it waits no longer than
  // that.
  static constexpr uint64_t kNothing = ~uint64_t{0};
  virtual uint64_t next() const { return kNothing; }
  // A frame arrives from the wire. True: it went, whole, into the driver's memory and was announced to it; false: it
  // was dropped, as there was no room, or receiving is off.
  virtual bool receive(std::span<const uint8_t> frame) = 0;
  // A reader got these bytes from the driver, which has them from the device alone: how many that it gave before were
  // passed over, or kNever if it did not give these.
  static constexpr size_t kNever = ~size_t{0};
  virtual size_t gave(std::span<const uint8_t>) { return 0; }
  // Whether the interrupt line is up.
  virtual bool interrupt() const = 0;
  // Whether the n bytes at a DMA address are a field that a device of its kind writes (status, length of a descriptor):
  // all that a faulty device writes of memory that both sides use. Payload is not asked about.
  virtual bool own_field(uint64_t, size_t) { return false; }
  // One like it, and becoming like it: another one of the same class. What it is attached to goes along.
  virtual std::unique_ptr<DeviceModel> copy() const = 0;
  virtual void assign(const DeviceModel& other) = 0;
  // Which interrupt it raises next.
  virtual unsigned line() { return HOST_IRQ_PCI; }
  // It lives in another process: its DMA is done when it is told of (Surroundings::saw), it snoops always, and no
  // snapshot can hold it.
  virtual bool outside() const { return false; }
  // The least degree that it may be given: more than faithful, if it is not by any manual.
  virtual Degree least() const;

 protected:
  Surroundings* world_ = nullptr;
};

// What models derive from: class E1000 : public ModelOf<E1000>, or with a class between. They hold values only.
template <typename Model, typename Base = DeviceModel>
class ModelOf : public Base {
 public:
  std::unique_ptr<DeviceModel> copy() const override {
    return std::make_unique<Model>(static_cast<const Model&>(*this));
  }
  void assign(const DeviceModel& other) override { static_cast<Model&>(*this) = static_cast<const Model&>(other); }
};

// The model of that name, or a generic device (driver/generic.h). Names are those of drivers.
std::unique_ptr<DeviceModel> make_model(std::string_view driver);

}  // namespace dmafuzz

#endif
