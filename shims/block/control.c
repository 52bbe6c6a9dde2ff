// SPDX-License-Identifier: GPL-2.0-only
/*
 * What users ask of a disk besides: of one whose controller has a character device, commands without an argument; of
 * any other, what its driver shows of it in sysfs, or writes of how it caches.
 *
 * Simplified: the first character device is the controller's; nobody holds it open longer than for one command. Of
 * sysfs there are only the driver's own groups, each attribute read into a page as sysfs does.
 */
#include <linux/blkdev.h>
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <uapi/linux/nvme_ioctl.h>
#include "block/block.h"
#include "block/chardev.h"
#include "host_bus.h"

static const unsigned int commands[KERNEL_BLOCK_CONTROLS] = {NVME_IOCTL_RESET, NVME_IOCTL_RESCAN,
							     NVME_IOCTL_SUBSYS_RESET};

/* Reads all attributes that the driver added, or writes `value` to that of the name. The last error, or 0. */
static int attributes(struct device *dev, const char *name, const char *value)
{
	const struct attribute_group *const *groups = (const struct attribute_group *const *)dev->groups;
	char *page = (char *)get_zeroed_page(GFP_KERNEL);
	int ret = 0, i, j;

	if (!page)
		return -ENOMEM;
	for (i = 0; groups && groups[i]; i++) {
		const struct attribute_group *group = groups[i];

		for (j = 0; group->attrs[j]; j++) {
			struct attribute *attr = group->attrs[j];
			struct device_attribute *shown = container_of(attr, struct device_attribute, attr);
			umode_t mode = group->is_visible ? group->is_visible(&dev->kobj, attr, j) : attr->mode;
			ssize_t n = 0;

			if (!name && mode & 0444 && shown->show)
				n = shown->show(dev, shown, page);
			else if (name && !strcmp(attr->name, name) && mode & 0222 && shown->store)
				n = shown->store(dev, shown, value, strlen(value));
			if (n < 0)
				ret = n;
			WARN_ON(n > (ssize_t)PAGE_SIZE);
		}
	}
	free_page((unsigned long)page);
	return ret;
}

int __weak dmaf_disk_control(struct gendisk *disk, unsigned int which)
{
	return -ENOTTY;
}

static int of_disk(unsigned int which)
{
	static const char *const caches[] = {"write through", "write back"};
	struct gendisk *disk = dmaf_first_disk();
	int ret;

	if (!disk || which >= KERNEL_BLOCK_CONTROLS)
		return -ENODEV;
	ret = dmaf_disk_control(disk, which);
	if (ret != -ENOTTY)
		return ret;
	if (!which)
		return attributes(disk_to_dev(disk), NULL, NULL);
	return attributes(disk_to_dev(disk), "cache_type", caches[which - 1]);
}

int kernel_block_control(unsigned int which)
{
	struct cdev *cdev = dmaf_char_device();
	struct inode *inode;
	struct file *file;
	int ret = -ENOMEM;

	if (!cdev)
		return of_disk(which);
	if (which >= KERNEL_BLOCK_CONTROLS || !cdev->ops->unlocked_ioctl)
		return -ENODEV;
	inode = kzalloc(sizeof(*inode), GFP_KERNEL);
	file = kzalloc(sizeof(*file), GFP_KERNEL);
	if (inode && file) {
		inode->i_cdev = cdev;
		file->f_inode = inode;
		file->f_op = cdev->ops;
		file->f_mode = FMODE_READ | FMODE_WRITE;
		ret = cdev->ops->open ? cdev->ops->open(inode, file) : 0;
		if (!ret) {
			ret = cdev->ops->unlocked_ioctl(file, commands[which], 0);
			if (cdev->ops->release)
				cdev->ops->release(inode, file);
		}
	}
	kfree(file);
	kfree(inode);
	return ret;
}
