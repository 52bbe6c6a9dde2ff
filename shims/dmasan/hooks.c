// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hooks of CONFIG_DMA_API_DEBUG, which kernel/dma/mapping.c calls for each call of the DMA API. Ours: each asks the
 * tree's own kernel/dma/debug.c, compiled with its entry points renamed to real_debug_dma_* (kernel-files.cmake), and
 * then tells DmaSan.
 *
 * The kernel has no hooks for memory of a device's own (dma_declare_coherent_memory()) and for the IOVA API: there the
 * functions themselves are renamed and stood before. So it is with pools, whose memory alone has hooks (pools.c).
 */
#include <linux/device.h>
#include <linux/dma-map-ops.h>
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>
#include <linux/version.h>
#include "host.h"
/* The hooks as the core declares them. */
#include <../kernel/dma/debug.h>
/* The tree's own answers to them. */
#include "dmasan/real_debug.h"
#include "dmasan/masks.h"

#define HAS_MAP_PHYS (LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0))

/* The kernel's attributes as the seam has them. */
static unsigned int attributes(unsigned long attrs)
{
	return (attrs & DMA_ATTR_WEAK_ORDERING ? DMAF_A_WEAK_ORDERING : 0) |
	       (attrs & DMA_ATTR_WRITE_COMBINE ? DMAF_A_WRITE_COMBINE : 0) |
	       (attrs & DMA_ATTR_NO_KERNEL_MAPPING ? DMAF_A_NO_KERNEL_MAPPING : 0) |
	       (attrs & DMA_ATTR_SKIP_CPU_SYNC ? DMAF_A_SKIP_CPU_SYNC : 0) |
	       (attrs & DMA_ATTR_FORCE_CONTIGUOUS ? DMAF_A_FORCE_CONTIGUOUS : 0) |
	       (attrs & DMA_ATTR_ALLOC_SINGLE_PAGES ? DMAF_A_ALLOC_SINGLE_PAGES : 0) |
	       (attrs & DMA_ATTR_NO_WARN ? DMAF_A_NO_WARN : 0) | (attrs & DMA_ATTR_PRIVILEGED ? DMAF_A_PRIVILEGED : 0);
}

/* dma_alloc_noncontiguous() is at work: the list that it maps is of memory that it chose. */
static bool allocating_list;

static enum host_map_mask masks_of(const struct host_mapping *m)
{
	if (m->masks == HOST_MASK_NONE)
		return HOST_MASK_NONE;
	if (m->kind == HOST_MAP_COHERENT)
		return HOST_MASK_COHERENT;
	return m->kind == HOST_MAP_PAGES || allocating_list ? HOST_MASK_EITHER : HOST_MASK_STREAMING;
}

/* Mappings that the driver lets share cache lines. Trees that lack the attribute have no such drivers. */
static bool shares_lines(unsigned long attrs)
{
#ifdef DMA_ATTR_DEBUGGING_IGNORE_CACHELINES
	return attrs & DMA_ATTR_DEBUGGING_IGNORE_CACHELINES;
#else
	return false;
#endif
}

/* Tells of a mapping, with what the device said of itself until now. */
static void tell(struct host_mapping *m, struct device *dev, unsigned long attrs)
{
	m->attrs = attributes(attrs);
	m->masks = masks_of(m);
	m->mask = dmaf_mask_in_force(dev, m->masks);
	m->shares_lines = shares_lines(attrs);
	m->boundary = dma_get_seg_boundary(dev);
	m->max_seg = dma_get_max_seg_size(dev);
	m->snoops = dev_is_dma_coherent(dev);
	m->cpu_first = allocating_list;
	host_dmasan_map(m);
}

static void told(struct device *dev, dma_addr_t dma, size_t size, phys_addr_t phys, int dir, unsigned long attrs,
		 enum host_map_kind kind)
{
	struct host_mapping m = {.dev = dev, .dma = dma, .size = size, .phys = phys, .dir = dir, .kind = kind};

	if (dma != DMA_MAPPING_ERROR)
		tell(&m, dev, attrs);
}

