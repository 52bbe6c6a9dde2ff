/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_DMAFUZZ_CMPXCHG_H
#define _ASM_DMAFUZZ_CMPXCHG_H

#define arch_xchg(ptr, x)                                                                                              \
	({                                                                                                             \
		__typeof__(ptr) __xptr = (ptr);                                                                        \
		__typeof__(*(ptr)) __xprev = *__xptr;                                                                  \
		*__xptr = (__typeof__(*(ptr)))(x);                                                                     \
		__xprev;                                                                                               \
	})
#define arch_cmpxchg(ptr, old, new)                                                                                    \
	({                                                                                                             \
		__typeof__(ptr) __cptr = (ptr);                                                                        \
		__typeof__(*(ptr)) __cprev = *__cptr;                                                                  \
		if (__cprev == (__typeof__(*(ptr)))(old))                                                              \
			*__cptr = (__typeof__(*(ptr)))(new);                                                           \
		__cprev;                                                                                               \
	})
#define arch_cmpxchg_local   arch_cmpxchg
#define arch_cmpxchg64	     arch_cmpxchg
#define arch_cmpxchg64_local arch_cmpxchg

#endif
