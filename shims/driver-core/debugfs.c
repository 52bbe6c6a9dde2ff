// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs: a registry of the files that were created, so that our code can read them by name.
 *
 * Simplified: no file system and no user; directories and files are records in one list, with their parent. Files made
 * from values know the value's size; files with their own operations can be opened and read as numbers. Names are cut
 * at 39 characters. Removing a directory removes what is in it.
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/version.h>
#include "debugfs.h"

enum kind { DIRECTORY, VALUE, ATOMIC, BOOLEAN, STRING, OPERATIONS, OPAQUE };

struct node {
	/* What callers get: its address only. */
	struct dentry dentry;
	struct list_head list;
	struct node *parent;
	enum kind kind;
	unsigned int size;
	void *data;
	const struct file_operations *fops;
	char name[40];
};

static LIST_HEAD(nodes);

static struct node *node_of(struct dentry *dentry)
{
	return container_of(dentry, struct node, dentry);
}

static struct node *find(const char *name, struct node *parent)
{
	struct node *n;

	list_for_each_entry (n, &nodes, list)
		if (n->parent == parent && !strncmp(n->name, name, sizeof(n->name) - 1))
			return n;
	return NULL;
}

static struct dentry *create(const char *name, struct dentry *parent, enum kind kind, void *data, unsigned int size,
			     const struct file_operations *fops)
{
	struct node *n;

	if (IS_ERR(parent))
		return parent;
	if (find(name, parent ? node_of(parent) : NULL))
		return ERR_PTR(-EEXIST);
	n = kzalloc(sizeof(*n), GFP_KERNEL);
	if (!n)
		return ERR_PTR(-ENOMEM);
	n->parent = parent ? node_of(parent) : NULL;
	n->kind = kind;
	n->data = data;
	n->size = size;
	n->fops = fops;
	strscpy(n->name, name, sizeof(n->name));
	list_add_tail(&n->list, &nodes);
	return &n->dentry;
}

bool debugfs_initialized(void)
{
	return true;
}

struct dentry *debugfs_lookup(const char *name, struct dentry *parent)
{
	struct node *n = IS_ERR(parent) ? NULL : find(name, parent ? node_of(parent) : NULL);

	return n ? &n->dentry : NULL;
}

struct dentry *debugfs_create_dir(const char *name, struct dentry *parent)
{
	return create(name, parent, DIRECTORY, NULL, 0, NULL);
}

struct dentry *debugfs_create_symlink(const char *name, struct dentry *parent, const char *dest)
{
	return create(name, parent, OPAQUE, NULL, 0, NULL);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
struct dentry *debugfs_create_file_full(const char *name, umode_t mode, struct dentry *parent, void *data,
					const void *aux, const struct file_operations *fops)
{
	return create(name, parent, OPERATIONS, data, 0, fops);
}

struct dentry *debugfs_create_file_short(const char *name, umode_t mode, struct dentry *parent, void *data,
					 const void *aux, const struct debugfs_short_fops *fops)
{
	return create(name, parent, OPAQUE, data, 0, NULL);
}
#else
struct dentry *debugfs_create_file(const char *name, umode_t mode, struct dentry *parent, void *data,
				   const struct file_operations *fops)
{
	return create(name, parent, OPERATIONS, data, 0, fops);
}
#endif

struct dentry *debugfs_create_file_unsafe(const char *name, umode_t mode, struct dentry *parent, void *data,
					  const struct file_operations *fops)
{
	return create(name, parent, OPERATIONS, data, 0, fops);
}

void debugfs_create_file_size(const char *name, umode_t mode, struct dentry *parent, void *data,
			      const struct file_operations *fops, loff_t file_size)
{
	create(name, parent, OPERATIONS, data, 0, fops);
}

void debugfs_remove(struct dentry *dentry)
{
	struct node *n, *next, *gone;

	if (IS_ERR_OR_NULL(dentry))
		return;
	gone = node_of(dentry);
	list_for_each_entry_safe_reverse(n, next, &nodes, list)
	{
		struct node *above = n;

		while (above && above != gone)
			above = above->parent;
		if (above && n != gone) {
			list_del(&n->list);
			kfree(n);
		}
	}
	list_del(&gone->list);
	kfree(gone);
}

void debugfs_lookup_and_remove(const char *name, struct dentry *parent)
{
	debugfs_remove(debugfs_lookup(name, parent));
}

int debugfs_file_get(struct dentry *dentry)
{
	return 0;
}

void debugfs_file_put(struct dentry *dentry)
{
}

#define VALUE_FILE(suffix, type)                                                                                       \
	void debugfs_create_##suffix(const char *name, umode_t mode, struct dentry *parent, type *value)               \
	{                                                                                                              \
		create(name, parent, VALUE, value, sizeof(*value), NULL);                                              \
	}

VALUE_FILE(u8, u8)
VALUE_FILE(u16, u16)
VALUE_FILE(u32, u32)
VALUE_FILE(u64, u64)
VALUE_FILE(x8, u8)
VALUE_FILE(x16, u16)
VALUE_FILE(x32, u32)
VALUE_FILE(x64, u64)
VALUE_FILE(ulong, unsigned long)
VALUE_FILE(size_t, size_t)

void debugfs_create_atomic_t(const char *name, umode_t mode, struct dentry *parent, atomic_t *value)
{
	create(name, parent, ATOMIC, value, 0, NULL);
}

void debugfs_create_bool(const char *name, umode_t mode, struct dentry *parent, bool *value)
{
	create(name, parent, BOOLEAN, value, 0, NULL);
}

void debugfs_create_str(const char *name, umode_t mode, struct dentry *parent, char **value)
{
	create(name, parent, STRING, value, 0, NULL);
}

struct dentry *debugfs_create_blob(const char *name, umode_t mode, struct dentry *parent,
				   struct debugfs_blob_wrapper *blob)
{
	return create(name, parent, OPAQUE, blob, 0, NULL);
}

void debugfs_create_regset32(const char *name, umode_t mode, struct dentry *parent, struct debugfs_regset32 *regset)
{
	create(name, parent, OPAQUE, regset, 0, NULL);
}

void debugfs_create_u32_array(const char *name, umode_t mode, struct dentry *parent, struct debugfs_u32_array *array)
{
	create(name, parent, OPAQUE, array, 0, NULL);
}

void debugfs_create_devm_seqfile(struct device *dev, const char *name, struct dentry *parent,
				 int (*read_fn)(struct seq_file *s, void *data))
{
	create(name, parent, OPAQUE, NULL, 0, NULL);
}

ssize_t debugfs_attr_read(struct file *file, char __user *buf, size_t len, loff_t *ppos)
{
	return simple_attr_read(file, buf, len, ppos);
}

ssize_t debugfs_attr_write(struct file *file, const char __user *buf, size_t len, loff_t *ppos)
{
	return simple_attr_write(file, buf, len, ppos);
}

ssize_t debugfs_attr_write_signed(struct file *file, const char __user *buf, size_t len, loff_t *ppos)
{
	return simple_attr_write_signed(file, buf, len, ppos);
}

/* ---- for our own code ---- */

static struct node *find_in(const char *dir, const char *name)
{
	struct node *n;

