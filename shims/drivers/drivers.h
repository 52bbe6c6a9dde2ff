/* SPDX-License-Identifier: GPL-2.0-only */
/* What parts of the userspace kernel tell of a driver's leavings. */
#ifndef DMAF_DRIVERS_DRIVERS_H
#define DMAF_DRIVERS_DRIVERS_H

/* Network devices that are registered or not freed; weak: a program without them has none. */
unsigned long dmaf_net_devices(void);

/* The device on the platform bus, or null (platform.c). */
struct platform_device;
struct platform_device *dmaf_platform_device(void);
extern const unsigned int dmaf_platform_windows, dmaf_platform_interrupts;

#endif
