// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * dmaxx in C: the device, one range, and what is common to all. See dmaxx/capi.h.
 */
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/version.h>
#include <linux/vmalloc.h>
#include "cxx/capi_internal.h"

/* dmaxx/types.h has these as numbers. */
static_assert(DMA_ATTR_WEAK_ORDERING == 1 << 1 && DMA_ATTR_WRITE_COMBINE == 1 << 2);
static_assert(DMA_ATTR_NO_KERNEL_MAPPING == 1 << 4 && DMA_ATTR_SKIP_CPU_SYNC == 1 << 5);
static_assert(DMA_ATTR_FORCE_CONTIGUOUS == 1 << 6 && DMA_ATTR_ALLOC_SINGLE_PAGES == 1 << 7);
static_assert(DMA_ATTR_NO_WARN == 1 << 8 && DMA_ATTR_PRIVILEGED == 1 << 9);
static_assert(DMA_BIDIRECTIONAL == 0 && DMA_TO_DEVICE == 1 && DMA_FROM_DEVICE == 2);
static_assert(EINVAL == 22 && ERANGE == 34 && ENOMEM == 12 && EIO == 5 && EOPNOTSUPP == 95);
static_assert(PAGE_SIZE == DMAXX_PAGE_SIZE);
static_assert(DMA_MAPPING_ERROR == DMAXX_NO_ADDRESS);

int dmaxx_set_mask(struct device *dev, dmaxx_u64 mask)
{
	return dma_set_mask(dev, mask);
}

int dmaxx_set_coherent_mask(struct device *dev, dmaxx_u64 mask)
{
	return dma_set_coherent_mask(dev, mask);
}

int dmaxx_set_both_masks(struct device *dev, dmaxx_u64 mask)
{
	return dma_set_mask_and_coherent(dev, mask);
}

void dmaxx_set_max_segment(struct device *dev, unsigned int bytes)
{
	dma_set_max_seg_size(dev, bytes);
}

void dmaxx_set_boundary(struct device *dev, dmaxx_u64 mask)
{
	dma_set_seg_boundary(dev, mask);
}

void dmaxx_set_min_align(struct device *dev, unsigned int mask)
{
	dma_set_min_align_mask(dev, mask);
}

dmaxx_size dmaxx_max_mapping_size(struct device *dev)
{
	return dma_max_mapping_size(dev);
}

dmaxx_size dmaxx_opt_mapping_size(struct device *dev)
{
	return dma_opt_mapping_size(dev);
}

dmaxx_u64 dmaxx_merge_boundary(struct device *dev)
{
	return dma_get_merge_boundary(dev);
}

dmaxx_u64 dmaxx_required_mask(struct device *dev)
{
	return dma_get_required_mask(dev);
}

int dmaxx_addressing_limited(struct device *dev)
{
	return dma_addressing_limited(dev);
}

int dmaxx_can_mmap(struct device *dev)
{
	return dma_can_mmap(dev);
}

int dmaxx_need_sync(struct device *dev)
{
	return dma_dev_need_sync(dev);
}

/* The address, or that there is none: nobody gets one that was not asked about. */
static dmaxx_u64 checked(struct device *dev, dma_addr_t dma)
{
	return unlikely(dma_mapping_error(dev, dma)) ? DMAXX_NO_ADDRESS : dma;
}

dmaxx_u64 dmaxx_map_single(struct device *dev, void *cpu, dmaxx_size len, int dir, unsigned long attrs)
{
	return checked(dev, dma_map_single_attrs(dev, cpu, len, dir, attrs));
}

static dmaxx_u64 map_page(struct device *dev, struct page *page, void *cpu, dmaxx_size len, int dir,
			  unsigned long attrs)
{
	return checked(dev, dma_map_page_attrs(dev, page, offset_in_page(cpu), len, dir, attrs));
}

static dmaxx_u64 map_phys(struct device *dev, struct page *page, void *cpu, dmaxx_size len, int dir,
			  unsigned long attrs)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	return checked(dev, dma_map_phys(dev, page_to_phys(page) + offset_in_page(cpu), len, dir, attrs));
#else
	return map_page(dev, page, cpu, len, dir, attrs);
#endif
}

dmaxx_u64 dmaxx_map_page(struct device *dev, void *cpu, dmaxx_size len, int dir, unsigned long attrs)
{
	return map_page(dev, virt_to_page(cpu), cpu, len, dir, attrs);
}

dmaxx_u64 dmaxx_map_phys(struct device *dev, void *cpu, dmaxx_size len, int dir, unsigned long attrs)
{
	return map_phys(dev, virt_to_page(cpu), cpu, len, dir, attrs);
}

