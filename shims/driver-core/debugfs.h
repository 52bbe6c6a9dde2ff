/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DMAF_DEBUGFS_H
#define DMAF_DEBUGFS_H

#include <linux/types.h>

/*
 * The number in the debugfs file `name` of the directory `dir` (its own name, not a path; null: the root). Works for
 * debugfs_create_u32() and its like and for files of DEFINE_DEBUGFS_ATTRIBUTE. 0, or -ENOENT, -EINVAL (no such kind),
 * or what the file's own function returned.
 */
int dmaf_debugfs_read_u64(const char *dir, const char *name, u64 *value);
int dmaf_debugfs_write_u64(const char *dir, const char *name, u64 value);

struct file;
struct file_operations;
/* The operations and the data of the file of that name, if it has its own; else null. */
const struct file_operations *dmaf_debugfs_operations(const char *dir, const char *name, void **data);

/* The getter and setter of a file that simple_attr_open() opened. */
int dmaf_simple_attr_get(struct file *file, u64 *value);
int dmaf_simple_attr_set(struct file *file, u64 value);

#endif
