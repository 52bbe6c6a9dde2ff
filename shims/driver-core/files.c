// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is left of the file layer: simple attributes, copying to a reader's buffer, seq_file.
 *
 * Simplified: nobody opens files but our own code. A seq_file is produced in full at its first read (the buffer is
 * doubled until it fits) and served from that; seeking forgets it. There are no paths: d_path() and file_path() fail.
 */
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kstrtox.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sprintf.h>
#include <linux/string.h>
#include <linux/string_helpers.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include "debugfs.h"
#include "host.h"

/* ---- buffers ---- */

ssize_t memory_read_from_buffer(void *to, size_t count, loff_t *ppos, const void *from, size_t available)
{
	loff_t pos = *ppos;

	if (pos < 0)
		return -EINVAL;
	if (pos >= available)
		return 0;
	count = min_t(size_t, count, available - pos);
	memcpy(to, from + pos, count);
	*ppos = pos + count;
	return count;
}

ssize_t simple_read_from_buffer(void __user *to, size_t count, loff_t *ppos, const void *from, size_t available)
{
	loff_t pos = *ppos;
	size_t left;

	if (pos < 0)
		return -EINVAL;
	if (pos >= available || !count)
		return 0;
	count = min_t(size_t, count, available - pos);
	left = copy_to_user(to, from + pos, count);
	if (left == count)
		return -EFAULT;
	count -= left;
	*ppos = pos + count;
	return count;
}

ssize_t simple_write_to_buffer(void *to, size_t available, loff_t *ppos, const void __user *from, size_t count)
{
	loff_t pos = *ppos;
	size_t left;

	if (pos < 0)
		return -EINVAL;
	if (pos >= available || !count)
		return 0;
	count = min_t(size_t, count, available - pos);
	left = copy_from_user(to + pos, from, count);
	if (left == count)
		return -EFAULT;
	count -= left;
	*ppos = pos + count;
	return count;
}

int simple_open(struct inode *inode, struct file *file)
{
	if (inode->i_private)
		file->private_data = inode->i_private;
	return 0;
}

loff_t default_llseek(struct file *file, loff_t offset, int whence)
{
	if (whence == SEEK_CUR)
		offset += file->f_pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (offset < 0)
		return -EINVAL;
	return file->f_pos = offset;
}

loff_t noop_llseek(struct file *file, loff_t offset, int whence)
{
	return file->f_pos;
}

char *d_path(const struct path *path, char *buf, int buflen)
{
	return ERR_PTR(-ENOENT);
}

char *file_path(struct file *file, char *buf, int buflen)
{
	return ERR_PTR(-ENOENT);
}

/* ---- simple attributes ---- */

struct attribute_file {
	int (*get)(void *data, u64 *value);
	int (*set)(void *data, u64 value);
	void *data;
	const char *format;
};

int simple_attr_open(struct inode *inode, struct file *file, int (*get)(void *, u64 *), int (*set)(void *, u64),
		     const char *fmt)
{
	struct attribute_file *a = kzalloc(sizeof(*a), GFP_KERNEL);

	if (!a)
		return -ENOMEM;
	*a = (struct attribute_file){.get = get, .set = set, .data = inode->i_private, .format = fmt};
	file->private_data = a;
	return 0;
}

int simple_attr_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

int dmaf_simple_attr_get(struct file *file, u64 *value)
{
	struct attribute_file *a = file->private_data;

	return a->get ? a->get(a->data, value) : -EACCES;
}

int dmaf_simple_attr_set(struct file *file, u64 value)
{
	struct attribute_file *a = file->private_data;

	return a->set ? a->set(a->data, value) : -EACCES;
}

ssize_t simple_attr_read(struct file *file, char __user *buf, size_t len, loff_t *ppos)
{
	struct attribute_file *a = file->private_data;
	char text[24];
	u64 value = 0;
	int ret = dmaf_simple_attr_get(file, &value);

	if (ret)
		return ret;
	return simple_read_from_buffer(buf, len, ppos, text, scnprintf(text, sizeof(text), a->format, value));
}

