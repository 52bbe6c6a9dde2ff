/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one seam between the userspace kernel (shims, kernel C) and the harness (C++).
 *
 * host_*   the harness implements, the shims call
 * kernel_* the shims implement, the harness calls
 *
 * Included from kernel C and from C++, so it includes nothing but the backend ABI and uses compiler types only.
 * Everything runs on one OS thread.
 */
#ifndef DMAF_HOST_H
#define DMAF_HOST_H

#include "backend/backend.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Physical memory. The linear map of physical address p is at HOST_LINEAR_BASE + p; only the banks are backed.
 * Addresses are the same in each run and on each machine. Physical address 0 is in no bank.
 */
#define HOST_LINEAR_BASE      0x200000000000UL
#define HOST_PAGE_SHIFT	      12
#define HOST_BANK_DMA_BASE    0x100000UL /* 4 MiB below 16 MiB */
#define HOST_BANK_DMA_SIZE    0x400000UL
#define HOST_BANK_DMA32_BASE  0x80000000UL /* 32 MiB below 4 GiB */
#define HOST_BANK_DMA32_SIZE  0x2000000UL
#define HOST_BANK_NORMAL_BASE 0x100000000UL /* 32 MiB from 4 GiB */
#define HOST_BANK_NORMAL_SIZE 0x2000000UL
#define HOST_MAX_PFN	      ((HOST_BANK_NORMAL_BASE + HOST_BANK_NORMAL_SIZE) >> HOST_PAGE_SHIFT)
/*
 * Where vmap() puts its aliases of the arena's pages: 256 MiB for any, then the pages of all banks in their order and a
 * guard. Each alias has an ASan shadow of its own.
 */
#define HOST_VMAP_BASE 0x210000000000UL
#define HOST_VMAP_SIZE (0x10000000UL + HOST_BANK_DMA_SIZE + HOST_BANK_DMA32_SIZE + HOST_BANK_NORMAL_SIZE + 0x1000UL)
/* The kernel's struct page array: shims ask for it once, sparse (host_reserve). */
#define HOST_MEMMAP_BASE 0x220000000000UL
/* A register window of the device: physical, no memory behind it. */
#define HOST_RESOURCE_BASE 0xc0000000UL
#define HOST_RESOURCE_SIZE 0x100000UL

/* Zones, as bits; an allocation is tried from the highest allowed zone down, as the kernel's zone lists do. */
#define HOST_ZONE_DMA	  1u
#define HOST_ZONE_DMA32	  2u
#define HOST_ZONE_NORMAL  4u

#define HOST_ALLOC_ZERO	  1u /* zeroed; otherwise filled with the run's fill pattern */
#define HOST_ALLOC_NOFAIL 2u /* not subject to injected failure */
#define HOST_ALLOC_QUIET  4u /* boot-time or internal: no event in the trace */

/*
 * Pages. order 0 .. 10, naturally aligned. Returns the first frame number, or -1 when memory (or luck) ran out. The
 * pages are unpoisoned. `where` is the caller's frame, kept for reports. Freeing poisons and quarantines; freeing what
 * is not allocated, or with another order, is a finding.
 */
long host_pages_alloc(unsigned order, unsigned zones, unsigned flags);
void host_pages_free(unsigned long pfn, unsigned order);
/* Splits an allocated block of `order` into single pages, each then freed by itself with order 0. */
void host_pages_split(unsigned long pfn, unsigned order);
/*
 * Of a block that was just allocated only `size` bytes from `offset` (a multiple of 8) may be touched from now on, and
 * a report names them as the object.
 */
void host_pages_trim(unsigned long pfn, unsigned long offset, unsigned long size);
/* 1 if the frame is in a bank. */
int host_pfn_valid(unsigned long pfn);
/* The order of the allocated block that starts at pfn, or -1. */
int host_pages_order(unsigned long pfn);

/*
 * Slab objects. A cache has objects of one size, packed into pages as the kernel packs them; the bytes from the
 * requested size to the slot's end are poisoned. `align` is a power of two. Returns the cache's number (>= 0).
 */
