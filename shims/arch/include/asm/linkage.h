/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_DMAFUZZ_LINKAGE_H
#define _ASM_DMAFUZZ_LINKAGE_H

#define __ALIGN
#define __ALIGN_STR ""

#endif
