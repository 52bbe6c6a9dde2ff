/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DMAF_DMASAN_MASKS_H
#define DMAF_DMASAN_MASKS_H

#include <linux/device.h>
#include "host.h"

/* The mask that memory of this kind is held against now. */
u64 dmaf_mask_in_force(struct device *dev, enum host_map_mask kind);

#endif