static ssize_t attr_write(struct file *file, const char __user *buf, size_t len, bool is_signed)
{
	char text[24] = "";
	s64 negative = 0;
	u64 value = 0;
	int ret;

	if (copy_from_user(text, buf, min(len, sizeof(text) - 1)))
		return -EFAULT;
	if (is_signed)
		ret = kstrtoll(strim(text), 0, &negative);
	else
		ret = kstrtoull(strim(text), 0, &value);
	if (!ret)
		ret = dmaf_simple_attr_set(file, is_signed ? negative : value);
	return ret ?: len;
}

ssize_t simple_attr_write(struct file *file, const char __user *buf, size_t len, loff_t *ppos)
{
	return attr_write(file, buf, len, false);
}

ssize_t simple_attr_write_signed(struct file *file, const char __user *buf, size_t len, loff_t *ppos)
{
	return attr_write(file, buf, len, true);
}

/* ---- seq_file ---- */

#define SEQ_LIMIT (1UL << 20)

int seq_open(struct file *file, const struct seq_operations *op)
{
	struct seq_file *m = kzalloc(sizeof(*m), GFP_KERNEL);

	if (!m)
		return -ENOMEM;
	mutex_init(&m->lock);
	m->op = op;
	m->file = file;
	file->private_data = m;
	return 0;
}

int seq_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	kvfree(m->buf);
	kfree(m);
	return 0;
}

/* The iterator of a file that is one single show(). */
static void *one_start(struct seq_file *m, loff_t *pos)
{
	return *pos ? NULL : SEQ_START_TOKEN;
}

static void *one_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return NULL;
}

static void one_stop(struct seq_file *m, void *v)
{
}

int single_open(struct file *file, int (*show)(struct seq_file *, void *), void *data)
{
	struct seq_operations *op = kzalloc(sizeof(*op), GFP_KERNEL);
	int ret;

	if (!op)
		return -ENOMEM;
	*op = (struct seq_operations){.start = one_start, .next = one_next, .stop = one_stop, .show = show};
	ret = seq_open(file, op);
	if (ret)
		kfree(op);
	else
		((struct seq_file *)file->private_data)->private = data;
	return ret;
}

int single_open_size(struct file *file, int (*show)(struct seq_file *, void *), void *data, size_t size)
{
	return single_open(file, show, data);
}

int single_release(struct inode *inode, struct file *file)
{
	const struct seq_operations *op = ((struct seq_file *)file->private_data)->op;

	seq_release(inode, file);
	kfree(op);
	return 0;
}

void *__seq_open_private(struct file *file, const struct seq_operations *op, int size)
{
	void *private = kzalloc(size, GFP_KERNEL);

	if (!private)
		return NULL;
	if (seq_open(file, op)) {
		kfree(private);
		return NULL;
	}
	((struct seq_file *)file->private_data)->private = private;
	return private;
}

int seq_open_private(struct file *file, const struct seq_operations *op, int size)
{
	return __seq_open_private(file, op, size) ? 0 : -ENOMEM;
}

int seq_release_private(struct inode *inode, struct file *file)
{
	kfree(((struct seq_file *)file->private_data)->private);
	return seq_release(inode, file);
}

/* All of the file, into a buffer that is large enough. */
static int produce(struct seq_file *m)
{
	for (size_t size = PAGE_SIZE; size <= SEQ_LIMIT; size *= 2) {
		loff_t pos = 0;
		int ret = 0;
		void *v;

		kvfree(m->buf);
		m->count = 0;
		m->size = size;
		m->buf = kvzalloc(size, GFP_KERNEL);
		if (!m->buf)
			return -ENOMEM;
		v = m->op->start(m, &pos);
		while (!IS_ERR_OR_NULL(v) && !seq_has_overflowed(m)) {
			size_t before = m->count;

			ret = m->op->show(m, v);
			if (ret < 0)
				break;
			if (ret > 0)
				m->count = before;
			ret = 0;
			v = m->op->next(m, v, &pos);
		}
		m->op->stop(m, v);
		if (ret)
			return ret;
		if (IS_ERR(v))
			return PTR_ERR(v);
		if (!seq_has_overflowed(m))
			return 0;
	}
	return -EFBIG;
}

