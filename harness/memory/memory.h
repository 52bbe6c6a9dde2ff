// SPDX-License-Identifier: GPL-2.0-only
//
// The machine's memory as one object: arena, page and slab allocators, vmap window, and what the harness needs on top:
// knobs of an input, device-side access, descriptions for reports, snapshot and reset. host.h's functions call it.
//
// The arena is shared memory: after fork() parent and child write to the same banks, so only one of them may go on
// using it. Processes that are executed anew have their own.
#ifndef DMAFUZZ_MEMORY_MEMORY_H_
#define DMAFUZZ_MEMORY_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "memory/arena.h"
#include "memory/page_allocator.h"
#include "memory/run_state.h"
#include "memory/slab.h"
#include "memory/stack.h"
#include "memory/vmap.h"
#include "memory/write_watch.h"

namespace dmafuzz {

// What is known of an address.
struct Description {
  enum class Kind {
    kNone,
    kKmalloc,
    kCache,
    kPages,
    kVmap
  };  // kNone: nothing was ever there, nor just before or after
  enum class State { kNever, kLive, kFreed };
  Kind kind = Kind::kNone;
  State state = State::kNever;
  const char* cache = "";  // name of the cache, for kKmalloc up to 8 KiB and kCache
  const void* start = nullptr;
  uint64_t size = 0;                   // bytes asked for
  uint64_t room = 0;                   // bytes of the slot, the block or the area
  int64_t offset = 0;                  // of the address from start: negative before the object, >= size behind it
  bool boot = false;                   // made before the snapshot
  const Stack* alloc_stack = nullptr;  // valid until the next allocation, free or reset
  const Stack* free_stack = nullptr;   // null unless freed
};

class Memory {
 public:
  // Maps everything; panics (host_panic) if an address range is taken. One instance a process: use memory().
  Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // --- The input's knobs. reset() puts back what they were at the snapshot.
  // Dense: objects packed as the kernel packs them. Sparse (default): a poisoned slot between live objects and a page
  // between page blocks, as long as memory lasts.
  void set_dense(bool dense) { run_.knobs.dense = dense; }
  // What fresh memory holds. Any two seeds differ in every byte.
  void set_fill(uint8_t seed) { run_.knobs.fill_seed = seed; }
  // The n-th allocation from now on fails, once. 0: none does. HOST_ALLOC_NOFAIL allocations do not count.
  void set_fail_after(uint64_t n) { run_.knobs.fail_after = n; }
  // One is still to come.
  bool fail_pending() const { return run_.knobs.fail_after != 0; }
  // An injected failure has struck since the last reset.
  bool fail_fired() const { return run_.fail_fired; }

  // --- Snapshot and reset
  // Ends boot: everything live now is what each reset() returns to. Memory freed during boot and still in quarantine
  // stays there for good. May be called again later (costs a few ms).
  void snapshot();
  // Calls f(pfn) for each page that the snapshot holds, but for those of large blocks, which are copied back only where
  // they are marked.
  template <typename F>
  void each_kept_page(F f) {
    for (uint32_t i = 0; i < kFrames; ++i) {
      if (image_of_[i] && !(pages_.frame(i).flags & kFrameLazy)) f(pfn_of_frame(i));
    }
  }
  // Takes back, byte for byte, all that happened since the snapshot. Panics without one.
  void reset();
  // From here on resets copy back only the pages of the snapshot that are written (write_watch.h), which pays where it
  // holds much more than an input writes. Needs write_fault() in the handler of SIGSEGV. Until the next snapshot.
  void watch_writes();
  // Whether the fault was a write to a page of the snapshot, which may go on now.
  bool write_fault(const void* address) { return watch_.fault(address); }
  // How many of them there are at the moment.
  size_t written_pages() const { return watch_.hot().size(); }
  // Back to an empty machine, as at start-up, for unit tests.
  void clear();
  // Tells that [start, start + n) of the arena or of an alias is written behind the allocators' back (without an
  // instrumented store to a live object): reset() then restores these pages. Other addresses are ignored.
  // Needed for boot-time blocks of 16 pages and more, which reset() copies back only where marked.
  void mark_dirty(const void* start, size_t n);
  // Before the snapshot: the block of pages at this address is copied back whole at each reset, whatever its size.
  // For large boot-time blocks that code under test writes with ordinary stores.
  void keep_eager(const void* start);
  // Compares large boot-time blocks with their copies, for tests: describes the first page that a reset did not bring
  // back for want of a mark. Empty if all is well. Costs a read of all those blocks.
  std::string check_lazy_blocks();

  // Made since the snapshot and still live: counts at no cost, and descriptions in the order of their making.
  // Whether a page was taken before the snapshot.
  bool from_boot(uint32_t frame) { return pages_.frame(frame).flags & kFrameBoot; }
  const LiveCounts& live_since_snapshot() const { return run_.live; }
  std::vector<Description> list_live_since_snapshot();

  // --- The device's side: uninstrumented copies, whoever owns the bytes. False, and nothing done, if a byte of the
  // range is in no bank. A write marks its pages dirty.
  bool device_read(uint64_t phys, void* dst, size_t n);
  bool device_write(uint64_t phys, const void* src, size_t n);

