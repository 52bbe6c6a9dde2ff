// SPDX-License-Identifier: GPL-2.0-only
//
// The device is told of memory that the CPU has to itself, and reads without care for who writes.
// check: double-fetch
// error: [E0599]: no method named `dma_address` found for struct
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result {
    let ours = CoherentBox::<[Descriptor]>::zeroed_slice(dev, 64, GFP_KERNEL)?;
    #[cfg(fixed)]
    let ours: Coherent<[Descriptor]> = ours.into();

    tell(ours.dma_address());
    Ok(())
}
