// SPDX-License-Identifier: GPL-2.0-only
//
// An entry of a list is used after the list was unmapped.
// check: device-access-after-unmap
// error: [E0505]: cannot move out of `table` because it is borrowed
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result {
    let table = map(dev, new_pages()?)?;
    let first = table.iter().next().ok_or(EINVAL)?;

    #[cfg(fixed)]
    tell(first.dma_address());
    drop(table);
    #[cfg(not(fixed))]
    tell(first.dma_address());
    Ok(())
}
