// SPDX-License-Identifier: GPL-2.0-only
//
// A list is unmapped with fewer entries than it has.
// check: unmap-size-mismatch
// error: [E0624]: method `as_raw` is private
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result {
    let table = map(dev, new_pages()?)?;

    #[cfg(not(fixed))]
    // SAFETY: none; it must not come to this.
    unsafe {
        (*table.as_raw()).orig_nents = 1;
    }
    drop(table);
    Ok(())
}
