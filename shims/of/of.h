/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What stands in for functions of the platform bus in drivers that are compiled with PLATFORM_FLAGS
 * (shims/extra.cmake): each as the one of its name without dmaf_, but for what of/node.c says.
 */
#ifndef DMAF_OF_OF_H
#define DMAF_OF_OF_H

#include <linux/version.h>
#include "host.h"

struct module;
struct platform_device;
struct platform_driver;
struct resource;

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
int dmaf_platform_driver_register(struct platform_driver *drv, struct module *owner, const char *name);
int dmaf_platform_driver_probe(struct platform_driver *drv, int (*probe)(struct platform_device *),
			       struct module *owner, const char *name);
#else
int dmaf_platform_driver_register(struct platform_driver *drv, struct module *owner);
int dmaf_platform_driver_probe(struct platform_driver *drv, int (*probe)(struct platform_device *),
			       struct module *owner);
#endif
struct resource *dmaf_platform_get_resource_byname(struct platform_device *dev, unsigned int type, const char *name);
void __iomem *dmaf_platform_ioremap_resource_byname(struct platform_device *dev, const char *name);
int dmaf_platform_get_irq_byname(struct platform_device *dev, const char *name);
/* Entry of the driver's table of devices that the device is. */
extern const unsigned int dmaf_platform_entry;

#endif