static void taken_back(struct device *dev, dma_addr_t dma, size_t size, int dir, unsigned long attrs,
		       enum host_map_kind kind)
{
	struct host_mapping m = {
		.dev = dev, .dma = dma, .size = size, .dir = dir, .kind = kind, .attrs = attributes(attrs)};

	host_dmasan_unmap(&m);
}

/*
 * What the hooks are not told, the functions of the API that call them are renamed for (kernel-files.cmake): the
 * attributes of unmapping on trees whose hooks lack them, and that the CPU has non-contiguous memory first.
 */
#if !HAS_MAP_PHYS
static unsigned long unmap_attrs;

void real_dma_unmap_page_attrs(struct device *dev, dma_addr_t dma, size_t size, enum dma_data_direction dir,
			       unsigned long attrs);
void real_dma_unmap_sg_attrs(struct device *dev, struct scatterlist *sg, int nents, enum dma_data_direction dir,
			     unsigned long attrs);

void dma_unmap_page_attrs(struct device *dev, dma_addr_t dma, size_t size, enum dma_data_direction dir,
			  unsigned long attrs)
{
	unmap_attrs = attrs;
	real_dma_unmap_page_attrs(dev, dma, size, dir, attrs);
	unmap_attrs = 0;
}

void dma_unmap_sg_attrs(struct device *dev, struct scatterlist *sg, int nents, enum dma_data_direction dir,
			unsigned long attrs)
{
	unmap_attrs = attrs;
	real_dma_unmap_sg_attrs(dev, sg, nents, dir, attrs);
	unmap_attrs = 0;
}
#endif

struct sg_table *real_dma_alloc_noncontiguous(struct device *dev, size_t size, enum dma_data_direction dir, gfp_t gfp,
					      unsigned long attrs);

struct sg_table *dma_alloc_noncontiguous(struct device *dev, size_t size, enum dma_data_direction dir, gfp_t gfp,
					 unsigned long attrs)
{
	struct sg_table *sgt;

	allocating_list = true;
	sgt = real_dma_alloc_noncontiguous(dev, size, dir, gfp, attrs);
	allocating_list = false;
	return sgt;
}

/* Linear addresses are looked at as what they lead to (map_memory.c); the others lead nowhere, and the core may trip.
 */
void debug_dma_map_single(struct device *dev, const void *addr, unsigned long len)
{
	host_dmasan_ask_debug();
	real_debug_dma_map_single(dev, addr, len);
	if (!virt_addr_valid(addr))
		host_dmasan_map_address(dev, addr, len);
	host_dmasan_done();
}

#if HAS_MAP_PHYS
static enum host_map_kind kind_of(unsigned long attrs)
{
	return attrs & DMA_ATTR_MMIO ? HOST_MAP_RESOURCE : HOST_MAP_PHYS;
}

void debug_dma_map_phys(struct device *dev, phys_addr_t phys, size_t size, int dir, dma_addr_t dma, unsigned long attrs)
{
	host_dmasan_ask_debug();
	real_debug_dma_map_phys(dev, phys, size, dir, dma, attrs);
	told(dev, dma, size, phys, dir, attrs, kind_of(attrs));
	host_dmasan_done();
}

void debug_dma_unmap_phys(struct device *dev, dma_addr_t dma, size_t size, int dir, unsigned long attrs)
{
	host_dmasan_ask_debug();
	real_debug_dma_unmap_phys(dev, dma, size, dir, attrs);
	taken_back(dev, dma, size, dir, attrs, kind_of(attrs));
	host_dmasan_done();
}
#else
void debug_dma_map_page(struct device *dev, struct page *page, size_t offset, size_t size, int dir, dma_addr_t dma,
			unsigned long attrs)
{
	host_dmasan_ask_debug();
	real_debug_dma_map_page(dev, page, offset, size, dir, dma, attrs);
	told(dev, dma, size, page_to_phys(page) + offset, dir, attrs, HOST_MAP_PHYS);
	host_dmasan_done();
}

