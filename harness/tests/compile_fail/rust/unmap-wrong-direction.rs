// SPDX-License-Identifier: GPL-2.0-only
//
// A list is unmapped in another direction than it was mapped in.
// check: unmap-direction-mismatch
// error: [E0616]: field `inner` of struct `SGTable` is private
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result {
    let table = map(dev, new_pages()?)?;

    #[cfg(not(fixed))]
    drop(&table.inner);
    drop(table);
    Ok(())
}
