/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_DMAFUZZ_BARRIER_H
#define _ASM_DMAFUZZ_BARRIER_H

/* One OS thread: compiler barriers are enough. */
#define mb() barrier()
#include <asm-generic/barrier.h>

#endif
