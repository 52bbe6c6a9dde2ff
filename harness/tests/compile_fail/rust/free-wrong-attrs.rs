// SPDX-License-Identifier: GPL-2.0-only
//
// Memory is freed with other attributes than it was made with.
// check: free-coherent-mismatch
// error: [E0616]: field `dma_attrs` of struct `Coherent` is private
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result {
    let mut ring = new_ring(dev)?;
    #[cfg(not(fixed))]
    {
        ring.dma_attrs = attrs::DMA_ATTR_WRITE_COMBINE;
    }

    drop(ring);
    Ok(())
}
