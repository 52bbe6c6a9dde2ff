// SPDX-License-Identifier: GPL-2.0-only
/*
 * What users ask of the controller of a disk besides: commands of its character device without an argument.
 *
 * Simplified: the first character device is the controller's; nobody holds it open longer than for one command.
 */
#include <linux/cdev.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <uapi/linux/nvme_ioctl.h>
#include "block/chardev.h"
#include "host_bus.h"

static const unsigned int commands[KERNEL_BLOCK_CONTROLS] = {NVME_IOCTL_RESET, NVME_IOCTL_RESCAN,
							     NVME_IOCTL_SUBSYS_RESET};

int kernel_block_control(unsigned int which)
{
	struct cdev *cdev = dmaf_char_device();
	struct inode *inode;
	struct file *file;
	int ret = -ENOMEM;

	if (!cdev || which >= KERNEL_BLOCK_CONTROLS || !cdev->ops->unlocked_ioctl)
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
