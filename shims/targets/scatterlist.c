// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's side of target scatterlist: a driver that makes lists in every way and walks them in every way.
 */
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include "host.h"
#include "targets/scatterlist.h"

#define MAX_BLOCKS 16
/* Of two entries each: one and a link. */
#define MAX_CHUNKS 300
#define MAX_PAGES  64
#define MAX_PARTS  8

static struct page *blocks[MAX_BLOCKS];
static unsigned int orders[MAX_BLOCKS], block_count;

/* The list, in the form of its kind. */
static enum { NONE, TABLE, CHUNKS, POOL, APPEND } form;
static struct sg_append_table append;
static struct scatterlist *chunks[MAX_CHUNKS];
static unsigned int chunk_count, pool_chunk;
#define table append.sgt

unsigned long kernel_sg_block(unsigned order)
{
	struct page *page;

	if (block_count == MAX_BLOCKS)
		return 0;
	page = alloc_pages(GFP_KERNEL | __GFP_ZERO, order);
	if (!page)
		return 0;
	blocks[block_count] = page;
	orders[block_count++] = order;
	return page_to_pfn(page);
}

void kernel_sg_close(void)
{
	while (block_count) {
		block_count--;
		__free_pages(blocks[block_count], orders[block_count]);
	}
}

static void fill(struct scatterlist *sgl, const struct kernel_sg_entry *entries, unsigned int count)
{
	struct scatterlist *sg;
	unsigned int i;

	for_each_sg (sgl, sg, count, i)
		sg_set_page(sg, pfn_to_page(entries[i].pfn), entries[i].length, entries[i].offset);
}

static void free_chunks(void)
{
	while (chunk_count)
		kfree(chunks[--chunk_count]);
}

/* `chunk` entries an array, the last of each but the last array being the link. */
static int make_chunks(unsigned int count, unsigned int chunk)
{
	unsigned int left = count;

	while (left) {
		unsigned int n = left <= chunk ? left : chunk;
		struct scatterlist *sgl = kmalloc_array(n, sizeof(*sgl), GFP_KERNEL);

		if (!sgl) {
			free_chunks();
			return -ENOMEM;
		}
		sg_init_table(sgl, n);
		if (chunk_count)
			sg_chain(chunks[chunk_count - 1], chunk, sgl);
		chunks[chunk_count++] = sgl;
		left -= left <= chunk ? left : chunk - 1;
	}
	table.sgl = chunks[0];
	table.nents = table.orig_nents = count;
	return 0;
}

int kernel_sg_make(int kind, const struct kernel_sg_entry *entries, unsigned count, unsigned chunk)
{
	int ret;

	memset(&append, 0, sizeof(append));
	switch (kind) {
	case KERNEL_SG_TABLE:
		ret = sg_alloc_table(&table, count, GFP_KERNEL);
		form = TABLE;
		break;
	case KERNEL_SG_CHUNKS:
		ret = make_chunks(count, chunk);
		form = CHUNKS;
		break;
	default:
		/* As users do: the first entries are in memory of their own. */
		chunks[0] = kmalloc_array(chunk, sizeof(*chunks[0]), GFP_KERNEL);
		if (!chunks[0])
			return -ENOMEM;
		table.sgl = chunks[0];
		pool_chunk = chunk;
		ret = sg_alloc_table_chained(&table, count, chunks[0], chunk);
		if (ret)
			kfree(chunks[0]);
		form = POOL;
	}
	if (ret) {
		form = NONE;
		return ret;
	}
	fill(table.sgl, entries, count);
	return 0;
}

static void to_pages(const unsigned long *pfns, unsigned int count, struct page **pages)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		pages[i] = pfn_to_page(pfns[i]);
}

int kernel_sg_from_pages(const unsigned long *pfns, unsigned count, unsigned offset, unsigned long size,
			 unsigned max_segment)
{
	struct page *pages[MAX_PAGES];
	int ret;

	to_pages(pfns, count, pages);
	memset(&append, 0, sizeof(append));
	ret = sg_alloc_table_from_pages_segment(&table, pages, count, offset, size, max_segment, GFP_KERNEL);
	if (!ret)
		form = TABLE;
	return ret;
}

int kernel_sg_append(const unsigned long *pfns, unsigned count, unsigned offset, unsigned long size,
		     unsigned max_segment, unsigned left)
{
	struct page *pages[MAX_PAGES];
	int ret;

	to_pages(pfns, count, pages);
	if (form == NONE)
		memset(&append, 0, sizeof(append));
	form = APPEND;
	ret = sg_alloc_append_table_from_pages(&append, pages, count, offset, size, max_segment, left, GFP_KERNEL);
	/* The caller's duty after a failure. */
	if (ret)
		kernel_sg_free();
	return ret;
}

void kernel_sg_free(void)
{
	switch (form) {
	case NONE:
		break;
	case TABLE:
		sg_free_table(&table);
		break;
	case CHUNKS:
		free_chunks();
		break;
	case POOL:
		sg_free_table_chained(&table, pool_chunk);
		kfree(chunks[0]);
		break;
	case APPEND:
		sg_free_append_table(&append);
		break;
	}
	form = NONE;
}

