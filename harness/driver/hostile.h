// SPDX-License-Identifier: GPL-2.0-only
//
// What stands between a driver and the model of its device: registers that answer as the program wants, memory that
// changes under the driver's eyes, interrupts out of the blue. Knows nothing of any particular device.
#ifndef DMAFUZZ_DRIVER_HOSTILE_H
#define DMAFUZZ_DRIVER_HOSTILE_H

#include <cstdint>
#include <string>
#include <vector>

#include "dmasan/registry.h"
#include "driver/device_values.h"
#include "driver/model.h"
#include "life/life.h"

namespace dmafuzz {

class Hostile : public Registers {
 public:
  // An access of a register or port is the driver's way to wait: after so many in one input it waits for what never
  // comes, and `stop` is called, which does not come back.
  static constexpr unsigned kAccesses = 200000;
  using Stop = void (*)();

  void open(DeviceModel& model, Surroundings& world, const void* dev, Degree degree, Stop stop);

  // Operations of the program.
  void answer(const LifeOp& op);
  void write(const LifeOp& op);
  void change(const LifeOp& op);
  void storm(const LifeOp& op, unsigned (*strike)());

  // The driver loads n bytes that begin there, or stores them: what is due then happens first.
  void before_access(const void* address, unsigned long n, bool write);
  // Whether before_access() has anything to do.
  bool watches() const { return !changes_.empty() || storm_left_ || device_values().wanted(); }

  // Whether a value that the program put there was read by the driver.
  bool answered() const { return answered_; }

  unsigned accesses() const { return accesses_; }

  uint64_t read(unsigned bar, uint64_t offset, unsigned size) override;
  void write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) override;
  uint32_t config_read(unsigned at, uint32_t value) override;
  void config_arrives() override { model_->config_arrives(); }
  void config_written(unsigned at, uint32_t value) override { model_->config_written(at, value); }

 private:
  struct Answer {
    uint16_t at;  // register; 0xffff: any
    uint32_t after, value, times;
  };
  struct Change {
    uint32_t after;
    LifeOp op;
  };

  void count_access();
  // Whether the device can write one of the n bytes that the CPU sees there.
  bool shared(uint64_t address, uint64_t n);
  void poke(const LifeOp& op);
  // Shows device_values() the bytes that the CPU is about to load, as far as the device may write them.
  void show_load(uint64_t address, uint64_t n);

  DeviceModel* model_ = nullptr;
  Surroundings* world_ = nullptr;
  const void* dev_ = nullptr;
  Degree degree_ = Degree::kFaithful;
  Stop stop_ = nullptr;
  std::vector<Answer> answers_;
  std::vector<Change> changes_;
  // Where the CPU sees coherent memory, as of so many changes of the registry.
  struct Range {
    uint64_t start, end;
  };
  std::vector<Range> coherent_;
  uint64_t coherent_as_of_ = 0;
  unsigned (*strike_)() = nullptr;
  uint32_t storm_every_ = 0, storm_next_ = 0, storm_left_ = 0;
  unsigned accesses_ = 0;
  bool answered_ = false, striking_ = false;
};

}  // namespace dmafuzz

#endif
