// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver that does what any PCI driver begins with, and undoes it: it enables its function, requests its regions,
 * maps its registers, becomes a bus master, has an interrupt and coherent memory. And mistakes, where a test asks for
 * them.
 */
#include "tests/pci/driver.h"
#include <linux/clk.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>

#define COHERENT_BYTES 4096
#define STREAMED_BYTES 512

unsigned pci_test_flags;
int pci_test_answer;
struct pci_test_counts pci_test_counts;

struct widget {
  struct pci_dev* pdev;
  void __iomem* regs;
  void __iomem* ports;
  int irq;
  void* memory;
  dma_addr_t memory_dma;
  void* streamed;
  dma_addr_t streamed_dma;
  struct tasklet_struct tasklet;
};

static struct widget* bound;

static void run_tasklet(struct tasklet_struct* t) {
  pci_test_counts.tasklets++;
}

static irqreturn_t interrupt(int irq, void* data) {
  struct widget* w = data;

  pci_test_counts.irqs++;
  pci_test_counts.irqs_off_in_handler = irqs_disabled();
  pci_test_counts.hardirq_in_handler = !!in_hardirq();
  switch (pci_test_answer) {
    case PCI_TEST_NONE:
      return IRQ_NONE;
    case PCI_TEST_SLEEPS:
      msleep(1);
      break;
    case PCI_TEST_LEAVES_ON:
      local_irq_enable();
      break;
    case PCI_TEST_SCHEDULES:
      tasklet_schedule(&w->tasklet);
      break;
    case PCI_TEST_TOUCHES:
      iowrite32(pci_test_counts.irqs, w->regs);
      break;
    case PCI_TEST_WAITS_FOR_ITSELF:
      disable_hardirq(irq);
      break;
    case PCI_TEST_FREES_ITSELF:
      free_irq(irq, w);
      break;
  }
  return IRQ_HANDLED;
}

static int get_vector(struct widget* w) {
  unsigned int types = PCI_IRQ_INTX;
  int ret;

  if (pci_test_flags & PCI_TEST_MSI) types |= PCI_IRQ_MSI;
  if (pci_test_flags & PCI_TEST_MSIX) types |= PCI_IRQ_MSIX;
  ret = pci_alloc_irq_vectors(w->pdev, 1, 4, types);
  if (ret < 0) return ret;
  w->irq = pci_irq_vector(w->pdev, 0);
  return 0;
}

static int probe_managed(struct widget* w) {
  struct pci_dev* pdev = w->pdev;
  int ret;

  ret = pcim_enable_device(pdev);
  if (ret) return ret;
  if (!(pci_resource_flags(pdev, 0) & IORESOURCE_MEM)) return -ENODEV;
  ret = pcim_request_all_regions(pdev, "pci_test");
  if (ret) return ret;
  w->regs = pcim_iomap(pdev, 0, 0);
  if (!w->regs) return -ENOMEM;
  if (pci_resource_len(pdev, 2)) {
    w->ports = pcim_iomap(pdev, 2, 0);
    if (!w->ports) return -ENOMEM;
  }
  pci_set_master(pdev);
  ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
  if (ret) return ret;
  w->memory = dmam_alloc_coherent(&pdev->dev, COHERENT_BYTES, &w->memory_dma, GFP_KERNEL);
  if (!w->memory) return -ENOMEM;
  if (pci_test_flags & PCI_TEST_NO_IRQ) return 0;
  ret = get_vector(w);
  if (ret) return ret;
  return devm_request_irq(&pdev->dev, w->irq, interrupt, IRQF_SHARED, "pci_test", w);
}

static void unmap_registers(struct widget* w) {
  if (w->regs) pci_iounmap(w->pdev, w->regs);
  if (w->ports) pci_iounmap(w->pdev, w->ports);
  w->regs = NULL;
  w->ports = NULL;
}

