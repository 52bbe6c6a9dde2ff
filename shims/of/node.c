// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a driver of the platform bus sees of a device tree: the node of the one device, which is compatible with the
 * entry of the driver's own table that the manifest names (the first). It is given when the driver registers itself, as
 * only then it is known.
 *
 * Simplified: a node without children, parent, aliases or references to other nodes, whose properties are those that
 * the manifest gives the device (a software node, drivers/base/swnode.c). A driver that has a table of platform devices
 * as well is matched by that, since the driver core is built without a device tree. Windows and interrupts that the
 * driver wants by name are called so when they are wanted, the last first.
 */
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/of.h>
#include <linux/of_device.h>
#include <linux/of_net.h>
#include <linux/of_platform.h>
#include <linux/phy.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/string.h>
#include <linux/version.h>
#include "drivers/drivers.h"
#include "of/of.h"

#define FOUND	   16
#define CELLS	   16
#define RESOURCES  16
#define NAME_BYTES 32

/* Of the table that the driver has; the harness names it. */
const unsigned int dmaf_platform_entry __weak;

struct device_node *of_root, *of_chosen, *of_aliases, *of_stdout;

static const struct of_device_id *compatible;
static struct device_node node = {.name = "device", .full_name = "device"};

static bool node_is_available(const struct fwnode_handle *fwnode)
{
	return true;
}

static const void *node_match_data(const struct fwnode_handle *fwnode, const struct device *dev)
{
	return of_device_get_match_data(dev);
}

/* Properties are the software node's, which stands behind this one. */
static bool node_property_present(const struct fwnode_handle *fwnode, const char *name)
{
	return false;
}

static int node_read_ints(const struct fwnode_handle *fwnode, const char *name, unsigned int size, void *val, size_t n)
{
	return -EINVAL;
}

static int node_read_strings(const struct fwnode_handle *fwnode, const char *name, const char **val, size_t n)
{
	return -EINVAL;
}

static const char *node_name(const struct fwnode_handle *fwnode)
{
	return "device";
}

static const char *node_prefix(const struct fwnode_handle *fwnode)
{
	return "/";
}

const struct fwnode_operations of_fwnode_ops = {
	.device_is_available = node_is_available,
	.device_get_match_data = node_match_data,
	.property_present = node_property_present,
	.property_read_int_array = node_read_ints,
	.property_read_string_array = node_read_strings,
	.get_name = node_name,
	.get_name_prefix = node_prefix,
};

/* ---- the driver and the device meet ---- */

