// SPDX-License-Identifier: GPL-2.0-only
//
// A type that not all bytes are a value of: the device may write others.
// check: undefined-behaviour
// error: [E0599]: the associated function or constant `zeroed` exists for struct
#![no_std]
mod driver;
use driver::*;

#[cfg(not(fixed))]
type Flag = bool;
#[cfg(fixed)]
type Flag = u8;

pub fn mistake(dev: &Device<Bound>) -> Result<DmaAddress> {
    Ok(Coherent::<Flag>::zeroed(dev, GFP_KERNEL)?.dma_address())
}
