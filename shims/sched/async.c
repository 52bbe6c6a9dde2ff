// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asynchronous function calls (driver probing).
 *
 * Simplified: each is called at once, on the caller's stack, so that the order is that of the program and nothing is
 * ever outstanding.
 */
#include <linux/async.h>
#include <linux/device.h>
#include "sched.h"

static async_cookie_t next_cookie = 1;

async_cookie_t async_schedule_node_domain(async_func_t func, void *data, int node, struct async_domain *domain)
{
	async_cookie_t cookie = next_cookie++;

	func(data, cookie);
	return cookie;
}

async_cookie_t async_schedule_node(async_func_t func, void *data, int node)
{
	return async_schedule_node_domain(func, data, node, NULL);
}

/* False: not scheduled; the caller then probes by itself (it holds the device's lock, the function would take it). */
bool async_schedule_dev_nocall(async_func_t func, struct device *dev)
{
	return false;
}

void async_synchronize_full(void)
{
}

void async_synchronize_full_domain(struct async_domain *domain)
{
}

void async_synchronize_cookie(async_cookie_t cookie)
{
}

void async_synchronize_cookie_domain(async_cookie_t cookie, struct async_domain *domain)
{
}

bool current_is_async(void)
{
	return false;
}
