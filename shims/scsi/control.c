// SPDX-License-Identifier: GPL-2.0-only
/*
 * What users ask of a SCSI disk besides reading and writing: resets, as their ioctl has it, and to be looked at anew.
 *
 * The memory of sense buffers, which the middle layer makes for the first host and keeps, is there from boot on.
 *
 * Simplified: resets are asked for with a pointer of the kernel's, which our architecture takes for a user's as well.
 */
#include <linux/blkdev.h>
#include <scsi/scsi_device.h>
#include <scsi/scsi_eh.h>
#include <scsi/scsi_host.h>
#include <scsi/sg.h>
#include <drivers/scsi/scsi_priv.h>
#include "block/block.h"

static int __init sense_cache(void)
{
	return scsi_init_sense_cache(NULL);
}
late_initcall(sense_cache);

static int reset(struct scsi_device *sdev, int what)
{
	return scsi_ioctl_reset(sdev, (int __user *)&what);
}

int dmaf_disk_control(struct gendisk *disk, unsigned int which)
{
	struct scsi_device *sdev = to_scsi_device(disk_to_dev(disk)->parent);
	int ret = scsi_device_get(sdev);

	if (ret)
		return ret;
	switch (which) {
	case 0:
		ret = reset(sdev, SG_SCSI_RESET_HOST);
		break;
	case 1:
		ret = scsi_rescan_device(sdev);
		break;
	default:
		ret = reset(sdev, SG_SCSI_RESET_DEVICE);
		if (!ret)
			ret = reset(sdev, SG_SCSI_RESET_BUS);
		break;
	}
	scsi_device_put(sdev);
	return ret;
}
