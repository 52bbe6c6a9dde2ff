/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_DMAFUZZ_DELAY_H
#define _ASM_DMAFUZZ_DELAY_H

/* Busy waits are virtual time. */
void __udelay(unsigned long usecs);
void __ndelay(unsigned long nsecs);
#define udelay(n) __udelay(n)
#define ndelay(n) __ndelay(n)

#endif
