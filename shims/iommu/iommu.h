/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Our IOMMU, as shims/boot sees it. There is one, with two masters: one device strict (each unmap invalidates before it
 * returns), one lazy (invalidations are queued). Each is in a group and a DMA domain of its own.
 */
#ifndef DMAF_IOMMU_H
#define DMAF_IOMMU_H

struct bus_type;
struct device;

/* The IOMMU appears and watches the bus for its masters. After bus_register(), before devices are added. */
void dmaf_iommu_init(const struct bus_type *bus);
/* The device, not added yet, will be a master of the IOMMU. */
void dmaf_iommu_attach(struct device *dev, bool lazy);
/* After all devices were added: brings the masters' domains into the state that inputs start from. */
void dmaf_iommu_ready(void);

/* Hooks of the bus, as every bus with an IOMMU has them: the driver gets the DMA API's domain or does not bind. */
int dmaf_iommu_dma_configure(struct device *dev);
void dmaf_iommu_dma_cleanup(struct device *dev);

/*
 * An input's use of the device begins: its domain gets an empty page table, and the device model walks that. For
 * masters only.
 */
void dmaf_iommu_open(struct device *dev);
/* It ends: queued invalidations were run by then. Cached IOVAs go back, the page table is freed. */
void dmaf_iommu_close(struct device *dev);

#endif
