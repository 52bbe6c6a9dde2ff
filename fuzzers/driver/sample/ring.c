// SPDX-License-Identifier: GPL-2.0-only
/* See toynic.h. Both mistakes are in here, and marked. */
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>
#include "toynic.h"

static int fill_slot(struct toynic* nic, unsigned int i) {
  struct toynic_slot* slot = &nic->rx_slots[i];

  slot->skb = netdev_alloc_skb(nic->dev, TOYNIC_BUFFER);
  if (!slot->skb) return -ENOMEM;
  slot->dma = dma_map_single(&nic->pdev->dev, slot->skb->data, TOYNIC_BUFFER, DMA_FROM_DEVICE);
  if (dma_mapping_error(&nic->pdev->dev, slot->dma)) {
    dev_kfree_skb_any(slot->skb);
    slot->skb = NULL;
    return -ENOMEM;
  }
  nic->rx[i].address = cpu_to_le64(slot->dma);
  nic->rx[i].length = cpu_to_le32(TOYNIC_BUFFER);
  nic->rx[i].status = 0;
  return 0;
}

int toynic_rings_up(struct toynic* nic) {
  const size_t size = TOYNIC_SLOTS * sizeof(struct toynic_desc);
  int i;

  nic->tx_head = nic->tx_tail = nic->rx_next = 0;
  nic->tx = dma_alloc_coherent(&nic->pdev->dev, size, &nic->tx_dma, GFP_KERNEL);
  if (!nic->tx) return -ENOMEM;
  nic->rx = dma_alloc_coherent(&nic->pdev->dev, size, &nic->rx_dma, GFP_KERNEL);
  if (!nic->rx) goto free_tx;
  for (i = 0; i < TOYNIC_SLOTS; i++)
    if (fill_slot(nic, i)) goto free_buffers;
  return 0;

free_buffers:
  /* MISTAKE: they are still mapped. */
  while (--i >= 0) {
    dev_kfree_skb_any(nic->rx_slots[i].skb);
    nic->rx_slots[i].skb = NULL;
  }
  dma_free_coherent(&nic->pdev->dev, size, nic->rx, nic->rx_dma);
free_tx:
  dma_free_coherent(&nic->pdev->dev, size, nic->tx, nic->tx_dma);
  return -ENOMEM;
}

static void finish_slot(struct toynic* nic, struct toynic_slot* slot, enum dma_data_direction dir, size_t length) {
  dma_unmap_single(&nic->pdev->dev, slot->dma, length, dir);
  dev_kfree_skb_any(slot->skb);
  slot->skb = NULL;
}

void toynic_rings_down(struct toynic* nic) {
  const size_t size = TOYNIC_SLOTS * sizeof(struct toynic_desc);
  unsigned int i;

  for (i = 0; i < TOYNIC_SLOTS; i++) {
    if (nic->tx_slots[i].skb) finish_slot(nic, &nic->tx_slots[i], DMA_TO_DEVICE, nic->tx_slots[i].skb->len);
    if (nic->rx_slots[i].skb) finish_slot(nic, &nic->rx_slots[i], DMA_FROM_DEVICE, TOYNIC_BUFFER);
  }
  dma_free_coherent(&nic->pdev->dev, size, nic->rx, nic->rx_dma);
  dma_free_coherent(&nic->pdev->dev, size, nic->tx, nic->tx_dma);
}

netdev_tx_t toynic_xmit(struct sk_buff* skb, struct net_device* dev) {
  struct toynic* nic = netdev_priv(dev);
  struct toynic_slot* slot = &nic->tx_slots[nic->tx_head % TOYNIC_SLOTS];
  struct toynic_desc* desc = &nic->tx[nic->tx_head % TOYNIC_SLOTS];

  slot->dma = dma_map_single(&nic->pdev->dev, skb->data, skb->len, DMA_TO_DEVICE);
  if (dma_mapping_error(&nic->pdev->dev, slot->dma)) {
    dev_kfree_skb_any(skb);
    return NETDEV_TX_OK;
  }
  slot->skb = skb;
  desc->address = cpu_to_le64(slot->dma);
  desc->length = cpu_to_le32(skb->len);
  dma_wmb();
  nic->tx_head++;
  writel(nic->tx_head, nic->regs + TOYNIC_TX_HEAD);
  if (nic->tx_head - nic->tx_tail == TOYNIC_SLOTS) netif_stop_queue(dev);
  return NETDEV_TX_OK;
}

static void clean_tx(struct toynic* nic) {
  /* MISTAKE: the device may say more than it was ever given. */
  u32 done = readl(nic->regs + TOYNIC_TX_DONE);

  while (nic->tx_tail != done) {
    struct toynic_slot* slot = &nic->tx_slots[nic->tx_tail++ % TOYNIC_SLOTS];

    finish_slot(nic, slot, DMA_TO_DEVICE, slot->skb->len);
  }
  netif_wake_queue(nic->dev);
}

int toynic_poll(struct napi_struct* napi, int budget) {
  struct toynic* nic = container_of(napi, struct toynic, napi);
  int done = 0;

  clean_tx(nic);
  while (done < budget) {
    const unsigned int i = nic->rx_next % TOYNIC_SLOTS;
    struct sk_buff* skb = nic->rx_slots[i].skb;
    const u32 status = le32_to_cpu(READ_ONCE(nic->rx[i].status));

    if (!(status & 1) || !skb) break;
    dma_unmap_single(&nic->pdev->dev, nic->rx_slots[i].dma, TOYNIC_BUFFER, DMA_FROM_DEVICE);
    nic->rx_slots[i].skb = NULL;
    skb_put(skb, min_t(u32, status >> 16, TOYNIC_BUFFER));
    skb->protocol = eth_type_trans(skb, nic->dev);
    napi_gro_receive(napi, skb);
    fill_slot(nic, i);
    writel(++nic->rx_next, nic->regs + TOYNIC_RX_HEAD);
    done++;
  }
  if (done < budget && napi_complete_done(napi, done)) writel(3, nic->regs + TOYNIC_MASK);
  return done;
}
