// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reset lines of a device on the platform bus: whichever it asks for is there.
 *
 * Simplified: one line for all names, which can be asserted and deasserted, and that does nothing to the device: its
 * registers stay as they are. Nobody shares it.
 */
#define CONFIG_RESET_CONTROLLER 1
#include <linux/device.h>
#include <linux/err.h>
#include <linux/reset.h>

struct reset_control {
	bool asserted;
};

static struct reset_control the_line;

int reset_control_reset(struct reset_control *rstc)
{
	return 0;
}

int reset_control_assert(struct reset_control *rstc)
{
	if (rstc)
		rstc->asserted = true;
	return 0;
}

int reset_control_deassert(struct reset_control *rstc)
{
	if (rstc)
		rstc->asserted = false;
	return 0;
}

int reset_control_status(struct reset_control *rstc)
{
	return rstc && rstc->asserted;
}

struct reset_control *__reset_control_get(struct device *dev, const char *id, int index, enum reset_control_flags flags)
{
	return &the_line;
}

void reset_control_put(struct reset_control *rstc)
{
}

static void assert_again(void *rstc)
{
	reset_control_assert(rstc);
}

struct reset_control *__devm_reset_control_get(struct device *dev, const char *id, int index,
					       enum reset_control_flags flags)
{
	int ret = 0;

	if (flags & RESET_CONTROL_FLAGS_BIT_DEASSERTED) {
		reset_control_deassert(&the_line);
		ret = devm_add_action_or_reset(dev, assert_again, &the_line);
	}
	return ret ? ERR_PTR(ret) : &the_line;
}

struct reset_control *devm_reset_control_array_get(struct device *dev, enum reset_control_flags flags)
{
	return &the_line;
}

int __device_reset(struct device *dev, bool optional)
{
	return 0;
}

int __reset_control_bulk_get(struct device *dev, int n, struct reset_control_bulk_data *lines,
			     enum reset_control_flags flags)
{
	int i;

	for (i = 0; i < n; i++)
		lines[i].rstc = &the_line;
	return 0;
}

int __devm_reset_control_bulk_get(struct device *dev, int n, struct reset_control_bulk_data *lines,
				  enum reset_control_flags flags)
{
	int i;

	for (i = 0; i < n; i++) {
		lines[i].rstc = __devm_reset_control_get(dev, lines[i].id, 0, flags);
		if (IS_ERR(lines[i].rstc))
			return PTR_ERR(lines[i].rstc);
	}
	return 0;
}

void reset_control_bulk_put(int n, struct reset_control_bulk_data *lines)
{
}

int reset_control_bulk_assert(int n, struct reset_control_bulk_data *lines)
{
	return reset_control_assert(&the_line);
}

int reset_control_bulk_deassert(int n, struct reset_control_bulk_data *lines)
{
	return reset_control_deassert(&the_line);
}

int reset_control_bulk_reset(int n, struct reset_control_bulk_data *lines)
{
	return 0;
}
