// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver of our IOMMU, and the IOMMU: registered with the real core, probed through a notifier of our bus as the
 * core does for the buses that it knows, its tables built by the tree's own code, its walker the harness's device
 * model.
 *
 * Simplified: the IOTLB caches pages, not the upper levels of the walk; tables are coherent with the walker; no faults
 * are reported, no PASIDs, no dirty tracking; both masters are always trusted (dma-iommu bounces for untrusted PCI
 * devices). The table of a domain is empty at boot; what an input adds to it goes with the reset and not by the
 * format's teardown, which visits every entry and would take longer than the input (target page_table tears down). The
 * harness looks that all pages it left are of the table and that none of it maps.
 */
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <drivers/base/base.h>
#include <drivers/iommu/iommu-pages.h>
#include <drivers/iommu/iommu-priv.h>
#include "host.h"
#include "iommu/iommu.h"
#include "iommu/table.h"
#include "sched/sched.h"

/* What x86 machines set aside for message-signalled interrupts; here only a hole that no mapping may get. */
#define HOLE_START 0xfee00000UL
#define HOLE_SIZE  0x100000UL

/* Size classes of iova.c's caches: 1, 2, 4 .. 32 pages. */
#define IOVA_CLASSES 6

struct master {
	struct device *dev;
	bool lazy;
};

static struct master masters[2];
static unsigned int master_count;
static struct iommu_device iommu;

static struct master *master_of(struct device *dev)
{
	unsigned int i;

	for (i = 0; i < master_count; i++)
		if (masters[i].dev == dev)
			return &masters[i];
	return NULL;
}

/* ---- domain ---- */

static struct iommu_domain *domain_alloc_paging(struct device *dev)
{
	struct dmaf_domain *d = kzalloc(sizeof(*d), GFP_KERNEL);

	if (!d)
		return ERR_PTR(-ENOMEM);
	if (dmaf_table_make(d)) {
		kfree(d);
		return ERR_PTR(-ENOMEM);
	}
	return &d->domain;
}

static void domain_free(struct iommu_domain *domain)
{
	struct dmaf_domain *d = to_dmaf(domain);

	dmaf_table_free(d);
	kfree(d);
}

#if DMAF_HAS_GENERIC_PT
static int attach_dev(struct iommu_domain *domain, struct device *dev, struct iommu_domain *old)
#else
static int attach_dev(struct iommu_domain *domain, struct device *dev)
#endif
{
	return 0;
}

static void flush_iotlb_all(struct iommu_domain *domain)
{
	if (to_dmaf(domain)->walked)
		host_iotlb_flush_all();
}

static void iotlb_sync(struct iommu_domain *domain, struct iommu_iotlb_gather *gather)
{
	if (to_dmaf(domain)->walked && gather->start <= gather->end)
		host_iotlb_flush(gather->start, gather->end);
	iommu_put_pages_list(&gather->freelist);
}

const struct iommu_domain_ops dmaf_domain_ops = {
	.attach_dev = attach_dev,
	.flush_iotlb_all = flush_iotlb_all,
	.iotlb_sync = iotlb_sync,
	.free = domain_free,
#if DMAF_HAS_GENERIC_PT
	IOMMU_PT_DOMAIN_OPS(amdv1),
#else
	.map_pages = dmaf_map_pages,
	.unmap_pages = dmaf_unmap_pages,
	.iova_to_phys = dmaf_iova_to_phys,
#endif
};

/* ---- IOMMU ---- */

static bool iommu_capable(struct device *dev, enum iommu_cap cap)
{
	switch (cap) {
	case IOMMU_CAP_CACHE_COHERENCY:
	case IOMMU_CAP_DEFERRED_FLUSH:
		return true;
	default:
		return false;
	}
}

static struct iommu_device *probe_device(struct device *dev)
{
	return master_of(dev) ? &iommu : ERR_PTR(-ENODEV);
}

static int def_domain_type(struct device *dev)
{
	return master_of(dev)->lazy ? IOMMU_DOMAIN_DMA_FQ : IOMMU_DOMAIN_DMA;
}

static void get_resv_regions(struct device *dev, struct list_head *list)
{
	struct iommu_resv_region *hole =
		iommu_alloc_resv_region(HOLE_START, HOLE_SIZE, 0, IOMMU_RESV_RESERVED, GFP_KERNEL);

	if (hole)
		list_add_tail(&hole->list, list);
}

