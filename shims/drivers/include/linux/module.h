/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Found before the tree's own when a driver is compiled as a module: the table of the devices that it is for gets a
 * name that does not hang on the driver's, and that other files see.
 */
#ifndef DMAF_DRIVERS_MODULE_H
#define DMAF_DRIVERS_MODULE_H

#include_next <linux/module.h>

#undef MODULE_DEVICE_TABLE
#define MODULE_DEVICE_TABLE(type, name) extern typeof(name) dmaf_driver_ids_##type __attribute__((alias(#name)))

#endif
