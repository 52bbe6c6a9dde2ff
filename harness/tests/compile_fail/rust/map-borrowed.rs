// SPDX-License-Identifier: GPL-2.0-only
//
// A list of pages that are only borrowed: the CPU would have them as well.
// check: cpu-write-device-owned
// error: [E0277]: the trait bound `&mut Vec<u8, Vmalloc>: AsPageIter` is not satisfied
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result {
    let mut pages = new_pages()?;
    #[cfg(not(fixed))]
    let lent = &mut pages;
    #[cfg(fixed)]
    let lent = pages;
    let table = KBox::pin_init(SGTable::new(dev, lent, DataDirection::FromDevice, GFP_KERNEL), GFP_KERNEL)?;

    drop(table);
    Ok(())
}
