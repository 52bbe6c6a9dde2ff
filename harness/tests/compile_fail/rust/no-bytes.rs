// SPDX-License-Identifier: GPL-2.0-only
//
// Memory of no bytes.
// check: kernel-bug
// error: [E0080]: evaluation panicked: It doesn't make sense for the allocated type to be a ZST
#![no_std]
mod driver;
use driver::*;

#[derive(Clone, Copy)]
#[repr(C)]
struct Block {
    #[cfg(fixed)]
    word: u32,
}

// SAFETY: no padding, no interior mutability.
unsafe impl AsBytes for Block {}
// SAFETY: any bytes are one.
unsafe impl FromBytes for Block {}

pub fn mistake(dev: &Device<Bound>) -> Result<DmaAddress> {
    Ok(Coherent::<Block>::zeroed(dev, GFP_KERNEL)?.dma_address())
}