ssize_t seq_read(struct file *file, char __user *buf, size_t size, loff_t *ppos)
{
	struct seq_file *m = file->private_data;
	int ret = 0;

	if (!m->buf || !*ppos)
		ret = produce(m);
	return ret ?: simple_read_from_buffer(buf, size, ppos, m->buf, m->count);
}

loff_t seq_lseek(struct file *file, loff_t offset, int whence)
{
	return default_llseek(file, offset, whence);
}

static void overflow(struct seq_file *m)
{
	m->count = m->size;
}

int seq_write(struct seq_file *m, const void *data, size_t len)
{
	if (m->count + len >= m->size) {
		overflow(m);
		return -1;
	}
	memcpy(m->buf + m->count, data, len);
	m->count += len;
	return 0;
}

void seq_vprintf(struct seq_file *m, const char *fmt, va_list args)
{
	int len;

	if (m->count >= m->size)
		return;
	len = vsnprintf(m->buf + m->count, m->size - m->count, fmt, args);
	if (m->count + len < m->size)
		m->count += len;
	else
		overflow(m);
}

void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	seq_vprintf(m, fmt, args);
	va_end(args);
}

void seq_putc(struct seq_file *m, char c)
{
	seq_write(m, &c, 1);
}

void __seq_puts(struct seq_file *m, const char *s)
{
	seq_write(m, s, strlen(s));
}

void seq_put_decimal_ull(struct seq_file *m, const char *delimiter, unsigned long long num)
{
	seq_printf(m, "%s%llu", delimiter ?: "", num);
}

void seq_put_decimal_ll(struct seq_file *m, const char *delimiter, long long num)
{
	seq_printf(m, "%s%lld", delimiter ?: "", num);
}

/* lib/seq_buf.c asks for it: copies a path, escaping the characters of `esc` in octal. Null: it does not fit. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
char *seq_mangle_path(char *s, const char *p, const char *esc)
#else
char *mangle_path(char *s, const char *p, const char *esc)
#endif
{
	/* `p` is later in the same buffer, so there is room as long as the copy stays behind it. */
	while (s <= p) {
		char c = *p++;

		if (!c)
			return s;
		if (!strchr(esc, c)) {
			*s++ = c;
			continue;
		}
		if (s + 4 > p)
			return NULL;
		*s++ = '\\';
		*s++ = '0' + ((c >> 6) & 3);
		*s++ = '0' + ((c >> 3) & 7);
		*s++ = '0' + (c & 7);
	}
	return NULL;
}

struct list_head *seq_list_start(struct list_head *head, loff_t pos)
{
	struct list_head *lh;

	list_for_each (lh, head)
		if (pos-- == 0)
			return lh;
	return NULL;
}

struct list_head *seq_list_next(void *v, struct list_head *head, loff_t *ppos)
{
	struct list_head *lh = ((struct list_head *)v)->next;

	++*ppos;
	return lh == head ? NULL : lh;
}

/*
 * For initcalls of real files: kernel/resource.c mounts a pseudo file system for one inode, and makes files in /proc;
 * mm/util.c has slab buckets of its own (kmalloc's serve).
 */
int simple_pin_fs(struct file_system_type *type, struct vfsmount **mount, int *count)
{
	static struct vfsmount none;

	*mount = &none;
	++*count;
	return 0;
}

void simple_release_fs(struct vfsmount **mount, int *count)
{
	--*count;
}

struct inode *alloc_anon_inode(struct super_block *sb)
{
	return kzalloc(sizeof(struct inode), GFP_KERNEL) ?: ERR_PTR(-ENOMEM);
}

struct proc_dir_entry *proc_create_seq_private(const char *name, umode_t mode, struct proc_dir_entry *parent,
					       const struct seq_operations *ops, unsigned int state_size, void *data)
{
	return NULL;
}

kmem_buckets *__weak kmem_buckets_create(const char *name, slab_flags_t flags, unsigned int useroffset,
					 unsigned int usersize, void (*ctor)(void *))
{
	return NULL;
}

/* Pages that a user pinned do not exist. */
void unpin_user_page(struct page *page)
{
	host_unshimmed("unpin_user_page");
}