int host_cache_create(const char *name, unsigned size, unsigned align, unsigned zones);
/* Objects still live in it: the count; 0 means that it is gone. */
unsigned host_cache_destroy(int cache);
void *host_cache_alloc(int cache, unsigned long requested, unsigned flags);
void host_cache_free(int cache, void *object);
/* kmalloc: size classes of the kernel up to 8 KiB, whole pages beyond. 0 bytes and failures give null. */
void *host_kmalloc(unsigned long size, unsigned zones, unsigned flags);
/* Frees an object of any cache or a large kmalloc. Null is allowed; anything else that is not live is a finding. */
void host_kfree(const void *object);
/* Bytes usable in the live object (its slot), or 0 if the address starts none. Does not unpoison. */
unsigned long host_ksize(const void *object);
/* Makes the first `size` bytes of a live object usable, the rest of its slot a red zone (krealloc in place). */
void host_object_resize(const void *object, unsigned long size);

/* Maps frames side by side at an alias address; null when the window is full. vunmap takes the alias address. */
void *host_vmap(const unsigned long *pfns, unsigned count);
void host_vunmap(const void *alias);
/* The frame behind an address of a live alias, or -1. */
long host_vmap_pfn(const void *addr);

/* Address space at a fixed address, zeroed, committed on touch. Panics if it cannot be had. Boot only. */
void *host_reserve(unsigned long addr, unsigned long size);

/* 1 when the input says that this allocation fails. Page and slab allocators ask by themselves. */
int host_should_fail(void);

/*
 * What the mem* functions of kernel code come to: poisoned ranges are ASan's to report, and boot memory that is written
 * (bounce slots) is marked for the next reset. host_copy_raw() is the bus's and the cache's: it asks nobody.
 */
void host_copy_raw(void *dst, const void *src, unsigned long n);
/* 1 if the bytes are the same; asks nobody either. */
int host_equal_raw(const void *a, const void *b, unsigned long n);
void host_copy(void *dst, const void *src, unsigned long n);
void host_set(void *dst, int c, unsigned long n);

/* Findings: print and end the input. `what` is one line without newline. */
void host_bug(const char *file, int line, const char *what) __attribute__((noreturn));
void host_panic(const char *what) __attribute__((noreturn));
void host_unshimmed(const char *symbol) __attribute__((noreturn));
/* kernel-warn: a WARN() of the kernel. `what` may be empty. Returns when the program expects it. */
void host_warn(const char *file, int line, const char *what);
/* Any other finding of the shims; `kind` is an id of the table of checks. */
void host_finding(const char *kind, const char *what);
/* A line of the kernel's log; level 0 (emergency) .. 7 (debug). */
void host_log(int level, const char *text, unsigned long len);

/* The trace of events (determinism, lock step): kind is a literal. */
void host_event(const char *kind, unsigned long long a, unsigned long long b, unsigned long long c);

/* Cache maintenance for devices that do not snoop, whole lines, dir = enum dmaf_dir (dma-api.rst, "Noncoherent"). */
void host_sync_for_device(unsigned long long phys, unsigned long size, int dir);
void host_sync_for_cpu(unsigned long long phys, unsigned long size, int dir);
/* Memory is about to be mapped uncached: no dirty line may be left over it. */
void host_dma_prep_coherent(unsigned long long phys, unsigned long size);
/* CPU accesses to these pages bypass the cache (on = 1) or not any more (on = 0). */
void host_memory_uncached(unsigned long long phys, unsigned long size, int on);

/*
 * DmaSan hears of each call of the DMA API that succeeded or gives back (shims/dmasan). What it was asked for is asked
 * of the kernel's own checker first: between ask_debug and done that one's WARN()s are held, and raised only if DmaSan
 * had nothing to say.
 */
