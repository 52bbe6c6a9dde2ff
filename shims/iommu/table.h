/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page table of a domain: which of the tree's own builders stands behind it. 7.3: generic_pt, AMDv1 (table_pt.c);
 * trees without generic_pt: io-pgtable, ARM 64-bit LPAE stage 1 (table_lpae.c).
 */
#ifndef DMAF_IOMMU_TABLE_H
#define DMAF_IOMMU_TABLE_H

#include <linux/iommu.h>
#include <linux/spinlock.h>
#include <linux/version.h>

#define DMAF_HAS_GENERIC_PT (LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0))

#if DMAF_HAS_GENERIC_PT
#include <linux/generic_pt/iommu.h>
#else
#include <linux/io-pgtable.h>
#endif

struct dmaf_domain {
#if DMAF_HAS_GENERIC_PT
	union {
		struct iommu_domain domain;
		struct pt_iommu_amdv1 amdv1;
	};
	spinlock_t top_lock;
#else
	struct iommu_domain domain;
	struct io_pgtable_cfg cfg;
	struct io_pgtable_ops *ops;
#endif
	/* The device model walks it: what changes is told to it. */
	bool walked;
};

static inline struct dmaf_domain *to_dmaf(struct iommu_domain *domain)
{
	return container_of(domain, struct dmaf_domain, domain);
}

/* Operations of paging domains: the table's own; the IOTLB's are in driver.c. */
extern const struct iommu_domain_ops dmaf_domain_ops;

/* Makes an empty table and sets page sizes and aperture. */
int dmaf_table_make(struct dmaf_domain *d);
/* Frees all of it, mapped or not. Nothing walks it any more. */
void dmaf_table_free(struct dmaf_domain *d);
/* Tells the device model where the table is. */
void dmaf_table_tell(struct dmaf_domain *d);

#if !DMAF_HAS_GENERIC_PT
int dmaf_map_pages(struct iommu_domain *domain, unsigned long iova, phys_addr_t paddr, size_t pgsize, size_t pgcount,
		   int prot, gfp_t gfp, size_t *mapped);
size_t dmaf_unmap_pages(struct iommu_domain *domain, unsigned long iova, size_t pgsize, size_t pgcount,
			struct iommu_iotlb_gather *gather);
phys_addr_t dmaf_iova_to_phys(struct iommu_domain *domain, dma_addr_t iova);
#endif

#endif