static void meet(struct platform_driver *drv)
{
	struct platform_device *dev = dmaf_platform_device();
	unsigned int i;

	/* Another driver of the same module may be for another device. */
	if (!dev || dev->dev.driver)
		return;
	dev->name = drv->id_table ? drv->id_table[dmaf_platform_entry].name : drv->driver.name;
	if (!drv->driver.of_match_table)
		return;
	/* Of a table that is shorter, as that of an older kernel may be, the last. */
	compatible = drv->driver.of_match_table;
	for (i = 0; i < dmaf_platform_entry && compatible[1].compatible[0]; i++)
		compatible++;
	if (dev->dev.of_node)
		return;
	of_node_init(&node);
	dev->dev.of_node = &node;
	set_primary_fwnode(&dev->dev, &node.fwnode);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
int dmaf_platform_driver_register(struct platform_driver *drv, struct module *owner, const char *name)
{
	meet(drv);
	return __platform_driver_register(drv, owner, name);
}

int dmaf_platform_driver_probe(struct platform_driver *drv, int (*probe)(struct platform_device *),
			       struct module *owner, const char *name)
{
	meet(drv);
	return __platform_driver_probe(drv, probe, owner, name);
}
#else
int dmaf_platform_driver_register(struct platform_driver *drv, struct module *owner)
{
	meet(drv);
	return __platform_driver_register(drv, owner);
}

int dmaf_platform_driver_probe(struct platform_driver *drv, int (*probe)(struct platform_device *),
			       struct module *owner)
{
	meet(drv);
	return __platform_driver_probe(drv, probe, owner);
}
#endif

/* The one of that name, or the last that has none: none is what the device is called. */
static struct resource *named(struct platform_device *dev, unsigned int type, const char *name)
{
	/* A driver may make the name up on its stack ("ch0", then "ch1"). */
	static char names[RESOURCES][NAME_BYTES];
	struct resource *nameless = NULL;
	u32 i;

	for (i = 0; i < dev->num_resources; i++) {
		struct resource *r = &dev->resource[i];

		if (resource_type(r) != type)
			continue;
		if (r->name && !strcmp(r->name, name))
			return r;
		if (!r->name || !strcmp(r->name, dev_name(&dev->dev)))
			nameless = r;
	}
	if (nameless) {
		char *copy = names[nameless - dev->resource];

		if (dev->num_resources > RESOURCES || strscpy(copy, name, NAME_BYTES) < 0)
			host_unshimmed("a resource whose name of/node.c has no room for");
		nameless->name = copy;
	}
	return nameless;
}

struct resource *dmaf_platform_get_resource_byname(struct platform_device *dev, unsigned int type, const char *name)
{
	return named(dev, type, name);
}

void __iomem *dmaf_platform_ioremap_resource_byname(struct platform_device *dev, const char *name)
{
	return devm_ioremap_resource(&dev->dev, named(dev, IORESOURCE_MEM, name));
}

int dmaf_platform_get_irq_byname(struct platform_device *dev, const char *name)
{
	const struct resource *r = named(dev, IORESOURCE_IRQ, name);

	return r ? r->start : -ENXIO;
}

/* ---- the node, as drivers ask for it ---- */

const struct of_device_id *of_match_node(const struct of_device_id *matches, const struct device_node *np)
{
	if (!matches || np != &node || !compatible)
		return NULL;
	for (; matches->name[0] || matches->type[0] || matches->compatible[0]; matches++)
		if (!strcmp(matches->compatible, compatible->compatible))
			return matches;
	return NULL;
}

const struct of_device_id *of_match_device(const struct of_device_id *matches, const struct device *dev)
{
	return of_match_node(matches, dev->of_node);
}

const void *of_device_get_match_data(const struct device *dev)
{
	const struct of_device_id *match = dev->driver ? of_match_device(dev->driver->of_match_table, dev) : NULL;

	return match ? match->data : NULL;
}

int of_device_is_compatible(const struct device_node *np, const char *name)
{
	return np == &node && compatible && !strcmp(compatible->compatible, name);
}

bool of_device_is_available(const struct device_node *np)
{
	return np;
}

bool of_device_is_big_endian(const struct device_node *np)
{
	return of_property_read_bool(np, "big-endian");
}

static struct fwnode_handle *properties(const struct device_node *np)
{
	return np ? np->fwnode.secondary : NULL;
}

static bool present(const struct device_node *np, const char *name)
{
	return properties(np) && fwnode_property_present(properties(np), name);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
bool of_property_read_bool(const struct device_node *np, const char *name)
{
	return present(np, name);
}
#endif

/* How many cells of 32 bits it has. */
static int cells(const struct device_node *np, const char *name)
{
	return present(np, name) ? fwnode_property_count_u32(properties(np), name) : -EINVAL;
}

int of_property_count_elems_of_size(const struct device_node *np, const char *name, int size)
{
	int n = cells(np, name);

	return n < 0 ? n : n * 4 / size;
}

/* As many as there are, between the least and the most; a most of 0 is the least. */
static int fitting(const struct device_node *np, const char *name, size_t least, size_t most)
{
	int n = cells(np, name);

	if (n < 0)
		return n;
	if (n < least)
		return -EOVERFLOW;
	return most ? min_t(size_t, n, most) : least;
}

int of_property_read_variable_u32_array(const struct device_node *np, const char *name, u32 *out, size_t least,
					size_t most)
{
	int n = fitting(np, name, least, most), ret;

	if (n < 0)
		return n;
	ret = fwnode_property_read_u32_array(properties(np), name, out, n);
	return ret ? ret : n;
}

int of_property_read_variable_u8_array(const struct device_node *np, const char *name, u8 *out, size_t least,
				       size_t most)
{
	/* None of the properties that there are is of bytes. */
	return present(np, name) ? -ENODATA : -EINVAL;
}

int of_property_read_variable_u16_array(const struct device_node *np, const char *name, u16 *out, size_t least,
					size_t most)
{
	return present(np, name) ? -ENODATA : -EINVAL;
}

int of_property_read_u32_index(const struct device_node *np, const char *name, u32 index, u32 *out)
{
	u32 values[CELLS];
	int n = cells(np, name), ret;

	if (n < 0)
		return n;
	if (index >= n)
		return -EOVERFLOW;
	if (index >= CELLS)
		host_unshimmed("a property of more cells than of/node.c takes");
	ret = fwnode_property_read_u32_array(properties(np), name, values, index + 1);
	if (!ret)
		*out = values[index];
	return ret;
}

/* Two cells, the upper one first. */
int of_property_read_u64(const struct device_node *np, const char *name, u64 *out)
{
	u32 halves[2];
	int n = of_property_read_variable_u32_array(np, name, halves, 2, 2);

	if (n < 0)
		return n;
	*out = (u64)halves[0] << 32 | halves[1];
	return 0;
}

int of_property_read_string(const struct device_node *np, const char *name, const char **out)
{
	return present(np, name) ? -ENODATA : -EINVAL;
}

int of_property_match_string(const struct device_node *np, const char *name, const char *string)
{
	return present(np, name) ? -ENODATA : -EINVAL;
}

int of_property_read_string_helper(const struct device_node *np, const char *name, const char **out, size_t n, int skip)
{
	return present(np, name) ? -ENODATA : -EINVAL;
}

/* As firmware writes it: big-endian. What was found is kept until the next input. */
struct property *of_find_property(const struct device_node *np, const char *name, int *length)
{
	static struct property found[FOUND];
	static __be32 values[FOUND][CELLS];
	static unsigned int count;
	u32 raw[CELLS];
	unsigned int i;
	int j, n = cells(np, name);

	if (n < 0)
		return NULL;
	if (n > CELLS)
		host_unshimmed("a property of more cells than of/node.c takes");
	for (i = 0; i < count && strcmp(found[i].name, name); i++)
		;
	if (i == count) {
		if (count == FOUND)
			host_unshimmed("more properties than of/node.c keeps");
		fwnode_property_read_u32_array(properties(np), name, raw, n);
		for (j = 0; j < n; j++)
			values[i][j] = cpu_to_be32(raw[j]);
		found[i] = (struct property){.name = (char *)name, .length = 4 * n, .value = values[i]};
		count++;
	}
	if (length)
		*length = found[i].length;
	return &found[i];
}

const void *of_get_property(const struct device_node *np, const char *name, int *length)
{
	const struct property *found = of_find_property(np, name, length);

	return found ? found->value : NULL;
}

/* ---- of what there is nothing ---- */

int __of_parse_phandle_with_args(const struct device_node *np, const char *list, const char *cells_name, int cell_count,
				 int index, struct of_phandle_args *out)
{
	return -ENOENT;
}

int of_count_phandle_with_args(const struct device_node *np, const char *list, const char *cells_name)
{
	return -ENOENT;
}

struct device_node *of_get_parent(const struct device_node *np)
{
	return NULL;
}

struct device_node *of_get_next_child(const struct device_node *np, struct device_node *prev)
{
	return NULL;
}

struct device_node *of_get_next_available_child(const struct device_node *np, struct device_node *prev)
{
	return NULL;
}

struct device_node *of_get_child_by_name(const struct device_node *np, const char *name)
{
	return NULL;
}

struct device_node *of_get_compatible_child(const struct device_node *np, const char *name)
{
	return NULL;
}

struct device_node *of_find_compatible_node(struct device_node *from, const char *type, const char *name)
{
	return NULL;
}

struct device_node *of_find_node_opts_by_path(const char *path, const char **opts)
{
	return NULL;
}

struct platform_device *of_find_device_by_node(struct device_node *np)
{
	return NULL;
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
int of_alias_get_id(const struct device_node *np, const char *stem)
#else
int of_alias_get_id(struct device_node *np, const char *stem)
#endif
{
	return -ENODEV;
}

bool of_machine_compatible_match(const char *const *names)
{
	return false;
}

int of_get_phy_mode(struct device_node *np, phy_interface_t *mode)
{
	*mode = PHY_INTERFACE_MODE_NA;
	return -ENODEV;
}

int of_get_mac_address(struct device_node *np, u8 *mac)
{
	return -ENODEV;
}

int of_get_ethdev_address(struct device_node *np, struct net_device *dev)
{
	return -ENODEV;
}
