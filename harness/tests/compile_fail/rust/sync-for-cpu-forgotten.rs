// SPDX-License-Identifier: GPL-2.0-only
//
// The CPU keeps a reference to what the device writes, and looks at it while the list is mapped: no sync, no unmapping.
// check: missing-sync-for-cpu
// error: [E0505]: cannot move out of `pages` because it is borrowed
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result<u8> {
    let pages = new_pages()?;
    let first = &pages[0];
    #[cfg(fixed)]
    let seen = *first;
    let table = map(dev, pages)?;
    #[cfg(not(fixed))]
    let seen = *first;

    drop(table);
    Ok(seen)
}
