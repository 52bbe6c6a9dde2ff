// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains on generic_pt, format AMDv1 with a top that grows: 3 levels to begin with, 5 when addresses ask for it.
 *
 * The memory of tables is coherent with the walker, so no cache maintenance is asked for (PT_FEAT_DMA_INCOHERENT).
 */
#include <linux/sizes.h>
#include "host.h"
#include "iommu/table.h"

PT_IOMMU_CHECK_DOMAIN(struct dmaf_domain, amdv1.iommu, domain);

/* Addresses of the five levels; the sixth of the format maps no pages. */
#define VA_BITS		57
#define FIRST_TOP_LEVEL 2

static struct dmaf_domain *of_table(struct pt_iommu *table)
{
	return container_of(table, struct dmaf_domain, amdv1.iommu);
}

static spinlock_t *top_lock(struct pt_iommu *table)
{
	return &of_table(table)->top_lock;
}

static void change_top(struct pt_iommu *table, phys_addr_t phys, unsigned int level)
{
	if (of_table(table)->walked)
		host_iommu_attach(HOST_TABLE_AMDV1, phys, level, VA_BITS);
}

static const struct pt_iommu_driver_ops driver_ops = {
	.get_top_lock = top_lock,
	.change_top = change_top,
};

int dmaf_table_make(struct dmaf_domain *d)
{
	static const struct pt_iommu_amdv1_cfg cfg = {
		.common.features =
			BIT(PT_FEAT_DYNAMIC_TOP) | BIT(PT_FEAT_FLUSH_RANGE) | BIT(PT_FEAT_AMDV1_FORCE_COHERENCE),
		.common.hw_max_vasz_lg2 = VA_BITS,
		.common.hw_max_oasz_lg2 = 52,
		.starting_level = FIRST_TOP_LEVEL,
	};
	/* The format's init makes it a plain paging domain; a domain that the core uses already stays what it is. */
	unsigned int type = d->domain.type;
	int ret;

	spin_lock_init(&d->top_lock);
	d->amdv1.iommu.driver_ops = &driver_ops;
	d->amdv1.iommu.nid = NUMA_NO_NODE;
	ret = pt_iommu_amdv1_init(&d->amdv1, &cfg, GFP_KERNEL);
	if (type)
		d->domain.type = type;
	return ret;
}

void dmaf_table_free(struct dmaf_domain *d)
{
	pt_iommu_deinit(&d->amdv1.iommu);
	d->amdv1.iommu.ops = NULL;
}

void dmaf_table_tell(struct dmaf_domain *d)
{
	struct pt_iommu_amdv1_hw_info info;

	pt_iommu_amdv1_hw_info(&d->amdv1, &info);
	/* The mode counts levels. */
	host_iommu_attach(HOST_TABLE_AMDV1, info.host_pt_root, info.mode - 1, VA_BITS);
}
