// SPDX-License-Identifier: GPL-2.0-only
//
// Pages are freed that a list has.
// check: map-bad-memory
// error: [E0382]: use of moved value: `pages`
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result {
    let pages = new_pages()?;
    let table = map(dev, pages)?;

    #[cfg(not(fixed))]
    drop(pages);
    drop(table);
    Ok(())
}
