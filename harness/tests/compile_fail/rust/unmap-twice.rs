// SPDX-License-Identifier: GPL-2.0-only
//
// A list is unmapped twice.
// check: unmap-not-mapped
// error: [E0382]: use of moved value: `table`
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result {
    let table = map(dev, new_pages()?)?;

    drop(table);
    #[cfg(not(fixed))]
    drop(table);
    Ok(())
}
