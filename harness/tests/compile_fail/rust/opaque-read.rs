// SPDX-License-Identifier: GPL-2.0-only
//
// The CPU follows the handle of memory that has no mapping for it.
// check: kernel-bug
// error: [E0599]: no method named `as_view` found for struct
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result<u8> {
    #[cfg(not(fixed))]
    let memory = CoherentHandle::alloc(dev, 64, GFP_KERNEL)?;
    #[cfg(fixed)]
    let memory = Coherent::<u8>::zeroed_slice(dev, 64, GFP_KERNEL)?;

    Ok(io_read!(memory, [try: 0]))
}
