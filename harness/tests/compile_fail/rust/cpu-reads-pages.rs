// SPDX-License-Identifier: GPL-2.0-only
//
// The CPU reads pages that a list has: they were moved into it.
// check: cpu-read-device-owned
// error: [E0382]: borrow of moved value: `pages`
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result<u8> {
    let pages = new_pages()?;
    #[cfg(fixed)]
    let first = pages[0];
    let table = map(dev, pages)?;
    #[cfg(not(fixed))]
    let first = pages[0];

    drop(table);
    Ok(first)
}
