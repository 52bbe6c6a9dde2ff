/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the guest's module say to one another.
 */
#ifndef DMAF_GUEST_MODULE_H
#define DMAF_GUEST_MODULE_H

#include <linux/pci.h>
#include "backend/backend.h"
#include "guest/guest.h"

extern const struct dmaf_backend dmaf_backend_c;

/* edu.c: finds QEMU's edu and binds our driver to it. A negative errno if there is none. */
int dmaf_edu_init(void);
void dmaf_edu_exit(void);
/* Before the machine is written to a snapshot, and after it was read from one: of edu there is nothing in it. */
void dmaf_edu_stop(void);
void dmaf_edu_go_on(void);
/* The device, fresh: bound, with what a driver finds before it asks for more. Null: it does not bind. */
struct device *dmaf_edu_open(void);
/* Whether the device reaches memory the way that programs of this path (enum dmaf_path) do. */
bool dmaf_edu_is_on(unsigned int path);
/* The driver goes, if it is there. */
void dmaf_edu_close(void);
/* The device reads n bytes at a DMA address, or writes them, by its own DMA engine. */
void dmaf_edu_read(dma_addr_t from, u8 *to, size_t n);
void dmaf_edu_write(dma_addr_t to, const u8 *from, size_t n);

/* debug_entries.c, in the process that loads the module. A negative errno: dma-debug is not there. */
int dmaf_debug_open(void);
void dmaf_debug_close(void);
/* How many entries dma-debug has in use; negative: it does not say. */
long dmaf_debug_entries(void);

#endif
