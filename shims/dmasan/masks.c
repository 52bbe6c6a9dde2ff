// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device's masks. The functions that set them have other names in the DMA core (kernel-files.cmake), and ours stand
 * before them: what is mapped already must be within reach of the new ones too.
 */
#include <linux/dma-mapping.h>
#include <linux/minmax.h>
#include "dmasan/masks.h"

int real_dma_set_mask(struct device *dev, u64 mask);
int real_dma_set_coherent_mask(struct device *dev, u64 mask);

u64 dmaf_mask_in_force(struct device *dev, enum host_map_mask kind)
{
	switch (kind) {
	case HOST_MASK_STREAMING:
		return dma_get_mask(dev);
	case HOST_MASK_COHERENT:
		return dev->coherent_dma_mask;
	case HOST_MASK_EITHER:
		return max(dma_get_mask(dev), dev->coherent_dma_mask);
	default:
		return ~0ull;
	}
}

static int told(struct device *dev, int ret)
{
	if (!ret)
		host_dmasan_set_masks(dev, dmaf_mask_in_force(dev, HOST_MASK_STREAMING),
				      dmaf_mask_in_force(dev, HOST_MASK_COHERENT));
	return ret;
}

int dma_set_mask(struct device *dev, u64 mask)
{
	return told(dev, real_dma_set_mask(dev, mask));
}

int dma_set_coherent_mask(struct device *dev, u64 mask)
{
	return told(dev, real_dma_set_coherent_mask(dev, mask));
}
