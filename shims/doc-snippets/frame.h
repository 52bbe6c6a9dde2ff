/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the snippets of docs/checks are written against: the driver of a device that does not exist. Each snippet is the
 * body of a function that has `w` and returns 0, or an error where the snippet says so.
 */
#include <linux/dma-mapping.h>
#include <linux/dmapool.h>
#include <linux/gfp.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

struct widget_desc {
	__le64 addr;
	__le32 len;
};

struct widget {
	struct device *dev;
	struct device *other;	  /* the card's second function */
	u8 *buf;		  /* from kmalloc() */
	size_t len;		  /* of buf */
	dma_addr_t dma;		  /* where it is mapped */
	struct scatterlist *sg;	  /* a list of nents entries */
	int nents, count;	  /* and how many segments they were mapped to */
	struct widget_desc *ring; /* coherent memory */
	dma_addr_t ring_dma;
	struct dma_pool *pool;
};

/* Tells the device to go to work on so many bytes, or segments; 0, or an error if it refuses. */
int widget_run(struct widget *w, dma_addr_t dma, size_t len);
int widget_run_list(struct widget *w, struct scatterlist *sg, int count);
/* Returns when the device is done with what it was told. */
void widget_wait(struct widget *w);
/* Returns when the device will do no more DMA. */
void widget_stop(struct widget *w);
/* Reads the bytes. */
void consume(const void *bytes, size_t n);
