/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_DMAFUZZ_ELF_H
#define _ASM_DMAFUZZ_ELF_H

typedef unsigned long elf_greg_t;
typedef elf_greg_t elf_gregset_t[3];
typedef struct {
} elf_fpregset_t;
#define ELF_CLASS	  ELFCLASS64
#define ELF_DATA	  ELFDATA2LSB
#define ELF_ARCH	  EM_NONE
#define ELF_EXEC_PAGESIZE PAGE_SIZE
#define ELF_ET_DYN_BASE	  0UL
#define ELF_HWCAP	  0
#define ELF_PLATFORM	  NULL
#define CORE_DUMP_USE_REGSET
#define elf_check_arch(x) 0

#endif
