// SPDX-License-Identifier: GPL-2.0-only
/*
 * The core of random number generators: what a driver registers, and a reader of /dev/hwrng.
 *
 * Simplified: one generator, no kernel thread that feeds the random number generator of the kernel from it, and no
 * choice of quality. A reader asks as the real core does: for its whole buffer, which is freshly allocated here, so
 * that what goes beyond it is seen.
 */
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/hw_random.h>
#include <linux/kernel.h>
#include <linux/kref.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "host_bus.h"

#define BUFFER_BYTES (SMP_CACHE_BYTES < 32 ? 32 : SMP_CACHE_BYTES)

static struct hwrng *current_rng;

int hwrng_register(struct hwrng *rng)
{
	int ret;

	if (!rng->name || (!rng->data_read && !rng->read))
		return -EINVAL;
	if (current_rng && !strcmp(current_rng->name, rng->name))
		return -EEXIST;
	/* The real core has any number. */
	if (current_rng)
		host_unshimmed("hwrng_register of a second generator");
	init_completion(&rng->cleanup_done);
	init_completion(&rng->dying);
	ret = rng->init ? rng->init(rng) : 0;
	if (ret)
		return ret;
	current_rng = rng;
	return 0;
}

void hwrng_unregister(struct hwrng *rng)
{
	if (current_rng != rng) {
		WARN(1, "generator %s is unregistered, and is not registered\n", rng->name);
		return;
	}
	current_rng = NULL;
	complete_all(&rng->dying);
	if (rng->cleanup)
		rng->cleanup(rng);
}

/* Until then, or the generator goes. */
long hwrng_msleep(struct hwrng *rng, unsigned int msecs)
{
	return wait_for_completion_interruptible_timeout(&rng->dying, msecs_to_jiffies(msecs) + 1);
}

long hwrng_yield(struct hwrng *rng)
{
	return wait_for_completion_interruptible_timeout(&rng->dying, 1);
}

static void unregister(void *rng)
{
	hwrng_unregister(rng);
}

int devm_hwrng_register(struct device *dev, struct hwrng *rng)
{
	int ret = hwrng_register(rng);

	return ret ? ret : devm_add_action_or_reset(dev, unregister, rng);
}

void devm_hwrng_unregister(struct device *dev, struct hwrng *rng)
{
	devm_release_action(dev, unregister, rng);
}

int kernel_random_read(int wait)
{
	unsigned char *buffer;
	int got;

	if (!current_rng)
		return -ENODEV;
	if (!current_rng->read)
		return -EOPNOTSUPP;
	buffer = kmalloc(BUFFER_BYTES, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	memset(buffer, KERNEL_RANDOM_FILL, BUFFER_BYTES);
	got = current_rng->read(current_rng, buffer, BUFFER_BYTES, wait);
	WARN(got > BUFFER_BYTES, "generator %s says that it gave %d bytes of %d\n", current_rng->name, got,
	     BUFFER_BYTES);
	got = min(got, BUFFER_BYTES);
	host_random_read(buffer, BUFFER_BYTES, max(got, 0));
	kfree(buffer);
	return got;
}
