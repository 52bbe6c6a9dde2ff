// SPDX-License-Identifier: GPL-2.0-only
/* See toynic.h: the life of the driver, and the entry points of its network device. */
#include <linux/etherdevice.h>
#include <linux/interrupt.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/module.h>
#include "toynic.h"

static irqreturn_t toynic_interrupt(int irq, void* data) {
  struct toynic* nic = data;
  const u32 cause = readl(nic->regs + TOYNIC_CAUSE);

  if (!cause) return IRQ_NONE;
  writel(cause, nic->regs + TOYNIC_CAUSE);
  writel(0, nic->regs + TOYNIC_MASK);
  napi_schedule(&nic->napi);
  return IRQ_HANDLED;
}

static int toynic_open(struct net_device* dev) {
  struct toynic* nic = netdev_priv(dev);
  int err = toynic_rings_up(nic);

  if (err) return err;
  err = request_irq(nic->pdev->irq, toynic_interrupt, IRQF_SHARED, dev->name, nic);
  if (err) {
    toynic_rings_down(nic);
    return err;
  }
  napi_enable(&nic->napi);
  lo_hi_writeq(nic->tx_dma, nic->regs + TOYNIC_TX_RING);
  lo_hi_writeq(nic->rx_dma, nic->regs + TOYNIC_RX_RING);
  writel(3, nic->regs + TOYNIC_MASK);
  writel(1, nic->regs + TOYNIC_CONTROL);
  netif_start_queue(dev);
  return 0;
}

static int toynic_stop(struct net_device* dev) {
  struct toynic* nic = netdev_priv(dev);

  netif_stop_queue(dev);
  writel(0, nic->regs + TOYNIC_CONTROL);
  napi_disable(&nic->napi);
  free_irq(nic->pdev->irq, nic);
  toynic_rings_down(nic);
  return 0;
}

static const struct net_device_ops toynic_ops = {
    .ndo_open = toynic_open,
    .ndo_stop = toynic_stop,
    .ndo_start_xmit = toynic_xmit,
    .ndo_set_mac_address = eth_mac_addr,
    .ndo_validate_addr = eth_validate_addr,
};

static int toynic_probe(struct pci_dev* pdev, const struct pci_device_id* id) {
  struct net_device* dev;
  struct toynic* nic;
  int err;

  err = pcim_enable_device(pdev);
  if (err) return err;
  err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
  if (err) return err;
  pci_set_master(pdev);
  dev = devm_alloc_etherdev(&pdev->dev, sizeof(*nic));
  if (!dev) return -ENOMEM;
  nic = netdev_priv(dev);
  nic->dev = dev;
  nic->pdev = pdev;
  nic->regs = pcim_iomap(pdev, 0, 0);
  if (!nic->regs) return -ENOMEM;
  if (readl(nic->regs + TOYNIC_ID) != TOYNIC_MAGIC) {
    dev_err(&pdev->dev, "this is no toynic\n");
    return -ENODEV;
  }
  SET_NETDEV_DEV(dev, &pdev->dev);
  dev->netdev_ops = &toynic_ops;
  eth_hw_addr_random(dev);
  netif_napi_add(dev, &nic->napi, toynic_poll);
  pci_set_drvdata(pdev, dev);
  return devm_register_netdev(&pdev->dev, dev);
}

static const struct pci_device_id toynic_ids[] = {
    {PCI_DEVICE(0xfa57, 0x0001)},
    {},
};
MODULE_DEVICE_TABLE(pci, toynic_ids);

static struct pci_driver toynic_driver = {
    .name = "toynic",
    .id_table = toynic_ids,
    .probe = toynic_probe,
};
module_pci_driver(toynic_driver);

MODULE_DESCRIPTION("A network device that does not exist");
MODULE_LICENSE("GPL");
