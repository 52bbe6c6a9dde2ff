// SPDX-License-Identifier: GPL-2.0-only
/*
 * Character devices beside a disk: those of a controller, for its users' commands.
 *
 * Simplified: numbers are one range after another and never come back; a device is found by its number in a list. Users
 * open it, give it one command and close it (control.c).
 */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include "block/block.h"
#include "block/chardev.h"

static LIST_HEAD(devices);
/* Beyond those that have a fixed number. */
static unsigned int next_major = 234;
static unsigned long live;

unsigned long dmaf_char_devices(void)
{
	return live;
}

int alloc_chrdev_region(dev_t *dev, unsigned int baseminor, unsigned int count, const char *name)
{
	*dev = MKDEV(next_major++, baseminor);
	return 0;
}

void unregister_chrdev_region(dev_t from, unsigned int count)
{
}

void cdev_init(struct cdev *cdev, const struct file_operations *fops)
{
	memset(cdev, 0, sizeof(*cdev));
	INIT_LIST_HEAD(&cdev->list);
	cdev->ops = fops;
}

int cdev_device_add(struct cdev *cdev, struct device *dev)
{
	int ret;

	cdev->dev = dev->devt;
	cdev->count = 1;
	if (dev->devt) {
		list_add_tail(&cdev->list, &devices);
		live++;
	}
	ret = device_add(dev);
	if (ret && dev->devt) {
		list_del_init(&cdev->list);
		live--;
	}
	return ret;
}

void cdev_device_del(struct cdev *cdev, struct device *dev)
{
	device_del(dev);
	if (dev->devt) {
		list_del_init(&cdev->list);
		live--;
	}
}

struct cdev *dmaf_char_device(void)
{
	return list_first_entry_or_null(&devices, struct cdev, list);
}
