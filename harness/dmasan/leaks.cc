// SPDX-License-Identifier: GPL-2.0-only
// Lives that must have ended: blocks of pools with their pool, everything of a device with its driver or the program.
#include <fmt/format.h>

#include <utility>

#include "dmasan/dmasan.h"

namespace dmafuzz {

void DmaSan::pool_alloc(const void* pool, uint64_t cpu, uint64_t dma, const void* frame) {
  const uint32_t number = pools_.alloc(pool, cpu, dma, frame);
  if (number == Pools::kNone) return;
  const auto fits = [](const Mapping& m) { return m.kind == MapKind::kCoherent; };
  const uint32_t index = registry_.covering(pools_.dev(number), dma, fits);
  tell({.what = Happening::kPoolAlloc,
        .mapping = known(index, pools_.dev(number), dma),
        .dma = dma,
        .size = pools_.size(number)});
  if (index == Registry::kNone) return;
  Mapping& m = registry_.edit(index);
  if (!fits(m) || m.pool == number) return;
  m.pool = number;
  pools_.memory_added(number);
}

void DmaSan::pool_free(const void* pool, uint64_t cpu, uint64_t dma, const void* frame) {
  if (deaf_) return;
  if (const uint32_t number = listener_ ? pools_.number(pool) : Pools::kNone; number != Pools::kNone) {
    const uint32_t index = registry_.covering(pools_.dev(number), dma, [](const Mapping&) { return true; });
    tell({.what = Happening::kPoolFree,
          .mapping = known(index, pools_.dev(number), dma),
          .dma = dma,
          .size = pools_.size(number)});
  }
  if (auto wrong = pools_.free(pool, cpu, dma, frame)) violated(std::move(*wrong));
}

void DmaSan::pool_destroy(const void* pool) {
  if (auto left = pools_.destroy(pool)) violated(std::move(*left));
}

// Null: of all devices.
void DmaSan::check_left(const void* dev, const char* when) {
  for (uint32_t i = 0; i < pools_.count(); ++i) {
    if (dev && pools_.dev(i) != dev) continue;
    if (auto left = pools_.leak(i, when)) violated(std::move(*left));
  }
  if (!registry_.live()) return;
  registry_.each([&](const Mapping& m) {
    if (dev && m.dev != dev) return;
    // The pool cannot give it back: the blocks are what was left.
    if (m.pool != Pools::kNone && pools_.busy(m.pool)) return;
    // Memory that is no single range is entered as a list; that the CPU has it first tells it from one.
    const bool memory = is_memory(m.kind) || m.cpu_first;
    violated(memory ? Check::kCoherentLeak : Check::kMappingLeak, &m,
             fmt::format("{}{} is left when {}", described(m), m.pool != Pools::kNone ? " of a pool" : "", when));
  });
}

}  // namespace dmafuzz
