// SPDX-License-Identifier: GPL-2.0-only
//
// Memory is freed with another size: the size is the pointer's, which is nobody else's.
// check: free-coherent-mismatch
// error: [E0616]: field `cpu_addr` of struct `Coherent` is private
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result {
    let mut ring = new_ring(dev)?;
    let half = core::ptr::slice_from_raw_parts_mut(ring.as_mut_ptr().cast::<Descriptor>(), 32);
    let half = core::ptr::NonNull::new(half).ok_or(EINVAL)?;
    #[cfg(not(fixed))]
    {
        ring.cpu_addr = half;
    }

    drop(ring);
    Ok(())
}
