// SPDX-License-Identifier: GPL-2.0-only
/*
 * A user of the file that the driver under test made in debugfs: NAME/buffer, where NAME is the driver's.
 *
 * Simplified: each write or read opens the file, is one call at an offset, and closes it, as pwrite() by a process that
 * does nothing else. The user's memory is an allocation of exactly so many bytes, so that a byte more is seen.
 */
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "driver-core/debugfs.h"
#include "host_bus.h"

static const struct file_operations *find(void **data)
{
	return dmaf_debugfs_operations(kernel_driver.name, "buffer", data);
}

int kernel_file_offered(void)
{
	return 1;
}

int kernel_file_there(void)
{
	void *data;

	return !!find(&data);
}

static long call(void *user, unsigned int n, unsigned long long at, bool write)
{
	struct inode *inode = kzalloc(sizeof(*inode), GFP_KERNEL);
	struct file *file = kzalloc(sizeof(*file), GFP_KERNEL);
	const struct file_operations *fops;
	loff_t pos = at;
	void *data;
	long ret = -ENOMEM;

	fops = find(&data);
	if (!fops || !fops->open || !fops->write || !fops->read)
		ret = -ENODEV;
	else if (inode && file) {
		inode->i_private = data;
		file->f_inode = inode;
		file->f_op = fops;
		file->f_mode = FMODE_READ | FMODE_WRITE;
		ret = fops->open(inode, file);
		if (!ret) {
			ret = write ? fops->write(file, user, n, &pos) : fops->read(file, user, n, &pos);
			if (fops->release)
				fops->release(inode, file);
		}
	}
	kfree(file);
	kfree(inode);
	return ret;
}

long kernel_file_write(const unsigned char *bytes, unsigned int n, unsigned long long at)
{
	void *user = kmalloc(max(n, 1U), GFP_KERNEL);
	long ret = -ENOMEM;

	if (user) {
		host_copy_raw(user, bytes, n);
		ret = call(user, n, at, true);
	}
	kfree(user);
	return ret;
}

long kernel_file_read(unsigned char *to, unsigned int n, unsigned long long at)
{
	void *user = kmalloc(max(n, 1U), GFP_KERNEL);
	long ret = -ENOMEM;

	if (user) {
		memset(user, KERNEL_FILE_FILL, n);
		ret = call(user, n, at, false);
		host_copy_raw(to, user, n);
	}
	kfree(user);
	return ret;
}
