// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's side of target page_table: the driver's part of an IOMMU that has one table of a chosen format. Nothing
 * is attached to it; the harness plays the walker.
 */
#include <linux/dma-mapping.h>
#include <linux/io-pgtable.h>
#include <linux/iommu.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/version.h>
#include <drivers/iommu/iommu-pages.h>
#include "host.h"
#include "targets/page_table.h"

#define HAS_GENERIC_PT (LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0))
#if HAS_GENERIC_PT
#include <linux/generic_pt/iommu.h>
#endif

#define MAX_FLUSHES 64

static struct {
	union {
		struct iommu_domain domain;
#if HAS_GENERIC_PT
		struct pt_iommu iommu;
		struct pt_iommu_amdv1 amdv1;
		struct pt_iommu_x86_64 x86_64;
		struct pt_iommu_vtdss vtdss;
		struct pt_iommu_riscv_64 riscv_64;
#endif
	};
	struct io_pgtable_cfg cfg;
	struct io_pgtable_ops *ops;
	struct kernel_pt_info info;
	spinlock_t top_lock;
	struct kernel_pt_flush flushes[MAX_FLUSHES];
	unsigned int flush_count;
} table;

/* ---- flushes ---- */

static void flush(unsigned long start, unsigned long last)
{
	if (table.flush_count == MAX_FLUSHES) {
		table.flush_count = 1;
		start = 0;
		last = ULONG_MAX;
		table.flushes[0] = (struct kernel_pt_flush){start, last};
		return;
	}
	table.flushes[table.flush_count++] = (struct kernel_pt_flush){start, last};
}

static void flush_iotlb_all(struct iommu_domain *domain)
{
	flush(0, ULONG_MAX);
}

static void iotlb_sync(struct iommu_domain *domain, struct iommu_iotlb_gather *gather)
{
	if (gather->start <= gather->end)
		flush(gather->start, gather->end);
	iommu_put_pages_list(&gather->freelist);
}

/* ---- io-pgtable ---- */

static void lpae_flush_all(void *cookie)
{
	flush(0, ULONG_MAX);
}

static void lpae_flush_walk(unsigned long iova, size_t size, size_t granule, void *cookie)
{
	flush(iova, iova + size - 1);
}

static void lpae_add_page(struct iommu_iotlb_gather *gather, unsigned long iova, size_t granule, void *cookie)
{
	/* Without a gather (a table that a block replaces, a block that is split) there is nothing to add to. */
	if (gather)
		iommu_iotlb_gather_add_page(&table.domain, gather, iova, granule);
	else
		flush(iova, iova + granule - 1);
}

static const struct iommu_flush_ops lpae_flush_ops = {
	.tlb_flush_all = lpae_flush_all,
	.tlb_flush_walk = lpae_flush_walk,
	.tlb_add_page = lpae_add_page,
};

static int lpae_map_pages(struct iommu_domain *domain, unsigned long iova, phys_addr_t paddr, size_t pgsize,
			  size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	return table.ops->map_pages(table.ops, iova, paddr, pgsize, pgcount, prot, gfp, mapped);
}

static size_t lpae_unmap_pages(struct iommu_domain *domain, unsigned long iova, size_t pgsize, size_t pgcount,
			       struct iommu_iotlb_gather *gather)
{
	return table.ops->unmap_pages(table.ops, iova, pgsize, pgcount, gather);
}

static phys_addr_t lpae_iova_to_phys(struct iommu_domain *domain, dma_addr_t iova)
{
	return table.ops->iova_to_phys(table.ops, iova);
}

static const struct iommu_domain_ops lpae_ops = {
	.map_pages = lpae_map_pages,
	.unmap_pages = lpae_unmap_pages,
	.iova_to_phys = lpae_iova_to_phys,
	.flush_iotlb_all = flush_iotlb_all,
	.iotlb_sync = iotlb_sync,
};

static int lpae_open(unsigned int variant)
{
	static const int sizes[] = {48, 39, 42, 36};
	unsigned int bits = sizes[variant % ARRAY_SIZE(sizes)];

	table.cfg = (struct io_pgtable_cfg){
		.pgsize_bitmap = SZ_4K | SZ_2M | SZ_1G,
		.ias = bits,
		.oas = 48,
		.coherent_walk = true,
		.tlb = &lpae_flush_ops,
	};
	table.ops = alloc_io_pgtable_ops(ARM_64_LPAE_S1, &table.cfg, NULL);
	if (!table.ops)
		return -ENOMEM;
	table.domain.type = IOMMU_DOMAIN_UNMANAGED;
	table.domain.ops = &lpae_ops;
	table.domain.pgsize_bitmap = table.cfg.pgsize_bitmap;
	table.info = (struct kernel_pt_info){
		.root = table.cfg.arm_lpae_s1_cfg.ttbr,
		.top_level = DIV_ROUND_UP(bits - 12, 9) - 1,
		.va_bits = bits,
		.oa_bits = 48,
		.splits = !HAS_GENERIC_PT,
	};
	return 0;
}

