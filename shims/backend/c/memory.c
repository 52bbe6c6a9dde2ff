// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPU memory of a DMA program, and what the CPU does to any object: writes a pattern, reads bytes back.
 */
#include <linux/mm.h>
#include <linux/vmalloc.h>
#include "interp.h"

/* The register windows that RESOURCE buffers stand for, one a handle: anywhere that is no RAM. */
#define RESOURCE_BASE 0xc0000000ull
#define RESOURCE_SIZE 0x10000ull

/* What STATIC buffers are: memory of the kernel's image. */
static u8 in_image[DMAF_HANDLES][256];

struct page *dmaf_c_page(const struct dmaf_c_buf *buf, u32 off)
{
	void *at = buf->cpu + off;

	return buf->kind == DMAF_ALLOC_VMALLOC ? vmalloc_to_page(at) : virt_to_page(at);
}

void dmaf_c_alloc(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	struct dmaf_c_buf *b = &s->buf[op->h];
	gfp_t gfp = dmaf_c_gfp(op);
	struct page *page;

	memset(b, 0, sizeof(*b));
	b->kind = op->kind;
	b->len = op->len;
	switch (op->kind) {
	case DMAF_ALLOC_KMALLOC:
		b->cpu = kmalloc(op->len, gfp);
		break;
	case DMAF_ALLOC_KMALLOC_DMA:
		b->cpu = kmalloc(op->len, gfp | GFP_DMA);
		break;
	case DMAF_ALLOC_PAGES_DMA:
		gfp |= GFP_DMA;
		goto pages;
	case DMAF_ALLOC_PAGES_DMA32:
		gfp |= GFP_DMA32;
		fallthrough;
	case DMAF_ALLOC_PAGES:
	pages:
		page = alloc_pages(gfp, get_order(op->len));
		b->cpu = page ? page_address(page) : NULL;
		break;
	case DMAF_ALLOC_VMALLOC:
		b->cpu = op->flags & DMAF_F_ZERO ? vzalloc(op->len) : vmalloc(op->len);
		break;
	case DMAF_ALLOC_CACHE:
		b->cache = kmem_cache_create("dmafuzz", op->len, 0, 0, NULL);
		if (!b->cache)
			break;
		b->cpu = kmem_cache_alloc(b->cache, gfp);
		if (!b->cpu)
			kmem_cache_destroy(b->cache);
		break;
	case DMAF_ALLOC_STATIC:
		b->cpu = in_image[op->h];
		break;
	case DMAF_ALLOC_STACK:
		b->live = true;
		return;
	case DMAF_ALLOC_RESOURCE:
		b->phys = RESOURCE_BASE + op->h * RESOURCE_SIZE;
		b->live = true;
		return;
	}
	if (ZERO_OR_NULL_PTR(b->cpu)) {
		r->status = -ENOMEM;
		return;
	}
	b->live = true;
	r->cpu = b->cpu;
}

void dmaf_c_free(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	struct dmaf_c_buf *b = &s->buf[op->h];

	if (!b->live) {
		r->status = DMAF_ST_DEAD_HANDLE;
		return;
	}
	b->live = false;
	switch (b->kind) {
	case DMAF_ALLOC_KMALLOC:
	case DMAF_ALLOC_KMALLOC_DMA:
		kfree(b->cpu);
		break;
	case DMAF_ALLOC_PAGES:
	case DMAF_ALLOC_PAGES_DMA32:
	case DMAF_ALLOC_PAGES_DMA:
		__free_pages(virt_to_page(b->cpu), get_order(b->len));
		break;
	case DMAF_ALLOC_VMALLOC:
		vfree(b->cpu);
		break;
	case DMAF_ALLOC_CACHE:
		kmem_cache_free(b->cache, b->cpu);
		kmem_cache_destroy(b->cache);
		break;
	}
}

/* Where the CPU finds byte `off` of an object, or null: a scatterlist, or nothing there. */
static void *cpu_address(struct dmaf_c *s, const struct dmaf_op *op)
{
	switch (op->cls) {
	case DMAF_BUF:
		return s->buf[op->h].live && s->buf[op->h].cpu ? s->buf[op->h].cpu + op->off : NULL;
	case DMAF_MAP:
		return s->map[op->h].live && s->map[op->h].cpu ? s->map[op->h].cpu + op->off : NULL;
	case DMAF_COH:
		return s->coh[op->h].live && s->coh[op->h].cpu ? s->coh[op->h].cpu + op->off : NULL;
	case DMAF_BLK:
		return s->blk[op->h].live ? s->blk[op->h].cpu + op->off : NULL;
	}
	return NULL;
}

void dmaf_c_fill(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	struct dmaf_c_sg *sg = op->cls == DMAF_SG && s->sg[op->h].live ? &s->sg[op->h] : NULL;
	u8 *to = cpu_address(s, op), chunk[256];
	u32 done, n;

	if (!to && !sg) {
		r->status = DMAF_ST_DEAD_HANDLE;
		return;
	}
	for (done = 0; done < op->len; done += n) {
		n = min_t(u32, op->len - done, sizeof(chunk));
		dmaf_pattern_bytes(chunk, op->val, op->off + done, n);
		if (sg)
			sg_pcopy_from_buffer(sg->append.sgt.sgl, sg->append.sgt.orig_nents, chunk, n, op->off + done);
		else
			memcpy(to + done, chunk, n);
	}
}

void dmaf_c_check(struct dmaf_c *s, const struct dmaf_op *op, struct dmaf_result *r)
{
	struct dmaf_c_sg *sg = op->cls == DMAF_SG && s->sg[op->h].live ? &s->sg[op->h] : NULL;
	u8 *from = cpu_address(s, op), first;

	if (sg) {
		sg_pcopy_to_buffer(sg->append.sgt.sgl, sg->append.sgt.orig_nents, r->bytes, op->len, op->off);
	} else if (!from) {
		r->status = DMAF_ST_DEAD_HANDLE;
	} else if (op->kind == DMAF_CHECK_TWICE) {
		first = READ_ONCE(*from);
		memcpy(r->bytes, from, op->len);
		r->value = r->bytes[0] != first;
	} else {
		memcpy(r->bytes, from, op->len);
	}
}
