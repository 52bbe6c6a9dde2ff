// SPDX-License-Identifier: GPL-2.0-only
//
// See search.h: the lives of the driver that this program was linked with.
#include <fmt/format.h>
#include <sanitizer/asan_interface.h>

#include <csetjmp>
#include <cstdio>
#include <string>

#include "driver/executor.h"
#include "driver/generic.h"
#include "driver/search.h"
#include "engine/access.h"
#include "engine/machine.h"
#include "engine/raise.h"

namespace dmafuzz {
namespace {

sigjmp_buf* g_out = nullptr;

void leave() {
  __asan_handle_no_return();
  siglongjmp(*g_out, 1);
}

class Lives : public Searched {
 public:
  Lives(LifeExecutor& executor, const Life& life) : executor_(executor), life_(life) {}

  void run() override {
    FindingTrap trap;
    if (sigsetjmp(trap.jump, 0) == 0) {
      g_out = &trap.jump;
      arm_trap(&trap);
      executor_.run(life_);
      arm_trap(nullptr);
    } else {
      arm_trap(nullptr);
      set_access_listener(nullptr);
      stop_searching();
      machine().reset();
    }
    g_out = nullptr;
  }

 private:
  LifeExecutor& executor_;
  const Life& life_;
};

std::string text(const Manifest::Register& r) {
  std::string values;
  for (const uint64_t value : r.values) values += fmt::format("{}{:#x}", values.empty() ? "" : ", ", value);
  std::string out = fmt::format("{{ bar = {}, offset = {:#x}, size = {}, ", *r.bar, r.offset, r.size);
  out += r.values.size() == 1 ? fmt::format("value = {}", values) : fmt::format("values = [{}]", values);
  if (r.keeps) out += fmt::format(", keeps = {:#x}", r.keeps);
  return out + " }";
}

}  // namespace

void search_device(LifeExecutor& executor, const Life& life, unsigned runs, Stage enough) {
  GenericDevice* device = GenericDevice::last_made();
  if (!device) return;
  Lives lives(executor, life);
  for (const Manifest::Register& r : search_registers(lives, *device, runs, enough, leave))
    std::fprintf(stderr, "search: %s\n", text(r).c_str());
}

}  // namespace dmafuzz
