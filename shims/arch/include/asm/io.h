/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_DMAFUZZ_IO_H
#define _ASM_DMAFUZZ_IO_H

/* Registers and ports belong to the device on the other end of the bus. */
#include <linux/types.h>

u8 dmaf_mmio_read8(const volatile void __iomem *addr);
u16 dmaf_mmio_read16(const volatile void __iomem *addr);
u32 dmaf_mmio_read32(const volatile void __iomem *addr);
u64 dmaf_mmio_read64(const volatile void __iomem *addr);
void dmaf_mmio_write8(u8 value, volatile void __iomem *addr);
void dmaf_mmio_write16(u16 value, volatile void __iomem *addr);
void dmaf_mmio_write32(u32 value, volatile void __iomem *addr);
void dmaf_mmio_write64(u64 value, volatile void __iomem *addr);

#define __raw_readb(a)	   dmaf_mmio_read8(a)
#define __raw_readw(a)	   dmaf_mmio_read16(a)
#define __raw_readl(a)	   dmaf_mmio_read32(a)
#define __raw_readq(a)	   dmaf_mmio_read64(a)
#define __raw_writeb(v, a) dmaf_mmio_write8(v, a)
#define __raw_writew(v, a) dmaf_mmio_write16(v, a)
#define __raw_writel(v, a) dmaf_mmio_write32(v, a)
#define __raw_writeq(v, a) dmaf_mmio_write64(v, a)

#define PCI_IOBASE	   ((void __iomem *)0x230000000000UL)
#define IO_SPACE_LIMIT	   0xffff

void __iomem *ioremap(phys_addr_t phys, size_t size);
#define ioremap	   ioremap
#define ioremap_wc ioremap
#define ioremap_wt ioremap
#define ioremap_uc ioremap
void iounmap(volatile void __iomem *addr);
#define iounmap iounmap

/* Blocks of them: each access is one of those above, aligned and as wide as can be. */
void memset_io(volatile void __iomem *addr, int value, size_t size);
#define memset_io memset_io
void memcpy_fromio(void *buffer, const volatile void __iomem *addr, size_t size);
#define memcpy_fromio memcpy_fromio
void memcpy_toio(volatile void __iomem *addr, const void *buffer, size_t size);
#define memcpy_toio  memcpy_toio

#define virt_to_phys virt_to_phys
static inline phys_addr_t virt_to_phys(volatile void *address)
{
	return (phys_addr_t)address - 0x200000000000UL;
}
#define phys_to_virt phys_to_virt
static inline void *phys_to_virt(phys_addr_t phys)
{
	return (void *)(phys + 0x200000000000UL);
}

#include <asm-generic/io.h>

#endif
