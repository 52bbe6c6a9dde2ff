// SPDX-License-Identifier: GPL-2.0-only
//
// The same pages are in two lists.
// check: cacheline-shared
// error: [E0382]: use of moved value: `pages`
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result {
    let pages = new_pages()?;
    let one = map(dev, pages)?;
    #[cfg(not(fixed))]
    let other = map(dev, pages)?;
    #[cfg(fixed)]
    let other = map(dev, new_pages()?)?;

    drop((one, other));
    Ok(())
}
