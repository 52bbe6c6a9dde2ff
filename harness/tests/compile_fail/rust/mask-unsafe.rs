// SPDX-License-Identifier: GPL-2.0-only
//
// The mask is changed without a word that nothing is mapped.
// check: mask-exceeded
// error: [E0133]: call to unsafe function
#![no_std]
mod driver;
use driver::*;

use kernel::dma::Device as _;

pub fn mistake(dev: BusDevice<'_>) -> Result {
    #[cfg(not(fixed))]
    return dev.dma_set_mask(DmaMask::new::<32>());
    #[cfg(fixed)]
    // SAFETY: nothing is mapped yet.
    return unsafe { dev.dma_set_mask(DmaMask::new::<32>()) };
}
