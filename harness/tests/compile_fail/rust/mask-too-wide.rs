// SPDX-License-Identifier: GPL-2.0-only
//
// A mask of 65 bits.
// check: mask-exceeded
// error: [E0080]: evaluation panicked
#![no_std]
mod driver;
use driver::*;

#[cfg(not(fixed))]
pub const MASK: DmaMask = DmaMask::new::<65>();
#[cfg(fixed)]
pub const MASK: DmaMask = DmaMask::new::<64>();

pub fn mistake() -> u64 {
    MASK.value()
}