void debug_dma_unmap_page(struct device *dev, dma_addr_t dma, size_t size, int dir)
{
	host_dmasan_ask_debug();
	real_debug_dma_unmap_page(dev, dma, size, dir);
	taken_back(dev, dma, size, dir, unmap_attrs, HOST_MAP_PHYS);
	host_dmasan_done();
}

void debug_dma_map_resource(struct device *dev, phys_addr_t phys, size_t size, int dir, dma_addr_t dma,
			    unsigned long attrs)
{
	host_dmasan_ask_debug();
	real_debug_dma_map_resource(dev, phys, size, dir, dma, attrs);
	told(dev, dma, size, phys, dir, attrs, HOST_MAP_RESOURCE);
	host_dmasan_done();
}

void debug_dma_unmap_resource(struct device *dev, dma_addr_t dma, size_t size, int dir)
{
	host_dmasan_ask_debug();
	real_debug_dma_unmap_resource(dev, dma, size, dir);
	taken_back(dev, dma, size, dir, 0, HOST_MAP_RESOURCE);
	host_dmasan_done();
}
#endif

void debug_dma_mapping_error(struct device *dev, dma_addr_t dma)
{
	real_debug_dma_mapping_error(dev, dma);
	host_dmasan_mapping_error(dev, dma);
}

/* ---- lists ---- */

/* The entries' memory, one after the other, is what the segments' addresses lead to. */
static void tell_parts(struct device *dev, struct scatterlist *sg, int nents, int mapped)
{
	struct scatterlist *s, *segment = sg;
	unsigned long done = 0;
	int i;

	if (mapped <= 0)
		return;
	for_each_sg (sg, s, nents, i) {
		if (done >= sg_dma_len(segment)) {
			if (!--mapped)
				return;
			segment = sg_next(segment);
			done = 0;
		}
		host_dmasan_part(dev, sg_dma_address(segment) + done, sg_phys(s), s->length);
		done += s->length;
	}
}

void debug_dma_map_sg(struct device *dev, struct scatterlist *sg, int nents, int mapped, int dir, unsigned long attrs)
{
	struct scatterlist *s;
	int i;

	host_dmasan_ask_debug();
	real_debug_dma_map_sg(dev, sg, nents, mapped, dir, attrs);
	for_each_sg (sg, s, mapped, i) {
		struct host_mapping m = {.dev = dev,
					 .dma = sg_dma_address(s),
					 .size = sg_dma_len(s),
					 .phys = sg_phys(s),
					 .dir = dir,
					 .kind = HOST_MAP_SG};

		if (!i) {
			m.entries = nents;
			m.segments = mapped;
		}
		tell(&m, dev, attrs);
	}
	tell_parts(dev, sg, nents, mapped);
	host_dmasan_done();
}

/* At least one, so that a list that is not mapped is said to be so. */
static unsigned int segments(struct device *dev, struct scatterlist *sg)
{
	return max(host_dmasan_segments(dev, sg_dma_address(sg)), 1u);
}

static void list_taken_back(struct device *dev, struct scatterlist *sg, int nents, int dir, unsigned long attrs)
{
	unsigned int count = segments(dev, sg), i;
	struct scatterlist *s;

	for_each_sg (sg, s, count, i) {
		struct host_mapping m = {.dev = dev,
					 .dma = sg_dma_address(s),
					 .dir = dir,
					 .kind = HOST_MAP_SG,
					 .attrs = attributes(attrs),
					 .entries = i ? 0 : nents};

		host_dmasan_unmap(&m);
	}
}

#if HAS_MAP_PHYS
void debug_dma_unmap_sg(struct device *dev, struct scatterlist *sg, int nents, int dir, unsigned long attrs)
{
	host_dmasan_ask_debug();
	real_debug_dma_unmap_sg(dev, sg, nents, dir, attrs);
	list_taken_back(dev, sg, nents, dir, attrs);
	host_dmasan_done();
}
#else
void debug_dma_unmap_sg(struct device *dev, struct scatterlist *sg, int nents, int dir)
{
	host_dmasan_ask_debug();
	real_debug_dma_unmap_sg(dev, sg, nents, dir);
	list_taken_back(dev, sg, nents, dir, unmap_attrs);
	host_dmasan_done();
}
#endif