static void undo(struct widget* w) {
  struct pci_dev* pdev = w->pdev;

  if (w->streamed_dma && !(pci_test_flags & PCI_TEST_LEAK_MAPPING))
    dma_unmap_single(&pdev->dev, w->streamed_dma, STREAMED_BYTES, DMA_TO_DEVICE);
  kfree(w->streamed);
  if (w->irq && !(pci_test_flags & PCI_TEST_LEAK_IRQ)) {
    free_irq(w->irq, w);
    pci_free_irq_vectors(pdev);
  }
  if (w->memory) dma_free_coherent(&pdev->dev, COHERENT_BYTES, w->memory, w->memory_dma);
  if (!(pci_test_flags & PCI_TEST_LEAK_IOREMAP)) unmap_registers(w);
  if (!(pci_test_flags & PCI_TEST_LEAK_REGIONS)) pci_release_regions(pdev);
  pci_disable_device(pdev);
}

static int probe_by_hand(struct widget* w) {
  struct pci_dev* pdev = w->pdev;
  int ret;

  ret = pci_enable_device(pdev);
  if (ret) return ret;
  ret = -ENODEV;
  if (!(pci_resource_flags(pdev, 0) & IORESOURCE_MEM)) goto disable;
  ret = pci_request_regions(pdev, "pci_test");
  if (ret) goto disable;
  ret = -ENOMEM;
  w->regs = pci_iomap(pdev, 0, 0);
  if (!w->regs) goto release;
  if (pci_resource_len(pdev, 2)) {
    w->ports = pci_iomap(pdev, 2, 0);
    if (!w->ports) goto unmap;
  }
  pci_set_master(pdev);
  if (pci_test_flags & PCI_TEST_WAKES) device_init_wakeup(&pdev->dev, true);
  ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
  if (ret) goto unmap;
  ret = -ENOMEM;
  w->memory = dma_alloc_coherent(&pdev->dev, COHERENT_BYTES, &w->memory_dma, GFP_KERNEL);
  if (!w->memory) goto unmap;
  w->streamed = kmalloc(STREAMED_BYTES, GFP_KERNEL);
  if (!w->streamed) goto free;
  memset(w->streamed, 0x5a, STREAMED_BYTES);
  w->streamed_dma = dma_map_single(&pdev->dev, w->streamed, STREAMED_BYTES, DMA_TO_DEVICE);
  if (dma_mapping_error(&pdev->dev, w->streamed_dma)) {
    w->streamed_dma = 0;
    goto free_streamed;
  }
  if (pci_test_flags & PCI_TEST_NO_IRQ) return 0;
  ret = get_vector(w);
  if (ret) goto unmap_streamed;
  ret = request_irq(w->irq, interrupt, IRQF_SHARED, "pci_test", w);
  if (ret) {
    w->irq = 0;
    pci_free_irq_vectors(pdev);
    goto unmap_streamed;
  }
  if (pci_test_flags & PCI_TEST_DIRTY_PROBE) return -EIO;
  if (pci_test_flags & PCI_TEST_FAIL_LATE) {
    undo(w);
    return -EIO;
  }
  return 0;

unmap_streamed:
  dma_unmap_single(&pdev->dev, w->streamed_dma, STREAMED_BYTES, DMA_TO_DEVICE);
free_streamed:
  kfree(w->streamed);
free:
  dma_free_coherent(&pdev->dev, COHERENT_BYTES, w->memory, w->memory_dma);
unmap:
  unmap_registers(w);
release:
  pci_release_regions(pdev);
disable:
  pci_disable_device(pdev);
  return ret;
}

static int probe(struct pci_dev* pdev, const struct pci_device_id* id) {
  struct widget* w;
  int ret;

  pci_test_counts.probes++;
  w = kzalloc(sizeof(*w), GFP_KERNEL);
  if (!w) return -ENOMEM;
  w->pdev = pdev;
  tasklet_setup(&w->tasklet, run_tasklet);
  ret = pci_test_flags & PCI_TEST_MANAGED ? probe_managed(w) : probe_by_hand(w);
  if (ret) {
    kfree(w);
    return ret;
  }
  pci_set_drvdata(pdev, w);
  bound = w;
  return 0;
}

