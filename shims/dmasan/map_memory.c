// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is about to be mapped is shown to DmaSan first. The hooks are told of a mapping when it is made, and by then
 * a bounced one has copied what it must not touch. So the functions of the API that map memory are renamed
 * (kernel-files.cmake) and stood before. They call one another inside the core, by the new names: nothing is looked at
 * twice. Registers (DMA_ATTR_MMIO) are not memory.
 *
 * Here a mapping fails as well that is to fail: any may, and drivers must look (Documentation/core-api/dma-api.rst,
 * dma_mapping_error()).
 */
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/version.h>
#include "host.h"
#include "host_dma.h"

static unsigned int fail_after;

void kernel_fail_map(unsigned int after)
{
	fail_after = after;
}

static bool fails(void)
{
	return fail_after && !--fail_after;
}

static void show(struct device *dev, phys_addr_t phys, size_t size)
{
	host_dmasan_map_address(dev, phys_to_virt(phys), size);
}

static void show_list(struct device *dev, struct scatterlist *sg, int nents)
{
	struct scatterlist *s;
	int i;

	/* A count that is too high is the core's to trip over. */
	for (i = 0, s = sg; s && i < nents; i++, s = sg_next(s))
		show(dev, sg_phys(s), s->length);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
dma_addr_t real_dma_map_phys(struct device *dev, phys_addr_t phys, size_t size, enum dma_data_direction dir,
			     unsigned long attrs);

dma_addr_t dma_map_phys(struct device *dev, phys_addr_t phys, size_t size, enum dma_data_direction dir,
			unsigned long attrs)
{
	if (!(attrs & DMA_ATTR_MMIO))
		show(dev, phys, size);
	if (fails())
		return DMA_MAPPING_ERROR;
	return real_dma_map_phys(dev, phys, size, dir, attrs);
}
#endif

dma_addr_t real_dma_map_page_attrs(struct device *dev, struct page *page, size_t offset, size_t size,
				   enum dma_data_direction dir, unsigned long attrs);

dma_addr_t dma_map_page_attrs(struct device *dev, struct page *page, size_t offset, size_t size,
			      enum dma_data_direction dir, unsigned long attrs)
{
	show(dev, page_to_phys(page) + offset, size);
	if (fails())
		return DMA_MAPPING_ERROR;
	return real_dma_map_page_attrs(dev, page, offset, size, dir, attrs);
}

unsigned int real_dma_map_sg_attrs(struct device *dev, struct scatterlist *sg, int nents, enum dma_data_direction dir,
				   unsigned long attrs);
int real_dma_map_sgtable(struct device *dev, struct sg_table *sgt, enum dma_data_direction dir, unsigned long attrs);

unsigned int dma_map_sg_attrs(struct device *dev, struct scatterlist *sg, int nents, enum dma_data_direction dir,
			      unsigned long attrs)
{
	show_list(dev, sg, nents);
	if (fails())
		return 0;
	return real_dma_map_sg_attrs(dev, sg, nents, dir, attrs);
}

int dma_map_sgtable(struct device *dev, struct sg_table *sgt, enum dma_data_direction dir, unsigned long attrs)
{
	show_list(dev, sgt->sgl, sgt->orig_nents);
	if (fails())
		return -ENOMEM;
	return real_dma_map_sgtable(dev, sgt, dir, attrs);
}
