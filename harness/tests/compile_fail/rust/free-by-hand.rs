// SPDX-License-Identifier: GPL-2.0-only
//
// The destructor is called by name, and once more when the object goes.
// check: free-coherent-mismatch
// error: [E0040]: explicit use of destructor method
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result {
    let mut ring = new_ring(dev)?;

    #[cfg(not(fixed))]
    ring.drop();
    #[cfg(fixed)]
    drop(ring);
    Ok(())
}
