// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the objects of Rust's core library want of a program: nothing unwinds, and a panic is the kernel's
 * (rust/kernel/lib.rs).
 */
#include "host.h"

void rust_eh_personality(void);

void rust_eh_personality(void)
{
	host_panic("Rust code unwinds");
}
