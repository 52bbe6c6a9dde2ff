// SPDX-License-Identifier: GPL-2.0-only
//
// A small object of kmalloc() is mapped, and with its page whatever else lies there.
// check: subpage-exposure
// error: [E0277]: the trait bound `Vec<u8, Kmalloc>: AsPageIter` is not satisfied
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result {
    #[cfg(not(fixed))]
    let buffer = KVec::<u8>::with_capacity(64, GFP_KERNEL)?;
    #[cfg(fixed)]
    let buffer = VVec::<u8>::with_capacity(64, GFP_KERNEL)?;
    let table = KBox::pin_init(SGTable::new(dev, buffer, DataDirection::FromDevice, GFP_KERNEL), GFP_KERNEL)?;

    drop(table);
    Ok(())
}
