/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options that only Rust code is told, over those of config/generated/autoconf.h. C is compiled without: nothing of it
 * that runs here looks at them, and the layouts of both sides are compared (layouts).
 */
#define CONFIG_RUST 1
/* Plain loads and stores of a word are whole: sync/atomic asks. */
#define CONFIG_ARCH_SUPPORTS_ATOMIC_RMW 1
/* warn_on!() calls warn_slowpath_fmt(), as WARN() of C does here; without, it is assembly of the real machine. */
#define CONFIG_UML 1
