// SPDX-License-Identifier: GPL-2.0-only
/*
 * QEMU's edu device as a file of 4088 bytes, edu_c/buffer in debugfs. The same driver as edu_rust.rs and edu_cxx.c, on
 * the C API: each write and read is a streaming mapping and one transfer, whose end is an interrupt.
 */
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "edu.h"

struct edu {
	struct pci_dev *pdev;
	void __iomem *regs;
	struct dentry *dir;
	struct mutex lock; /* one transfer at a time */
	struct completion done;
	bool stuck;
};

static irqreturn_t edu_interrupt(int irq, void *data)
{
	struct edu *edu = data;
	u32 raised = readl(edu->regs + EDU_IRQ_STATUS);

	/* Another device's, or ours is gone. */
	if (!raised || raised == U32_MAX)
		return IRQ_NONE;
	writel(raised, edu->regs + EDU_IRQ_ACK);
	if (raised & EDU_IRQ_TRANSFER)
		complete(&edu->done);
	return IRQ_HANDLED;
}

/* One transfer between memory at `dma` and the device's buffer at `at`. 0 when all of it was done, or an error. */
static int edu_transfer(struct edu *edu, dma_addr_t dma, u32 at, u32 n, bool to_host)
{
	u32 source = to_host ? EDU_BUFFER + at : dma, destination = to_host ? dma : EDU_BUFFER + at;

	if (edu->stuck)
		return -EIO;
	reinit_completion(&edu->done);
	writel(source, edu->regs + EDU_SOURCE);
	writel(destination, edu->regs + EDU_DESTINATION);
	writel(n, edu->regs + EDU_COUNT);
	writel(EDU_RUN | EDU_TELL | (to_host ? EDU_TO_HOST : 0), edu->regs + EDU_COMMAND);
	/* An interrupt alone is no proof: the command must have ended as well. */
	if (wait_for_completion_timeout(&edu->done, msecs_to_jiffies(EDU_TIMEOUT_MS)) &&
	    !(readl(edu->regs + EDU_COMMAND) & EDU_RUN))
		return 0;
	/* It cannot be told to stop, and memory is about to be unmapped: kept off the bus, it reaches none. */
	pci_clear_master(edu->pdev);
	edu->stuck = true;
	return -ETIMEDOUT;
}

/* How many bytes of the transfer the device says that it moved: no more than it was asked for. */
static ssize_t edu_moved(struct edu *edu, size_t n)
{
	u32 moved = readl(edu->regs + EDU_COUNT);

	if (moved > n)
		return -EIO;
	return moved;
}

/*
 * How much is mapped for n bytes: whole cache lines. A device that does not snoop gets less than that through a bounce
 * buffer, and none of those is where 28 bits reach.
 */
static size_t edu_room(size_t n)
{
	return ALIGN(n, dma_get_cache_alignment());
}

/* Fills [at, at + n) of the device's buffer from memory with room for it. Returns how many bytes went there. */
static ssize_t edu_put(struct edu *edu, void *bytes, u32 at, size_t n)
{
	struct device *dev = &edu->pdev->dev;
	size_t room = edu_room(n);
	dma_addr_t dma = dma_map_single(dev, bytes, room, DMA_TO_DEVICE);
	int ret;

	if (dma_mapping_error(dev, dma))
		return -ENOMEM;
	ret = edu_transfer(edu, dma, at, n, false);
	dma_unmap_single(dev, dma, room, DMA_TO_DEVICE);
	return ret ?: edu_moved(edu, n);
}

/* Copies [at, at + n) of the device's buffer to the user. Returns how many bytes came. */
static ssize_t edu_get(struct edu *edu, void *bytes, char __user *to, u32 at, size_t n)
{
	struct device *dev = &edu->pdev->dev;
	size_t room = edu_room(n);
	dma_addr_t dma = dma_map_single(dev, bytes, room, DMA_FROM_DEVICE);
	ssize_t ret;

	if (dma_mapping_error(dev, dma))
		return -ENOMEM;
	ret = edu_transfer(edu, dma, at, n, true);
	dma_unmap_single(dev, dma, room, DMA_FROM_DEVICE);
	if (ret)
		return ret;
	ret = edu_moved(edu, n);
	if (ret > 0 && copy_to_user(to, bytes, ret))
		return -EFAULT;
	return ret;
}

static ssize_t edu_write(struct file *file, const char __user *from, size_t n, loff_t *ppos)
{
	struct edu *edu = file->private_data;
	ssize_t ret;
	void *bytes;

	if (*ppos < 0)
		return -EINVAL;
	if (!n)
		return 0;
	if (*ppos >= EDU_FILE_BYTES)
		return -ENOSPC;
	n = min_t(size_t, n, EDU_FILE_BYTES - *ppos);
	/* 28 bits of address: nothing above 256 MiB is in reach. */
	bytes = kzalloc(edu_room(n), GFP_KERNEL | GFP_DMA);
	if (!bytes)
		return -ENOMEM;
	ret = -EFAULT;
	if (!copy_from_user(bytes, from, n)) {
		mutex_lock(&edu->lock);
		ret = edu_put(edu, bytes, *ppos, n);
		mutex_unlock(&edu->lock);
	}
	kfree(bytes);
	if (ret > 0)
		*ppos += ret;
	return ret;
}

