/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_DMAFUZZ_USER_H
#define _ASM_DMAFUZZ_USER_H

/* Nobody dumps a core here. */
struct user {
	unsigned long unused;
};

#endif
