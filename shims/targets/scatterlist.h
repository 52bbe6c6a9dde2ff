/* SPDX-License-Identifier: GPL-2.0-only */
/* One scatterlist for target scatterlist: lib/scatterlist.c, sg_pool.c and sg_split.c behind a C ABI. */
#ifndef DMAF_TARGETS_SCATTERLIST_H
#define DMAF_TARGETS_SCATTERLIST_H

#ifdef __cplusplus
extern "C" {
#endif

struct kernel_sg_entry {
	unsigned long pfn; /* of the page */
	unsigned offset, length;
};

/* Pages that lists may name: 2^order, freed by kernel_sg_close(). First frame number, or 0. */
unsigned long kernel_sg_block(unsigned order);
void kernel_sg_close(void);

enum kernel_sg_kind {
	KERNEL_SG_TABLE = 0,  /* sg_alloc_table */
	KERNEL_SG_CHUNKS = 1, /* arrays of `chunk` entries, chained by sg_chain */
	KERNEL_SG_POOL = 2,   /* sg_alloc_table_chained, its first chunk of `chunk` entries given */
	KERNEL_SG_KINDS = 3
};

/* The list is made of the entries; there is none before. 0 or a negative errno. */
int kernel_sg_make(int kind, const struct kernel_sg_entry *entries, unsigned count, unsigned chunk);
int kernel_sg_from_pages(const unsigned long *pfns, unsigned count, unsigned offset, unsigned long size,
			 unsigned max_segment);
/* The first call makes the list, more calls append to it; left: pages that are still to come. */
int kernel_sg_append(const unsigned long *pfns, unsigned count, unsigned offset, unsigned long size,
		     unsigned max_segment, unsigned left);
void kernel_sg_free(void);

/* What the list holds, by sg_next(); returns the count, at most max. */
unsigned kernel_sg_entries(struct kernel_sg_entry *entries, unsigned max);
int kernel_sg_nents(void);
int kernel_sg_nents_for_len(unsigned long long length);
/* sg_last() of the first `nents` entries, which must be all. */
void kernel_sg_last(unsigned nents, struct kernel_sg_entry *entry);

unsigned long kernel_sg_copy(unsigned nents, void *bytes, unsigned long n, unsigned long skip, int to_bytes);
unsigned long kernel_sg_zero(unsigned nents, unsigned long n, unsigned long skip);

#define KERNEL_SG_ATOMIC 1u
#define KERNEL_SG_LOCAL	 2u
/*
 * Walks by sg_miter: skips, then steps, each leaving all but `step` bytes of a longer piece to the next. Pieces are
 * told as frame number, offset in it and length. Returns the count.
 */
unsigned kernel_sg_pieces(unsigned nents, unsigned flags, unsigned long skip, unsigned step,
			  struct kernel_sg_entry *pieces, unsigned max);
/* Pages by for_each_sg_page() and, DMA address = physical address, for_each_sg_dma_page(). Return the count. */
unsigned kernel_sg_pages(unsigned nents, unsigned first, unsigned long *pfns, unsigned max);
unsigned kernel_sg_dma_pages(unsigned nents, unsigned first, unsigned long long *addresses, unsigned max);
/*
 * sg_split() into `parts` lists; entries of all parts one after the other in `out`, their numbers in `counts`. With
 * `mapped`, what the device sees is told instead: pfn and offset of the DMA address.
 */
int kernel_sg_split(int mapped, unsigned long skip, unsigned parts, const unsigned long *sizes,
		    struct kernel_sg_entry *out, unsigned max, unsigned *counts);

#ifdef __cplusplus
}
#endif
#endif
