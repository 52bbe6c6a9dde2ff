// SPDX-License-Identifier: GPL-2.0-only
//
// The memory is freed, and a part of it is told to the device after that.
// check: device-access-after-unmap
// error: [E0505]: cannot move out of `ring` because it is borrowed
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result {
    let ring = new_ring(dev)?;
    let first = io_project!(ring, [try: 0]);

    #[cfg(fixed)]
    tell(first.dma_address());
    drop(ring);
    #[cfg(not(fixed))]
    tell(first.dma_address());
    Ok(())
}
