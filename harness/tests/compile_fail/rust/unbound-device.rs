// SPDX-License-Identifier: GPL-2.0-only
//
// Memory for a device that may have no driver: nobody would see to its end.
// check: coherent-leak
// error: [E0308]: mismatched types
#![no_std]
mod driver;
use driver::*;

#[cfg(not(fixed))]
type Ours = Device;
#[cfg(fixed)]
type Ours = Device<Bound>;

pub fn mistake(dev: &Ours) -> Result<DmaAddress> {
    let ring: Coherent<[Descriptor]> = Coherent::zeroed_slice(dev, 64, GFP_KERNEL)?;

    Ok(ring.dma_address())
}
