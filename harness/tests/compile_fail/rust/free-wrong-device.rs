// SPDX-License-Identifier: GPL-2.0-only
//
// Memory is freed for another device.
// check: unmap-device-mismatch
// error: [E0616]: field `dev` of struct `Coherent` is private
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>, other: &Device<Bound>) -> Result {
    let mut ring = new_ring(dev)?;
    #[cfg(not(fixed))]
    {
        ring.dev = other.into();
    }

    drop(ring);
    Ok(())
}
