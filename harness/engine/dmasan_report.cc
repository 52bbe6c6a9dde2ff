// SPDX-License-Identifier: GPL-2.0-only
//
// DmaSan's violations as findings, and its end of the seam: shims/dmasan/hooks.c calls these for each call of the DMA
// API, after the kernel's own checker (kernel/dma/debug.c) was asked and its warnings were held.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "device/device.h"
#include "dmasan/core_calls.h"
#include "dmasan/dmasan.h"
#include "engine/access.h"
#include "engine/memory_report.h"
#include "engine/raise.h"
#include "engine/sanitizer_faults.h"
#include "host.h"
#include "memory/memory.h"
#include "report/finding.h"

namespace dmafuzz {
namespace {

AccessListener g_listener = nullptr;
// Found once: dmasan() asks at each call whether it exists.
DmaSan& g_dmasan = dmasan();

inline void touched(const void* at, size_t n, bool write) {
  if (g_listener) [[unlikely]]
    g_listener(at, n, write);
  g_dmasan.cpu_access(at, n, write);
}

// The operation by its number, as people call it.
std::string operation(uint32_t number) {
  const auto text = raise_context().operation;
  return number == DmaSan::kNoOperation || !text ? std::string() : text(number);
}

std::string owner_of(const Mapping& m) {
  if (m.unmapped_at.count) return "nobody: it is unmapped";
  if (m.kind == MapKind::kCoherent) return "the CPU and the device at once";
  uint64_t cpu = 0, all = 0;
  dmasan().ownership().each_of(m.parts, m.dma, m.size, [&](const Piece& piece, uint32_t lo, uint32_t hi) {
    for (uint32_t from = lo; from < hi;) {
      const auto owned = [](uint8_t state) { return (state & kCpuOwned) != 0; };
      const uint32_t start = piece.bytes.find(from, hi, owned);
      from = piece.bytes.find(start, hi, [&](uint8_t state) { return !owned(state); });
      cpu += from - start;
    }
    all += hi - lo;
  });
  if (cpu == 0) return "the device";
  return cpu == all ? "the CPU" : fmt::format("the CPU, of {} bytes of {}; the device, of the rest", cpu, all);
}

MappingRecord record_of(const Mapping& m) {
  MappingRecord record;
  record.kind = map_kind_name(m.kind);
  record.dma = m.dma;
  record.size = m.size;
  record.direction = direction_name(m.dir);
  record.device = kernel_device_name(m.dev);
  record.owner = owner_of(m);
  record.since = operation(m.unmapped_at.count ? m.unmapped_op : m.synced_at.count ? m.synced_op : m.mapped_op);
  const auto add = [&](const Stack& stack, std::string_view title) {
    if (stack.count) record.stacks.push_back(call_stack(stack, title));
  };
  add(m.mapped_at, kMappedAt);
  add(m.synced_at, m.synced_for_cpu ? "last synced for the CPU at" : "last synced for the device at");
  add(m.unmapped_at, "unmapped at");
  return record;
}

// What is behind the address that the device touched, or else behind the mapping.
Description memory_of(const Violation& violation) {
  if (violation.touched != Violation::kNowhere) {
    const uint64_t phys = device().peek(violation.touched);
    if (bank_of(phys)) return memory().describe(phys_to_virt(phys));
  }
  const Mapping* m = violation.mapping;
  if (m && m->kind == MapKind::kCoherent) return memory().describe(reinterpret_cast<const void*>(m->cpu));
  if (m && m->kind != MapKind::kResource && bank_of(m->phys)) return memory().describe(phys_to_virt(m->phys));
  return {};
}

void report(const Violation& violation) {
  const CheckInfo& info = check_info(violation.check);
  Finding finding;
  finding.tool = "DmaSan";
  finding.id = info.id;
  finding.severity = info.severity == CheckSeverity::kError ? Severity::kError : Severity::kAdvisory;
  finding.summary = violation.what;
  const auto opinion = second_opinion();
  finding.dma_debug = !opinion           ? DebugVerdict::kNotAsked
                      : opinion->empty() ? DebugVerdict::kSilent
                                         : DebugVerdict::kSaid;
  if (opinion) finding.dma_debug_words = *opinion;
  // Nobody reads more of what is trapped.
  if (!trap_armed()) {
    if (violation.mapping) finding.mapping = record_of(*violation.mapping);
    finding.object = violation.object;
    for (const Violation::TitledStack& s : violation.stacks) {
      finding.object_stacks.push_back(call_stack(s.stack, s.title));
    }
    if (finding.object.empty()) add_object(finding, memory_of(violation));
  }
  raise_finding(std::move(finding));
}

MapKind kind_of(int kind) {
  return static_cast<MapKind>(kind);
}
static_assert(static_cast<int>(MapKind::kPhys) == HOST_MAP_PHYS);
static_assert(static_cast<int>(MapKind::kResource) == HOST_MAP_RESOURCE);
static_assert(static_cast<int>(MapKind::kSg) == HOST_MAP_SG);
static_assert(static_cast<int>(MapKind::kCoherent) == HOST_MAP_COHERENT);
static_assert(static_cast<int>(MapKind::kPages) == HOST_MAP_PAGES);
static_assert(static_cast<int>(MaskOf::kStreaming) == HOST_MASK_STREAMING);
static_assert(static_cast<int>(MaskOf::kCoherent) == HOST_MASK_COHERENT);
static_assert(static_cast<int>(MaskOf::kEither) == HOST_MASK_EITHER);
static_assert(static_cast<int>(MaskOf::kNone) == HOST_MASK_NONE);

uint64_t leads_to(const void*, uint64_t dma) {
  return device().peek(dma);
}

CoreCall call_of(CoreCall::What what, const host_mapping& m) {
  return {.what = what,
          .kind = static_cast<uint8_t>(m.kind),
          .dir = static_cast<uint8_t>(m.dir),
          .attrs = static_cast<uint8_t>(m.attrs),
          .entries = m.entries,
          .size = m.size};
}

// The target's part of --checks (cli/checks.h).
void read_checks() {
  const char* list = std::getenv(kChecksVariable);
  const auto error = parse_checks(list ? list : "", dmasan().checks());
  if (!error) return;
  std::fprintf(stderr, "%s: %s\n", kChecksVariable, error->c_str());
  std::exit(2);
}

bool look(const void* dev, uint64_t dma, uint8_t* bytes, size_t n) {
  return device().is(dev) && device().look(dma, bytes, n) == n;
}

[[maybe_unused]] const bool g_registered = (dmasan().set_report(report), dmasan().set_leads_to(leads_to),
                                            dmasan().info_leak().set_look(look), read_checks(), true);

}  // namespace

void set_access_listener(AccessListener listener) {
  g_listener = listener;
}

}  // namespace dmafuzz

