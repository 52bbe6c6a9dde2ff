// SPDX-License-Identifier: GPL-2.0-only
/*
 * What block/bdev.c needs of the file systems: inodes of block devices and the files that hold them open.
 *
 * Simplified: a list of inodes, as there are a few; an inode whose last user is gone is freed, never kept. No page
 * cache: nothing is ever read or written through a mapping, so there is nothing to write back and nothing to drop. A
 * file is closed when its last user lets go, not when its task returns to user space.
 */
#include <linux/backing-dev.h>
#include <linux/blkdev.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/pseudo_fs.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/version.h>
#include <linux/writeback.h>
#include <block/blk.h>
#include "block/block.h"
#include "host.h"

static HLIST_HEAD(hashed);
/* Inodes and files. */
static unsigned long live;

unsigned long dmaf_block_disks(void)
{
	return live;
}

void inode_init_once(struct inode *inode)
{
	struct address_space *mapping = &inode->i_data;

	memset(inode, 0, sizeof(*inode));
	INIT_HLIST_NODE(&inode->i_hash);
	INIT_LIST_HEAD(&inode->i_devices);
	INIT_LIST_HEAD(&inode->i_io_list);
	INIT_LIST_HEAD(&inode->i_wb_list);
	INIT_LIST_HEAD(&inode->i_lru);
	INIT_LIST_HEAD(&inode->i_sb_list);
	xa_init_flags(&mapping->i_pages, XA_FLAGS_LOCK_IRQ | XA_FLAGS_ACCOUNT);
	init_rwsem(&mapping->i_mmap_rwsem);
	spin_lock_init(&mapping->i_private_lock);
	mapping->i_mmap = RB_ROOT_CACHED;
	i_size_ordered_init(inode);
}

struct inode *new_inode(struct super_block *sb)
{
	struct inode *inode = sb->s_op->alloc_inode(sb);
	struct address_space *mapping;

