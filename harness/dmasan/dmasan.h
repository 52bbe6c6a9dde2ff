// SPDX-License-Identifier: GPL-2.0-only
// DmaSan: knows what is mapped for which device and holds each call and each access of a device against it. Fed by the
// kernel's own hooks (the debug_dma_* calls of kernel/dma/mapping.c, by way of shims/dmasan) and by the device model.
//
// Rules are those of Documentation/core-api/dma-api.rst and dma-api-howto.rst.
#ifndef DMAFUZZ_DMASAN_DMASAN_H_
#define DMAFUZZ_DMASAN_DMASAN_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "dmasan/checks.h"
#include "dmasan/info_leak.h"
#include "dmasan/listener.h"
#include "dmasan/ownership.h"
#include "dmasan/pools.h"
#include "dmasan/registry.h"
#include "dmasan/violation.h"
#include "host.h"

namespace dmafuzz {

class DmaSan {
 public:
  // Called for each violation. It may not come back (a finding that ends the input).
  using Report = void (*)(const Violation&);
  void set_report(Report report) { report_ = report; }
  Report report() const { return report_; }
  // Hears of all that follows; null: nobody does. To be set when nothing is mapped: it makes coherent memory be
  // entered.
  void set_listener(DmaListener* listener) { listener_ = listener; }
  // What is switched off is not reported.
  CheckSet& checks() { return checks_; }
  void enable(Check check, bool on) { checks_.set(check, on); }
  // Deaf: nothing that it is told is kept or checked, and nothing is live. To measure what it costs (ci/bench); to be
  // set when nothing is mapped.
  void set_deaf(bool deaf) { deaf_ = deaf; }
  bool deaf() const { return deaf_; }

  // Calls of the DMA API. `dma` as the caller has it; `dir` is an enum dmaf_dir; sizes in bytes. `frame` is where the
  // stack that is kept begins.
  void map(const Mapping& mapping, const void* frame);
  // What is at this address is about to be mapped (bad_memory.h).
  void map_memory(const void* address, uint64_t size);
  // Memory of a list that was just mapped: physically contiguous, and where the device sees it.
  void map_part(const void* dev, uint64_t dma, uint64_t phys, uint64_t size);
  void unmap(const void* dev, uint64_t dma, uint64_t size, unsigned dir, unsigned attrs, MapKind kind,
             const void* frame);
  // A list: its segments one by one, the first with `entries`, the number of entries that was mapped; 0 for the others.
  void unmap_segment(const void* dev, uint64_t dma, unsigned dir, unsigned attrs, uint32_t entries, const void* frame);
  // How many segments the list has that starts here; 0: none starts here.
  uint32_t segments_of(const void* dev, uint64_t dma) const;
  void free(const void* dev, uint64_t dma, uint64_t size, uint64_t cpu, MapKind kind, unsigned dir, const void* frame);
  // Memory of a device's own, of which no more is said than the CPU's address.
  void free_by_cpu(const void* dev, uint64_t cpu, const void* frame);
  // Takes out each live mapping that `which(mapping)` names, without a word.
  template <typename Which>
  void forget(Which which, const void* frame) {
    for (uint32_t i = registry_.next(0, which); i != Registry::kNone; i = registry_.next(i + 1, which))
      retire(i, frame);
  }
  void sync(const void* dev, uint64_t dma, uint64_t size, unsigned dir, bool for_cpu, const void* frame);
  void mapping_error(const void* dev, uint64_t dma);
  // The device's masks are these from now on (limits.cc).
  void set_masks(const void* dev, uint64_t streaming, uint64_t coherent);

  // The CPU touches n bytes, in code under test. `address` is as the CPU has it: of the linear map or of an alias.
  // Inline: it is asked for each load and store.
  void cpu_access(const void* address, size_t n, bool write) {
    const uint64_t linear = reinterpret_cast<uint64_t>(address) - HOST_LINEAR_BASE;
    if (ownership_.watches(linear)) return cpu_access_at(linear, n, write);
    const uint64_t alias = reinterpret_cast<uint64_t>(address) - HOST_VMAP_BASE;
    if (alias < HOST_VMAP_SIZE) cpu_access_alias(address, n, write);
  }
  // The same by physical address.
  void cpu_access_at(uint64_t phys, size_t n, bool write);

  // The device's side of the bus. `bus` says what its translation still leads to; without it nothing is stale.
  struct Bus {
    const void* context;
    bool (*stale)(const void* context, uint64_t dma);  // cached, though the table says otherwise
  };
  void device_access(const void* dev, uint64_t dma, size_t n, bool write, const Bus* bus = nullptr);

  // An IOMMU that is not ours has kept the device from the page: where in it the device wanted to be is not known, nor
  // how much.
  void device_blocked(const void* dev, uint64_t page, bool write);

  // A cached translation of a live mapping was followed and is not the table's: it was not flushed when the address had
  // another meaning.
  void device_misled(const void* dev, uint64_t dma);

  // Where a DMA address leads in memory: tells what is bounced from what is mapped itself (sharing.cc). Without it
  // nothing is bounced.
  using LeadsTo = uint64_t (*)(const void* dev, uint64_t dma);
  void set_leads_to(LeadsTo leads_to) { leads_to_ = leads_to; }

