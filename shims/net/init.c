// SPDX-License-Identifier: GPL-2.0-only
/*
 * Brings the network up, before the initcalls of its parts, and what it asks of the rest of the kernel: the one
 * namespace's owner, files in /proc, hashing of names, keys of parts that are not there.
 *
 * Simplified: one network namespace, one user, no /proc files, no BPF, no tunnels.
 */
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/init.h>
#include <linux/jhash.h>
#include <linux/netlink.h>
#include <linux/kmod.h>
#include <linux/proc_ns.h>
#include <linux/random.h>
#include <linux/ns_common.h>
#include <linux/skbuff.h>
#include <linux/stringhash.h>
#include <linux/user_namespace.h>
#include <linux/version.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/udp_tunnel.h>
#include <net/page_pool/helpers.h>
#include <net/xdp.h>
#include <net/core/dev.h>
#include <net/core/netdev-genl-gen.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
#include <linux/nstree.h>
#endif
#include "host.h"

struct user_namespace init_user_ns = {
	.uid_map = {{.extent[0] = {.first = 0, .lower_first = 0, .count = 4294967295U}, .nr_extents = 1}},
	.gid_map = {{.extent[0] = {.first = 0, .lower_first = 0, .count = 4294967295U}, .nr_extents = 1}},
	.owner = GLOBAL_ROOT_UID,
	.group = GLOBAL_ROOT_GID,
};

DEFINE_STATIC_KEY_FALSE(bpf_master_redirect_enabled_key);
DEFINE_STATIC_KEY_FALSE(bpf_stats_enabled_key);
const struct udp_tunnel_nic_ops *udp_tunnel_nic_ops;

/* Before net_dev_init(), which is a subsys_initcall(). */
static int __init dmaf_net_boot(void)
{
	net_ns_init();
	skb_init();
	return 0;
}
pure_initcall(dmaf_net_boot);

/*
 * The table of memory models of XDP is made for the first of them and kept for good, at first larger than it is ever
 * needed again: made now, it is part of what each input begins with.
 */
static int __init dmaf_xdp_boot(void)
{
	struct page_pool_params params = {.pool_size = 1, .nid = NUMA_NO_NODE};
	struct page_pool *pool = page_pool_create(&params);

	if (IS_ERR(pool))
		return PTR_ERR(pool);
	WARN_ON(xdp_reg_page_pool(pool));
	xdp_unreg_page_pool(pool);
	page_pool_destroy(pool);
	kernel_run_deferred(NSEC_PER_SEC);
	return 0;
}
late_initcall(dmaf_xdp_boot);

int __init dev_proc_init(void)
{
	return 0;
}

unsigned int full_name_hash(const void *salt, const char *name, unsigned int len)
{
	return jhash(name, len, 0);
}

/* ---- namespaces: there is one, which nobody looks for ---- */

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
int __ns_common_init(struct ns_common *ns, u32 ns_type, const struct proc_ns_operations *ops, int inum)
{
	refcount_set(&ns->__ns_ref, 1);
	atomic_set(&ns->__ns_ref_active, 1);
	ns->ns_type = ns_type;
	ns->ops = ops;
	ns->inum = inum;
	return 0;
}

u64 __ns_tree_gen_id(struct ns_common *ns, u64 id)
{
	return 1;
}
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
int proc_alloc_inum(unsigned int *inum)
{
	*inum = PROC_ROOT_INO + 1;
	return 0;
}

void proc_free_inum(unsigned int inum)
{
}

#endif

/* There is nothing to load. */
int __request_module(bool wait, const char *name, ...)
{
	return -ENOENT;
}

/* ---- netlink: nobody listens ---- */

struct genl_family netdev_nl_family = {.name = "netdev", .n_mcgrps = 2};

int netlink_has_listeners(struct sock *sk, unsigned int group)
{
	return 0;
}

/* ---- randomness: there is none to add to ---- */

void add_device_randomness(const void *buf, size_t len)
{
}
