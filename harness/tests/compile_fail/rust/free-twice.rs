// SPDX-License-Identifier: GPL-2.0-only
//
// Coherent memory is freed twice.
// check: free-coherent-mismatch
// error: [E0382]: use of moved value: `ring`
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result {
    let ring = new_ring(dev)?;

    drop(ring);
    #[cfg(not(fixed))]
    drop(ring);
    Ok(())
}