dmaxx_u64 dmaxx_map_page_vmalloc(struct device *dev, void *cpu, dmaxx_size len, int dir, unsigned long attrs)
{
	return map_page(dev, vmalloc_to_page(cpu), cpu, len, dir, attrs);
}

dmaxx_u64 dmaxx_map_phys_vmalloc(struct device *dev, void *cpu, dmaxx_size len, int dir, unsigned long attrs)
{
	return map_phys(dev, vmalloc_to_page(cpu), cpu, len, dir, attrs);
}

void dmaxx_unmap(struct device *dev, dmaxx_u64 dma, dmaxx_size len, int dir, unsigned long attrs)
{
	/* dma_unmap_single_attrs() and dma_unmap_phys() are this function or what it calls. */
	dma_unmap_page_attrs(dev, dma, len, dir, attrs);
}

void dmaxx_sync_for_cpu(struct device *dev, dmaxx_u64 dma, dmaxx_size len, int dir)
{
	dma_sync_single_for_cpu(dev, dma, len, dir);
}

void dmaxx_sync_for_device(struct device *dev, dmaxx_u64 dma, dmaxx_size len, int dir)
{
	dma_sync_single_for_device(dev, dma, len, dir);
}

dmaxx_u64 dmaxx_map_resource(struct device *dev, dmaxx_u64 phys, dmaxx_size len, int dir, unsigned long attrs)
{
	return checked(dev, dma_map_resource(dev, phys, len, dir, attrs));
}

void dmaxx_unmap_resource(struct device *dev, dmaxx_u64 dma, dmaxx_size len, int dir, unsigned long attrs)
{
	dma_unmap_resource(dev, dma, len, dir, attrs);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
static_assert(sizeof(struct dmaxx_iova) == sizeof(struct dma_iova_state));
static_assert(offsetof(struct dmaxx_iova, addr) == offsetof(struct dma_iova_state, addr));

static struct dma_iova_state *state(struct dmaxx_iova *iova)
{
	return (struct dma_iova_state *)iova;
}

static phys_addr_t phys_of(void *cpu)
{
	return page_to_phys(virt_to_page(cpu)) + offset_in_page(cpu);
}

int dmaxx_iova_try_alloc(struct device *dev, struct dmaxx_iova *iova, void *cpu, dmaxx_size len)
{
	return dma_iova_try_alloc(dev, state(iova), phys_of(cpu), len);
}

void dmaxx_iova_free(struct device *dev, struct dmaxx_iova *iova)
{
	dma_iova_free(dev, state(iova));
}

int dmaxx_iova_link(struct device *dev, struct dmaxx_iova *iova, void *cpu, dmaxx_size at, dmaxx_size len, int dir,
		    unsigned long attrs)
{
	return dma_iova_link(dev, state(iova), phys_of(cpu), at, len, dir, attrs);
}

int dmaxx_iova_sync(struct device *dev, struct dmaxx_iova *iova, dmaxx_size at, dmaxx_size len)
{
	return dma_iova_sync(dev, state(iova), at, len);
}

void dmaxx_iova_destroy(struct device *dev, struct dmaxx_iova *iova, dmaxx_size len, int dir, unsigned long attrs)
{
	dma_iova_destroy(dev, state(iova), len, dir, attrs);
}
#else
int dmaxx_iova_try_alloc(struct device *dev, struct dmaxx_iova *iova, void *cpu, dmaxx_size len)
{
	return 0;
}

/* Nobody has one to call these with. */
void dmaxx_iova_free(struct device *dev, struct dmaxx_iova *iova)
{
}

int dmaxx_iova_link(struct device *dev, struct dmaxx_iova *iova, void *cpu, dmaxx_size at, dmaxx_size len, int dir,
		    unsigned long attrs)
{
	return -EOPNOTSUPP;
}

int dmaxx_iova_sync(struct device *dev, struct dmaxx_iova *iova, dmaxx_size at, dmaxx_size len)
{
	return -EOPNOTSUPP;
}

void dmaxx_iova_destroy(struct device *dev, struct dmaxx_iova *iova, dmaxx_size len, int dir, unsigned long attrs)
{
}
#endif

void dmaxx_copy(void *to, const void *from, dmaxx_size len)
{
	memcpy(to, from, len);
}

void dmaxx_write_barrier(void)
{
	dma_wmb();
}

void dmaxx_read_barrier(void)
{
	dma_rmb();
}

void dmaxx_barrier(void)
{
	dma_mb();
}

void dmaxx_bug(void)
{
	BUG();
}
