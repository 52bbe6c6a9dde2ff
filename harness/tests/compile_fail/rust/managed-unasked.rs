// SPDX-License-Identifier: GPL-2.0-only
//
// Memory that goes with the driver is used without asking whether it is still there.
// check: device-access-after-unmap
// error: [E0599]: no method named `dma_address` found for struct
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result {
    let ring: Devres<Coherent<[Descriptor]>> = Devres::new(dev, new_ring(dev))?;

    #[cfg(not(fixed))]
    tell(ring.dma_address());
    #[cfg(fixed)]
    tell(ring.try_access().ok_or(ENXIO)?.dma_address());
    Ok(())
}
