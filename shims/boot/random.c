// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random numbers that are the same in each run: a counter through a mixer. Restored with the kernel's data.
 */
#include <linux/notifier.h>
#include <linux/random.h>
#include <linux/string.h>

static u64 counter;

static u64 next(void)
{
	u64 x = ++counter * 0x9e3779b97f4a7c15ull;

	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ull;
	return x ^ x >> 32;
}

void get_random_bytes(void *buf, size_t len)
{
	u8 *out = buf;

	while (len--)
		*out++ = next();
}

u8 get_random_u8(void)
{
	return next();
}

u16 get_random_u16(void)
{
	return next();
}

u32 get_random_u32(void)
{
	return next();
}

u64 get_random_u64(void)
{
	return next();
}

u32 __get_random_u32_below(u32 ceil)
{
	return ceil ? next() % ceil : 0;
}

int __cold execute_with_initialized_rng(struct notifier_block *nb)
{
	nb->notifier_call(nb, 0, NULL);
	return 0;
}
