// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lock of network configuration, and what configuration tells user space.
 *
 * Simplified: nobody listens on netlink, so messages are not made and numbers of message types lead nowhere.
 */
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/version.h>
#include <net/netlink.h>
#include <net/rtnetlink.h>
#include <net/core/dev.h>

static DEFINE_MUTEX(rtnl_mutex);
static struct sk_buff *to_free;

void rtnl_lock(void)
{
	mutex_lock(&rtnl_mutex);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
int rtnl_lock_interruptible(void)
{
	rtnl_lock();
	return 0;
}
#endif

int rtnl_lock_killable(void)
{
	rtnl_lock();
	return 0;
}

int rtnl_trylock(void)
{
	return mutex_trylock(&rtnl_mutex);
}

int rtnl_is_locked(void)
{
	return mutex_is_locked(&rtnl_mutex);
}

/* A queue's packets that are freed when the lock is given back. */
void rtnl_kfree_skbs(struct sk_buff *head, struct sk_buff *tail)
{
	if (!head || !tail)
		return;
	tail->next = to_free;
	to_free = head;
}

void __rtnl_unlock(void)
{
	struct sk_buff *skb = to_free;

	to_free = NULL;
	mutex_unlock(&rtnl_mutex);
	while (skb) {
		struct sk_buff *next = skb->next;

		kfree_skb(skb);
		skb = next;
	}
}

/* Devices that were unregistered meanwhile wait for their references now; it gives the lock back. */
void rtnl_unlock(void)
{
	netdev_run_todo();
}

bool refcount_dec_and_rtnl_lock(refcount_t *r)
{
	if (refcount_dec_not_one(r))
		return false;
	rtnl_lock();
	if (refcount_dec_and_test(r))
		return true;
	__rtnl_unlock();
	return false;
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
void netif_set_operstate(struct net_device *dev, int state)
{
	if (dev->operstate == state)
		return;
	dev->operstate = state;
	netif_state_change(dev);
}
#endif

/* ---- messages ---- */

void rtmsg_ifinfo(int type, struct net_device *dev, unsigned int change, gfp_t flags, u32 portid,
		  const struct nlmsghdr *nlh)
{
}

void rtmsg_ifinfo_newnet(int type, struct net_device *dev, unsigned int change, gfp_t flags, int *new_nsid,
			 int new_ifindex)
{
}

struct sk_buff *rtmsg_ifinfo_build_skb(int type, struct net_device *dev, unsigned int change, u32 event, gfp_t flags,
				       int *new_nsid, int new_ifindex, u32 portid, const struct nlmsghdr *nlh)
{
	return NULL;
}

void rtmsg_ifinfo_send(struct sk_buff *skb, struct net_device *dev, gfp_t flags, u32 portid, const struct nlmsghdr *nlh)
{
}

void do_trace_netlink_extack(const char *msg)
{
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
int __rtnl_register_many(const struct rtnl_msg_handler *handlers, int n)
{
	return 0;
}

void __rtnl_unregister_many(const struct rtnl_msg_handler *handlers, int n)
{
}
#else
void rtnl_register(int protocol, int msgtype, rtnl_doit_func doit, rtnl_dumpit_func dumpit, unsigned int flags)
{
}
#endif