enum host_map_kind {
	HOST_MAP_PHYS = 0,     /* dma_map_single(), _page(), _phys() */
	HOST_MAP_RESOURCE = 1, /* dma_map_resource() */
	HOST_MAP_SG = 2,       /* a segment of a list, or of dma_alloc_noncontiguous() */
	HOST_MAP_COHERENT = 3, /* dma_alloc_attrs() */
	HOST_MAP_PAGES = 4     /* dma_alloc_pages() */
};
/* Which of a device's masks its address is held against. */
enum host_map_mask {
	HOST_MASK_STREAMING = 0, /* dma_set_mask() */
	HOST_MASK_COHERENT = 1,	 /* dma_set_coherent_mask() */
	HOST_MASK_EITHER = 2,	 /* memory that is mapped as well: the implementation's choice */
	HOST_MASK_NONE = 3	 /* a device's own memory, docs/findings/device-pool-ignores-mask.md */
};
struct host_mapping {
	const void *dev;
	unsigned long long dma, size, phys;
	const void *cpu;   /* HOST_MAP_COHERENT */
	int kind, dir;	   /* dir = enum dmaf_dir */
	unsigned entries;  /* HOST_MAP_SG: entries of the list, with its first segment; else 0 */
	unsigned segments; /* HOST_MAP_SG: segments of the list, with the first */
	unsigned attrs;	   /* DMAF_A_*; of unmapping: those of that call */
	/* What the device said of itself, for what is mapped. */
	int masks;		     /* enum host_map_mask */
	unsigned long long mask;     /* the one that follows from it */
	unsigned long long boundary; /* segment boundary mask, bytes - 1 */
	unsigned max_seg;	     /* bytes */
	int snoops;		     /* the device sees the CPU's caches */
	int shares_lines;	     /* the driver says that its cache lines may be others' as well */
	int cpu_first;		     /* handed out with the CPU as its owner (dma_alloc_noncontiguous()) */
};
void host_dmasan_ask_debug(void);
void host_dmasan_done(void);
void host_dmasan_map(const struct host_mapping *m);
void host_dmasan_unmap(const struct host_mapping *m);
/* A physically contiguous part of a list that was just mapped: an IOMMU makes one segment of several. */
void host_dmasan_part(const void *dev, unsigned long long dma, unsigned long long phys, unsigned long long size);
/* The segments that start in the range, or the memory with this CPU address, are given back; nothing to hold it
 * against. */
void host_dmasan_forget(const void *dev, unsigned long long dma, unsigned long long size);
void host_dmasan_forget_cpu(const void *dev, const void *cpu);
/* How many segments the list has that starts at the address, 0: none does. */
unsigned host_dmasan_segments(const void *dev, unsigned long long dma);
void host_dmasan_sync(const void *dev, unsigned long long dma, unsigned long long size, int dir, int for_cpu);
void host_dmasan_mapping_error(const void *dev, unsigned long long dma);
/* The device's masks are these from now on. */
void host_dmasan_set_masks(const void *dev, unsigned long long streaming, unsigned long long coherent);
/* dma_map_single() is about to map what is at this address. */
void host_dmasan_map_address(const void *dev, const void *addr, unsigned long long size);
/* The device's driver is gone, and what the driver core keeps for it. */
void host_dmasan_unbound(const void *dev);
/* 1 if anything is still mapped for the device, as far as it knows. */
int host_dmasan_any(const void *dev);
/*
 * Pools and their blocks: size bytes each, coherent memory. Freeing is told before it is done, destroying when the
 * pool's memory has been given back, as far as no block is in use; what is no pool may be told as well.
 */
void host_dmasan_pool_create(const void *pool, const void *dev, unsigned long size);
void host_dmasan_pool_alloc(const void *pool, const void *cpu, unsigned long long dma);
void host_dmasan_pool_free(const void *pool, const void *cpu, unsigned long long dma);
void host_dmasan_pool_destroy(const void *pool);
/* Code under test is about to touch n bytes of memory (shims/dmasan/access.c). */
void host_dmasan_access(const void *addr, unsigned long n, int write);

/* IOMMU: the shim's driver tells the device model which table a device walks and what it invalidates. */
enum host_table_format {
	HOST_TABLE_AMDV1 = 0,
	HOST_TABLE_X86_64 = 1,
	HOST_TABLE_VTDSS = 2,
	HOST_TABLE_RISCV64 = 3,
	HOST_TABLE_ARM_LPAE = 4
};
void host_iommu_attach(int format, unsigned long long root_phys, int top_level, int va_bits);
void host_iommu_detach(void);
void host_iotlb_flush(unsigned long long iova, unsigned long long last); /* inclusive */
void host_iotlb_flush_all(void);

