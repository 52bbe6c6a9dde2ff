// SPDX-License-Identifier: GPL-2.0-only
//
// A view is given to a caller who no longer has the memory.
// check: device-access-after-unmap
// error: [E0515]: cannot return value referencing
#![no_std]
mod driver;
use driver::*;

#[cfg(fixed)]
pub fn mistake(dev: &Device<Bound>) -> Result<DmaAddress> {
    let ring = new_ring(dev)?;
    let first = io_project!(ring, [try: 0]);

    Ok(first.dma_address())
}

#[cfg(not(fixed))]
pub fn mistake<'a>(dev: &'a Device<Bound>) -> Result<kernel::dma::CoherentView<'a, Descriptor>> {
    let ring = new_ring(dev)?;
    let first = io_project!(ring, [try: 0]);

    Ok(first)
}
