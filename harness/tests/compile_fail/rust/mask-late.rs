// SPDX-License-Identifier: GPL-2.0-only
//
// The mask is changed by who is not probing: there may be mappings that it leaves out.
// check: mask-exceeded
// error: dma::Device<'_>` is not satisfied
#![no_std]
mod driver;
use driver::*;

fn set<'a>(dev: &impl kernel::dma::Device<'a>) -> Result {
    // SAFETY: nothing is mapped yet.
    unsafe { dev.dma_set_mask_and_coherent(DmaMask::new::<32>()) }
}

#[cfg(not(fixed))]
pub fn mistake(dev: &Device<Bound>) -> Result {
    set(dev)
}

#[cfg(fixed)]
pub fn mistake<'a>(dev: &'a Device<Core<'a>>) -> Result {
    set(&BusDevice(dev))
}