static ssize_t edu_read(struct file *file, char __user *to, size_t n, loff_t *ppos)
{
	struct edu *edu = file->private_data;
	ssize_t ret;
	void *bytes;

	if (*ppos < 0)
		return -EINVAL;
	if (!n || *ppos >= EDU_FILE_BYTES)
		return 0;
	n = min_t(size_t, n, EDU_FILE_BYTES - *ppos);
	/* Zeroed: a device that says it wrote and did not shows nobody what was there before. */
	bytes = kzalloc(edu_room(n), GFP_KERNEL | GFP_DMA);
	if (!bytes)
		return -ENOMEM;
	mutex_lock(&edu->lock);
	ret = edu_get(edu, bytes, to, *ppos, n);
	mutex_unlock(&edu->lock);
	kfree(bytes);
	if (ret > 0)
		*ppos += ret;
	return ret;
}

static const struct file_operations edu_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = edu_read,
	.write = edu_write,
	.llseek = default_llseek,
};

/* Who drove it before may have left anything there. */
static int edu_clear(struct edu *edu)
{
	void *zeroes = kzalloc(edu_room(EDU_FILE_BYTES), GFP_KERNEL | GFP_DMA);
	ssize_t ret;

	if (!zeroes)
		return -ENOMEM;
	ret = edu_put(edu, zeroes, 0, EDU_FILE_BYTES);
	kfree(zeroes);
	if (ret < 0)
		return ret;
	return ret == EDU_FILE_BYTES ? 0 : -EIO;
}

static int edu_look(struct edu *edu)
{
	if ((readl(edu->regs + EDU_ID) & 0xff) != EDU_ID_LOW)
		return -ENODEV;
	writel(EDU_LIVE_TEST, edu->regs + EDU_LIVE);
	if (readl(edu->regs + EDU_LIVE) != (u32)~EDU_LIVE_TEST)
		return -ENODEV;
	if (readl(edu->regs + EDU_COMMAND) & EDU_RUN)
		return -EBUSY;
	writel(readl(edu->regs + EDU_IRQ_STATUS), edu->regs + EDU_IRQ_ACK);
	return 0;
}

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct edu *edu = kzalloc(sizeof(*edu), GFP_KERNEL);
	int ret;

	if (!edu)
		return -ENOMEM;
	edu->pdev = pdev;
	mutex_init(&edu->lock);
	init_completion(&edu->done);
	pci_set_drvdata(pdev, edu);
	ret = pci_enable_device_mem(pdev);
	if (ret)
		goto free;
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(EDU_DMA_BITS));
	if (ret)
		goto disable;
	ret = pci_request_region(pdev, 0, "edu_c");
	if (ret)
		goto disable;
	ret = -ENOMEM;
	edu->regs = pci_iomap(pdev, 0, EDU_BAR_BYTES);
	if (!edu->regs)
		goto release;
	ret = edu_look(edu);
	if (ret)
		goto unmap;
	ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI | PCI_IRQ_INTX);
	if (ret < 0)
		goto unmap;
	ret = request_irq(pci_irq_vector(pdev, 0), edu_interrupt, IRQF_SHARED, "edu_c", edu);
	if (ret)
		goto vectors;
	pci_set_master(pdev);
	ret = edu_clear(edu);
	if (ret)
		goto irq;
	/* Without it the driver is of no use, and no harm. */
	edu->dir = debugfs_create_dir("edu_c", NULL);
	debugfs_create_file("buffer", 0600, edu->dir, edu, &edu_fops);
	return 0;

irq:
	pci_clear_master(pdev);
	free_irq(pci_irq_vector(pdev, 0), edu);
vectors:
	pci_free_irq_vectors(pdev);
unmap:
	pci_iounmap(pdev, edu->regs);
release:
	pci_release_region(pdev, 0);
disable:
	pci_disable_device(pdev);
free:
	kfree(edu);
	return ret;
}

static void edu_remove(struct pci_dev *pdev)
{
	struct edu *edu = pci_get_drvdata(pdev);

	/* Returns when nobody is in the file any more. */
	debugfs_remove(edu->dir);
	pci_clear_master(pdev);
	free_irq(pci_irq_vector(pdev, 0), edu);
	pci_free_irq_vectors(pdev);
	pci_iounmap(pdev, edu->regs);
	pci_release_region(pdev, 0);
	pci_disable_device(pdev);
	kfree(edu);
}

static const struct pci_device_id edu_ids[] = {{PCI_DEVICE(EDU_VENDOR, EDU_DEVICE)}, {}};
MODULE_DEVICE_TABLE(pci, edu_ids);

static struct pci_driver edu_driver = {
	.name = "edu_c",
	.id_table = edu_ids,
	.probe = edu_probe,
	.remove = edu_remove,
};
module_pci_driver(edu_driver);

MODULE_DESCRIPTION("QEMU's edu device as a file, by the C API");
MODULE_LICENSE("GPL");
