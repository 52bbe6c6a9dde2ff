// SPDX-License-Identifier: GPL-2.0-only
//! The crate that the kernel's is linked with for what user space sees. Nothing that is built uses it.
#![no_std]
