// SPDX-License-Identifier: GPL-2.0-only
//
// The CPU writes to pages that a list has.
// check: cpu-write-device-owned
// error: [E0382]: borrow of moved value: `pages`
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result {
    let mut pages = new_pages()?;
    #[cfg(fixed)]
    {
        pages[0] = 1;
    }
    let table = map(dev, pages)?;
    #[cfg(not(fixed))]
    {
        pages[0] = 1;
    }

    drop(table);
    Ok(())
}