static const struct iommu_ops iommu_ops = {
	.capable = iommu_capable,
	.domain_alloc_paging = domain_alloc_paging,
	.probe_device = probe_device,
	.device_group = generic_device_group,
	.def_domain_type = def_domain_type,
	.get_resv_regions = get_resv_regions,
	.default_domain_ops = &dmaf_domain_ops,
};

/* What firmware tells of a device: its IOMMU. The core keeps such notifiers for the buses that it knows by itself. */
static int dmaf_bus_notify(struct notifier_block *nb, unsigned long action, void *data)
{
	struct device *dev = data;
	int ret;

	if (action != BUS_NOTIFY_ADD_DEVICE || !master_of(dev))
		return NOTIFY_DONE;
	mutex_lock(&iommu_probe_device_lock);
	ret = iommu_fwspec_init(dev, iommu.fwnode);
	mutex_unlock(&iommu_probe_device_lock);
	if (ret || iommu_probe_device(dev))
		host_panic("the IOMMU refused a master");
	return NOTIFY_OK;
}

void dmaf_iommu_init(const struct bus_type *bus)
{
	static struct notifier_block notifier = {.notifier_call = dmaf_bus_notify};

	/* The core looks for masters on each bus that it was built with, and takes no answer for a refusal. */
	if (!bus_is_registered(&pci_bus_type) && bus_register(&pci_bus_type))
		host_panic("no PCI bus");
	iommu.fwnode = fwnode_create_software_node(NULL, NULL);
	if (IS_ERR(iommu.fwnode) || iommu_device_sysfs_add(&iommu, NULL, NULL, "dmafuzz-iommu") ||
	    iommu_device_register(&iommu, &iommu_ops, NULL) || bus_register_notifier(bus, &notifier))
		host_panic("no IOMMU");
}

void dmaf_iommu_attach(struct device *dev, bool lazy)
{
	if (master_count == ARRAY_SIZE(masters))
		host_panic("a master too many");
	masters[master_count++] = (struct master){.dev = dev, .lazy = lazy};
}

int dmaf_iommu_dma_configure(struct device *dev)
{
	return iommu_device_use_default_domain(dev);
}

void dmaf_iommu_dma_cleanup(struct device *dev)
{
	iommu_device_unuse_default_domain(dev);
}

/* ---- an input's use of a master ---- */

void dmaf_iommu_open(struct device *dev)
{
	struct dmaf_domain *d = to_dmaf(iommu_get_domain_for_dev(dev));

	d->walked = true;
	dmaf_table_tell(d);
}

void dmaf_iommu_close(struct device *dev)
{
	struct dmaf_domain *d = to_dmaf(iommu_get_domain_for_dev(dev));

	dmaf_cpuhp_dead();
	host_iommu_detach();
	d->walked = false;
}

/*
 * A first mapping of each size class of the IOVA caches: the magazines that iova.c keeps for ever from then on belong
 * to boot, not to the input that would come first.
 */
static void warm_caches(struct device *dev, struct page *page)
{
	unsigned int class;

	for (class = 0; class < IOVA_CLASSES; class ++) {
		dma_addr_t dma = dma_map_page(dev, page, 0, PAGE_SIZE << class, DMA_TO_DEVICE);

		if (dma_mapping_error(dev, dma))
			host_panic("the IOMMU does not map");
		dma_unmap_page(dev, dma, PAGE_SIZE << class, DMA_TO_DEVICE);
	}
}

void dmaf_iommu_ready(void)
{
	struct page *page = alloc_pages(GFP_KERNEL, IOVA_CLASSES - 1);
	unsigned int i;

	if (!page)
		host_panic("no memory to warm the IOMMU with");
	for (i = 0; i < master_count; i++) {
		struct device *dev = masters[i].dev;

		if (!dev->iommu_group || iommu_get_domain_for_dev(dev)->type != def_domain_type(dev))
			host_panic("a master is not in the domain that it asked for");
		warm_caches(dev, page);
		/* The timer of the lazy domain's queue. */
		kernel_run_deferred(NSEC_PER_SEC);
		dmaf_iommu_close(dev);
		/* Without the tables of those mappings, which every reset would copy. */
		dmaf_table_free(to_dmaf(iommu_get_domain_for_dev(dev)));
		if (dmaf_table_make(to_dmaf(iommu_get_domain_for_dev(dev))))
			host_panic("no page table for the domain");
	}
	__free_pages(page, IOVA_CLASSES - 1);
}
