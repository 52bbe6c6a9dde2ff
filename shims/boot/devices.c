// SPDX-License-Identifier: GPL-2.0-only
/*
 * The devices that DMA programs drive: one for each path of design D11, on a bus of our own, made and bound through the
 * real driver core once at boot. A program takes the one of its path; what it does to it is undone by the reset.
 */
#include <linux/device.h>
#include <linux/dma-direct.h>
#include <linux/dma-map-ops.h>
#include <linux/dma-mapping.h>
#include <linux/memblock.h>
#include <linux/slab.h>
#include <linux/of.h>
#include <linux/of_fdt.h>
#include <linux/of_reserved_mem.h>
#include <linux/swiotlb.h>
#include <linux/sizes.h>
#include <linux/version.h>
#include "host.h"
#include "boot/boot.h"
#include "driver-core/debugfs.h"
#include "iommu/iommu.h"
#include "sched/sched.h"

struct dmaf_device {
	struct device dev;
	struct device_dma_parameters parms;
	u64 dma_mask;
};

static struct dmaf_device devices[DMAF_PATHS];
/*
 * What they are all behind, and what drivers of devices below others mistake them for (DMAF_F_WRONG_DEV). It does DMA
 * of its own as a bridge may: direct, coherent, with none of what firmware says of the devices.
 */
static struct dmaf_device bridge;

static const char *const names[DMAF_PATHS] = {
	[DMAF_PATH_DIRECT] = "direct",	       [DMAF_PATH_OFFSET] = "offset", [DMAF_PATH_BOUNCE] = "bounce",
	[DMAF_PATH_RESTRICTED] = "restricted", [DMAF_PATH_POOL] = "pool",     [DMAF_PATH_IOMMU] = "iommu",
	[DMAF_PATH_IOMMU_LAZY] = "iommu-lazy",
};

/*
 * dma-ranges of path `offset`: all from the DMA32 bank up is seen 1 GiB lower, so that the bank above 4 GiB lies within
 * 32 bits; the ISA bank is not seen at all, and mapping it must bounce.
 */
#define WINDOW_BASE HOST_BANK_DMA32_BASE
#define WINDOW_SIZE (HOST_BANK_NORMAL_BASE + HOST_BANK_NORMAL_SIZE - WINDOW_BASE)
static const struct bus_dma_region ranges[] = {
	{.cpu_start = WINDOW_BASE, .dma_start = WINDOW_BASE - SZ_1G, .size = WINDOW_SIZE},
	{},
};

/* Sizes of the pools of a device's own, bytes. */
#define RESTRICTED_SIZE SZ_1M
#define COHERENT_SIZE	SZ_256K

/* No device tree: a node has no properties. 6.12's pool handlers ask for some before they accept a region. */
const void *of_get_flat_dt_prop(unsigned long node, const char *name, int *size)
{
	return NULL;
}

static void device_released(struct device *dev)
{
}

static bool probe_is_to_fail;

static int driver_probe(struct device *dev)
{
	dma_addr_t dma;

	if (!probe_is_to_fail)
		return 0;
	if (!dmam_alloc_coherent(dev, SZ_4K, &dma, GFP_KERNEL) || !dma_alloc_coherent(dev, SZ_4K, &dma, GFP_KERNEL))
		host_panic("no memory for a probe");
	return -ENODEV;
}

static int bus_match(struct device *dev, const struct device_driver *drv)
{
	return 1;
}

/* What firmware says of a device's way to memory, at each bind: the driver core frees the ranges at unbind. */
static int bus_dma_configure(struct device *dev)
{
	if (dev == &devices[DMAF_PATH_OFFSET].dev) {
		dev->dma_range_map = kmemdup(ranges, sizeof(ranges), GFP_KERNEL);
		if (!dev->dma_range_map)
			return -ENOMEM;
		dev->bus_dma_limit = dma_range_map_max(dev->dma_range_map);
	}
	return dmaf_iommu_dma_configure(dev);
}

int kernel_debug_all;