	list_for_each_entry (n, &nodes, list)
		if (!strcmp(n->name, name) && (dir && *dir ? n->parent && !strcmp(n->parent->name, dir) : !n->parent))
			return n;
	return NULL;
}

const struct file_operations *dmaf_debugfs_operations(const char *dir, const char *name, void **data)
{
	struct node *n = find_in(dir, name);

	if (!n || n->kind != OPERATIONS)
		return NULL;
	*data = n->data;
	return n->fops;
}

/* Opens the file as a user would, asks its getter or setter, and closes it. */
static int through_file(const struct node *n, u64 *get, u64 set)
{
	struct inode *inode = kzalloc(sizeof(*inode), GFP_KERNEL);
	struct file *file = kzalloc(sizeof(*file), GFP_KERNEL);
	int ret = -ENOMEM;

	if (inode && file) {
		bool simple = n->fops->read == debugfs_attr_read || n->fops->read == simple_attr_read;

		inode->i_private = n->data;
		file->f_op = n->fops;
		ret = simple && n->fops->open ? n->fops->open(inode, file) : -EINVAL;
		if (!ret) {
			ret = get ? dmaf_simple_attr_get(file, get) : dmaf_simple_attr_set(file, set);
			if (n->fops->release)
				n->fops->release(inode, file);
		}
	}
	kfree(file);
	kfree(inode);
	return ret;
}

int dmaf_debugfs_read_u64(const char *dir, const char *name, u64 *value)
{
	struct node *n = find_in(dir, name);

	if (!n)
		return -ENOENT;
	switch (n->kind) {
	case VALUE:
		*value = n->size == 1	? *(u8 *)n->data
			 : n->size == 2 ? *(u16 *)n->data
			 : n->size == 4 ? *(u32 *)n->data
					: *(u64 *)n->data;
		return 0;
	case ATOMIC:
		*value = atomic_read(n->data);
		return 0;
	case BOOLEAN:
		*value = *(bool *)n->data;
		return 0;
	case OPERATIONS:
		return through_file(n, value, 0);
	default:
		return -EINVAL;
	}
}

int dmaf_debugfs_write_u64(const char *dir, const char *name, u64 value)
{
	struct node *n = find_in(dir, name);

	if (!n)
		return -ENOENT;
	switch (n->kind) {
	case VALUE:
		if (n->size == 1)
			*(u8 *)n->data = value;
		else if (n->size == 2)
			*(u16 *)n->data = value;
		else if (n->size == 4)
			*(u32 *)n->data = value;
		else
			*(u64 *)n->data = value;
		return 0;
	case ATOMIC:
		atomic_set(n->data, value);
		return 0;
	case BOOLEAN:
		*(bool *)n->data = value;
		return 0;
	case OPERATIONS:
		return through_file(n, NULL, value);
	default:
		return -EINVAL;
	}
}
