// SPDX-License-Identifier: GPL-2.0-only
//
// A list is mapped for a device that may have no driver.
// check: mapping-leak
// error: [E0308]: mismatched types
#![no_std]
mod driver;
use driver::*;

#[cfg(not(fixed))]
type Ours = Device;
#[cfg(fixed)]
type Ours = Device<Bound>;

pub fn mistake(dev: &Ours) -> Result {
    let pages = new_pages()?;
    let table = KBox::pin_init(SGTable::new(dev, pages, DataDirection::FromDevice, GFP_KERNEL), GFP_KERNEL)?;

    drop(table);
    Ok(())
}
