/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_DMAFUZZ_PAGE_H
#define _ASM_DMAFUZZ_PAGE_H

/* Pages and the linear map: see HOST_LINEAR_BASE. Holes between the banks are not valid frames. */
#include <linux/const.h>
#include <linux/version.h>
#include "host.h"

#if __has_include(<vdso/page.h>)
#include <vdso/page.h>
#else
#define PAGE_SHIFT HOST_PAGE_SHIFT
#define PAGE_SIZE  (_AC(1, UL) << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))
#endif

#define PAGE_OFFSET	HOST_LINEAR_BASE
#define ARCH_PFN_OFFSET 0UL

#ifndef __ASSEMBLER__
#include <linux/types.h>
#include <linux/pfn.h>

typedef struct {
	unsigned long pte;
} pte_t;
typedef struct {
	unsigned long pgd;
} pgd_t;
typedef struct {
	unsigned long pgprot;
} pgprot_t;
typedef struct page *pgtable_t;

#define pte_val(x)    ((x).pte)
#define pgd_val(x)    ((x).pgd)
#define pgprot_val(x) ((x).pgprot)
#define __pte(x)      ((pte_t){(x)})
#define __pgd(x)      ((pgd_t){(x)})
#define __pgprot(x)   ((pgprot_t){(x)})

void clear_page(void *page);
void copy_page(void *to, const void *from);
#define clear_user_page(page, vaddr, pg)    ((void)(vaddr), (void)(pg), clear_page(page))
#define copy_user_page(to, from, vaddr, pg) ((void)(vaddr), (void)(pg), copy_page(to, from))

#define __pa(x)				    ((unsigned long)(x) - PAGE_OFFSET)
#define __va(x)				    ((void *)((unsigned long)(x) + PAGE_OFFSET))
/* Kernel image symbols are outside the linear map, as on arm64; nothing may take their physical address. */
#define __pa_symbol(x) __pa(x)

static inline int pfn_valid(unsigned long pfn)
{
	unsigned long p = pfn << PAGE_SHIFT;

	return p - HOST_BANK_DMA_BASE < HOST_BANK_DMA_SIZE || p - HOST_BANK_DMA32_BASE < HOST_BANK_DMA32_SIZE ||
	       p - HOST_BANK_NORMAL_BASE < HOST_BANK_NORMAL_SIZE;
}
#define pfn_valid	       pfn_valid

#define virt_to_pfn(kaddr)     (__pa(kaddr) >> PAGE_SHIFT)
#define pfn_to_virt(pfn)       __va((pfn) << PAGE_SHIFT)
#define virt_to_page(addr)     pfn_to_page(virt_to_pfn(addr))
#define page_to_virt(page)     __va(page_to_pfn(page) << PAGE_SHIFT)
#define virt_addr_valid(kaddr) ((unsigned long)(kaddr) >= PAGE_OFFSET && pfn_valid(virt_to_pfn(kaddr)))
/* 7.3's memory model has this in common code, 6.12 leaves it to the arch. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
#define page_to_phys(page) ((phys_addr_t)page_to_pfn(page) << PAGE_SHIFT)
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
#define phys_to_page(phys) pfn_to_page(PHYS_PFN(phys))
#endif

#define VM_DATA_DEFAULT_FLAGS VM_DATA_FLAGS_TSK_EXEC

#include <asm-generic/memory_model.h>
#include <asm-generic/getorder.h>
#endif

#endif
