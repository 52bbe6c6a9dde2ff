// SPDX-License-Identifier: GPL-2.0-only
//
// A variable on the stack is mapped.
// check: map-bad-memory
// error: [E0277]: the trait bound `[u8; 64]: AsPageIter` is not satisfied
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result {
    #[cfg(not(fixed))]
    let buffer = [0u8; 64];
    #[cfg(fixed)]
    let buffer = new_pages()?;
    let table = KBox::pin_init(SGTable::new(dev, buffer, DataDirection::FromDevice, GFP_KERNEL), GFP_KERNEL)?;

    drop(table);
    Ok(())
}
