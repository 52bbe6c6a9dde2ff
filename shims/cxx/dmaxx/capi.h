/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The C side of dmaxx: plain functions over the kernel's DMA API, which is half static inlines and whose headers C++
 * cannot include. capi*.c, compiled as kernel C, implements them; the C++ headers beside this one are their only
 * callers. Included from both, so it includes nothing and uses compiler types only.
 *
 * None of these functions checks what it is given beyond what the function of the kernel behind it does: that is the
 * C++ side's part. Addresses and sizes are in bytes. `dir` has the values of enum dma_data_direction, `attrs` those
 * of DMA_ATTR_* (capi.c asserts that they are the same), `gfp` is a set of DMAXX_GFP_*.
 */
#ifndef DMAXX_CAPI_H
#define DMAXX_CAPI_H

#ifdef __cplusplus
extern "C" {
#endif

struct device;
struct dma_pool;
struct page;
struct scatterlist;
typedef __SIZE_TYPE__ dmaxx_size;
typedef unsigned long long dmaxx_u64;

/* What a function that maps returns instead of an address when it could not: it has asked dma_mapping_error(). */
#define DMAXX_NO_ADDRESS (~0ull)

/* Bytes of a page of the CPU; say -DDMAXX_PAGE_SIZE=... for another. capi.c asserts that it is right. */
#ifndef DMAXX_PAGE_SIZE
#define DMAXX_PAGE_SIZE 4096u
#endif

/* gfp: atomic context or one that may sleep; zeroed memory; no warning when there is none. */
#define DMAXX_GFP_ATOMIC 1u
#define DMAXX_GFP_ZERO	 2u
#define DMAXX_GFP_NOWARN 4u

/* The device and what it says of itself. Statuses are 0 or a negative errno. */
int dmaxx_set_mask(struct device *dev, dmaxx_u64 mask);
int dmaxx_set_coherent_mask(struct device *dev, dmaxx_u64 mask);
int dmaxx_set_both_masks(struct device *dev, dmaxx_u64 mask);
void dmaxx_set_max_segment(struct device *dev, unsigned int bytes);
void dmaxx_set_boundary(struct device *dev, dmaxx_u64 mask);
void dmaxx_set_min_align(struct device *dev, unsigned int mask);
dmaxx_size dmaxx_max_mapping_size(struct device *dev);
dmaxx_size dmaxx_opt_mapping_size(struct device *dev);
dmaxx_u64 dmaxx_merge_boundary(struct device *dev);
dmaxx_u64 dmaxx_required_mask(struct device *dev);
int dmaxx_addressing_limited(struct device *dev);
int dmaxx_can_mmap(struct device *dev);
int dmaxx_need_sync(struct device *dev);

/* One range. `cpu` is an address of the linear map, of *_vmalloc() one of vmalloc() and the range inside one page. */
dmaxx_u64 dmaxx_map_single(struct device *dev, void *cpu, dmaxx_size len, int dir, unsigned long attrs);
dmaxx_u64 dmaxx_map_page(struct device *dev, void *cpu, dmaxx_size len, int dir, unsigned long attrs);
dmaxx_u64 dmaxx_map_phys(struct device *dev, void *cpu, dmaxx_size len, int dir, unsigned long attrs);
dmaxx_u64 dmaxx_map_page_vmalloc(struct device *dev, void *cpu, dmaxx_size len, int dir, unsigned long attrs);
dmaxx_u64 dmaxx_map_phys_vmalloc(struct device *dev, void *cpu, dmaxx_size len, int dir, unsigned long attrs);
/* Of all of the above: one function of the kernel undoes them. */
void dmaxx_unmap(struct device *dev, dmaxx_u64 dma, dmaxx_size len, int dir, unsigned long attrs);
void dmaxx_sync_for_cpu(struct device *dev, dmaxx_u64 dma, dmaxx_size len, int dir);
void dmaxx_sync_for_device(struct device *dev, dmaxx_u64 dma, dmaxx_size len, int dir);
dmaxx_u64 dmaxx_map_resource(struct device *dev, dmaxx_u64 phys, dmaxx_size len, int dir, unsigned long attrs);
void dmaxx_unmap_resource(struct device *dev, dmaxx_u64 dma, dmaxx_size len, int dir, unsigned long attrs);

/* The IOVA API: struct dma_iova_state. Trees without it have try_alloc() say 0. */
struct dmaxx_iova {
	dmaxx_u64 addr;
	dmaxx_u64 size;
};
int dmaxx_iova_try_alloc(struct device *dev, struct dmaxx_iova *iova, void *cpu, dmaxx_size len);
void dmaxx_iova_free(struct device *dev, struct dmaxx_iova *iova);
int dmaxx_iova_link(struct device *dev, struct dmaxx_iova *iova, void *cpu, dmaxx_size at, dmaxx_size len, int dir,
		    unsigned long attrs);
int dmaxx_iova_sync(struct device *dev, struct dmaxx_iova *iova, dmaxx_size at, dmaxx_size len);
void dmaxx_iova_destroy(struct device *dev, struct dmaxx_iova *iova, dmaxx_size len, int dir, unsigned long attrs);

/* Lists: struct sg_append_table, whose first member is the struct sg_table. */
struct dmaxx_table {
	struct scatterlist *entries;
	unsigned int nents, orig_nents;
	struct scatterlist *last;
	unsigned int total;
};
int dmaxx_sg_alloc(struct dmaxx_table *t, unsigned int count, unsigned int gfp);
int dmaxx_sg_from_pages(struct dmaxx_table *t, struct page **pages, unsigned int count, unsigned int offset,
			dmaxx_size size, unsigned int max_segment, unsigned int gfp);
int dmaxx_sg_append(struct dmaxx_table *t, struct page **pages, unsigned int count, unsigned int offset,
		    dmaxx_size size, unsigned int max_segment, unsigned int left, unsigned int gfp);
void dmaxx_sg_free(struct dmaxx_table *t);
void dmaxx_sg_free_append(struct dmaxx_table *t);
struct scatterlist *dmaxx_sg_next(struct scatterlist *entry);
void dmaxx_sg_set(struct scatterlist *entry, void *cpu, unsigned int len);
void dmaxx_sg_set_vmalloc(struct scatterlist *entry, void *cpu, unsigned int len);
dmaxx_u64 dmaxx_sg_dma(struct scatterlist *entry, dmaxx_size *len);
dmaxx_u64 dmaxx_sg_phys(struct scatterlist *entry, dmaxx_size *len);
dmaxx_size dmaxx_sg_copy_in(struct dmaxx_table *t, const void *from, dmaxx_size len, dmaxx_size at);
dmaxx_size dmaxx_sg_copy_out(struct dmaxx_table *t, void *to, dmaxx_size len, dmaxx_size at);
/* As a table: dma_map_sgtable(), 0 or an errno. As a list: dma_map_sg_attrs(), segments or 0. */
int dmaxx_map_sgtable(struct device *dev, struct dmaxx_table *t, int dir, unsigned long attrs);
void dmaxx_unmap_sgtable(struct device *dev, struct dmaxx_table *t, int dir, unsigned long attrs);
void dmaxx_sync_sgtable_for_cpu(struct device *dev, struct dmaxx_table *t, int dir);
void dmaxx_sync_sgtable_for_device(struct device *dev, struct dmaxx_table *t, int dir);
unsigned int dmaxx_map_sg(struct device *dev, struct dmaxx_table *t, int dir, unsigned long attrs);
void dmaxx_unmap_sg(struct device *dev, struct dmaxx_table *t, int dir, unsigned long attrs);
void dmaxx_sync_sg_for_cpu(struct device *dev, struct dmaxx_table *t, int dir);
void dmaxx_sync_sg_for_device(struct device *dev, struct dmaxx_table *t, int dir);

/* Memory of the DMA API. What allocates returns null when there is none. */
void *dmaxx_alloc(struct device *dev, dmaxx_size len, dmaxx_u64 *dma, unsigned int gfp, unsigned long attrs);
void dmaxx_free(struct device *dev, dmaxx_size len, void *cpu, dmaxx_u64 dma, unsigned long attrs);
void *dmaxx_alloc_wc(struct device *dev, dmaxx_size len, dmaxx_u64 *dma, unsigned int gfp);
void dmaxx_free_wc(struct device *dev, dmaxx_size len, void *cpu, dmaxx_u64 dma);
void *dmaxx_alloc_managed(struct device *dev, dmaxx_size len, dmaxx_u64 *dma, unsigned int gfp, unsigned long attrs);
void dmaxx_free_managed(struct device *dev, dmaxx_size len, void *cpu, dmaxx_u64 dma);
struct page *dmaxx_alloc_pages(struct device *dev, dmaxx_size len, dmaxx_u64 *dma, int dir, unsigned int gfp);
void *dmaxx_page_cpu(struct page *page);
void dmaxx_free_pages(struct device *dev, dmaxx_size len, struct page *page, dmaxx_u64 dma, int dir);
void *dmaxx_alloc_noncoherent(struct device *dev, dmaxx_size len, dmaxx_u64 *dma, int dir, unsigned int gfp);
void dmaxx_free_noncoherent(struct device *dev, dmaxx_size len, void *cpu, dmaxx_u64 dma, int dir);
/* Allocated and mapped for the CPU as well; *table is a struct sg_table of one segment. */
void *dmaxx_alloc_noncontiguous(struct device *dev, dmaxx_size len, void **table, int dir, unsigned int gfp,
				unsigned long attrs);
void dmaxx_free_noncontiguous(struct device *dev, dmaxx_size len, void *cpu, void *table, int dir);
/* Its one segment; *len is in whole pages. */
dmaxx_u64 dmaxx_noncontiguous_dma(void *table, dmaxx_size *len);
void dmaxx_sync_noncontiguous_for_cpu(struct device *dev, void *table, void *cpu, dmaxx_size len, int dir);
void dmaxx_sync_noncontiguous_for_device(struct device *dev, void *table, void *cpu, dmaxx_size len, int dir);
int dmaxx_export(struct device *dev, struct dmaxx_table *t, void *cpu, dmaxx_u64 dma, dmaxx_size len,
		 unsigned long attrs);

/* Pools */
struct dma_pool *dmaxx_pool_create(const char *name, struct device *dev, dmaxx_size size, dmaxx_size align,
				   dmaxx_size boundary);
struct dma_pool *dmaxx_pool_create_managed(const char *name, struct device *dev, dmaxx_size size, dmaxx_size align,
					   dmaxx_size boundary);
void dmaxx_pool_destroy(struct dma_pool *pool);
void dmaxx_pool_destroy_managed(struct dma_pool *pool);
void *dmaxx_pool_alloc(struct dma_pool *pool, dmaxx_u64 *dma, unsigned int gfp);
void dmaxx_pool_free(struct dma_pool *pool, void *cpu, dmaxx_u64 dma);

/* memcpy(), where C++ must not be left to choose its own. */
void dmaxx_copy(void *to, const void *from, dmaxx_size len);
/* dma_wmb(), dma_rmb(), dma_mb(). */
void dmaxx_write_barrier(void);
void dmaxx_read_barrier(void);
void dmaxx_barrier(void);
/* BUG(): the value of a result that is an error was used. */
void dmaxx_bug(void) __attribute__((noreturn));

#ifdef __cplusplus
}
#endif
#endif