static const struct bus_type dmaf_bus = {
	.name = "dmafuzz",
	.match = bus_match,
	.dma_configure = bus_dma_configure,
	.dma_cleanup = dmaf_iommu_dma_cleanup,
};

static struct device_driver dmaf_driver = {
	.name = "dmafuzz",
	.bus = &dmaf_bus,
	.probe = driver_probe,
};

/* The pool of a device tree's "restricted-dma-pool" node, by way of the handler that swiotlb.c registered for it. */
static void give_restricted_pool(struct device *dev)
{
	extern const struct of_device_id __reservedmem_of_table[], __reservedmem_of_table_end[];
	static struct reserved_mem rmem = {.name = "restricted", .size = RESTRICTED_SIZE};
	const struct of_device_id *id;

	rmem.base = __pa(memblock_alloc_low(RESTRICTED_SIZE, SZ_4K));
	for (id = __reservedmem_of_table; id < __reservedmem_of_table_end; id++) {
		if (strcmp(id->compatible, "restricted-dma-pool"))
			continue;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
		rmem.ops = id->data;
#else
		/* There the table holds the set-up function, which checks the (absent) node and fills in the
		 * operations. */
		if (((reservedmem_of_init_fn)id->data)(&rmem))
			host_panic("the restricted pool was refused");
#endif
	}
	if (!rmem.ops || rmem.ops->device_init(&rmem, dev))
		host_panic("no restricted pool");
}

static void give_coherent_pool(struct device *dev)
{
	phys_addr_t phys = __pa(memblock_alloc_low(COHERENT_SIZE, SZ_4K));

	if (dma_declare_coherent_memory(dev, phys, phys, COHERENT_SIZE))
		host_panic("no per-device coherent memory");
	/* memremap(MEMREMAP_WC): the CPU's accesses to it bypass the cache. */
	host_memory_uncached(phys, COHERENT_SIZE, 1);
}

/* All but what its path gives it. */
static void device_prepare(struct dmaf_device *d, const char *name)
{
	device_initialize(&d->dev);
	d->dev.init_name = name;
	d->dev.release = device_released;
	d->dev.dma_mask = &d->dma_mask;
	d->dev.dma_parms = &d->parms;
	d->dma_mask = DMA_BIT_MASK(32);
	d->dev.coherent_dma_mask = DMA_BIT_MASK(32);
}

static void set_coherent(struct device *dev, bool coherent)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
	dev_assign_dma_coherent(dev, coherent);
#else
	dev->dma_coherent = coherent;
#endif
}

void dmaf_devices_init(void)
{
	unsigned int path;

	device_prepare(&bridge, "bridge");
	set_coherent(&bridge.dev, true);
	if (bus_register(&dmaf_bus) || driver_register(&dmaf_driver) || device_add(&bridge.dev))
		host_panic("no bus for the devices");
	dmaf_iommu_init(&dmaf_bus);
	for (path = 0; path < DMAF_PATHS; path++) {
		struct dmaf_device *d = &devices[path];

		device_prepare(d, names[path]);
		d->dev.bus = &dmaf_bus;
		d->dev.parent = &bridge.dev;
		if (path == DMAF_PATH_RESTRICTED)
			give_restricted_pool(&d->dev);
		if (path == DMAF_PATH_POOL)
			give_coherent_pool(&d->dev);
		if (path == DMAF_PATH_IOMMU || path == DMAF_PATH_IOMMU_LAZY)
			dmaf_iommu_attach(&d->dev, path == DMAF_PATH_IOMMU_LAZY);
		if (device_add(&d->dev) || !d->dev.driver)
			host_panic("a device did not bind");
	}
	dmaf_iommu_ready();
	if (kernel_debug_all) {
		dma_debug_add_bus(&dmaf_bus);
		if (dmaf_debugfs_write_u64("dma-api", "all_errors", 1))
			host_panic("dma-debug does not take all_errors");
	}
	dmaf_bounce_pool_note(devices[DMAF_PATH_DIRECT].dev.dma_io_tlb_mem);
	dmaf_bounce_pool_note(devices[DMAF_PATH_RESTRICTED].dev.dma_io_tlb_mem);
}