static void tell(const struct scatterlist *sg, struct kernel_sg_entry *entry)
{
	*entry = (struct kernel_sg_entry){
		.pfn = page_to_pfn(sg_page((struct scatterlist *)sg)),
		.offset = sg->offset,
		.length = sg->length,
	};
}

unsigned kernel_sg_entries(struct kernel_sg_entry *entries, unsigned max)
{
	struct scatterlist *sg;
	unsigned int n = 0;

	for (sg = table.sgl; sg && n < max; sg = sg_next(sg))
		tell(sg, &entries[n++]);
	return n;
}

int kernel_sg_nents(void)
{
	return sg_nents(table.sgl);
}

int kernel_sg_nents_for_len(unsigned long long length)
{
	return sg_nents_for_len(table.sgl, length);
}

void kernel_sg_last(unsigned nents, struct kernel_sg_entry *entry)
{
	tell(sg_last(table.sgl, nents), entry);
}

unsigned long kernel_sg_copy(unsigned nents, void *bytes, unsigned long n, unsigned long skip, int to_bytes)
{
	if (!skip)
		return to_bytes ? sg_copy_to_buffer(table.sgl, nents, bytes, n)
				: sg_copy_from_buffer(table.sgl, nents, bytes, n);
	return to_bytes ? sg_pcopy_to_buffer(table.sgl, nents, bytes, n, skip)
			: sg_pcopy_from_buffer(table.sgl, nents, bytes, n, skip);
}

unsigned long kernel_sg_zero(unsigned nents, unsigned long n, unsigned long skip)
{
	return sg_zero_buffer(table.sgl, nents, n, skip);
}

unsigned kernel_sg_pieces(unsigned nents, unsigned flags, unsigned long skip, unsigned step,
			  struct kernel_sg_entry *pieces, unsigned max)
{
	unsigned int sg_flags = SG_MITER_FROM_SG, n = 0;
	struct sg_mapping_iter miter;

	if (flags & KERNEL_SG_ATOMIC)
		sg_flags |= SG_MITER_ATOMIC;
#ifdef SG_MITER_LOCAL
	else if (flags & KERNEL_SG_LOCAL)
		sg_flags |= SG_MITER_LOCAL;
#endif
	sg_miter_start(&miter, table.sgl, nents, sg_flags);
	if (sg_miter_skip(&miter, skip)) {
		while (n < max && sg_miter_next(&miter)) {
			pieces[n].pfn = page_to_pfn(miter.page);
			pieces[n].offset = offset_in_page(miter.addr);
			if (miter.length > PAGE_SIZE - pieces[n].offset)
				host_finding("model-mismatch", "a piece reaches beyond its page");
			if (miter.consumed > step)
				miter.consumed = step;
			pieces[n++].length = miter.consumed;
		}
	}
	sg_miter_stop(&miter);
	return n;
}

unsigned kernel_sg_pages(unsigned nents, unsigned first, unsigned long *pfns, unsigned max)
{
	struct sg_page_iter iter;
	unsigned int n = 0;

	for_each_sg_page(table.sgl, &iter, nents, first)
	{
		if (n == max)
			break;
		pfns[n++] = page_to_pfn(sg_page_iter_page(&iter));
	}
	return n;
}

/* As after a mapping that merged nothing and moved nothing. */
static void map(unsigned int nents)
{
	struct scatterlist *sg;
	unsigned int i;

	for_each_sg (table.sgl, sg, nents, i) {
		sg_dma_address(sg) = sg_phys(sg);
		sg_dma_len(sg) = sg->length;
	}
}

unsigned kernel_sg_dma_pages(unsigned nents, unsigned first, unsigned long long *addresses, unsigned max)
{
	struct sg_dma_page_iter iter;
	unsigned int n = 0;

	map(nents);
	for_each_sg_dma_page(table.sgl, &iter, nents, first)
	{
		if (n == max)
			break;
		addresses[n++] = sg_page_iter_dma_address(&iter);
	}
	return n;
}

int kernel_sg_split(int mapped, unsigned long skip, unsigned parts, const unsigned long *sizes,
		    struct kernel_sg_entry *out, unsigned max, unsigned *counts)
{
	struct scatterlist *lists[MAX_PARTS] = {}, *sg;
	int mapped_nents[MAX_PARTS], ret, nents = sg_nents(table.sgl);
	unsigned int i, j, n = 0;

	if (mapped)
		map(nents);
	ret = sg_split(table.sgl, mapped ? nents : 0, skip, parts, sizes, lists, mapped_nents, GFP_KERNEL);
	if (ret)
		return ret;
	for (i = 0; i < parts; i++) {
		counts[i] = 0;
		if (mapped) {
			for_each_sg (lists[i], sg, mapped_nents[i], j) {
				if (n == max)
					break;
				out[n++] = (struct kernel_sg_entry){
					.pfn = PHYS_PFN(sg_dma_address(sg)),
					.offset = offset_in_page(sg_dma_address(sg)),
					.length = sg_dma_len(sg),
				};
				counts[i]++;
			}
		} else {
			for (sg = lists[i]; sg && n < max; sg = sg_next(sg)) {
				tell(sg, &out[n++]);
				counts[i]++;
			}
		}
		kfree(lists[i]);
	}
	return 0;
}
