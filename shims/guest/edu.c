// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device of the guest's DMA programs: QEMU's edu, whose DMA engine copies between memory and a buffer of its own.
 * What the device is to write gets into that buffer, and what it read comes out of it, by a page of ours that is not
 * mapped through the DMA API, so that this leaves no trace there. Without an IOMMU the device finds it at its physical
 * address; behind one it is put into the device's domain at address 0, which dma-iommu gives to nobody.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/swiotlb.h>
#include "guest/guest_module.h"

/* docs/specs/edu of QEMU */
#define EDU_VENDOR 0x1234
#define EDU_DEVICE 0x11e8
#define EDU_SOURCE 0x80
#define EDU_TARGET 0x88
#define EDU_COUNT  0x90
#define EDU_CMD	   0x98
#define EDU_BUFFER 0x40000
#define EDU_RUN	   BIT(0)
#define EDU_OUT	   BIT(1) /* from the buffer to memory */
/* The buffer has 4096 bytes, of which QEMU 7.2 takes no transfer of all. */
#define EDU_MOST 2048

static struct pci_dev *edu;
static void __iomem *regs;
static u8 *page;
static dma_addr_t page_dma;

static const struct pci_device_id ids[] = {{PCI_DEVICE(EDU_VENDOR, EDU_DEVICE)}, {}};

/* Programs do what a driver does; the registers are the device's, whoever drives it. */
static int edu_probe(struct pci_dev *dev, const struct pci_device_id *id)
{
	return 0;
}

static struct pci_driver edu_driver = {
	.name = "dmafuzz",
	.id_table = ids,
	.probe = edu_probe,
};

/* The domain that the DMA API maps in; null: the device's addresses are physical ones. */
static struct iommu_domain *domain_of_edu(void)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(&edu->dev);

	return domain && iommu_is_dma_domain(domain) ? domain : NULL;
}

static int map_page(void)
{
	struct iommu_domain *domain = domain_of_edu();

	page_dma = domain ? 0 : virt_to_phys(page);
	if (!domain)
		return 0;
	return iommu_map(domain, page_dma, virt_to_phys(page), PAGE_SIZE, IOMMU_READ | IOMMU_WRITE, GFP_KERNEL);
}

static void unmap_page(void)
{
	struct iommu_domain *domain = domain_of_edu();

	if (domain)
		iommu_unmap(domain, page_dma, PAGE_SIZE);
}

int dmaf_edu_init(void)
{
	int ret;

	edu = pci_get_device(EDU_VENDOR, EDU_DEVICE, NULL);
	if (!edu)
		return -ENODEV;
	ret = pci_enable_device(edu);
	if (ret)
		goto put;
	pci_set_master(edu);
	ret = -ENOMEM;
	regs = pci_iomap(edu, 0, 0);
	if (!regs)
		goto disable;
	page = (u8 *)__get_free_page(GFP_KERNEL | GFP_DMA32);
	if (!page)
		goto unmap;
	/* 6.12 looks for the IOMMU of a device that firmware describes when that is bound first. */
	ret = pci_register_driver(&edu_driver);
	if (ret)
		goto free;
	ret = map_page();
	if (!ret)
		return 0;
	pci_unregister_driver(&edu_driver);
free:
	free_page((unsigned long)page);
unmap:
	pci_iounmap(edu, regs);
disable:
	pci_disable_device(edu);
put:
	pci_dev_put(edu);
	return ret;
}

void dmaf_edu_exit(void)
{
	unmap_page();
	pci_unregister_driver(&edu_driver);
	free_page((unsigned long)page);
	pci_iounmap(edu, regs);
	pci_disable_device(edu);
	pci_dev_put(edu);
}

void dmaf_edu_stop(void)
{
	pci_save_state(edu);
}

void dmaf_edu_go_on(void)
{
	pci_restore_state(edu);
}

bool dmaf_edu_is_on(unsigned int path)
{
	const struct iommu_domain *domain = domain_of_edu();

	switch (path) {
	case DMAF_PATH_DIRECT:
		return !domain && !is_swiotlb_force_bounce(&edu->dev);
	case DMAF_PATH_BOUNCE:
		return !domain && is_swiotlb_force_bounce(&edu->dev);
	case DMAF_PATH_IOMMU:
		return domain && domain->type == IOMMU_DOMAIN_DMA;
	case DMAF_PATH_IOMMU_LAZY:
		return domain && domain->type == IOMMU_DOMAIN_DMA_FQ;
	}
	return false;
}

struct device *dmaf_edu_open(void)
{
	struct device *dev = &edu->dev;

	*dev->dma_mask = DMA_BIT_MASK(32);
	dev->coherent_dma_mask = DMA_BIT_MASK(32);
	dma_set_max_seg_size(dev, SZ_64K);
	dma_set_seg_boundary(dev, DMA_BIT_MASK(32));
	dma_set_min_align_mask(dev, 0);
	if (!dev->driver && device_attach(dev) != 1)
		return NULL;
	return dev;
}

void dmaf_edu_close(void)
{
	if (edu->dev.driver)
		device_release_driver(&edu->dev);
}

/* The engine takes 100 ms for a transfer of any size; where time is counted in instructions, waiting costs none. */
static void transfer(u64 from, u64 to, size_t n, u32 cmd)
{
	writeq(from, regs + EDU_SOURCE);
	writeq(to, regs + EDU_TARGET);
	writeq(n, regs + EDU_COUNT);
	writeq(EDU_RUN | cmd, regs + EDU_CMD);
	usleep_range(100000, 100010);
	while (readq(regs + EDU_CMD) & EDU_RUN)
		usleep_range(100, 110);
}

void dmaf_edu_read(dma_addr_t from, u8 *to, size_t n)
{
	size_t done, part;

	for (done = 0; done < n; done += part) {
		part = min_t(size_t, n - done, EDU_MOST);
		transfer(from + done, EDU_BUFFER, part, 0);
		transfer(EDU_BUFFER, page_dma, part, EDU_OUT);
		memcpy(to + done, page, part);
	}
}

void dmaf_edu_write(dma_addr_t to, const u8 *from, size_t n)
{
	size_t done, part;

	for (done = 0; done < n; done += part) {
		part = min_t(size_t, n - done, EDU_MOST);
		memcpy(page, from + done, part);
		transfer(page_dma, EDU_BUFFER, part, 0);
		transfer(EDU_BUFFER, to + done, part, EDU_OUT);
	}
}