static void remove(struct pci_dev* pdev) {
  struct widget* w = pci_get_drvdata(pdev);

  pci_test_counts.removes++;
  tasklet_kill(&w->tasklet);
  bound = NULL;
  if (pci_test_flags & PCI_TEST_MANAGED) {
    /* What is managed may still call the handler: only what it needs not goes now. */
    if (w->irq) {
      devm_free_irq(&pdev->dev, w->irq, w);
      pci_free_irq_vectors(pdev);
    }
  } else {
    undo(w);
  }
  kfree(w);
}

static const struct pci_device_id ids[] = {
    {PCI_DEVICE(0x1234, 0x0001)},
    {PCI_DEVICE_SUB(0x1234, 0x0002, 0x5678, 0x9abc)},
    {PCI_DEVICE_CLASS(0x088000, 0xffff00)},
    {},
};
MODULE_DEVICE_TABLE(pci, ids);

static struct pci_driver pci_test_driver = {
    .name = "pci_test",
    .id_table = ids,
    .probe = probe,
    .remove = remove,
};

/* ---- the same on the platform bus, where firmware says what there is */

struct platform_test platform_test;
static void __iomem* platform_regs;

static int platform_probe(struct platform_device* pdev) {
  struct device* dev = &pdev->dev;
  dma_addr_t dma;
  int ret;

  platform_test.probes++;
  platform_test.count = device_property_count_u32(dev, "list");
  if (platform_test.count > 0 && platform_test.count <= (int)ARRAY_SIZE(platform_test.list))
    device_property_read_u32_array(dev, "list", platform_test.list, platform_test.count);
  platform_test.answer = device_property_read_u32(dev, "number", &platform_test.number);
  platform_test.answer_absent = device_property_read_u32(dev, "nobody-said", &platform_test.number);
  platform_test.second_irq = platform_get_irq_optional(pdev, 1);
  platform_test.second_window = PTR_ERR_OR_ZERO(devm_platform_ioremap_resource(pdev, 1));
  platform_test.clock_rate = clk_get_rate(devm_clk_get_optional(dev, "bus"));
  platform_regs = devm_platform_ioremap_resource(pdev, 0);
  if (IS_ERR(platform_regs)) return PTR_ERR(platform_regs);
  platform_test.window = resource_size(platform_get_resource(pdev, IORESOURCE_MEM, 0));
  platform_test.irq = platform_get_irq(pdev, 0);
  if (platform_test.irq < 0) return platform_test.irq;
  platform_test.mask = dma_get_mask(dev);
  if (!dmam_alloc_coherent(dev, COHERENT_BYTES, &dma, GFP_KERNEL)) return -ENOMEM;
  ret = devm_request_irq(dev, platform_test.irq, interrupt, 0, "pci_test", &platform_test);
  if (ret) return ret;
  iowrite32(ioread32(platform_regs + 4) + 1, platform_regs + 8);
  return pci_test_flags & PCI_TEST_FAIL_LATE ? -EIO : 0;
}

static void platform_remove(struct platform_device* pdev) {
  platform_test.removes++;
}

static struct platform_driver platform_test_driver = {
    .probe = platform_probe,
    .remove = platform_remove,
    .driver = {.name = "pci_test"},
};

static int __init register_both(void) {
  int ret = pci_register_driver(&pci_test_driver);

  if (ret) return ret;
  ret = platform_driver_register(&platform_test_driver);
  if (ret) pci_unregister_driver(&pci_test_driver);
  return ret;
}
module_init(register_both);

static void __exit unregister_both(void) {
  platform_driver_unregister(&platform_test_driver);
  pci_unregister_driver(&pci_test_driver);
}
module_exit(unregister_both);

static int debug = 1;
module_param(debug, int, 0);
MODULE_PARM_DESC(debug, "a parameter, as drivers have some");
MODULE_DESCRIPTION("The driver of harness/tests/pci");
MODULE_LICENSE("GPL");

/* ---- what the tests call ---- */

unsigned platform_test_read(unsigned long offset) {
  return ioread32(platform_regs + offset);
}

unsigned pci_test_irq(void) {
  return bound->irq;
}

static void __iomem* at(unsigned bar, unsigned long offset) {
  return (bar ? bound->ports : bound->regs) + offset;
}

