// SPDX-License-Identifier: GPL-2.0-only
/*
 * sysfs, uevents, and what the driver core asks of modules and the block layer.
 *
 * Simplified: there is no file system. Creating, renaming and removing succeed and leave nothing; is_visible()
 * callbacks are not asked, show() and store() are reached by nobody, and a name that is taken is not noticed. Uevents
 * are marked as sent on the kobject (which keeps its life cycle right) but neither built nor delivered. Everything is
 * built in.
 */
#include <linux/blkdev.h>
#include <linux/device.h>
#include <linux/init.h>
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sprintf.h>
#include <linux/sysfs.h>
#include <linux/version.h>
#include <drivers/base/base.h>
#include "host.h"

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
typedef const struct ns_common dmaf_ns;
typedef const struct attribute_group *const *dmaf_groups;
#else
typedef const void dmaf_ns;
typedef const struct attribute_group **dmaf_groups;
#endif

int sysfs_create_dir_ns(struct kobject *kobj, dmaf_ns *ns)
{
	return 0;
}

void sysfs_remove_dir(struct kobject *kobj)
{
}

int sysfs_rename_dir_ns(struct kobject *kobj, const char *new_name, dmaf_ns *new_ns)
{
	return 0;
}

int sysfs_move_dir_ns(struct kobject *kobj, struct kobject *new_parent, dmaf_ns *new_ns)
{
	return 0;
}

int sysfs_create_mount_point(struct kobject *parent, const char *name)
{
	return 0;
}

void sysfs_remove_mount_point(struct kobject *parent, const char *name)
{
}

int sysfs_create_file_ns(struct kobject *kobj, const struct attribute *attr, dmaf_ns *ns)
{
	return WARN_ON(!kobj || !attr) ? -EINVAL : 0;
}

int sysfs_create_files(struct kobject *kobj, const struct attribute *const *attr)
{
	return 0;
}

int sysfs_chmod_file(struct kobject *kobj, const struct attribute *attr, umode_t mode)
{
	return 0;
}

void sysfs_remove_file_ns(struct kobject *kobj, const struct attribute *attr, dmaf_ns *ns)
{
}

bool sysfs_remove_file_self(struct kobject *kobj, const struct attribute *attr)
{
	return true;
}

void sysfs_remove_files(struct kobject *kobj, const struct attribute *const *attr)
{
}

int sysfs_create_bin_file(struct kobject *kobj, const struct bin_attribute *attr)
{
	return WARN_ON(!kobj || !attr) ? -EINVAL : 0;
}

void sysfs_remove_bin_file(struct kobject *kobj, const struct bin_attribute *attr)
{
}

int sysfs_create_link(struct kobject *kobj, struct kobject *target, const char *name)
{
	return 0;
}

int sysfs_create_link_nowarn(struct kobject *kobj, struct kobject *target, const char *name)
{
	return 0;
}

void sysfs_remove_link(struct kobject *kobj, const char *name)
{
}

int sysfs_rename_link_ns(struct kobject *kobj, struct kobject *target, const char *old_name, const char *new_name,
			 dmaf_ns *new_ns)
{
	return 0;
}

void sysfs_delete_link(struct kobject *dir, struct kobject *target, const char *name)
{
}

int sysfs_create_group(struct kobject *kobj, const struct attribute_group *grp)
{
	return WARN_ON(!kobj || !grp) ? -EINVAL : 0;
}

int sysfs_create_groups(struct kobject *kobj, dmaf_groups groups)
{
	return 0;
}

int sysfs_update_groups(struct kobject *kobj, dmaf_groups groups)
{
	return 0;
}

int sysfs_update_group(struct kobject *kobj, const struct attribute_group *grp)
{
	return 0;
}

void sysfs_remove_group(struct kobject *kobj, const struct attribute_group *grp)
{
}

void sysfs_remove_groups(struct kobject *kobj, dmaf_groups groups)
{
}

