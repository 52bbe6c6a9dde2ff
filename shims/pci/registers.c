// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers and ports: what readl(), outb() and their kin come to, and ioremap().
 *
 * Nothing is mapped where ioremap() says that registers are: each access comes here by asm/io.h and goes on to the
 * harness, if a live ioremap() covers it to the byte. Whatever else is passed for the address of a register is a
 * finding, bad-register-access, and so is an access that is not aligned, which only some machines forgive.
 *
 * Simplified: all mappings are alike (write combining, uncached), and there is no posting of writes. On hardware an
 * ioremap() covers whole pages, so that an access beside it may go unnoticed; not so here.
 */
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include "host_bus.h"
#include "pci/pci.h"

struct mapping {
	phys_addr_t phys;
	size_t size;
};

#define MAX_MAPPINGS 64
static struct mapping mappings[MAX_MAPPINGS];
static unsigned int mapping_count;
/* The mapping of the last access: the next is likely to be there as well. */
static unsigned int last;

unsigned long dmaf_ioremaps(void)
{
	return mapping_count;
}

void __iomem *ioremap(phys_addr_t phys, size_t size)
{
	might_sleep();
	if (!size || phys + size - 1 < phys)
		return NULL;
	if (WARN(pfn_valid(PHYS_PFN(phys)) || pfn_valid(PHYS_PFN(phys + size - 1)), "ioremap() of memory, at %pa\n",
		 &phys))
		return NULL;
	if (mapping_count == MAX_MAPPINGS || host_should_fail())
		return NULL;
	mappings[mapping_count++] = (struct mapping){.phys = phys, .size = size};
	return (void __iomem *)(HOST_IOREMAP_BASE + phys);
}

void iounmap(volatile void __iomem *addr)
{
	phys_addr_t phys = (unsigned long)addr - HOST_IOREMAP_BASE;
	unsigned int i;
	char text[96];

	/* Nothing, as where it is implemented: error paths of drivers count on it. */
	if (!addr)
		return;
	/* The newest first: whoever maps twice gives back in any order. */
	for (i = mapping_count; i-- > 0;) {
		if (mappings[i].phys != phys)
			continue;
		mappings[i] = mappings[--mapping_count];
		last = 0;
		return;
	}
	snprintf(text, sizeof(text), "iounmap() of %#lx, which ioremap() has not given or which is unmapped already",
		 (unsigned long)addr);
	host_finding("bad-register-access", text);
}

/* ---- where an access goes ---- */

enum place { PORT, REGISTER };

static bool covers(unsigned int i, phys_addr_t phys, unsigned int size)
{
	return i < mapping_count && phys - mappings[i].phys < mappings[i].size &&
	       size <= mappings[i].size - (phys - mappings[i].phys);
}

static bool find(phys_addr_t phys, unsigned int size)
{
	unsigned int i;

	if (likely(covers(last, phys, size)))
		return true;
	for (i = 0; i < mapping_count; i++) {
		if (covers(i, phys, size)) {
			last = i;
			return true;
		}
	}
	return false;
}

/* Says what is wrong with it; never returns unless the finding is expected. */
static noinline void complain(unsigned long addr, unsigned int size, bool write)
{
	const char *what = write ? "write" : "read";
	char text[192];

	if (addr < PAGE_SIZE)
		snprintf(text, sizeof(text), "%u-byte %s of a register at %#lx: a null pointer and an offset", size,
			 what, addr);
	else if (addr - (unsigned long)PCI_IOBASE <= IO_SPACE_LIMIT)
		snprintf(text, sizeof(text), "%u-byte %s of port %#lx, which lies in no window of the bus", size, what,
			 addr - (unsigned long)PCI_IOBASE);
	else if (addr - HOST_IOREMAP_BASE >= HOST_MAX_PFN << PAGE_SHIFT)
		snprintf(text, sizeof(text), "%u-byte %s of a register at %#lx, which is the address of none", size,
			 what, addr);
	else if (addr % size)
		snprintf(text, sizeof(text), "%u-byte %s of a register at physical address %#lx, which is not aligned",
			 size, what, addr - HOST_IOREMAP_BASE);
	else
		snprintf(text, sizeof(text),
			 "%u-byte %s of a register at physical address %#lx, which no live ioremap() covers", size,
			 what, addr - HOST_IOREMAP_BASE);
	host_finding("bad-register-access", text);
}

static enum place place(const volatile void __iomem *at, unsigned int size, bool write, unsigned long *where)
{
	unsigned long addr = (unsigned long)at;

	*where = addr - HOST_IOREMAP_BASE;
	if (likely(find(*where, size) && !(addr % size)))
		return REGISTER;
	*where = addr - (unsigned long)PCI_IOBASE;
	if (*where - HOST_PORT_BASE < HOST_PORT_SIZE && size < 8)
		return PORT;
	complain(addr, size, write);
	*where = addr - HOST_IOREMAP_BASE;
	return REGISTER;
}

static u64 read(const volatile void __iomem *addr, unsigned int size)
{
	unsigned long where;
	enum place at = place(addr, size, false, &where);

	if (dmaf_pci_gone())
		return ~0ULL;
	return at == PORT ? host_port_read(where, size) : host_mmio_read(where, size);
}

static void write(u64 value, volatile void __iomem *addr, unsigned int size)
{
	unsigned long where;
	enum place at = place(addr, size, true, &where);

	if (dmaf_pci_gone())
		return;
	if (at == PORT)
		host_port_write(where, size, value);
	else
		host_mmio_write(where, size, value);
}

#define ACCESSORS(bits)                                                                                                \
	u##bits dmaf_mmio_read##bits(const volatile void __iomem *addr)                                                \
	{                                                                                                              \
		return read(addr, bits / 8);                                                                           \
	}                                                                                                              \
	void dmaf_mmio_write##bits(u##bits value, volatile void __iomem *addr)                                         \
	{                                                                                                              \
		write(value, addr, bits / 8);                                                                          \
	}

ACCESSORS(8)
ACCESSORS(16)
ACCESSORS(32)
ACCESSORS(64)

/* ---- blocks ---- */

static unsigned int step(const volatile void __iomem *addr, size_t left)
{
	return !((unsigned long)addr % 8) && left >= 8 ? 8 : 1;
}

void memset_io(volatile void __iomem *addr, int value, size_t size)
{
	while (size) {
		unsigned int n = step(addr, size);

		write((u8)value * 0x0101010101010101ULL, addr, n);
		addr += n;
		size -= n;
	}
}

void memcpy_fromio(void *buffer, const volatile void __iomem *addr, size_t size)
{
	host_dmasan_access(buffer, size, 1);
	while (size) {
		unsigned int n = step(addr, size);
		u64 value = read(addr, n);

		memcpy(buffer, &value, n);
		buffer += n;
		addr += n;
		size -= n;
	}
}

void memcpy_toio(volatile void __iomem *addr, const void *buffer, size_t size)
{
	host_dmasan_access(buffer, size, 0);
	while (size) {
		unsigned int n = step(addr, size);
		u64 value = 0;

		memcpy(&value, buffer, n);
		write(value, addr, n);
		buffer += n;
		addr += n;
		size -= n;
	}
}
