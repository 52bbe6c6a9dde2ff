/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_DMAFUZZ_VMALLOC_H
#define _ASM_DMAFUZZ_VMALLOC_H

/* Nothing of its own. */

#endif
