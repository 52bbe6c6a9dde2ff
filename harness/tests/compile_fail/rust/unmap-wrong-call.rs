// SPDX-License-Identifier: GPL-2.0-only
//
// What was mapped as a list is unmapped as one range, by the function of C: a driver does not get at its argument.
// check: unmap-type-mismatch
// error: [E0624]: method `as_raw` is private
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result {
    let table = map(dev, new_pages()?)?;
    let entry = table.iter().next().ok_or(EINVAL)?;
    let (at, len) = (entry.dma_address(), entry.dma_len());

    #[cfg(not(fixed))]
    // SAFETY: none; it must not come to this.
    unsafe {
        kernel::bindings::dma_unmap_page_attrs(dev.as_raw(), at, len as usize, DataDirection::FromDevice.into(), 0);
    }
    #[cfg(fixed)]
    drop(table);
    Ok(())
}