  // --- Addresses
  Arena& arena() { return arena_; }
  // Physical address behind a linear-map address or a live alias; false for any other.
  bool to_phys(const void* address, uint64_t* phys);
  // False if the address is in a slot of a slab and n bytes from it reach beyond that slot.
  bool in_one_object(const void* address, size_t n) {
    const SlotRef ref = slab_.locate(address);
    return ref.head == kNoFrame || n <= slab_.slab(ref.head).slot - ref.offset;
  }

  // --- Reports
  // For any address. An address between objects is described by its neighbour.
  Description describe(const void* address);
  // The same in ASan's words, several lines, each ended: "0x... is located 3 bytes after 64-byte region [...". Empty
  // if nothing is known.
  std::string describe_text(const void* address);
  // Live objects that have bytes in the page, by address.
  std::vector<Description> objects_in_page(uint64_t phys);
  // Has each ASan report whose address is in the arena or the vmap window followed by its description on stderr;
  // `next`, if given, then gets ASan's text. Only one such callback exists in a process.
  static void install_report_hook(void (*next)(const char* report) = nullptr);

  // --- The functions of host.h; `frame` is the frame address of the function whose caller is to be recorded.
  long pages_alloc(unsigned order, unsigned zones, unsigned flags, const void* frame);
  void pages_free(unsigned long pfn, unsigned order, const void* frame);
  void pages_split(unsigned long pfn, unsigned order, const void* frame);
  int pages_order(unsigned long pfn);
  void pages_trim(unsigned long pfn, unsigned long offset, unsigned long size);
  int cache_create(const char* name, unsigned size, unsigned align, unsigned zones);
  unsigned cache_destroy(int cache, const void* frame);
  void* cache_alloc(int cache, size_t requested, unsigned flags, const void* frame);
  void cache_free(int cache, const void* object, const void* frame);
  void* kmalloc(size_t size, unsigned zones, unsigned flags, const void* frame);
  void kfree(const void* object, const void* frame);
  size_t ksize(const void* object);
  void object_resize(const void* object, size_t size, const void* frame);
  void* vmap(const unsigned long* pfns, unsigned count, const void* frame);
  void vunmap(const void* alias, const void* frame);
  long vmap_pfn(const void* address);
  int should_fail() { return run_.should_fail(); }
  // What AddressSanitizer would report of them, `listener` hears of first; `frame` is that of the function that looks.
  using FaultListener = void (*)(const void* address, size_t n, const void* frame);
  void set_fault_listener(FaultListener listener) { fault_listener_ = listener; }
  void copy(void* dst, const void* src, size_t n);
  void copy_raw(void* dst, const void* src, size_t n);
  void set(void* dst, uint8_t value, size_t n);

 private:
  // Bytes to copy back at each reset.
  struct Range {
    char* start;
    const char* saved;
    size_t size;
  };

  void mark_frame(uint32_t frame);
  void mark_lazy(const void* dst, size_t n);
  void save_frames();
  void add_range(char* start, size_t size);
  void restore_dirty();
  void restore_ranges();
  // What of the snapshot lies in the frame.
  void restore_frame(uint32_t frame);
  void audit_one();
  void watch_again();
  // The live block of kPages or kLarge that starts at this frame; kNoFrame after a finding.
  uint32_t check_block(const char* what, unsigned long pfn, unsigned order, const void* frame);
  void free_object(const SlotRef& ref, const void* frame);
  void fill_description(Description& d, const SlotRef& ref, const void* address);
  void fill_description(Description& d, uint32_t block_head, const void* address);
  bool describe_frame(Description& d, uint32_t frame, const void* address);
  void describe_alias(Description& d, uint32_t page, const void* address);

  RunState run_;
  Arena arena_;
  PageAllocator pages_;
  SlabAllocator slab_;
  Vmap vmap_;

  Knobs boot_knobs_;
  bool snapshot_taken_ = false;
  // Copies of boot-time pages; image_of_[frame] is the number of its copy + 1, 0 without one.
  char* image_ = nullptr;
  size_t image_size_ = 0;
  uint32_t* image_of_;
  Range* ranges_;
  uint32_t range_count_ = 0;
  WriteWatch watch_;
  uint32_t* first_range_ = nullptr;  // by frame, while writes are watched: the first that has bytes there
  std::vector<uint32_t> aliased_;    // frames that the snapshot has aliases of
  uint32_t resets_ = 0;
  uint32_t* dirty_;
  uint32_t dirty_count_ = 0;
  FaultListener fault_listener_ = [](const void*, size_t, const void*) {};
  // Frame numbers of the vmap call under way.
  uint32_t* vmap_frames_;
};

// The process's memory, made at the first call and never destroyed.
Memory& memory();

// Hears of each object and block of pages that host.h's functions hand out, and before each that they take back. `size`
// is what was asked for, 0 where it is taken back; `frame` as above. Null: nobody does.
using BlockListener = void (*)(const void* start, size_t size, bool alloc, const void* frame);
void set_block_listener(BlockListener listener);

}  // namespace dmafuzz

#endif  // DMAFUZZ_MEMORY_MEMORY_H_
