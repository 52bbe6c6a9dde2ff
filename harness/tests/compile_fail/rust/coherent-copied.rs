// SPDX-License-Identifier: GPL-2.0-only
//
// Two owners of the same memory: each would free it.
// check: free-coherent-mismatch
// error: [E0599]: no method named `clone` found for struct `Coherent<T>`
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result {
    let ring = new_ring(dev)?;
    #[cfg(fixed)]
    let other = &ring;
    #[cfg(not(fixed))]
    let other = ring.clone();

    tell(other.dma_address());
    Ok(())
}