using dmafuzz::core_calls;
using dmafuzz::CoreCall;
using dmafuzz::dmasan;
using dmafuzz::kind_of;

extern "C" {

void host_dmasan_ask_debug(void) {
  dmafuzz::hold_warnings();
}

void host_dmasan_done(void) {
  dmafuzz::release_warnings();
}

void host_dmasan_map(const struct host_mapping* m) {
  core_calls().add(dmafuzz::call_of(CoreCall::kMap, *m));
  dmafuzz::Mapping mapping;
  mapping.dev = m->dev;
  mapping.dma = m->dma;
  mapping.size = m->size;
  mapping.phys = m->phys;
  mapping.cpu = reinterpret_cast<uint64_t>(m->cpu);
  mapping.kind = kind_of(m->kind);
  mapping.dir = static_cast<uint8_t>(m->dir);
  // Lists and memory say by their result whether they failed.
  mapping.checked = m->kind != HOST_MAP_PHYS && m->kind != HOST_MAP_RESOURCE;
  mapping.entries = m->entries;
  mapping.segments = m->segments;
  mapping.attrs = static_cast<uint8_t>(m->attrs);
  mapping.mask = m->mask;
  mapping.boundary = m->boundary;
  mapping.max_seg = m->max_seg;
  mapping.snoops = m->snoops != 0;
  mapping.masks = static_cast<dmafuzz::MaskOf>(m->masks);
  mapping.shares_lines = m->shares_lines != 0;
  mapping.cpu_first = m->cpu_first != 0;
  dmasan().map(mapping, __builtin_frame_address(0));
}

void host_dmasan_map_address(const void*, const void* addr, unsigned long long size) {
  dmasan().map_memory(addr, size);
}

void host_dmasan_unmap(const struct host_mapping* m) {
  core_calls().add(dmafuzz::call_of(CoreCall::kUnmap, *m));
  const void* frame = __builtin_frame_address(0);
  switch (m->kind) {
    case HOST_MAP_SG:
      return dmasan().unmap_segment(m->dev, m->dma, static_cast<unsigned>(m->dir), m->attrs, m->entries, frame);
    case HOST_MAP_COHERENT:
    case HOST_MAP_PAGES:
      return dmasan().free(m->dev, m->dma, m->size, reinterpret_cast<uint64_t>(m->cpu), kind_of(m->kind),
                           static_cast<unsigned>(m->dir), frame);
    default:
      return dmasan().unmap(m->dev, m->dma, m->size, static_cast<unsigned>(m->dir), m->attrs, kind_of(m->kind), frame);
  }
}

void host_dmasan_forget(const void* dev, unsigned long long dma, unsigned long long size) {
  core_calls().add({.what = CoreCall::kUnmap, .kind = HOST_MAP_SG, .size = size});
  const void* frame = __builtin_frame_address(0);
  dmasan().forget(
      [&](const dmafuzz::Mapping& m) { return m.dev == dev && m.kind == dmafuzz::MapKind::kSg && m.dma - dma < size; },
      frame);
}

void host_dmasan_forget_cpu(const void* dev, const void* cpu) {
  core_calls().add({.what = CoreCall::kUnmap, .kind = HOST_MAP_COHERENT});
  const void* frame = __builtin_frame_address(0);
  const auto address = reinterpret_cast<uint64_t>(cpu);
  dmasan().free_by_cpu(dev, address, frame);
}

unsigned host_dmasan_segments(const void* dev, unsigned long long dma) {
  return dmasan().segments_of(dev, dma);
}

void host_dmasan_sync(const void* dev, unsigned long long dma, unsigned long long size, int dir, int for_cpu) {
  core_calls().add({.what = for_cpu ? CoreCall::kSyncForCpu : CoreCall::kSyncForDevice,
                    .dir = static_cast<uint8_t>(dir),
                    .size = size});
  dmasan().sync(dev, dma, size, static_cast<unsigned>(dir), for_cpu != 0, __builtin_frame_address(0));
}

void host_dmasan_part(const void* dev, unsigned long long dma, unsigned long long phys, unsigned long long size) {
  dmasan().map_part(dev, dma, phys, size);
}

void host_dmasan_access(const void* addr, unsigned long n, int write) {
  dmafuzz::leave_if_known_copy(addr, n, __builtin_frame_address(0));
  dmafuzz::touched(addr, n, write != 0);
}

int host_dmasan_any(const void* dev) {
  const auto of_device = [dev](const dmafuzz::Mapping& m) { return m.dev == dev; };
  return dmasan().deaf() || dmasan().registry().next(0, of_device) != dmafuzz::Registry::kNone;
}

void host_dmasan_unbound(const void* dev) {
  dmasan().unbound(dev);
}

void host_dmasan_pool_create(const void* pool, const void* dev, unsigned long size) {
  dmasan().pool_create(pool, dev, size);
}

void host_dmasan_pool_alloc(const void* pool, const void* cpu, unsigned long long dma) {
  dmasan().pool_alloc(pool, reinterpret_cast<uint64_t>(cpu), dma, __builtin_frame_address(0));
}

void host_dmasan_pool_free(const void* pool, const void* cpu, unsigned long long dma) {
  dmasan().pool_free(pool, reinterpret_cast<uint64_t>(cpu), dma, __builtin_frame_address(0));
}

void host_dmasan_pool_destroy(const void* pool) {
  dmasan().pool_destroy(pool);
}

void host_dmasan_mapping_error(const void* dev, unsigned long long dma) {
  core_calls().add({.what = CoreCall::kMappingError});
  dmasan().mapping_error(dev, dma);
}

void host_dmasan_set_masks(const void* dev, unsigned long long streaming, unsigned long long coherent) {
  dmasan().set_masks(dev, streaming, coherent);
}

// What the compiler calls before each load and store of code under test (-fsanitize-coverage=trace-loads,trace-stores).
#define ACCESS_HOOK(n, type)                      \
  void __sanitizer_cov_load##n(const type* at) {  \
    dmafuzz::touched(at, n, false);               \
  }                                               \
  void __sanitizer_cov_store##n(const type* at) { \
    dmafuzz::touched(at, n, true);                \
  }
ACCESS_HOOK(1, uint8_t)
ACCESS_HOOK(2, uint16_t)
ACCESS_HOOK(4, uint32_t)
ACCESS_HOOK(8, uint64_t)
ACCESS_HOOK(16, __uint128_t)
#undef ACCESS_HOOK

}  // extern "C"
