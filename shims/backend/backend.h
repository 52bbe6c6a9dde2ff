/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a DMA program says to an implementation of the DMA API ("backend"):
 * operations, objects, results, and the C table that a backend fills in.
 *
 * Included by kernel C (the interpreter of backend `c`), by the harness (C++)
 * and, for the guest, by a kernel module; so it includes nothing and uses
 * compiler types only. Layouts are the same on every 64-bit target.
 */
#ifndef DMAF_BACKEND_H
#define DMAF_BACKEND_H

typedef unsigned char dmaf_u8;
typedef unsigned short dmaf_u16;
typedef unsigned int dmaf_u32;
typedef unsigned long long dmaf_u64;
typedef int dmaf_s32;

#ifdef __cplusplus
extern "C" {
#endif

#define DMAF_ABI 2

/* Handles of each class: h0 .. h15. */
#define DMAF_HANDLES 16
/* Entries that a scatterlist of a program may have. */
#define DMAF_SG_MAX 300
/* Largest object that a program may ask for, bytes; beyond it sizes are only asked for to be refused. */
#define DMAF_OBJECT_MAX (1u << 20)

/* Object classes. The letter is the prefix of the name in the text form: b0, m3, s1, c0, p0, k7. */
enum dmaf_class {
	DMAF_NONE = 0,
	DMAF_BUF = 1,  /* b: CPU memory */
	DMAF_MAP = 2,  /* m: streaming mapping of one range */
	DMAF_SG = 3,   /* s: scatterlist, mapped or not */
	DMAF_COH = 4,  /* c: memory that the DMA API allocated */
	DMAF_POOL = 5, /* p: DMA pool */
	DMAF_BLK = 6,  /* k: block of a DMA pool */
	DMAF_CLASSES = 7,
	DMAF_ANY = 15 /* in ops.def only */
};

/* Operand fields of an operation, ops.def */
#define DMAF_HAS_CLS   0x001
#define DMAF_HAS_SRC   0x002
#define DMAF_HAS_KIND  0x004
#define DMAF_HAS_DIR   0x008
#define DMAF_HAS_OFF   0x010
#define DMAF_HAS_LEN   0x020
#define DMAF_HAS_VAL   0x040
#define DMAF_HAS_FLAGS 0x080
#define DMAF_HAS_ATTRS 0x100
#define DMAF_HAS_GAP   0x200

enum dmaf_code {
#define DMAF_OP(name, text, makes, takes, fields) DMAF_OP_##name,
#include "ops.def"
	DMAF_OP_COUNT
};

/* Directions: the values of enum dma_data_direction. */
enum dmaf_dir { DMAF_BIDIRECTIONAL = 0, DMAF_TO_DEVICE = 1, DMAF_FROM_DEVICE = 2, DMAF_DIR_NONE = 3 };

/* kind of ALLOC. Zone kinds ask for the page bank or the kmalloc zone of that name. */
enum dmaf_alloc_kind {
	DMAF_ALLOC_KMALLOC = 0,
	DMAF_ALLOC_KMALLOC_DMA = 1, /* GFP_DMA: below 16 MiB */
	DMAF_ALLOC_PAGES = 2,	    /* alloc_pages(), any zone, high first */
	DMAF_ALLOC_PAGES_DMA32 = 3, /* GFP_DMA32: below 4 GiB */
	DMAF_ALLOC_PAGES_DMA = 4,
	DMAF_ALLOC_VMALLOC = 5,	 /* mappable page by page only */
	DMAF_ALLOC_CACHE = 6,	 /* a slab cache of the program's own, objects of len bytes */
	DMAF_ALLOC_RESOURCE = 7, /* a device register window: physical address, no CPU memory */
	/* Unlawful: what is no memory for DMA (dma-api-howto.rst, "What memory is DMA'able?"), up to 256 bytes. */
	DMAF_ALLOC_STATIC = 8, /* in the kernel's image */
	DMAF_ALLOC_STACK = 9,  /* on the stack of the call that maps it: gone when that returns */
	DMAF_ALLOC_KINDS = 10
};

/* kind of CHECK: TWICE fetches the first byte, then all of them in the same path, as code that trusts memory to hold
 * still. */
enum dmaf_check_kind { DMAF_CHECK_ONCE = 0, DMAF_CHECK_TWICE = 1, DMAF_CHECK_KINDS = 2 };

/* kind of MAP */
enum dmaf_map_kind {
	DMAF_MAP_SINGLE = 0,
	DMAF_MAP_PAGE = 1,
	DMAF_MAP_PHYS = 2,     /* dma_map_phys; trees without it: dma_map_page */
	DMAF_MAP_RESOURCE = 3, /* source must be a RESOURCE buffer */
	DMAF_MAP_IOVA = 4, /* dma_iova_try_alloc/link/sync; trees without it, and devices without IOMMU: not offered */
	DMAF_MAP_KINDS = 5
};

/* kind of SYNC_*: the call form for a single mapping. Scatterlists and coherent objects ignore it. */
enum dmaf_sync_kind { DMAF_SYNC_SINGLE = 0, DMAF_SYNC_RANGE = 1, DMAF_SYNC_KINDS = 2 };

/* kind of SG_ALLOC */
enum dmaf_sg_kind {
	DMAF_SG_TABLE = 0,   /* sg_alloc_table + sg_set_page */
	DMAF_SG_CHAINED = 1, /* sg_init_table arrays of 4, chained with sg_chain */
	DMAF_SG_FROM_PAGES =
		2, /* sg_alloc_table_from_pages_segment; one range off, val * len bytes; len is the segment limit */
	DMAF_SG_APPEND = 3, /* sg_alloc_append_table_from_pages, in two steps */
	DMAF_SG_KINDS = 4
};

/* kind of SG_MAP */
enum dmaf_sg_map_kind { DMAF_SG_MAP_SG = 0, DMAF_SG_MAP_SGTABLE = 1, DMAF_SG_MAP_KINDS = 2 };

/* kind of COH_ALLOC */
enum dmaf_coh_kind {
	DMAF_COH_COHERENT = 0,	    /* dma_alloc_attrs; attrs as given */
	DMAF_COH_WC = 1,	    /* dma_alloc_wc */
	DMAF_COH_MANAGED = 2,	    /* dmam_alloc_attrs: freed by unbind */
	DMAF_COH_PAGES = 3,	    /* dma_alloc_pages; dir; wants syncs */
	DMAF_COH_NONCOHERENT = 4,   /* dma_alloc_noncoherent; dir; wants syncs */
	DMAF_COH_NONCONTIGUOUS = 5, /* dma_alloc_noncontiguous + vmap; dir; wants syncs */
	DMAF_COH_KINDS = 6
};

/* kind of POOL_CREATE: dma_pool_create, dmam_pool_create */
enum dmaf_pool_kind { DMAF_POOL_PLAIN = 0, DMAF_POOL_MANAGED = 1, DMAF_POOL_KINDS = 2 };

/* kind of SET_MASK; val is the number of bits, 0 .. 64 */
enum dmaf_mask_kind { DMAF_MASK_STREAMING = 0, DMAF_MASK_COHERENT = 1, DMAF_MASK_BOTH = 2, DMAF_MASK_KINDS = 3 };

/* kind of QUERY: which value the backend returns in result.dma */
enum dmaf_query_kind {
	DMAF_QUERY_MAX_MAPPING_SIZE = 0,
	DMAF_QUERY_OPT_MAPPING_SIZE = 1,
	DMAF_QUERY_MERGE_BOUNDARY = 2,
	DMAF_QUERY_REQUIRED_MASK = 3,
	DMAF_QUERY_ADDRESSING_LIMITED = 4,
	DMAF_QUERY_CAN_MMAP = 5,
	DMAF_QUERY_NEED_SYNC = 6,
	DMAF_QUERY_KINDS = 7
};

/* flags */
#define DMAF_F_ATOMIC	  0x01 /* in atomic context: interrupts off, GFP_ATOMIC or GFP_NOWAIT */
#define DMAF_F_UNCHECKED  0x02 /* unlawful: the result is used without dma_mapping_error() */
#define DMAF_F_ZERO	  0x04 /* __GFP_ZERO */
#define DMAF_F_WRONG_SIZE 0x08 /* unlawful: UNMAP, SG_UNMAP, COH_FREE with a size (entry count) of half of it */
#define DMAF_F_WRONG_DIR  0x10 /* unlawful: UNMAP, SG_UNMAP, SYNC_* with another direction */
/* unlawful: UNMAP through another function of the family; MAP as if memory of vmalloc() were of the linear map;
 * POOL_FREE to another pool */
#define DMAF_F_WRONG_CALL 0x20
#define DMAF_F_STALE	  0x40 /* unlawful: names an object that is gone, or its mapping, as it last was */
#define DMAF_F_WRONG_DEV  0x80 /* unlawful: UNMAP, SG_UNMAP, COH_FREE for the parent of the device */
/* All that no lawful operation has. */
#define DMAF_F_UNLAWFUL                                                                                                \
	(DMAF_F_UNCHECKED | DMAF_F_WRONG_SIZE | DMAF_F_WRONG_DIR | DMAF_F_WRONG_CALL | DMAF_F_STALE | DMAF_F_WRONG_DEV)

/* attrs: bit n of the record is DMA_ATTR_* of that name */
#define DMAF_A_WEAK_ORDERING	  0x01
#define DMAF_A_WRITE_COMBINE	  0x02
#define DMAF_A_NO_KERNEL_MAPPING  0x04
#define DMAF_A_SKIP_CPU_SYNC	  0x08
#define DMAF_A_FORCE_CONTIGUOUS	  0x10
#define DMAF_A_ALLOC_SINGLE_PAGES 0x20
#define DMAF_A_NO_WARN		  0x40
#define DMAF_A_PRIVILEGED	  0x80
#define DMAF_A_ALL		  0xff

/* One operation. Fields that the operation does not use (ops.def) are zero. Offsets and lengths in bytes. */
struct dmaf_op {
	dmaf_u8 code; /* enum dmaf_code */
	dmaf_u8 cls;  /* enum dmaf_class of h, where the operation takes any */
	dmaf_u8 h;    /* handle made or used */
	dmaf_u8 src;  /* second handle: buffer that is mapped, pool of a block */
	dmaf_u8 kind;
	dmaf_u8 dir; /* enum dmaf_dir */
	dmaf_u8 flags;
	dmaf_u8 attrs;
	dmaf_u32 off;
	dmaf_u32 len;
	dmaf_u16 val;
	dmaf_u16 gap; /* SG_ALLOC: bytes between entries */
};

/* How the device reaches memory (design D11). */
enum dmaf_path {
	DMAF_PATH_DIRECT = 0,	  /* dma-direct, DMA address = physical address */
	DMAF_PATH_OFFSET = 1,	  /* dma-direct with dma-ranges: DMA address = physical address - offset */
	DMAF_PATH_BOUNCE = 2,	  /* dma-direct, every streaming mapping bounced (swiotlb=force) */
	DMAF_PATH_RESTRICTED = 3, /* restricted pool: coherent memory comes from it as well */
	DMAF_PATH_POOL = 4,	  /* per-device coherent memory (dma_declare_coherent_memory) */
	DMAF_PATH_IOMMU = 5,	  /* dma-iommu over a real page table */
	DMAF_PATH_IOMMU_LAZY = 6, /* the same with deferred invalidation (DMA_FQ) */
	DMAF_PATHS = 7
};

/* The device of a program. Set before the first operation. */
struct dmaf_config {
	dmaf_u8 path;		    /* enum dmaf_path */
	dmaf_u8 coherent;	    /* 1: snoops the CPU's caches; 0: arch_sync_dma_* is called */
	dmaf_u8 mask_bits;	    /* streaming DMA mask, 24 .. 64 */
	dmaf_u8 coherent_mask_bits; /* coherent DMA mask, 24 .. 64 */
	dmaf_u8 boundary_order;	    /* segment boundary 2^n bytes, 12 .. 32; 0: the default */
	dmaf_u8 min_align_order;    /* dma_set_min_align_mask(2^n - 1), 0 (none) .. 12 */
	dmaf_u8 dense;		    /* 1: slab objects packed as in the kernel; 0: one guard slot between them */
	dmaf_u8 fill;		    /* seed of the bytes that fresh memory holds */
	dmaf_u32 max_seg;	    /* dma_set_max_seg_size, bytes; 0: the default (64 KiB) */
	dmaf_u8 line_order;	    /* cache lines of 2^n bytes, 5 .. 7; 0: the default (64) */
	dmaf_u8 reserved[3];	    /* zero */
};

/* result.status besides 0 and a negative errno of the kernel */
#define DMAF_ST_NOT_OFFERED	1 /* this backend or this tree has no such operation */
#define DMAF_ST_REFUSED_BY_TYPE 2 /* the implementation's types make it impossible to say */
#define DMAF_ST_DEAD_HANDLE	3 /* an object it names does not exist (its creation failed, or it is gone) */

struct dmaf_segment {
	dmaf_u64 dma; /* DMA address of the first byte */
	dmaf_u64 len; /* bytes */
};

/* What one operation came to. The harness zeroes it before each call and owns `bytes`. */
struct dmaf_result {
	dmaf_s32 status;		/* 0, negative errno, or DMAF_ST_* */
	dmaf_u32 nseg;			/* segments of the object made or mapped, at seg[] */
	dmaf_u64 value;			/* QUERY: the answer; SG_ALLOC: original entry count; COH_SGTABLE: entries;
					 * CHECK TWICE: 1 if the two fetches differ */
	void *cpu;			/* ALLOC, COH_ALLOC, POOL_ALLOC: first byte as the CPU sees it, or null */
	const struct dmaf_segment *seg; /* owned by the backend, valid until its next call */
	dmaf_u8 *bytes;			/* CHECK: the backend copies what the CPU reads here; len bytes of room */
};

/*
 * An implementation of the DMA API behind DMA programs.
 *
 * `state` is state_size bytes, 16-byte aligned, zeroed by the harness before begin(). `dev` is the kernel's struct
 * device, bound to a driver, its masks and path set as the program's configuration says. exec() runs one operation; it
 * never checks lawfulness. end() frees nothing that the program left: leaks are the program's.
 *
 * offers() says of each operation of a program, before anything runs, what there is no use in asking: status[i] becomes
 * DMAF_ST_NOT_OFFERED or DMAF_ST_REFUSED_BY_TYPE for an operation that exec() would answer so, whatever happens, else
 * 0. It may be null. exec() may still give either answer for reasons that only show at run time; the operation has then
 * done nothing.
 */
struct dmaf_backend {
	dmaf_u32 abi; /* DMAF_ABI */
	dmaf_u32 state_size;
	const char *name;
	void (*begin)(void *state, void *dev, const struct dmaf_config *config);
	void (*exec)(void *state, const struct dmaf_op *op, struct dmaf_result *result);
	void (*end)(void *state);
	void (*offers)(const struct dmaf_config *config, const struct dmaf_op *ops, dmaf_u32 count, dmaf_s32 *status);
};

/* Byte i of the pattern that FILL and DEV_WRITE with seed `val` write at offset `off + i` of the object. */
static inline dmaf_u8 dmaf_pattern(dmaf_u16 seed, dmaf_u32 pos)
{
	dmaf_u32 x = (dmaf_u32)seed * 0x9e3779b1u + pos * 0x85ebca6bu + 0x27d4eb2fu;

	return (dmaf_u8)(x >> 16 ^ x >> 24);
}

/* The same for n bytes from position `pos`, at `to`. Not instrumented: it is the harness's arithmetic, not code under
 * test. */
__attribute__((no_sanitize("address", "undefined", "coverage"), no_profile_instrument_function)) static inline void
dmaf_pattern_bytes(dmaf_u8 *to, dmaf_u16 seed, dmaf_u32 pos, dmaf_u32 n)
{
	dmaf_u32 x = (dmaf_u32)seed * 0x9e3779b1u + pos * 0x85ebca6bu + 0x27d4eb2fu;
	dmaf_u32 i;

	for (i = 0; i < n; i++, x += 0x85ebca6bu)
		to[i] = (dmaf_u8)(x >> 16 ^ x >> 24);
}

#ifdef __cplusplus
}
#endif
#endif