	if (!inode)
		return NULL;
	live++;
	mapping = &inode->i_data;
	inode->i_sb = sb;
	inode->i_mapping = mapping;
	atomic_set(&inode->i_count, 1);
	inode->__i_nlink = 1;
	inode->i_size = 0;
	spin_lock_init(&inode->i_lock);
	init_rwsem(&inode->i_rwsem);
	mapping->host = inode;
	mapping->flags = 0;
	mapping->wb_err = 0;
	mapping->nrpages = 0;
	mapping->writeback_index = 0;
	init_rwsem(&mapping->invalidate_lock);
	return inode;
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
void __insert_inode_hash(struct inode *inode, u64 hashval)
#else
void __insert_inode_hash(struct inode *inode, unsigned long hashval)
#endif
{
	hlist_add_head(&inode->i_hash, &hashed);
}

void __remove_inode_hash(struct inode *inode)
{
	hlist_del_init(&inode->i_hash);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
struct inode *ilookup(struct super_block *sb, u64 ino)
#else
struct inode *ilookup(struct super_block *sb, unsigned long ino)
#endif
{
	struct inode *inode;

	hlist_for_each_entry(inode, &hashed, i_hash)
	{
		if (inode->i_sb != sb || inode->i_ino != ino)
			continue;
		atomic_inc(&inode->i_count);
		return inode;
	}
	return NULL;
}

void ihold(struct inode *inode)
{
	WARN_ON(atomic_inc_return(&inode->i_count) < 2);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
int inode_just_drop(struct inode *inode)
#else
int generic_delete_inode(struct inode *inode)
#endif
{
	return 1;
}

static void free_inode(struct rcu_head *head)
{
	struct inode *inode = container_of(head, struct inode, i_rcu);

	inode->i_sb->s_op->free_inode(inode);
	live--;
}

void iput(struct inode *inode)
{
	if (!inode)
		return;
	if (WARN_ON(atomic_read(&inode->i_count) < 1))
		return;
	if (!atomic_dec_and_test(&inode->i_count))
		return;
	if (!mapping_empty(&inode->i_data))
		host_unshimmed("the page cache");
	if (inode->i_sb->s_op->evict_inode)
		inode->i_sb->s_op->evict_inode(inode);
	remove_inode_hash(inode);
	call_rcu(&inode->i_rcu, free_inode);
}

/* ---- the file system of block devices ---- */

static struct pseudo_fs_context pseudo;
static struct super_block super;
static struct vfsmount mount = {.mnt_sb = &super};

struct pseudo_fs_context *init_pseudo(struct fs_context *fc, unsigned long magic)
{
	return &pseudo;
}

struct vfsmount *kern_mount(struct file_system_type *type)
{
	struct fs_context fc = {};

	if (type->init_fs_context(&fc))
		return ERR_PTR(-ENOMEM);
	super.s_op = pseudo.ops;
	super.s_type = type;
	return &mount;
}

void kill_anon_super(struct super_block *sb)
{
	host_unshimmed("kill_anon_super");
}

int simple_statfs(struct dentry *dentry, struct kstatfs *buf)
{
	host_unshimmed("simple_statfs");
}

/* ---- files ---- */

static int release(struct inode *inode, struct file *file)
{
	bdev_release(file);
	return 0;
}

const struct file_operations def_blk_fops = {.release = release};
const struct address_space_operations def_blk_aops;

struct file *alloc_file_pseudo_noaccount(struct inode *inode, struct vfsmount *mnt, const char *name, int flags,
					 const struct file_operations *fops)
{
	struct file *file = kzalloc(sizeof(*file), GFP_KERNEL);

	if (!file)
		return ERR_PTR(-ENFILE);
	file->f_inode = inode;
	file->f_mapping = inode->i_mapping;
	file->f_op = fops;
	file->f_flags = flags;
	file->f_mode = OPEN_FMODE(flags);
	live++;
	return file;
}

void fput(struct file *file)
{
	struct inode *inode = file->f_inode;

	file->f_op->release(inode, file);
	iput(inode);
	kfree(file);
	live--;
}

/* ---- the page cache, which is empty ---- */

static void must_be_empty(struct address_space *mapping)
{
	if (!mapping_empty(mapping))
		host_unshimmed("the page cache");
}

void truncate_inode_pages(struct address_space *mapping, loff_t start)
{
	must_be_empty(mapping);
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
void truncate_inode_pages_final(struct address_space *mapping)
{
	must_be_empty(mapping);
}

void clear_inode(struct inode *inode)
{
	inode->i_state = I_FREEING | I_CLEAR;
}
#endif

unsigned long invalidate_mapping_pages(struct address_space *mapping, pgoff_t start, pgoff_t end)
{
	must_be_empty(mapping);
	return 0;
}

int filemap_write_and_wait_range(struct address_space *mapping, loff_t start, loff_t end)
{
	must_be_empty(mapping);
	return 0;
}

int write_inode_now(struct inode *inode, int sync)
{
	return 0;
}

void lru_add_drain_all(void)
{
}

errseq_t errseq_sample(errseq_t *eseq)
{
	return 0;
}

/* ---- what writes back, if there were anything ---- */

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
int laptop_mode;

void laptop_io_completion(struct backing_dev_info *info)
{
}
#endif

struct backing_dev_info *bdi_alloc(int node_id)
{
	struct backing_dev_info *bdi = kzalloc(sizeof(*bdi), GFP_KERNEL);

	if (!bdi)
		return NULL;
	kref_init(&bdi->refcnt);
	INIT_LIST_HEAD(&bdi->bdi_list);
	INIT_LIST_HEAD(&bdi->wb_list);
	init_waitqueue_head(&bdi->wb_waitq);
	bdi->max_ratio = 100;
	return bdi;
}

static void free_device(struct device *dev)
{
	kfree(dev);
}

/* The device that stands for it in sysfs is never shown. */
int bdi_register(struct backing_dev_info *bdi, const char *fmt, ...)
{
	if (bdi->dev)
		return 0;
	bdi->dev = kzalloc(sizeof(*bdi->dev), GFP_KERNEL);
	if (!bdi->dev)
		return -ENOMEM;
	device_initialize(bdi->dev);
	bdi->dev->release = free_device;
	return 0;
}

void bdi_set_owner(struct backing_dev_info *bdi, struct device *owner)
{
	WARN_ON_ONCE(bdi->owner);
	bdi->owner = owner;
	get_device(owner);
}

void bdi_unregister(struct backing_dev_info *bdi)
{
	if (bdi->dev) {
		put_device(bdi->dev);
		bdi->dev = NULL;
	}
	if (bdi->owner) {
		put_device(bdi->owner);
		bdi->owner = NULL;
	}
}

static void release_bdi(struct kref *ref)
{
	struct backing_dev_info *bdi = container_of(ref, struct backing_dev_info, refcnt);

	WARN_ON(bdi->dev);
	kfree(bdi);
}

void bdi_put(struct backing_dev_info *bdi)
{
	kref_put(&bdi->refcnt, release_bdi);
}
