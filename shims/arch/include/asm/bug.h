/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_DMAFUZZ_BUG_H
#define _ASM_DMAFUZZ_BUG_H

/* BUG and WARN become findings with file and line. */
#include <linux/stringify.h>

#ifndef __ASSEMBLER__
void host_bug(const char *file, int line, const char *what) __attribute__((noreturn));
#endif
#define HAVE_ARCH_BUG
#define BUG() host_bug(__FILE__, __LINE__, "BUG")
#include <asm-generic/bug.h>

#endif