/* ---- generic_pt ---- */

#if HAS_GENERIC_PT
#define FORMAT_OPS(fmt)                                                                                                \
	static const struct iommu_domain_ops fmt##_ops = {                                                             \
		IOMMU_PT_DOMAIN_OPS(fmt),                                                                              \
		.flush_iotlb_all = flush_iotlb_all,                                                                    \
		.iotlb_sync = iotlb_sync,                                                                              \
	}
FORMAT_OPS(amdv1);
FORMAT_OPS(x86_64);
FORMAT_OPS(vtdss);
FORMAT_OPS(riscv_64);

static spinlock_t *top_lock(struct pt_iommu *iommu)
{
	return &table.top_lock;
}

static void change_top(struct pt_iommu *iommu, phys_addr_t phys, unsigned int level)
{
	if ((int)level <= table.info.top_level)
		host_finding("model-mismatch", "the top of the table did not grow");
	table.info.root = phys;
	table.info.top_level = level;
}

static const struct pt_iommu_driver_ops driver_ops = {
	.get_top_lock = top_lock,
	.change_top = change_top,
};

static int amdv1_open(unsigned int variant)
{
	static const struct {
		int bits, level;
	} sizes[] = {{48, 2}, {57, 2}, {64, 1}, {32, 1}};
	struct pt_iommu_amdv1_cfg cfg = {
		.common.features = BIT(PT_FEAT_DYNAMIC_TOP) | BIT(PT_FEAT_AMDV1_FORCE_COHERENCE) |
				   (variant & 8 ? BIT(PT_FEAT_FLUSH_RANGE_NO_GAPS) : BIT(PT_FEAT_FLUSH_RANGE)),
		.common.hw_max_vasz_lg2 = sizes[variant % 4].bits,
		.common.hw_max_oasz_lg2 = 52,
		.starting_level = sizes[variant % 4].level,
	};
	struct pt_iommu_amdv1_hw_info hw;
	int ret;

	table.domain.ops = &amdv1_ops;
	ret = pt_iommu_amdv1_init(&table.amdv1, &cfg, GFP_KERNEL);
	if (ret)
		return ret;
	pt_iommu_amdv1_hw_info(&table.amdv1, &hw);
	table.info = (struct kernel_pt_info){
		.root = hw.host_pt_root,
		.top_level = hw.mode - 1,
		.va_bits = sizes[variant % 4].bits,
		.oa_bits = 52,
	};
	return 0;
}

static int x86_64_open(unsigned int variant)
{
	static const struct {
		int bits, level, is_signed;
	} sizes[] = {{48, 3, 1}, {57, 4, 1}, {47, 3, 0}, {56, 4, 0}};
	struct pt_iommu_x86_64_cfg cfg = {
		.common.features = (sizes[variant % 4].is_signed ? BIT(PT_FEAT_SIGN_EXTEND) : 0) |
				   (variant & 8 ? BIT(PT_FEAT_FLUSH_RANGE_NO_GAPS) : BIT(PT_FEAT_FLUSH_RANGE)),
		.common.hw_max_vasz_lg2 = sizes[variant % 4].bits,
		.common.hw_max_oasz_lg2 = 52,
		.top_level = sizes[variant % 4].level,
	};
	struct pt_iommu_x86_64_hw_info hw;
	int ret;

	table.domain.ops = &x86_64_ops;
	ret = pt_iommu_x86_64_init(&table.x86_64, &cfg, GFP_KERNEL);
	if (ret)
		return ret;
	pt_iommu_x86_64_hw_info(&table.x86_64, &hw);
	table.info = (struct kernel_pt_info){
		.root = hw.gcr3_pt,
		.top_level = hw.levels - 1,
		.va_bits = sizes[variant % 4].bits,
		.oa_bits = 52,
		.is_signed = sizes[variant % 4].is_signed,
	};
	return 0;
}

