// SPDX-License-Identifier: GPL-2.0-only
//
// The memory is freed and read.
// check: device-access-after-unmap
// error: [E0382]: borrow of moved value: `ring`
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result<u32> {
    let ring = new_ring(dev)?;

    #[cfg(not(fixed))]
    drop(ring);
    Ok(io_read!(ring, [try: 0].status))
}
