/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What kernel/resource.c is compiled with (kernel-files.cmake): it asks the page of a resource whether it is one of the
 * slab allocator's, before it frees it. Our pages do not carry that mark; the harness is asked for the object itself.
 */
#include <linux/mm.h>
#include "host.h"

#undef virt_to_head_page
#define virt_to_head_page(object) (object)
#undef PageSlab
#define PageSlab(object) (host_ksize(object) != 0)
