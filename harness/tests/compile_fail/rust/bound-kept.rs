// SPDX-License-Identifier: GPL-2.0-only
//
// The driver keeps the device as a bound one, for longer than it is bound.
// check: mapping-leak
// error: [E0521]: borrowed data escapes outside of function
#![no_std]
mod driver;
use driver::*;

fn later(_: impl Fn() -> Result<Table> + 'static) {}

pub fn mistake(dev: &Device<Bound>) {
    #[cfg(not(fixed))]
    later(move || map(dev, new_pages()?));
    #[cfg(fixed)]
    drop(new_pages().and_then(|pages| map(dev, pages)));
}
