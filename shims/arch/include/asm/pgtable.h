/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_DMAFUZZ_PGTABLE_H
#define _ASM_DMAFUZZ_PGTABLE_H

/* Three-level-free page tables: nothing walks them, vmap() aliases pages of the arena instead. */
#include <asm-generic/pgtable-nopmd.h>
#include <linux/version.h>
#include <asm/page.h>

#define PGDIR_SHIFT		  30
#define PTRS_PER_PGD		  512
#define PTRS_PER_PTE		  512
#define PAGE_TABLE_SIZE		  PAGE_SIZE

#define _PAGE_PRESENT		  0x001
#define _PAGE_RW		  0x002
#define _PAGE_USER		  0x004
#define _PAGE_ACCESSED		  0x020
#define _PAGE_DIRTY		  0x040
#define _PAGE_UNCACHED		  0x080
#define _PAGE_WC		  0x100
#define PFN_PTE_SHIFT		  PAGE_SHIFT
#define _PAGE_SWP_EXCLUSIVE	  0x400

#define PAGE_NONE		  __pgprot(_PAGE_ACCESSED)
#define PAGE_SHARED		  __pgprot(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED)
#define PAGE_COPY		  __pgprot(_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED)
#define PAGE_READONLY		  PAGE_COPY
#define PAGE_KERNEL		  __pgprot(_PAGE_PRESENT | _PAGE_RW | _PAGE_DIRTY | _PAGE_ACCESSED)
#define PAGE_KERNEL_EXEC	  PAGE_KERNEL

#define pgprot_noncached(prot)	  __pgprot(pgprot_val(prot) | _PAGE_UNCACHED)
#define pgprot_writecombine(prot) __pgprot(pgprot_val(prot) | _PAGE_WC)
#define pgprot_dmacoherent(prot)  __pgprot(pgprot_val(prot) | _PAGE_UNCACHED)

#define VMALLOC_START		  HOST_VMAP_BASE
#define VMALLOC_END		  (HOST_VMAP_BASE + HOST_VMAP_SIZE)

#ifndef __ASSEMBLER__
struct mm_struct;
struct vm_area_struct;
extern pgd_t swapper_pg_dir[PTRS_PER_PGD];
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
extern const u8 empty_zero_page[PAGE_SIZE];
#define ZERO_PAGE(vaddr) (virt_to_page(empty_zero_page))
#endif

static inline int pte_none(pte_t pte)
{
	return !pte_val(pte);
}
static inline int pte_present(pte_t pte)
{
	return pte_val(pte) & _PAGE_PRESENT;
}
static inline int pte_write(pte_t pte)
{
	return !!(pte_val(pte) & _PAGE_RW);
}
static inline int pte_dirty(pte_t pte)
{
	return !!(pte_val(pte) & _PAGE_DIRTY);
}
static inline int pte_young(pte_t pte)
{
	return !!(pte_val(pte) & _PAGE_ACCESSED);
}
static inline pte_t pte_mkclean(pte_t pte)
{
	return __pte(pte_val(pte) & ~_PAGE_DIRTY);
}
static inline pte_t pte_mkold(pte_t pte)
{
	return __pte(pte_val(pte) & ~_PAGE_ACCESSED);
}
static inline pte_t pte_wrprotect(pte_t pte)
{
	return __pte(pte_val(pte) & ~_PAGE_RW);
}
static inline pte_t pte_mkdirty(pte_t pte)
{
	return __pte(pte_val(pte) | _PAGE_DIRTY);
}
static inline pte_t pte_mkyoung(pte_t pte)
{
	return __pte(pte_val(pte) | _PAGE_ACCESSED);
}
static inline pte_t pte_mkwrite_novma(pte_t pte)
{
	return __pte(pte_val(pte) | _PAGE_RW);
}
static inline unsigned long pte_pfn(pte_t pte)
{
	return pte_val(pte) >> PAGE_SHIFT;
}
#define pte_page(pte) pfn_to_page(pte_pfn(pte))
static inline pte_t pfn_pte(unsigned long pfn, pgprot_t prot)
{
	return __pte((pfn << PAGE_SHIFT) | pgprot_val(prot));
}
/* Common in 7.3, the arch's in 6.12. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
#define mk_pte(page, prot) pfn_pte(page_to_pfn(page), prot)
#endif
static inline pte_t pte_modify(pte_t pte, pgprot_t prot)
{
	return __pte((pte_val(pte) & PAGE_MASK) | pgprot_val(prot));
}
static inline void set_pte(pte_t *ptep, pte_t pte)
{
	*ptep = pte;
}
#define pte_clear(mm, addr, ptep) set_pte(ptep, __pte(0))

static inline int pmd_none(pmd_t pmd)
{
	return !pmd_val(pmd);
}
static inline int pmd_bad(pmd_t pmd)
{
	return 0;
}
static inline int pmd_present(pmd_t pmd)
{
	return pmd_val(pmd) & _PAGE_PRESENT;
}
static inline void pmd_clear(pmd_t *pmdp)
{
	*pmdp = __pmd(0);
}
static inline void set_pmd(pmd_t *pmdp, pmd_t pmd)
{
	*pmdp = pmd;
}
#define pmd_pfn(pmd)	    (pmd_val(pmd) >> PAGE_SHIFT)
#define pmd_page(pmd)	    pfn_to_page(pmd_pfn(pmd))
#define pmd_page_vaddr(pmd) ((unsigned long)pfn_to_virt(pmd_pfn(pmd)))
#define pmd_pgtable(pmd)    pmd_page(pmd)

#define update_mmu_cache(vma, address, ptep)                                                                           \
	do {                                                                                                           \
	} while (0)
#define update_mmu_cache_range(vmf, vma, address, ptep, nr)                                                            \
	do {                                                                                                           \
	} while (0)
#define update_mmu_tlb_range(vma, address, ptep, nr)                                                                   \
	do {                                                                                                           \
	} while (0)

#define __swp_type(x)		((x).val & 0x1f)
#define __swp_offset(x)		((x).val >> 12)
#define __swp_entry(type, off)	((swp_entry_t){(type) | ((off) << 12)})
#define __pte_to_swp_entry(pte) ((swp_entry_t){pte_val(pte)})
#define __swp_entry_to_pte(x)	__pte((x).val)
static inline bool pte_swp_exclusive(pte_t pte)
{
	return pte_val(pte) & _PAGE_SWP_EXCLUSIVE;
}
static inline pte_t pte_swp_mkexclusive(pte_t pte)
{
	return __pte(pte_val(pte) | _PAGE_SWP_EXCLUSIVE);
}
static inline pte_t pte_swp_clear_exclusive(pte_t pte)
{
	return __pte(pte_val(pte) & ~_PAGE_SWP_EXCLUSIVE);
}
#endif

#endif