  // Code under test starts on another path: an operation, a call from outside, an interrupt. What one path loads twice
  // while the device may write it is a double fetch. `operation` is its number, for reports.
  static constexpr uint32_t kNoOperation = ~0u;
  void begin_path(uint32_t operation = kNoOperation) {
    fetched_.clear();
    operation_ = operation;
    if (listener_) listener_->path(operation);
  }
  uint32_t operation() const { return operation_; }

  // Pools and their blocks (pools.h, leaks.cc).
  void pool_create(const void* pool, const void* dev, uint64_t size) {
    if (!deaf_) pools_.create(pool, dev, size);
  }
  void pool_alloc(const void* pool, uint64_t cpu, uint64_t dma, const void* frame);
  void pool_free(const void* pool, uint64_t cpu, uint64_t dma, const void* frame);
  void pool_destroy(const void* pool);

  // The driver has let go of the device, or a program has given everything back: what is live is a leak (leaks.cc).
  void unbound(const void* dev) {
    tell({.what = Happening::kUnbound});
    check_left(dev, "its driver has gone");
  }
  void check_leaks() { check_left(nullptr, "everything was given back"); }
  // What is known now is what each reset() comes back to.
  void snapshot() {
    registry_.snapshot();
    pools_.snapshot();
    ownership_.snapshot();
    kept_minds_lines_ = minds_lines_;
  }
  void reset() {
    registry_.reset();
    pools_.reset();
    ownership_.reset();
    list_left_ = 0;
    minds_lines_ = kept_minds_lines_;
    operation_ = kNoOperation;
    if (listener_) listener_->fresh();
  }

  Registry& registry() { return registry_; }
  Ownership& ownership() { return ownership_; }
  InfoLeak& info_leak() { return info_leak_; }

 private:
  void violated(Check check, const Mapping* mapping, std::string what, std::vector<std::string> object = {});
  void violated(Violation&& violation);
  void tell(const Happening& happening) const {
    if (listener_) [[unlikely]]
      listener_->happens(happening);
  }
  void tell_memory(const Mapping& m) const;
  void tell_access(uint64_t phys, uint64_t n, bool write);
  const Mapping* known(uint32_t index, const void* dev, uint64_t dma) const;
  void check_left(const void* dev, const char* when);
  void not_mapped(Check check, const char* what, const void* dev, uint64_t dma);
  bool reject_foreign(uint32_t index, const void* dev, const char* verb);
  void retire(uint32_t index, const void* frame);
  void fetch(uint64_t phys, uint64_t n, const Mapping& m);
  void own_coherent(Mapping& m);
  // Calls visit(dma, phys, size) for each piece of coherent memory: its pages may lie anywhere behind an alias.
  template <typename Visit>
  static void each_page_of(const Mapping& m, Visit visit);
  void join_list(Mapping& m);
  void cpu_access_alias(const void* address, size_t n, bool write);
  void cpu_touches(Piece& piece, uint32_t lo, uint32_t hi, bool write);
  void device_touches(const Mapping& m, uint64_t dma, uint64_t n, bool write);
  // The device may read these bytes of the mapping from now on (info_leak.cc).
  void readable(const Mapping& m, uint64_t dma, uint64_t n) {
    if (info_leak_.run() != InfoLeak::Run::kNone) check_written(m, dma, n);
  }
  void check_written(const Mapping& m, uint64_t dma, uint64_t n);
  // What the CPU wrote and did not hand over is about to be thrown away.
  void check_lost_writes(const Mapping& m, uint64_t dma, uint64_t n, const char* how);
  // limits.cc
  void check_limits(const Mapping& m);
  void reach(const Mapping& m, uint64_t dma, uint64_t n, const char* verb);
  // sharing.cc: of memory that is about to be mapped, and of the CPU's writes beside it, within a page.
  void check_neighbours(const Mapping& m, uint64_t phys, uint64_t dma, uint64_t size);
  void check_lines(const Mapping& m, uint64_t phys, uint64_t size);
  void check_exposure(const Mapping& m, uint64_t phys, uint64_t dma, uint64_t size);
  std::vector<std::string> exposed(const Mapping& m, uint64_t phys, uint64_t dma, uint64_t size) const;
  void cpu_writes_beside(uint64_t phys, uint64_t n);
  bool list_has(uint32_t list, uint64_t phys);

  Registry registry_;
  Pools pools_;
  Ownership ownership_;
  InfoLeak info_leak_;
  struct Fetch {
    uint64_t phys, end;
  };
  std::vector<Fetch> fetched_;  // by this path
  // The list whose segments are being told, by its first one, and how many are to come.
  uint32_t list_ = Registry::kNone;
  uint32_t list_left_ = 0;
  uint32_t minds_lines_ = 0;  // live mappings whose cache lines nobody else may write
  uint32_t kept_minds_lines_ = 0;
  LeadsTo leads_to_ = nullptr;
  bool deaf_ = false;
  uint32_t operation_ = kNoOperation;
  uint64_t touched_ = Violation::kNowhere;  // by the device, where what follows is about it
  Report report_ = nullptr;
  DmaListener* listener_ = nullptr;
  CheckSet checks_;
  Violation last_ = {};  // kept here: a report that does not come back would never free it
};

DmaSan& dmasan();

}  // namespace dmafuzz

#endif  // DMAFUZZ_DMASAN_DMASAN_H_
