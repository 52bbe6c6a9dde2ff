/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_DMAFUZZ_ATOMIC_H
#define _ASM_DMAFUZZ_ATOMIC_H

/* One OS thread: plain C is atomic. Interrupts strike between accesses, never within one of these. */
#include <linux/types.h>
#include <asm/cmpxchg.h>
#include <asm/barrier.h>

#define arch_atomic_read(v)	(*(const volatile int *)&(v)->counter)
#define arch_atomic_set(v, i)	(*(volatile int *)&(v)->counter = (i))
#define arch_atomic64_read(v)	(*(const volatile s64 *)&(v)->counter)
#define arch_atomic64_set(v, i) (*(volatile s64 *)&(v)->counter = (i))
#define ATOMIC64_INIT(i)	{(i)}

#define DMAF_ATOMIC_OP(prefix, type, atomic, op, c_op)                                                                 \
	static inline void prefix##_##op(type i, atomic *v)                                                            \
	{                                                                                                              \
		v->counter = v->counter c_op i;                                                                        \
	}                                                                                                              \
	static inline type prefix##_fetch_##op(type i, atomic *v)                                                      \
	{                                                                                                              \
		type old = v->counter;                                                                                 \
                                                                                                                       \
		v->counter = old c_op i;                                                                               \
		return old;                                                                                            \
	}
#define DMAF_ATOMIC_OPS(prefix, type, atomic)                                                                          \
	DMAF_ATOMIC_OP(prefix, type, atomic, add, +)                                                                   \
	DMAF_ATOMIC_OP(prefix, type, atomic, sub, -)                                                                   \
	DMAF_ATOMIC_OP(prefix, type, atomic, and, &)                                                                   \
	DMAF_ATOMIC_OP(prefix, type, atomic, or, |)                                                                    \
	DMAF_ATOMIC_OP(prefix, type, atomic, xor, ^)                                                                   \
	static inline type prefix##_add_return(type i, atomic *v)                                                      \
	{                                                                                                              \
		return v->counter = v->counter + i;                                                                    \
	}                                                                                                              \
	static inline type prefix##_sub_return(type i, atomic *v)                                                      \
	{                                                                                                              \
		return v->counter = v->counter - i;                                                                    \
	}

DMAF_ATOMIC_OPS(arch_atomic, int, atomic_t)
DMAF_ATOMIC_OPS(arch_atomic64, s64, atomic64_t)
#undef DMAF_ATOMIC_OPS
#undef DMAF_ATOMIC_OP

#define arch_atomic_add_return	 arch_atomic_add_return
#define arch_atomic_sub_return	 arch_atomic_sub_return
#define arch_atomic_fetch_add	 arch_atomic_fetch_add
#define arch_atomic_fetch_sub	 arch_atomic_fetch_sub
#define arch_atomic_fetch_and	 arch_atomic_fetch_and
#define arch_atomic_fetch_or	 arch_atomic_fetch_or
#define arch_atomic_fetch_xor	 arch_atomic_fetch_xor
#define arch_atomic64_add_return arch_atomic64_add_return
#define arch_atomic64_sub_return arch_atomic64_sub_return
#define arch_atomic64_fetch_add	 arch_atomic64_fetch_add
#define arch_atomic64_fetch_sub	 arch_atomic64_fetch_sub
#define arch_atomic64_fetch_and	 arch_atomic64_fetch_and
#define arch_atomic64_fetch_or	 arch_atomic64_fetch_or
#define arch_atomic64_fetch_xor	 arch_atomic64_fetch_xor

#endif
