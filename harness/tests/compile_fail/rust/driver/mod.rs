// SPDX-License-Identifier: GPL-2.0-only
//! What the mistakes beside this have in common: a driver's memory, and lists of it.
pub(crate) use kernel::{
    alloc::KBox,
    device::{Bound, Core, Device},
    devres::Devres,
    dma::{attrs, Coherent, CoherentBox, CoherentHandle, DataDirection, DmaAddress, DmaMask},
    io::{io_project, io_read, io_write},
    prelude::*,
    scatterlist::{Owned, SGTable},
    transmute::{AsBytes, FromBytes},
};

#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Descriptor {
    pub(crate) address: u64,
    pub(crate) len: u32,
    pub(crate) status: u32,
}

// SAFETY: no padding, no interior mutability.
unsafe impl AsBytes for Descriptor {}
// SAFETY: any bytes are one.
unsafe impl FromBytes for Descriptor {}

pub(crate) fn new_ring(dev: &Device<Bound>) -> Result<Coherent<[Descriptor]>> {
    Coherent::zeroed_slice(dev, 64, GFP_KERNEL)
}

/// Four pages.
pub(crate) fn new_pages() -> Result<VVec<u8>> {
    let mut pages = VVec::with_capacity(16384, GFP_KERNEL)?;
    pages.resize(16384, 0, GFP_KERNEL)?;
    Ok(pages)
}

pub(crate) type Table = Pin<KBox<SGTable<Owned<VVec<u8>>>>>;

pub(crate) fn map(dev: &Device<Bound>, pages: VVec<u8>) -> Result<Table> {
    KBox::pin_init(SGTable::new(dev, pages, DataDirection::FromDevice, GFP_KERNEL), GFP_KERNEL)
}

/// A device of a bus while its driver probes.
pub(crate) struct BusDevice<'a>(pub(crate) &'a Device<Core<'a>>);

impl<'a> AsRef<Device<Core<'a>>> for BusDevice<'a> {
    fn as_ref(&self) -> &Device<Core<'a>> {
        self.0
    }
}

impl<'a> kernel::dma::Device<'a> for BusDevice<'a> {}

/// Tells the device something, as a register would be written.
pub(crate) fn tell(_: DmaAddress) {}
