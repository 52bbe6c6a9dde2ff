/* SPDX-License-Identifier: GPL-2.0-only */
/* The character devices that there are. */
#ifndef DMAF_CHARDEV_H
#define DMAF_CHARDEV_H

struct cdev;

/* The oldest, or null. */
struct cdev *dmaf_char_device(void);

#endif