/* ---- memory ---- */

void debug_dma_alloc_coherent(struct device *dev, size_t size, dma_addr_t dma, void *virt, unsigned long attrs)
{
	struct host_mapping m = {
		.dev = dev, .dma = dma, .size = size, .cpu = virt, .dir = DMA_BIDIRECTIONAL, .kind = HOST_MAP_COHERENT};

	host_dmasan_ask_debug();
	real_debug_dma_alloc_coherent(dev, size, dma, virt, attrs);
	if (virt)
		tell(&m, dev, attrs);
	host_dmasan_done();
}

/* No allocation is left to warn about: what is freed with NO_WARN is freed as without. */
static void memory_taken_back(struct device *dev, size_t size, void *virt, dma_addr_t dma, unsigned long attrs)
{
	struct host_mapping m = {.dev = dev,
				 .dma = dma,
				 .size = size,
				 .cpu = virt,
				 .dir = DMA_BIDIRECTIONAL,
				 .kind = HOST_MAP_COHERENT,
				 .attrs = attributes(attrs & ~DMA_ATTR_NO_WARN)};

	host_dmasan_unmap(&m);
}

#if HAS_MAP_PHYS
void debug_dma_free_coherent(struct device *dev, size_t size, void *virt, dma_addr_t dma, unsigned long attrs)
{
	host_dmasan_ask_debug();
	real_debug_dma_free_coherent(dev, size, virt, dma, attrs);
	memory_taken_back(dev, size, virt, dma, attrs);
	host_dmasan_done();
}
#else
void debug_dma_free_coherent(struct device *dev, size_t size, void *virt, dma_addr_t dma)
{
	host_dmasan_ask_debug();
	real_debug_dma_free_coherent(dev, size, virt, dma);
	memory_taken_back(dev, size, virt, dma, 0);
	host_dmasan_done();
}
#endif

#if HAS_MAP_PHYS
void debug_dma_alloc_pages(struct device *dev, struct page *page, size_t size, int dir, dma_addr_t dma)
{
	host_dmasan_ask_debug();
	real_debug_dma_alloc_pages(dev, page, size, dir, dma);
	told(dev, dma, size, page_to_phys(page), dir, 0, HOST_MAP_PAGES);
	host_dmasan_done();
}
#else
void debug_dma_alloc_pages(struct device *dev, struct page *page, size_t size, int dir, dma_addr_t dma,
			   unsigned long attrs)
{
	host_dmasan_ask_debug();
	real_debug_dma_alloc_pages(dev, page, size, dir, dma, attrs);
	told(dev, dma, size, page_to_phys(page), dir, attrs, HOST_MAP_PAGES);
	host_dmasan_done();
}
#endif

void debug_dma_free_pages(struct device *dev, struct page *page, size_t size, int dir, dma_addr_t dma)
{
	host_dmasan_ask_debug();
	real_debug_dma_free_pages(dev, page, size, dir, dma);
	taken_back(dev, dma, size, dir, 0, HOST_MAP_PAGES);
	host_dmasan_done();
}

/* A device's own memory. What is given back is said by its CPU address alone. */

int real_dma_alloc_from_dev_coherent(struct device *dev, ssize_t size, dma_addr_t *dma, void **ret);
int real_dma_release_from_dev_coherent(struct device *dev, int order, void *vaddr);

int dma_alloc_from_dev_coherent(struct device *dev, ssize_t size, dma_addr_t *dma, void **ret)
{
	int mine = real_dma_alloc_from_dev_coherent(dev, size, dma, ret);

	if (mine && *ret) {
		struct host_mapping m = {.dev = dev,
					 .dma = *dma,
					 .size = size,
					 .cpu = *ret,
					 .dir = DMA_BIDIRECTIONAL,
					 .kind = HOST_MAP_COHERENT,
					 .masks = HOST_MASK_NONE};

		tell(&m, dev, 0);
	}
	return mine;
}