unsigned long long pci_test_read(unsigned bar, unsigned long offset, unsigned size) {
  switch (size) {
    case 1:
      return ioread8(at(bar, offset));
    case 2:
      return ioread16(at(bar, offset));
    case 4:
      return ioread32(at(bar, offset));
    default:
      return readq(at(bar, offset));
  }
}

void pci_test_write(unsigned bar, unsigned long offset, unsigned size, unsigned long long value) {
  switch (size) {
    case 1:
      return iowrite8(value, at(bar, offset));
    case 2:
      return iowrite16(value, at(bar, offset));
    case 4:
      return iowrite32(value, at(bar, offset));
    default:
      return writeq(value, at(bar, offset));
  }
}

void pci_test_fill(unsigned long offset, int value, unsigned size) {
  memset_io(at(0, offset), value, size);
}

void pci_test_copy_to(unsigned long offset, const void* bytes, unsigned size) {
  memcpy_toio(at(0, offset), bytes, size);
}

void pci_test_copy_from(void* bytes, unsigned long offset, unsigned size) {
  memcpy_fromio(bytes, at(0, offset), size);
}

void pci_test_unmap_registers(void) {
  void __iomem *regs = bound->regs, *ports = bound->ports;

  unmap_registers(bound);
  bound->regs = regs;
  bound->ports = ports;
}

unsigned pci_test_dereference(unsigned long offset) {
  return *(volatile unsigned*)at(0, offset);
}

void* pci_test_memory(void) {
  return bound->memory;
}

unsigned long long pci_test_memory_dma(void) {
  return bound->memory_dma;
}

unsigned long long pci_test_physical_bar(unsigned bar) {
  return pci_resource_start(bound->pdev, bar);
}

struct handler {
  unsigned flags, handled, thread_runs;
};
static struct handler handlers[4];

static irqreturn_t handle(int irq, void* data) {
  struct handler* h = data;

  h->handled++;
  if (h->flags & PCI_TEST_NOT_MINE) return IRQ_NONE;
  return h->flags & PCI_TEST_THREADED ? IRQ_WAKE_THREAD : IRQ_HANDLED;
}

static irqreturn_t handle_in_thread(int irq, void* data) {
  struct handler* h = data;

  h->thread_runs++;
  pci_test_counts.threads++;
  pci_test_counts.sleepable_in_thread = !in_interrupt() && !irqs_disabled();
  usleep_range(10, 20);
  return IRQ_HANDLED;
}

int pci_test_request(unsigned irq, unsigned which, unsigned flags) {
  struct handler* h = &handlers[which];
  unsigned long irq_flags = 0;

  *h = (struct handler){.flags = flags};
  if (flags & PCI_TEST_SHARED) irq_flags |= IRQF_SHARED;
  if (flags & PCI_TEST_ONESHOT) irq_flags |= IRQF_ONESHOT;
  if (flags & PCI_TEST_NO_AUTOEN) irq_flags |= IRQF_NO_AUTOEN;
  return request_threaded_irq(irq, handle, flags & PCI_TEST_THREADED ? handle_in_thread : NULL, irq_flags,
                              "pci_test by hand", h);
}

void pci_test_free(unsigned irq, unsigned which) {
  free_irq(irq, &handlers[which]);
}

unsigned pci_test_handled(unsigned which) {
  return handlers[which].handled;
}

unsigned pci_test_thread_runs(unsigned which) {
  return handlers[which].thread_runs;
}

void pci_test_disable(unsigned irq, int nosync) {
  if (nosync)
    disable_irq_nosync(irq);
  else
    disable_irq(irq);
}

void pci_test_enable(unsigned irq) {
  enable_irq(irq);
}

void pci_test_synchronize(unsigned irq) {
  synchronize_irq(irq);
}

void pci_test_irqs_off(int off) {
  if (off)
    local_irq_disable();
  else
    local_irq_enable();
}

void pci_test_bottom_halves_off(int off) {
  if (off)
    local_bh_disable();
  else
    local_bh_enable();
}

void pci_test_schedule_tasklet(void) {
  tasklet_schedule(&bound->tasklet);
}