static int cache_line_size = L1_CACHE_BYTES;

int dmaf_cache_line_size(void)
{
	return cache_line_size;
}

void dmaf_device_configure(struct device *dev, const struct dmaf_config *config)
{
	cache_line_size = config->line_order ? 1 << config->line_order : L1_CACHE_BYTES;
	set_coherent(dev, config->coherent);
	if (config->path == DMAF_PATH_BOUNCE)
		dev->dma_io_tlb_mem->force_bounce = true;
}

void *kernel_device_open(const struct dmaf_config *config)
{
	struct device *dev = &devices[config->path % DMAF_PATHS].dev;

	if (!dev->driver)
		return NULL;
	dmaf_device_configure(dev, config);
	if (dev->iommu_group)
		dmaf_iommu_open(dev);
	return dev;
}

const char *kernel_device_name(const void *dev)
{
	return dev_name(dev);
}

void dmaf_device_fail_probe(void)
{
	struct device *dev = &devices[DMAF_PATH_DIRECT].dev;

	device_release_driver(dev);
	probe_is_to_fail = true;
	if (device_attach(dev))
		host_panic("a probe that fails bound its driver");
}

void kernel_device_close(void *device)
{
	struct device *dev = device;

	kernel_run_deferred(10ull * NSEC_PER_SEC);
	/* After the queued invalidations, which give IOVAs back. */
	if (dev->iommu_group)
		dmaf_iommu_close(dev);
}

unsigned long kernel_debug_entries(void)
{
	u64 total = 0, free = 0;

	if (dmaf_debugfs_read_u64("dma-api", "nr_total_entries", &total) ||
	    dmaf_debugfs_read_u64("dma-api", "num_free_entries", &free))
		host_panic("dma-debug does not say how many entries it uses");
	return total - free;
}

void kernel_usage(struct kernel_usage *usage)
{
	u64 disabled = 0;

	usage->swiotlb_slots = atomic_long_read(&devices[DMAF_PATH_DIRECT].dev.dma_io_tlb_mem->total_used);
	usage->restricted_slots = atomic_long_read(&devices[DMAF_PATH_RESTRICTED].dev.dma_io_tlb_mem->total_used);
	usage->atomic_pool_bytes = dmaf_atomic_pools_used();
	usage->device_pool_pages = dmaf_device_pool_used();
	if (dmaf_debugfs_read_u64("dma-api", "disabled", &disabled))
		host_panic("dma-debug does not say whether it works");
	usage->debug_entries = kernel_debug_entries();
	usage->debug_disabled = disabled;
	usage->pending_work = dmaf_pending_work();
}

void kernel_facts(struct kernel_facts *facts)
{
	const struct io_tlb_mem *common = devices[DMAF_PATH_DIRECT].dev.dma_io_tlb_mem;
	const struct io_tlb_mem *own = devices[DMAF_PATH_RESTRICTED].dev.dma_io_tlb_mem;

	facts->swiotlb_base = common->defpool.start;
	facts->swiotlb_size = common->defpool.end - common->defpool.start;
	facts->restricted_base = own->defpool.start;
	facts->restricted_size = own->defpool.end - own->defpool.start;
	facts->device_pool_size = COHERENT_SIZE;
	facts->atomic_pool_size = SZ_128K;
	facts->offset = SZ_1G;
	facts->window_base = WINDOW_BASE;
	facts->window_size = WINDOW_SIZE;
	facts->iommu = devices[DMAF_PATH_IOMMU].dev.driver != NULL;
	facts->iova_api = LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0);
	facts->forced_bounce_maps_mmio = LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0);
	facts->debug_keeps_failed_mmio = LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0);
}

unsigned long long kernel_bus_to_phys(void *device, unsigned long long dma)
{
	struct device *dev = device;
	phys_addr_t phys = dma_to_phys(dev, dma);

	return pfn_valid(PHYS_PFN(phys)) ? phys : ~0ull;
}
