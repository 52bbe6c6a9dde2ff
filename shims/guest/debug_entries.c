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

/* Open as long as the module works: they are read after each operation. */
static struct file *total_file, *free_file;
static char __user *room;

static struct file *open_number(const char *path)
{
	struct file *file = filp_open(path, O_RDONLY, 0);

	if (!IS_ERR(file) && file->f_op->read)
		return file;
	if (!IS_ERR(file))
		filp_close(file, NULL);
	return NULL;
}

int dmaf_debug_open(void)
{
	unsigned long at = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, 0);

	if (IS_ERR_VALUE(at))
		return -ENOMEM;
	room = (char __user *)at;
	total_file = open_number(FOLDER "nr_total_entries");
	free_file = open_number(FOLDER "num_free_entries");
	if (total_file && free_file)
		return 0;
	dmaf_debug_close();
	return -ENOENT;
}

void dmaf_debug_close(void)
{
	if (total_file)
		filp_close(total_file, NULL);
	if (free_file)
		filp_close(free_file, NULL);
	vm_munmap((unsigned long)room, PAGE_SIZE);
}

static long read_number(struct file *file)
{
	char text[24] = {};
	loff_t pos = 0;
	ssize_t n = file->f_op->read(file, room, sizeof(text) - 1, &pos);
	long number;

	if (n <= 0 || copy_from_user(text, room, n))
		return -EIO;
	return kstrtol(strim(text), 0, &number) ? -EIO : number;
}

long dmaf_debug_entries(void)
{
	long total = read_number(total_file), unused = read_number(free_file);

	return total < 0 ? total : unused < 0 ? unused : total - unused;
}
