/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of shims/mm and shims/boot tell each other. */
#ifndef DMAF_MM_H
#define DMAF_MM_H

#include <linux/types.h>

struct page;

void dmaf_memmap_init(void);
/* A page went back; boot pages get their struct page revived at the next reset. */
void dmaf_page_released(struct page *page);

/* An object enters the reserve of a mempool (always true: it may), or leaves it. */
bool dmaf_mempool_enters(void *object);
void dmaf_mempool_leaves(void *object);

#endif
