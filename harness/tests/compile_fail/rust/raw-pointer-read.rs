// SPDX-License-Identifier: GPL-2.0-only
//
// The CPU reads memory of the device's as if nobody else wrote to it: not in safe code.
// check: double-fetch
// error: [E0133]: call to unsafe function
#![no_std]
mod driver;
use driver::*;

pub fn mistake(dev: &Device<Bound>) -> Result<u32> {
    let ring = new_ring(dev)?;

    #[cfg(not(fixed))]
    return Ok(ring.as_ref()[0].status);
    #[cfg(fixed)]
    return Ok(io_read!(ring, [try: 0].status));
}
