/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A network device that does not exist, for tests of `dmafuzz driver add`: one ring each way, 16-byte descriptors.
 * THE DRIVER IS WRONG ON PURPOSE, in two ways that real ones are wrong in (ring.c).
 */
#ifndef TOYNIC_H
#define TOYNIC_H

#include <linux/netdevice.h>
#include <linux/pci.h>

#define TOYNIC_BUFFER 1600

enum toynic_register {
  TOYNIC_ID = 0x00,      /* reads as TOYNIC_MAGIC, once the device is ready */
  TOYNIC_CAUSE = 0x04,   /* bits of what happened; written back to clear */
  TOYNIC_MASK = 0x08,    /* which of them interrupt */
  TOYNIC_TX_RING = 0x10, /* 64 bits */
  TOYNIC_RX_RING = 0x18, /* 64 bits */
  TOYNIC_TX_HEAD = 0x20, /* descriptors given to the device since it was switched on */
  TOYNIC_TX_DONE = 0x24, /* descriptors that it is done with */
  TOYNIC_RX_HEAD = 0x28,
  TOYNIC_CONTROL = 0x2c, /* bit 0: on */
};
#define TOYNIC_MAGIC 0x746f79

struct toynic_desc {
  __le64 address;
  __le32 length;
  __le32 status; /* the device's: bit 0 done, length from bit 16 */
};

struct toynic_slot {
  struct sk_buff* skb;
  dma_addr_t dma;
};

struct toynic {
  struct net_device* dev;
  struct pci_dev* pdev;
  void __iomem* regs;
  struct napi_struct napi;
  struct toynic_desc *tx, *rx;
  dma_addr_t tx_dma, rx_dma;
  struct toynic_slot tx_slots[TOYNIC_SLOTS], rx_slots[TOYNIC_SLOTS];
  u32 tx_head, tx_tail, rx_next;
};

int toynic_rings_up(struct toynic* nic);
void toynic_rings_down(struct toynic* nic);
netdev_tx_t toynic_xmit(struct sk_buff* skb, struct net_device* dev);
int toynic_poll(struct napi_struct* napi, int budget);

#endif
