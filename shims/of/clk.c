// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clocks of a device on the platform bus: whichever it asks for is there, and ticks at CLOCK_HZ.
 *
 * Simplified: one clock for all names; it is never off, and its rate stays what it is, as that of an oscillator does: a
 * driver that sets another gets the nearest there is. That a clock is switched off more often than on is seen, as in
 * the kernel.
 */
#define CONFIG_HAVE_CLK		1
#define CONFIG_HAVE_CLK_PREPARE 1
#include <linux/bug.h>
#include <linux/clk.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/version.h>

#define CLOCK_HZ 100000000UL

struct clk {
	unsigned int prepared, enabled;
};

static struct clk the_clock;

struct clk *clk_get(struct device *dev, const char *id)
{
	return &the_clock;
}

void clk_put(struct clk *clk)
{
}

int clk_prepare(struct clk *clk)
{
	if (clk)
		clk->prepared++;
	return 0;
}

void clk_unprepare(struct clk *clk)
{
	if (IS_ERR_OR_NULL(clk) || WARN(!clk->prepared, "a clock is unprepared that is not prepared\n"))
		return;
	clk->prepared--;
}

int clk_enable(struct clk *clk)
{
	if (!clk)
		return 0;
	if (WARN(!clk->prepared, "a clock is enabled that is not prepared\n"))
		return -ESHUTDOWN;
	clk->enabled++;
	return 0;
}

void clk_disable(struct clk *clk)
{
	if (IS_ERR_OR_NULL(clk) || WARN(!clk->enabled, "a clock is disabled that is not enabled\n"))
		return;
	clk->enabled--;
}

unsigned long clk_get_rate(struct clk *clk)
{
	return clk ? CLOCK_HZ : 0;
}

long clk_round_rate(struct clk *clk, unsigned long rate)
{
	return clk ? CLOCK_HZ : 0;
}

int clk_set_rate(struct clk *clk, unsigned long rate)
{
	return 0;
}

/* There is none that could be. */
int clk_set_parent(struct clk *clk, struct clk *parent)
{
	return clk ? -EINVAL : 0;
}

struct clk *clk_get_parent(struct clk *clk)
{
	return NULL;
}

/* ---- given back with the device ---- */

struct clk *devm_clk_get(struct device *dev, const char *id)
{
	return &the_clock;
}

struct clk *devm_clk_get_optional(struct device *dev, const char *id)
{
	return &the_clock;
}

void devm_clk_put(struct device *dev, struct clk *clk)
{
}

static void unprepare(void *clk)
{
	clk_unprepare(clk);
}

struct clk *devm_clk_get_prepared(struct device *dev, const char *id)
{
	int ret;

	clk_prepare(&the_clock);
	ret = devm_add_action_or_reset(dev, unprepare, &the_clock);
	return ret ? ERR_PTR(ret) : &the_clock;
}

struct clk *devm_clk_get_optional_prepared(struct device *dev, const char *id)
{
	return devm_clk_get_prepared(dev, id);
}

static void disable_unprepare(void *clk)
{
	clk_disable(clk);
	clk_unprepare(clk);
}

struct clk *devm_clk_get_enabled(struct device *dev, const char *id)
{
	int ret;

	clk_prepare(&the_clock);
	clk_enable(&the_clock);
	ret = devm_add_action_or_reset(dev, disable_unprepare, &the_clock);
	return ret ? ERR_PTR(ret) : &the_clock;
}

struct clk *devm_clk_get_optional_enabled(struct device *dev, const char *id)
{
	return devm_clk_get_enabled(dev, id);
}

struct clk *devm_clk_get_optional_enabled_with_rate(struct device *dev, const char *id, unsigned long rate)
{
	return devm_clk_get_enabled(dev, id);
}

/* ---- several at once ---- */

int clk_bulk_get(struct device *dev, int n, struct clk_bulk_data *clks)
{
	int i;

	for (i = 0; i < n; i++)
		clks[i].clk = &the_clock;
	return 0;
}

int clk_bulk_get_optional(struct device *dev, int n, struct clk_bulk_data *clks)
{
	return clk_bulk_get(dev, n, clks);
}

void clk_bulk_put(int n, struct clk_bulk_data *clks)
{
}

int devm_clk_bulk_get(struct device *dev, int n, struct clk_bulk_data *clks)
{
	return clk_bulk_get(dev, n, clks);
}

int devm_clk_bulk_get_optional(struct device *dev, int n, struct clk_bulk_data *clks)
{
	return clk_bulk_get(dev, n, clks);
}

/* All that firmware names: one. */
int devm_clk_bulk_get_all(struct device *dev, struct clk_bulk_data **clks)
{
	*clks = devm_kzalloc(dev, sizeof(**clks), GFP_KERNEL);
	if (!*clks)
		return -ENOMEM;
	(*clks)->clk = &the_clock;
	return 1;
}

int clk_bulk_prepare(int n, const struct clk_bulk_data *clks)
{
	int i;

	for (i = 0; i < n; i++)
		clk_prepare(clks[i].clk);
	return 0;
}

void clk_bulk_unprepare(int n, const struct clk_bulk_data *clks)
{
	while (n--)
		clk_unprepare(clks[n].clk);
}

int clk_bulk_enable(int n, const struct clk_bulk_data *clks)
{
	int i, ret = 0;

	for (i = 0; i < n && !ret; i++)
		ret = clk_enable(clks[i].clk);
	if (ret)
		clk_bulk_disable(i - 1, clks);
	return ret;
}

void clk_bulk_disable(int n, const struct clk_bulk_data *clks)
{
	while (n-- > 0)
		clk_disable(clks[n].clk);
}
