// SPDX-License-Identifier: GPL-2.0-only
/*
 * What dma-debug says of itself in debugfs. Its files are for programs: they are read as one would, into memory of the
 * process that loads the module.
 */
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/uaccess.h>
#include "guest/guest_module.h"

#define FOLDER "/sys/kernel/debug/dma-api/"

static long read_number(const char *path, char __user *room)
{
	struct file *file = filp_open(path, O_RDONLY, 0);
	char text[24] = {};
	loff_t pos = 0;
	ssize_t n;
	long number;

	if (IS_ERR(file))
		return PTR_ERR(file);
	n = file->f_op->read ? file->f_op->read(file, room, sizeof(text) - 1, &pos) : -EINVAL;
	filp_close(file, NULL);
	if (n <= 0 || copy_from_user(text, room, n))
		return -EIO;
	return kstrtol(strim(text), 0, &number) ? -EIO : number;
}

long dmaf_debug_entries(void)
{
	static unsigned long room;
	long total, unused;

	if (!room) {
		room = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, 0);
		if (IS_ERR_VALUE(room))
			return -ENOMEM;
	}
	total = read_number(FOLDER "nr_total_entries", (char __user *)room);
	unused = read_number(FOLDER "num_free_entries", (char __user *)room);
	return total < 0 ? total : unused < 0 ? unused : total - unused;
}