static int vtdss_open(unsigned int variant)
{
	struct pt_iommu_vtdss_cfg cfg = {
		.common.features = BIT(PT_FEAT_FLUSH_RANGE) | (variant & 8 ? BIT(PT_FEAT_VTDSS_FORCE_COHERENCE) : 0),
		.common.hw_max_vasz_lg2 = 39 + 9 * (variant % 3),
		.common.hw_max_oasz_lg2 = 52,
		.top_level = 2 + variant % 3,
	};
	struct pt_iommu_vtdss_hw_info hw;
	int ret;

	table.domain.ops = &vtdss_ops;
	ret = pt_iommu_vtdss_init(&table.vtdss, &cfg, GFP_KERNEL);
	if (ret)
		return ret;
	pt_iommu_vtdss_hw_info(&table.vtdss, &hw);
	table.info = (struct kernel_pt_info){
		.root = hw.ssptptr,
		.top_level = hw.aw + 1,
		.va_bits = 39 + 9 * (variant % 3),
		.oa_bits = 52,
	};
	return 0;
}

static int riscv_64_open(unsigned int variant)
{
	struct pt_iommu_riscv_64_cfg cfg = {
		.common.features = BIT(PT_FEAT_SIGN_EXTEND) | BIT(PT_FEAT_FLUSH_RANGE) |
				   (variant & 8 ? BIT(PT_FEAT_RISCV_SVNAPOT_64K) : 0) |
				   (variant & 16 ? BIT(PT_FEAT_RISCV_SVPBMT) : 0),
		.common.hw_max_vasz_lg2 = 39 + 9 * (variant % 3),
		.common.hw_max_oasz_lg2 = 56,
	};
	struct pt_iommu_riscv_64_hw_info hw;
	int ret;

	table.domain.ops = &riscv_64_ops;
	ret = pt_iommu_riscv_64_init(&table.riscv_64, &cfg, GFP_KERNEL);
	if (ret)
		return ret;
	pt_iommu_riscv_64_hw_info(&table.riscv_64, &hw);
	table.info = (struct kernel_pt_info){
		.root = hw.ppn << 12,
		.top_level = hw.fsc_iosatp_mode - 6,
		.va_bits = 39 + 9 * (variant % 3),
		.oa_bits = 56,
		.is_signed = 1,
	};
	return 0;
}

static int generic_open(int format, unsigned int variant)
{
	int ret;

	table.iommu.nid = NUMA_NO_NODE;
	table.iommu.driver_ops = &driver_ops;
	switch (format) {
	case HOST_TABLE_AMDV1:
		ret = amdv1_open(variant);
		break;
	case HOST_TABLE_X86_64:
		ret = x86_64_open(variant);
		break;
	case HOST_TABLE_VTDSS:
		ret = vtdss_open(variant);
		break;
	case HOST_TABLE_RISCV64:
		ret = riscv_64_open(variant);
		break;
	default:
		ret = -EOPNOTSUPP;
	}
	table.info.checks = 1;
	return ret;
}
#endif

/* ---- the table ---- */

unsigned kernel_pt_formats(void)
{
	unsigned int formats = 1u << HOST_TABLE_ARM_LPAE;

#if HAS_GENERIC_PT
	formats |= 1u << HOST_TABLE_AMDV1 | 1u << HOST_TABLE_X86_64 | 1u << HOST_TABLE_VTDSS | 1u << HOST_TABLE_RISCV64;
#endif
	return formats;
}

int kernel_pt_open(int format, unsigned variant)
{
	memset(&table, 0, sizeof(table));
	spin_lock_init(&table.top_lock);
	if (format == HOST_TABLE_ARM_LPAE)
		return lpae_open(variant);
#if HAS_GENERIC_PT
	return generic_open(format, variant);
#else
	return -EOPNOTSUPP;
#endif
}

void kernel_pt_close(void)
{
	if (table.ops)
		free_io_pgtable_ops(table.ops);
#if HAS_GENERIC_PT
	else
		pt_iommu_deinit(&table.iommu);
#endif
}

void kernel_pt_get_info(struct kernel_pt_info *info)
{
	table.info.page_sizes = table.domain.pgsize_bitmap;
	*info = table.info;
}

int kernel_pt_map(unsigned long iova, unsigned long long phys, unsigned long size, unsigned prot)
{
	return iommu_map(&table.domain, iova, phys, size, prot, GFP_KERNEL);
}

unsigned long kernel_pt_unmap(unsigned long iova, unsigned long size)
{
	return iommu_unmap(&table.domain, iova, size);
}

unsigned long long kernel_pt_iova_to_phys(unsigned long iova)
{
	return iommu_iova_to_phys(&table.domain, iova);
}

unsigned kernel_pt_flushes(const struct kernel_pt_flush **flushes)
{
	unsigned int count = table.flush_count;

	*flushes = table.flushes;
	table.flush_count = 0;
	return count;
}
