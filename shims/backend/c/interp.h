/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Backend `c`: DMA programs through the kernel's C API. Plain kernel C on kernel API only, nothing of the shims, so
 * that the same source builds as a module for a real kernel.
 */
#ifndef DMAF_BACKEND_C_INTERP_H
#define DMAF_BACKEND_C_INTERP_H

#include <linux/dma-mapping.h>
#include <linux/dmapool.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/version.h>
#include "backend/backend.h"

struct dmaf_c_buf {
	void *cpu;	  /* null: no such object, or a register window */
	phys_addr_t phys; /* register window only */
	struct kmem_cache *cache;
	u32 len;
	u8 kind;
	bool live;
};

struct dmaf_c_map {
	dma_addr_t dma;
	void *cpu; /* first mapped byte, for CPU access by mapping */
	u32 len;
	u8 kind, dir;
	unsigned long attrs;
	bool live;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
	struct dma_iova_state iova;
#endif
};

struct dmaf_c_sg {
	struct sg_append_table append; /* its sgt is the table in use */
	struct scatterlist **chunks;   /* chained kind: the arrays, chunk_count of them */
	u32 chunk_count;
	u32 mapped; /* segments; 0: not mapped */
	u8 kind, map_kind, dir;
	unsigned long attrs;
	bool live;
};

struct dmaf_c_coh {
	void *cpu;
	struct page *page;    /* DMAF_COH_PAGES */
	struct sg_table *sgt; /* DMAF_COH_NONCONTIGUOUS */
	dma_addr_t dma;
	u32 len;
	u8 kind, dir;
	unsigned long attrs;
	bool live;
};

struct dmaf_c_pool {
	struct dma_pool *pool;
	u32 size;
	u8 kind;
};

struct dmaf_c_blk {
	void *cpu;
	dma_addr_t dma;
	struct dma_pool *pool;
	u32 size;
	bool live;
};

struct dmaf_c {
	struct device *dev;
	struct dmaf_c_buf buf[DMAF_HANDLES];
	struct dmaf_c_map map[DMAF_HANDLES];
	struct dmaf_c_sg sg[DMAF_HANDLES];
	struct dmaf_c_coh coh[DMAF_HANDLES];
	struct dmaf_c_pool pool[DMAF_HANDLES];
	struct dmaf_c_blk blk[DMAF_HANDLES];
};

/* Segments of the object of the last call: a result's seg[] points here. */
extern struct dmaf_segment dmaf_c_segments[DMAF_SG_MAX];

typedef void dmaf_c_op(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r);

/* memory.c */
dmaf_c_op dmaf_c_alloc, dmaf_c_free, dmaf_c_fill, dmaf_c_check;
/* streaming.c */
dmaf_c_op dmaf_c_map, dmaf_c_unmap, dmaf_c_sync_cpu, dmaf_c_sync_dev;
/* sg.c */
dmaf_c_op dmaf_c_sg_alloc, dmaf_c_sg_map, dmaf_c_sg_unmap, dmaf_c_sg_free;
/* coherent.c */
dmaf_c_op dmaf_c_coh_alloc, dmaf_c_coh_free, dmaf_c_coh_sgtable;
/* pool.c */
dmaf_c_op dmaf_c_pool_create, dmaf_c_pool_destroy, dmaf_c_pool_alloc, dmaf_c_pool_free;
/* device.c */
dmaf_c_op dmaf_c_set_mask, dmaf_c_set_max_seg, dmaf_c_set_boundary, dmaf_c_set_min_align, dmaf_c_query;
dmaf_c_op dmaf_c_unbind, dmaf_c_bind;

void dmaf_c_sync_sg(struct dmaf_c *s, struct dmaf_c_sg *sg, bool cpu);
void dmaf_c_sync_coh(struct dmaf_c *s, struct dmaf_c_coh *coh, const struct dmaf_op *op, bool cpu);
/* The arrays of the chained kind, val entries in all. */
int dmaf_c_build_chain(struct dmaf_c_sg *sg, u32 count, gfp_t gfp);
void dmaf_c_free_chain(struct dmaf_c_sg *sg);
/* The pages of the val * len bytes from off, and where in the first one they start; null: no memory. */
struct page **dmaf_c_page_array(struct dmaf_c_buf *b, const struct dmaf_op *op, gfp_t gfp, u32 *count, u32 *first);
/* The page behind an address of a buffer. */
struct page *dmaf_c_page(const struct dmaf_c_buf *buf, u32 off);

/* What else an allocation says of itself, where the interpreter is built for a kernel that needs it said. */
#ifndef DMAF_C_GFP
#define DMAF_C_GFP 0
#endif

static inline gfp_t dmaf_c_gfp(const struct dmaf_op *op)
{
	return (op->flags & DMAF_F_ATOMIC ? GFP_ATOMIC : GFP_KERNEL) | __GFP_NOWARN | DMAF_C_GFP |
	       (op->flags & DMAF_F_ZERO ? __GFP_ZERO : 0);
}

static inline unsigned long dmaf_c_attrs(const struct dmaf_op *op)
{
	static const unsigned long names[8] = {
		DMA_ATTR_WEAK_ORDERING, DMA_ATTR_WRITE_COMBINE,	   DMA_ATTR_NO_KERNEL_MAPPING,
		DMA_ATTR_SKIP_CPU_SYNC, DMA_ATTR_FORCE_CONTIGUOUS, DMA_ATTR_ALLOC_SINGLE_PAGES,
		DMA_ATTR_NO_WARN,	DMA_ATTR_PRIVILEGED,
	};
	unsigned long attrs = 0;
	u8 bit;

	for (bit = 0; op->attrs >> bit; bit++)
		if (op->attrs & BIT(bit))
			attrs |= names[bit];
	return attrs;
}

/* Whether the operation may use the object: it lives, or the program means it although it is gone. */
static inline bool dmaf_c_usable(const struct dmaf_op *op, bool live)
{
	return live || op->flags & DMAF_F_STALE;
}

/* The device that the call names: drivers of devices below others take the wrong one of the two. */
static inline struct device *dmaf_c_dev(struct dmaf_c *s, const struct dmaf_op *op)
{
	return op->flags & DMAF_F_WRONG_DEV && s->dev->parent ? s->dev->parent : s->dev;
}

/* A direction that is not the one given: for the mistake DMAF_F_WRONG_DIR. */
static inline enum dma_data_direction dmaf_c_dir(const struct dmaf_op *op, u8 dir)
{
	return op->flags & DMAF_F_WRONG_DIR ? (dir + 1) % DMA_NONE : dir;
}

static inline void dmaf_c_segment(struct dmaf_result *r, dma_addr_t dma, u64 len)
{
	dmaf_c_segments[r->nseg].dma = dma;
	dmaf_c_segments[r->nseg].len = len;
	r->nseg++;
	r->seg = dmaf_c_segments;
}

#endif