int dma_release_from_dev_coherent(struct device *dev, int order, void *vaddr)
{
	int mine = real_dma_release_from_dev_coherent(dev, order, vaddr);

	if (mine)
		host_dmasan_forget_cpu(dev, vaddr);
	return mine;
}

/* ---- the IOVA API ---- */

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
int real_dma_iova_link(struct device *dev, struct dma_iova_state *state, phys_addr_t phys, size_t offset, size_t size,
		       enum dma_data_direction dir, unsigned long attrs);
void real_dma_iova_unlink(struct device *dev, struct dma_iova_state *state, size_t offset, size_t size,
			  enum dma_data_direction dir, unsigned long attrs);
void real_dma_iova_destroy(struct device *dev, struct dma_iova_state *state, size_t mapped_len,
			   enum dma_data_direction dir, unsigned long attrs);

int dma_iova_link(struct device *dev, struct dma_iova_state *state, phys_addr_t phys, size_t offset, size_t size,
		  enum dma_data_direction dir, unsigned long attrs)
{
	int ret;

	if (kind_of(attrs) == HOST_MAP_PHYS)
		host_dmasan_map_address(dev, phys_to_virt(phys), size);
	ret = real_dma_iova_link(dev, state, phys, offset, size, dir, attrs);
	/* Unlinking may be by other pieces than linking was, so these are told as a list's segments are. */
	if (!ret) {
		told(dev, state->addr + offset, size, phys, dir, attrs, HOST_MAP_SG);
		host_dmasan_part(dev, state->addr + offset, phys, size);
	}
	return ret;
}

void dma_iova_unlink(struct device *dev, struct dma_iova_state *state, size_t offset, size_t size,
		     enum dma_data_direction dir, unsigned long attrs)
{
	host_dmasan_forget(dev, state->addr + offset, size);
	real_dma_iova_unlink(dev, state, offset, size, dir, attrs);
}

void dma_iova_destroy(struct device *dev, struct dma_iova_state *state, size_t mapped_len, enum dma_data_direction dir,
		      unsigned long attrs)
{
	host_dmasan_forget(dev, state->addr, mapped_len);
	real_dma_iova_destroy(dev, state, mapped_len, dir, attrs);
}
#endif

/* ---- syncs ---- */

void debug_dma_sync_single_for_cpu(struct device *dev, dma_addr_t dma, size_t size, int dir)
{
	host_dmasan_ask_debug();
	real_debug_dma_sync_single_for_cpu(dev, dma, size, dir);
	host_dmasan_sync(dev, dma, size, dir, 1);
	host_dmasan_done();
}

void debug_dma_sync_single_for_device(struct device *dev, dma_addr_t dma, size_t size, int dir)
{
	host_dmasan_ask_debug();
	real_debug_dma_sync_single_for_device(dev, dma, size, dir);
	host_dmasan_sync(dev, dma, size, dir, 0);
	host_dmasan_done();
}

static void list_synced(struct device *dev, struct scatterlist *sg, int dir, int for_cpu)
{
	unsigned int count = segments(dev, sg), i;
	struct scatterlist *s;

	for_each_sg (sg, s, count, i)
		host_dmasan_sync(dev, sg_dma_address(s), sg_dma_len(s), dir, for_cpu);
}

void debug_dma_sync_sg_for_cpu(struct device *dev, struct scatterlist *sg, int nents, int dir)
{
	host_dmasan_ask_debug();
	real_debug_dma_sync_sg_for_cpu(dev, sg, nents, dir);
	list_synced(dev, sg, dir, 1);
	host_dmasan_done();
}

void debug_dma_sync_sg_for_device(struct device *dev, struct scatterlist *sg, int nents, int dir)
{
	host_dmasan_ask_debug();
	real_debug_dma_sync_sg_for_device(dev, sg, nents, dir);
	list_synced(dev, sg, dir, 0);
	host_dmasan_done();
}