int sysfs_add_file_to_group(struct kobject *kobj, const struct attribute *attr, const char *group)
{
	return 0;
}

void sysfs_remove_file_from_group(struct kobject *kobj, const struct attribute *attr, const char *group)
{
}

int sysfs_merge_group(struct kobject *kobj, const struct attribute_group *grp)
{
	return 0;
}

void sysfs_unmerge_group(struct kobject *kobj, const struct attribute_group *grp)
{
}

int sysfs_add_link_to_group(struct kobject *kobj, const char *group, struct kobject *target, const char *link)
{
	return 0;
}

void sysfs_remove_link_from_group(struct kobject *kobj, const char *group, const char *link)
{
}

void sysfs_notify(struct kobject *kobj, const char *dir, const char *attr)
{
}

int sysfs_file_change_owner(struct kobject *kobj, const char *name, kuid_t kuid, kgid_t kgid)
{
	return 0;
}

int sysfs_change_owner(struct kobject *kobj, kuid_t kuid, kgid_t kgid)
{
	return 0;
}

int sysfs_link_change_owner(struct kobject *kobj, struct kobject *target, const char *name, kuid_t kuid, kgid_t kgid)
{
	return 0;
}

int sysfs_groups_change_owner(struct kobject *kobj, dmaf_groups groups, kuid_t kuid, kgid_t kgid)
{
	return 0;
}

int sysfs_group_change_owner(struct kobject *kobj, const struct attribute_group *grp, kuid_t kuid, kgid_t kgid)
{
	return 0;
}

/* A buffer is a page; what does not fit is cut. */
int sysfs_emit_at(char *buf, int at, const char *fmt, ...)
{
	va_list args;
	int len;

	if (WARN(!buf || at < 0 || at >= PAGE_SIZE || offset_in_page(buf), "invalid sysfs_emit_at: at:%d\n", at))
		return 0;
	va_start(args, fmt);
	len = vscnprintf(buf + at, PAGE_SIZE - at, fmt, args);
	va_end(args);
	return len;
}

int sysfs_emit(char *buf, const char *fmt, ...)
{
	va_list args;
	int len;

	if (WARN(!buf || offset_in_page(buf), "invalid sysfs_emit\n"))
		return 0;
	va_start(args, fmt);
	len = vscnprintf(buf, PAGE_SIZE, fmt, args);
	va_end(args);
	return len;
}

/* ---- uevents ---- */

struct kobject *kernel_kobj;

int kobject_uevent_env(struct kobject *kobj, enum kobject_action action, char *envp[])
{
	if (action == KOBJ_ADD)
		kobj->state_add_uevent_sent = 1;
	else if (action == KOBJ_REMOVE)
		kobj->state_remove_uevent_sent = 1;
	return 0;
}

int kobject_uevent(struct kobject *kobj, enum kobject_action action)
{
	return kobject_uevent_env(kobj, action, NULL);
}

int kobject_synth_uevent(struct kobject *kobj, const char *buf, size_t count)
{
	return 0;
}

int add_uevent_var(struct kobj_uevent_env *env, const char *format, ...)
{
	va_list args;
	int len, room = sizeof(env->buf) - env->buflen;

	if (env->envp_idx >= ARRAY_SIZE(env->envp) || room <= 0)
		return -ENOMEM;
	va_start(args, format);
	len = vsnprintf(&env->buf[env->buflen], room, format, args);
	va_end(args);
	if (len >= room)
		return -ENOMEM;
	env->envp[env->envp_idx++] = &env->buf[env->buflen];
	env->buflen += len + 1;
	return 0;
}

/* ---- modules and the block layer ---- */

bool initcall_debug;

int module_add_driver(struct module *mod, const struct device_driver *drv)
{
	return 0;
}

void module_remove_driver(const struct device_driver *drv)
{
}

/* The driver core compares with them; the real ones come with the block layer. */
const struct class block_class __weak = {.name = "block"};
const struct device_type part_type __weak = {.name = "partition"};