/*
 * Set before booting: dma-debug says all that it sees, not the first thing alone, and looks at what a driver leaves on
 * our bus, as it does on PCI.
 */
extern int kernel_debug_all;

/* Boot once; then per input: a device for the program, the program, the end. */
void kernel_boot(void);
/* Release string of the tree, "7.3.4". */
extern const char kernel_release[];
/* The device of a configuration: bound, masks set. Null: this tree cannot offer the path. */
void *kernel_device_open(const struct dmaf_config *config);
/* The name of a device that DmaSan was told of. */
const char *kernel_device_name(const void *dev);
/* Tears down what is left of the device's life in this input (cached IOVAs, queued flushes). */
void kernel_device_close(void *dev);
/* Deferred work, timers, RCU callbacks: run what is due; returns how many ran. Time moves by `ns` first. */
unsigned kernel_run_deferred(unsigned long long ns);
/* Bounce slots, pools and debug entries in use: all zero at the end of a program that gave everything back. */
struct kernel_usage {
	unsigned long swiotlb_slots;
	unsigned long restricted_slots;
	unsigned long atomic_pool_bytes;
	unsigned long device_pool_pages; /* path POOL */
	unsigned long debug_entries;
	int debug_disabled; /* dma-debug gave up (it ran out of memory): its entries say nothing any more */
	unsigned long pending_work;
};
void kernel_usage(struct kernel_usage *usage);
/* The debug entries alone, for the reset of each input. */
unsigned long kernel_debug_entries(void);
/* When no bounce slot is in use: those that are not free for all that. */
unsigned long kernel_lost_slots(void);
/* What the reference model must know of the machine: pools and windows, bytes; what the tree has, 0 or 1. */
struct kernel_facts {
	unsigned long long swiotlb_base, swiotlb_size;
	unsigned long long restricted_base, restricted_size;
	unsigned long long device_pool_size;		     /* path POOL */
	unsigned long long atomic_pool_size;		     /* each of them */
	unsigned long long offset, window_base, window_size; /* path OFFSET: DMA = physical - offset, in the window */
	int iommu;					     /* the IOMMU paths are offered */
	int iova_api;					     /* dma_iova_*() exists */
	int forced_bounce_maps_mmio;			     /* dma_map_resource() works under swiotlb=force */
	int debug_keeps_failed_mmio; /* dma-debug enters a dma_map_resource() that failed, for good */
};
void kernel_facts(struct kernel_facts *facts);
/* DMA address -> physical address as the device's bus sees it on the paths without IOMMU; ~0ull: not decoded. */
unsigned long long kernel_bus_to_phys(void *dev, unsigned long long dma);
/*
 * Writable data of kernel and shims, for snapshot and reset. The lazy part (tables that are as at boot whenever a
 * program gave everything back: dma-debug's hash) is copied back only when kernel_debug_entries() says that something
 * is left.
 */
extern char kernel_data_start[], kernel_data_end[];
extern char kernel_lazy_start[], kernel_lazy_end[];
/* Called before the data is copied back: revives what lives outside of it (struct page of boot pages). */
void kernel_reset(void);

/* Makes the mistake of that name, to prove that it is caught. */
enum host_self_test {
	HOST_SELF_TEST_ASAN = 0,
	HOST_SELF_TEST_UBSAN = 1,
	HOST_SELF_TEST_LEAK = 2,
	HOST_SELF_TEST_WARN = 3,
	HOST_SELF_TEST_BUG = 4,
	HOST_SELF_TEST_POOL = 5,
	HOST_SELF_TEST_PROBE = 6 /* a probe that fails and leaves memory behind */
};
void kernel_self_test(enum host_self_test kind);

/* Backends linked into this program. */
extern const struct dmaf_backend dmaf_backend_c;
extern const struct dmaf_backend dmaf_backend_cxx;
extern const struct dmaf_backend dmaf_backend_rust; /* where DMAFUZZ_RUST is defined: docs/rust.md */

#ifdef __cplusplus
}
#endif
#endif
