/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One I/O page table for target page_table, through iommu_map() and iommu_unmap() of the real core, behind a C ABI.
 * Addresses and sizes in bytes; prot are the IOMMU_* bits of linux/iommu.h.
 */
#ifndef DMAF_TARGETS_PAGE_TABLE_H
#define DMAF_TARGETS_PAGE_TABLE_H

#ifdef __cplusplus
extern "C" {
#endif

#define KERNEL_PT_READ	 1u
#define KERNEL_PT_WRITE	 2u
#define KERNEL_PT_CACHE	 4u
#define KERNEL_PT_NOEXEC 8u
#define KERNEL_PT_MMIO	 16u

struct kernel_pt_info {
	unsigned long root; /* physical */
	int top_level;	    /* of the root, 0 is the level of the smallest pages */
	int va_bits, oa_bits;
	/* Addresses are signed: the upper half of va_bits' range lies at the top of the address space. */
	int is_signed;
	/* What is not as it should be answers with an error; where this is 0, with a warning. */
	int checks;
	/* A part of a larger page can be unmapped. */
	int splits;
	unsigned long page_sizes;
};

/* Formats that this tree has, as bits of enum host_table_format. */
unsigned kernel_pt_formats(void);
/* variant chooses sizes and features of the format. 0, or a negative errno after which nothing is left. */
int kernel_pt_open(int format, unsigned variant);
/* Frees the table, whatever is mapped. */
void kernel_pt_close(void);
void kernel_pt_get_info(struct kernel_pt_info *info);
int kernel_pt_map(unsigned long iova, unsigned long long phys, unsigned long size, unsigned prot);
unsigned long kernel_pt_unmap(unsigned long iova, unsigned long size);
/* 0: not mapped */
unsigned long long kernel_pt_iova_to_phys(unsigned long iova);
/* What was flushed since the last call, both ends included. Returns the count, at most 64; more is one range of all. */
struct kernel_pt_flush {
	unsigned long start, last;
};
unsigned kernel_pt_flushes(const struct kernel_pt_flush **flushes);

#ifdef __cplusplus
}
#endif
#endif
