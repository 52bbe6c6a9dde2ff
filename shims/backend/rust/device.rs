// SPDX-License-Identifier: GPL-2.0-only
//! What a driver tells the DMA core about its device, and the device's binding.

use crate::{abi::*, state::State, Outcome};
use kernel::{
    device::{Core, Device},
    dma::{self, Device as _, DmaMask},
    error::code::EIO,
};

/// A device of our bus while its driver probes: what the masks are set through.
struct BusDevice<'a>(&'a Device<Core<'a>>);

impl<'a> AsRef<Device<Core<'a>>> for BusDevice<'a> {
    fn as_ref(&self) -> &Device<Core<'a>> {
        self.0
    }
}

impl<'a> dma::Device<'a> for BusDevice<'a> {}

/// Masks that are common are constants, as drivers have them.
fn mask(bits: u16) -> kernel::error::Result<DmaMask> {
    Ok(match bits {
        24 => DmaMask::new::<24>(),
        32 => DmaMask::new::<32>(),
        // No bits are a mask, one more is none.
        64.. if DmaMask::try_new(0)?.value() != 0 || DmaMask::try_new(65).is_ok() => return Err(EIO),
        64.. => DmaMask::new::<64>(),
        bits => DmaMask::try_new(bits.into())?,
    })
}

impl State {
    fn bus_device(&self) -> BusDevice<'_> {
        // SAFETY: the device outlives the program; it is bound, or nobody minds that it was.
        BusDevice(unsafe { Device::from_raw(self.dev) })
    }

    pub(crate) fn set_mask(&mut self, op: &dmaf_op) -> Outcome {
        let dev = self.bus_device();
        let mask = mask(op.val)?;

        // SAFETY: there is one thread, and no call of the DMA API under way.
        unsafe {
            match u32::from(op.kind) {
                DMAF_MASK_STREAMING => dev.dma_set_mask(mask)?,
                DMAF_MASK_COHERENT => dev.dma_set_coherent_mask(mask)?,
                _ => dev.dma_set_mask_and_coherent(mask)?,
            }
        }
        Ok(())
    }

    pub(crate) fn set_max_seg(&mut self, op: &dmaf_op) -> Outcome {
        // SAFETY: as above.
        unsafe { self.bus_device().dma_set_max_seg_size(op.len) };
        Ok(())
    }

    /// The driver core's: what is left to the device's own list of resources goes with its driver.
    pub(crate) fn binding(&mut self, op: &dmaf_op, r: &mut dmaf_result) -> Outcome {
        self.in_c(op, r)?;
        if r.status == 0 {
            self.bound = u32::from(op.code) == DMAF_OP_BIND;
            if !self.bound {
                self.managed_gone();
            }
        }
        Ok(())
    }
}
