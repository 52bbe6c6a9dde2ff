/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel/resource.c gives back a resource only if its page is one of slab, since some come from memory of before there
 * was any. Pages here are not marked (slab.c), and all resources that it frees are of slab.
 */
#ifndef DMAF_MM_REAL_RESOURCE_H
#define DMAF_MM_REAL_RESOURCE_H

#include <linux/mm.h>

#define PageSlab(page) true

#endif
