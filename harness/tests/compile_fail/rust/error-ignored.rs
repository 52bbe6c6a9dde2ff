// SPDX-License-Identifier: GPL-2.0-only
//
// The device is told of memory that may not have come to be.
// check: mapping-error-unchecked
// error: [E0599]: no method named `dma_address` found for enum
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result {
    #[cfg(not(fixed))]
    let ring = new_ring(dev);
    #[cfg(fixed)]
    let ring = new_ring(dev)?;

    tell(ring.dma_address());
    Ok(())
}
