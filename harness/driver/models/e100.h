// SPDX-License-Identifier: GPL-2.0-only
//
// Intel 82559, for driver e100.
#ifndef DMAFUZZ_DRIVER_MODELS_E100_H
#define DMAFUZZ_DRIVER_MODELS_E100_H

#include <array>
#include <deque>
#include <vector>

#include "driver/model.h"
#include "driver/models/microwire.h"

namespace dmafuzz {

class E100 : public ModelOf<E100> {
 public:
  void reset() override;
  void identify(PciIdentity& identity) override {
    identity.device = 0x1229;  // of the many that the driver knows
    identity.revision = 8;
  }
  void appear(PciFunction& function) override;
  uint64_t read(unsigned bar, uint64_t offset, unsigned size) override;
  void write(unsigned bar, uint64_t offset, unsigned size, uint64_t value) override;
  bool act() override;
  bool receive(std::span<const uint8_t> frame) override;
  bool interrupt() const override;
  bool own_field(uint64_t dma, size_t n) override;

 private:
  static constexpr unsigned kConfigBytes = 22;
  enum class Command : uint8_t { kIdle, kSuspended, kActive };
  enum class Receive : uint8_t { kIdle = 0, kSuspended = 1, kNoResources = 2, kReady = 4 };
  // A command block's head.
  struct Block {
    uint16_t status, command;
    uint32_t link;
  };

  void selective_reset();
  void software_reset();
  void port(uint32_t value);
  void byte_written(unsigned at, uint8_t value);
  void command(unsigned value);
  void receive_command(unsigned value);
  void management(uint32_t value);
  uint8_t byte_read(unsigned at) const;
  bool execute();
  void execute_at_once();
  bool do_block(uint32_t at, const Block& block);
  bool configure(uint32_t at);
  bool send(uint32_t at, uint16_t command);
  void dump_counters(bool clear);
  bool loops_back() const { return config_[10] & 0xc0; }
  bool is_for_us(std::span<const uint8_t> frame) const;
  bool store(std::span<const uint8_t> frame);
  void remember(std::deque<uint32_t>& seen, uint32_t at);

  std::array<uint8_t, 64> regs_ = {};
  Microwire eeprom_;
  std::array<uint16_t, 32> phy_ = {};
  std::array<uint8_t, kConfigBytes> config_ = {};
  std::array<uint8_t, 6> address_ = {};
  std::vector<uint8_t> groups_;  // multicast addresses, one after the other
  uint8_t causes_ = 0;
  Command cu_ = Command::kIdle;
  Receive ru_ = Receive::kIdle;
  uint32_t cu_base_ = 0, ru_base_ = 0;
  uint32_t cu_at_ = 0, ru_at_ = 0;  // next blocks
  uint32_t counters_at_ = 0;
  uint32_t sent_ = 0, received_ = 0, no_resources_ = 0;
  // What it has worked on lately, for own_field().
  std::deque<uint32_t> blocks_, frames_;
  std::vector<uint8_t> frame_;
};

}  // namespace dmafuzz

#endif
