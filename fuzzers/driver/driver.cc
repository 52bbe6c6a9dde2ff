// SPDX-License-Identifier: GPL-2.0-only
//
// Targets driver_NAME: the whole life of one driver, unmodified, against its device. Below the fuzzed boundary: the
// driver, the bus, the subsystem's core and the DMA core; above it: the stack's and the users' calls, and the device,
// faithful or not. The oracles: sanitizers and DmaSan, frames that must come out as they went in, and that nothing is
// left when the driver is unloaded.
//
// Under the name qemu_NAME it is the target of that name: QEMU plays the device (docs/qemu-devices.md).
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "driver/device_values.h"
#include "driver/executor.h"
#include "driver/models/qemu_device.h"
#include "driver/search.h"
#include "engine/aligned_stack.h"
#include "host_bus.h"
#include "life/life_mutate.h"
#include "life/up_option.h"

namespace {

std::unique_ptr<dmafuzz::LifeExecutor> g_executor;
dmafuzz::UpOption g_inputs;

constexpr std::string_view kQemu = "qemu_";

bool with_qemu() {
  return std::string_view(program_invocation_short_name).find(kQemu) != std::string_view::npos;
}

std::string target_name() {
  if (with_qemu()) return fmt::format("{}{}", kQemu, kernel_driver.name);
#ifdef DMAFUZZ_TARGET
  return DMAFUZZ_TARGET;
#else
  // Linked with a driver that only the user knows (dmafuzz driver).
  return std::string("driver_") + kernel_driver.name;
#endif
}

}  // namespace

extern "C" {

// --up=START: which inputs this process is for (life/up_option.h). --pass-known: go on where a campaign would.
// --device-values, --device-value: see driver/device_values.h.
int LLVMFuzzerInitialize(int* argc, char*** argv) {
  g_inputs = dmafuzz::take_up_option(argc, *argv);
  dmafuzz::device_values().take_options(argc, *argv);
  if (kernel_block_offered()) dmafuzz::live_with_disks();
  if (kernel_copy_offered()) dmafuzz::live_with_copies();
  if (kernel_file_offered()) dmafuzz::live_with_files();
#ifdef DMAFUZZ_CAMPAIGN
  constexpr bool campaign = true;
#else
  constexpr bool campaign = false;
#endif
  const std::span arguments(*argv, static_cast<size_t>(*argc));
  const bool pass_known = campaign || std::ranges::find(arguments, std::string_view("--pass-known")) != arguments.end();
  static const std::string name = target_name();
  std::unique_ptr<dmafuzz::DeviceModel> model;
  if (with_qemu()) {
    if (g_inputs.up) host_panic("qemu: no snapshot holds a device of QEMU: --up=none");
    model = dmafuzz::make_qemu_device(kernel_driver.name);
    if (!model) host_panic("qemu: it has no device for this driver");
  }
  dmafuzz::on_aligned_stack([&] {
    g_executor = std::make_unique<dmafuzz::LifeExecutor>(name.c_str(), g_inputs.up, pass_known, std::move(model));
  });
  dmafuzz::start_lives_as(g_inputs.up);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static dmafuzz::Life life;
  dmafuzz::decode_life({data, size}, life);
  // Not for the corpus of this process.
  if (!g_inputs.takes(life.config, {data, size})) return -1;
  const char* runs = &dmafuzz::search_device ? std::getenv("DMAFUZZ_SEARCH") : nullptr;
  if (runs) {
    // RUNS, then the stage that is enough (driver/stages.h).
    char* enough = nullptr;
    const auto count = static_cast<unsigned>(std::strtoul(runs, &enough, 10));
    dmafuzz::search_device(*g_executor, life, count, static_cast<dmafuzz::Stage>(std::strtoul(enough, nullptr, 10)));
  } else {
    dmafuzz::on_aligned_stack([] { g_executor->run(life); });
  }
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
