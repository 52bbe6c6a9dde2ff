// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an input may leave outside of the kernel's data sections and the arena: struct page of boot pages that it freed.
 */
#include <linux/mm.h>
#include <linux/page_ref.h>
#include "host.h"
#include "mm/mm.h"

/* Read by kernel_reset() before the data that holds them is copied back. */
static struct page *released[256];
static unsigned int released_count;
static bool recording;

void dmaf_page_released(struct page *page)
{
	if (recording && released_count < ARRAY_SIZE(released))
		released[released_count++] = page;
}

void kernel_reset(void)
{
	/* A page made since is set up afresh at its next allocation, so reviving it too does no harm. */
	while (released_count)
		set_page_count(released[--released_count], 1);
	recording = true;
}
