// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains on io-pgtable, ARM 64-bit LPAE stage 1, granule 4 KiB, 4 levels. The walker is coherent.
 */
#include <linux/dma-mapping.h>
#include <linux/sizes.h>
#include "host.h"
#include "iommu/table.h"

#define VA_BITS	  48
#define TOP_LEVEL 3

static void flush_all(void *cookie)
{
	struct dmaf_domain *d = cookie;

	if (d->walked)
		host_iotlb_flush_all();
}

static void flush_walk(unsigned long iova, size_t size, size_t granule, void *cookie)
{
	struct dmaf_domain *d = cookie;

	if (d->walked)
		host_iotlb_flush(iova, iova + size - 1);
}

static void add_page(struct iommu_iotlb_gather *gather, unsigned long iova, size_t granule, void *cookie)
{
	struct dmaf_domain *d = cookie;

	iommu_iotlb_gather_add_page(&d->domain, gather, iova, granule);
}

static const struct iommu_flush_ops flush_ops = {
	.tlb_flush_all = flush_all,
	.tlb_flush_walk = flush_walk,
	.tlb_add_page = add_page,
};

int dmaf_table_make(struct dmaf_domain *d)
{
	d->cfg = (struct io_pgtable_cfg){
		.pgsize_bitmap = SZ_4K | SZ_2M | SZ_1G,
		.ias = VA_BITS,
		.oas = 48,
		.coherent_walk = true,
		.tlb = &flush_ops,
	};
	d->ops = alloc_io_pgtable_ops(ARM_64_LPAE_S1, &d->cfg, d);
	if (!d->ops)
		return -ENOMEM;
	d->domain.pgsize_bitmap = d->cfg.pgsize_bitmap;
	d->domain.geometry.aperture_end = DMA_BIT_MASK(d->cfg.ias);
	d->domain.geometry.force_aperture = true;
	return 0;
}

void dmaf_table_free(struct dmaf_domain *d)
{
	if (d->ops)
		free_io_pgtable_ops(d->ops);
	d->ops = NULL;
}

void dmaf_table_tell(struct dmaf_domain *d)
{
	host_iommu_attach(HOST_TABLE_ARM_LPAE, d->cfg.arm_lpae_s1_cfg.ttbr, TOP_LEVEL, VA_BITS);
}

int dmaf_map_pages(struct iommu_domain *domain, unsigned long iova, phys_addr_t paddr, size_t pgsize, size_t pgcount,
		   int prot, gfp_t gfp, size_t *mapped)
{
	struct io_pgtable_ops *ops = to_dmaf(domain)->ops;

	return ops->map_pages(ops, iova, paddr, pgsize, pgcount, prot, gfp, mapped);
}

size_t dmaf_unmap_pages(struct iommu_domain *domain, unsigned long iova, size_t pgsize, size_t pgcount,
			struct iommu_iotlb_gather *gather)
{
	struct io_pgtable_ops *ops = to_dmaf(domain)->ops;

	return ops->unmap_pages(ops, iova, pgsize, pgcount, gather);
}

phys_addr_t dmaf_iova_to_phys(struct iommu_domain *domain, dma_addr_t iova)
{
	struct io_pgtable_ops *ops = to_dmaf(domain)->ops;

	return ops->iova_to_phys(ops, iova);
}
