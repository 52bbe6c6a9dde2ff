// SPDX-License-Identifier: GPL-2.0-only
//
// Targets driver_NAME: the whole life of one driver, unmodified, against its device. Below the fuzzed boundary: the
// driver, the bus, the subsystem's core and the DMA core; above it: the stack's and the users' calls, and the device,
// faithful or not. The oracles: sanitizers and DmaSan, frames that must come out as they went in, and that nothing is
// left when the driver is unloaded.
#include <cstddef>
#include <cstdint>
#include <string>

#include "driver/executor.h"
#include "host_bus.h"
#include "life/life_mutate.h"

namespace {

dmafuzz::LifeExecutor& executor() {
#ifdef DMAFUZZ_TARGET
  static const std::string name = DMAFUZZ_TARGET;
#else
  // Linked with a driver that only the user knows (dmafuzz driver).
  static const std::string name = std::string("driver_") + kernel_driver.name;
#endif
  static dmafuzz::LifeExecutor the_executor(name.c_str());
  return the_executor;
}

}  // namespace

extern "C" {

int LLVMFuzzerInitialize(int*, char***) {
  executor();
#ifdef DMAFUZZ_CAMPAIGN
  dmafuzz::LifeExecutor::pass_over_known();
#endif
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static dmafuzz::Life life;
  dmafuzz::decode_life({data, size}, life);
  executor().run(life);
  return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  return dmafuzz::mutate_life(data, size, max_size, seed);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t* a, size_t a_size, const uint8_t* b, size_t b_size, uint8_t* out,
                                 size_t max_size, unsigned int seed) {
  return dmafuzz::crossover_lives(a, a_size, b, b_size, out, max_size, seed);
}

}  // extern "C"
