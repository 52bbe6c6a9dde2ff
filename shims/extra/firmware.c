// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware files: whoever asks for one gets it, by whatever name.
 *
 * Simplified: there are no files. Each is FIRMWARE_BYTES of zeroes in memory of its own, so that reads beyond its end
 * are seen; a driver that looks into what it got refuses it, which is what it would do with a file that is damaged.
 * Asking without waiting is answered at once.
 */
/* The headers of drivers that are added have it so (shims/drivers.cmake). */
#define CONFIG_FW_LOADER 1
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/firmware.h>
#include <linux/slab.h>

#define FIRMWARE_BYTES 4096

int request_firmware(const struct firmware **out, const char *name, struct device *dev)
{
	struct firmware *fw;

	*out = NULL;
	if (!name || !*name)
		return -EINVAL;
	fw = kzalloc(sizeof(*fw), GFP_KERNEL);
	if (!fw)
		return -ENOMEM;
	fw->size = FIRMWARE_BYTES;
	fw->data = kzalloc(FIRMWARE_BYTES, GFP_KERNEL);
	if (!fw->data) {
		kfree(fw);
		return -ENOMEM;
	}
	*out = fw;
	return 0;
}

int firmware_request_nowarn(const struct firmware **out, const char *name, struct device *dev)
{
	return request_firmware(out, name, dev);
}

int request_firmware_direct(const struct firmware **out, const char *name, struct device *dev)
{
	return request_firmware(out, name, dev);
}

int request_firmware_nowait(struct module *module, bool uevent, const char *name, struct device *dev, gfp_t gfp,
			    void *context, void (*done)(const struct firmware *fw, void *context))
{
	const struct firmware *fw;

	request_firmware(&fw, name, dev);
	done(fw, context);
	return 0;
}

void release_firmware(const struct firmware *fw)
{
	if (!fw)
		return;
	kfree(fw->data);
	kfree(fw);
}
