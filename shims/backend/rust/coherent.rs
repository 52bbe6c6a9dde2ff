// SPDX-License-Identifier: GPL-2.0-only
//! Coherent memory: each constructor of `rust/kernel/dma.rs`, chosen from what the operation says, and its release.

use crate::{abi::*, memory::gfp, state::State, Outcome, Status};
use core::mem;
use kernel::{
    alloc::Flags,
    device::{Bound, Device},
    devres::Devres,
    dma::{attrs::*, Attrs, Coherent, CoherentBox, CoherentHandle},
    error::Result,
    prelude::*,
    transmute::{AsBytes, FromBytes},
};

/// What drivers keep in coherent memory: a ring of descriptors.
#[derive(Clone, Copy, Zeroable, zerocopy_derive::FromBytes, zerocopy_derive::IntoBytes)]
#[repr(C)]
pub(crate) struct Descriptor {
    pub(crate) address: u64,
    pub(crate) len: u32,
    pub(crate) flags: u16,
    pub(crate) tag: u16,
}

// SAFETY: no padding, no interior mutability.
unsafe impl AsBytes for Descriptor {}
// SAFETY: any bytes are one.
unsafe impl FromBytes for Descriptor {}

/// And a block of state that the device writes: as large as a cache line of most machines.
#[derive(Clone, Copy, Zeroable, zerocopy_derive::FromBytes, zerocopy_derive::IntoBytes)]
#[repr(C)]
pub(crate) struct Status64 {
    pub(crate) head: u32,
    pub(crate) tail: u32,
    pub(crate) last: Descriptor,
    pub(crate) reserved: [u8; 40],
}

// SAFETY: no padding, no interior mutability.
unsafe impl AsBytes for Status64 {}
// SAFETY: any bytes are one.
unsafe impl FromBytes for Status64 {}

/// Bytes of the page that is one object.
pub(crate) const PAGE: usize = 4096;

/// An object of class COH. The element type is the driver's choice, and so is who frees it.
pub(crate) enum Memory {
    None,
    Bytes(Coherent<[u8]>),
    Words(Coherent<[u64]>),
    Ring(Coherent<[Descriptor]>),
    Word(Coherent<u64>),
    Block(Coherent<Status64>),
    Page(Coherent<[u8; PAGE]>),
    /// No mapping for the CPU.
    Handle(CoherentHandle),
    /// Freed when the driver goes, if not before.
    Managed(Devres<Coherent<[u8]>>),
    ManagedHandle(Devres<CoherentHandle>),
}

/// Content for constructors that copy: what the memory holds in C as well.
static ZEROES: [u8; PAGE] = [0; PAGE];

/// `None`: none given, and the constructors that take none are called.
fn attrs(op: &dmaf_op) -> Option<Attrs> {
    const NAMES: [(u32, Attrs); 7] = [
        (DMAF_A_WEAK_ORDERING, DMA_ATTR_WEAK_ORDERING),
        (DMAF_A_WRITE_COMBINE, DMA_ATTR_WRITE_COMBINE),
        (DMAF_A_SKIP_CPU_SYNC, DMA_ATTR_SKIP_CPU_SYNC),
        (DMAF_A_FORCE_CONTIGUOUS, DMA_ATTR_FORCE_CONTIGUOUS),
        (DMAF_A_ALLOC_SINGLE_PAGES, DMA_ATTR_ALLOC_SINGLE_PAGES),
        (DMAF_A_NO_WARN, DMA_ATTR_NO_WARN),
        (DMAF_A_PRIVILEGED, DMA_ATTR_PRIVILEGED),
    ];
    // dma_alloc_wc() of C is dma_alloc_attrs() with these, as no failure is to be reported.
    let mut all = (u32::from(op.kind) == DMAF_COH_WC).then(|| DMA_ATTR_WRITE_COMBINE | DMA_ATTR_NO_WARN);

    for (bit, attr) in NAMES {
        if u32::from(op.attrs) & bit != 0 && !all.is_some_and(|all| all.contains(attr)) {
            all = Some(all.map_or(attr, |all| all | attr));
        }
    }
    // Memory is never registers.
    all.map(|all| all & !DMA_ATTR_MMIO)
}

/// Bytes, by each of the constructors in turn.
fn bytes(dev: &Device<Bound>, len: usize, way: u8, flags: Flags, attrs: Option<Attrs>) -> Result<Coherent<[u8]>> {
    let zeroes = ZEROES.get(..len);

    match (way % 4, zeroes, attrs) {
        (1, Some(zeroes), None) => Coherent::from_slice(dev, zeroes, flags),
        (1, Some(zeroes), Some(attrs)) => Coherent::from_slice_with_attrs(dev, zeroes, flags, attrs),
        (2, Some(zeroes), None) => Ok(CoherentBox::from_slice(dev, zeroes, flags)?.into()),
        (2, Some(zeroes), Some(attrs)) => Ok(CoherentBox::from_slice_with_attrs(dev, zeroes, flags, attrs)?.into()),
        (3, _, None) => {
            let mut memory = CoherentBox::<[u8]>::zeroed_slice(dev, len, flags)?;
            // The CPU's alone until it is made `Coherent`: an ordinary slice.
            memory.fill(0);
            // And there is none of no bytes.
            if memory[len - 1] != 0 || CoherentBox::<[u8]>::zeroed_slice(dev, 0, flags).err() != Some(EINVAL) {
                return Err(EIO);
            }
            Ok(memory.into())
        }
        (_, _, None) => Coherent::zeroed_slice(dev, len, flags),
        (_, _, Some(attrs)) => Coherent::zeroed_slice_with_attrs(dev, len, flags, attrs),
    }
}

/// A ring whose entries are made in place, the first and the last one by one.
fn ring(dev: &Device<Bound>, count: usize, flags: Flags, attrs: Option<Attrs>) -> Result<Coherent<[Descriptor]>> {
    let mut ring = match attrs {
        None => CoherentBox::<[Descriptor]>::zeroed_slice(dev, count, flags)?,
        Some(attrs) => CoherentBox::<[Descriptor]>::zeroed_slice_with_attrs(dev, count, flags, attrs)?,
    };
    let empty = || init!(Descriptor { address: 0, len: 0, flags: 0, tag: 0 });

    ring.init_at(0, empty())?;
    ring.init_at(count - 1, empty())?;
    // One more is refused.
    if ring.init_at(count, empty()) != Err(EINVAL) {
        return Err(EIO);
    }
    Ok(ring.into())
}

/// One object of a type, by each of the constructors in turn.
fn object<T: AsBytes + FromBytes + pin_init::Zeroable>(
    dev: &Device<Bound>,
    way: u8,
    flags: Flags,
    attrs: Option<Attrs>,
) -> Result<Coherent<T>> {
    match (way % 3, attrs) {
        (0, None) => Coherent::zeroed(dev, flags),
        (0, Some(attrs)) => Coherent::zeroed_with_attrs(dev, flags, attrs),
        (1, None) => Coherent::init(dev, flags, pin_init::init_zeroed::<T>()),
        (1, Some(attrs)) => Coherent::init_with_attrs(dev, flags, attrs, pin_init::init_zeroed::<T>()),
        (_, None) => Ok(CoherentBox::<T>::zeroed(dev, flags)?.into()),
        (_, Some(attrs)) => Ok(CoherentBox::<T>::zeroed_with_attrs(dev, flags, attrs)?.into()),
    }
}

/// What is made of `len` bytes depends on the length, and on the handle, which has no other meaning.
fn make(dev: &Device<Bound>, op: &dmaf_op) -> Result<Memory> {
    let (len, way, flags, attrs) = (op.len as usize, op.h, gfp(op), attrs(op));

    let managed = u32::from(op.kind) == DMAF_COH_MANAGED;

    if u32::from(op.attrs) & DMAF_A_NO_KERNEL_MAPPING != 0 {
        let handle = match attrs {
            None if CoherentHandle::alloc(dev, 0, flags).err() != Some(EINVAL) => return Err(EIO),
            None => CoherentHandle::alloc(dev, len, flags)?,
            Some(attrs) => CoherentHandle::alloc_with_attrs(dev, len, flags, attrs)?,
        };
        return Ok(if managed { Memory::ManagedHandle(Devres::new(dev, handle)?) } else { Memory::Handle(handle) });
    }
    if managed {
        return Ok(Memory::Managed(Devres::new(dev, bytes(dev, len, way, flags, attrs)?)?));
    }
    Ok(match len {
        8 => Memory::Word(object(dev, way, flags, attrs)?),
        64 => Memory::Block(object(dev, way, flags, attrs)?),
        PAGE => Memory::Page(object(dev, way, flags, attrs)?),
        // Odd handles leave them bytes.
        _ if len > 0 && len % 16 == 0 && way % 4 == 0 => Memory::Ring(ring(dev, len / 16, flags, attrs)?),
        _ if len > 0 && len % 8 == 0 && way % 4 == 2 => Memory::Words(match attrs {
            None => Coherent::zeroed_slice(dev, len / 8, flags)?,
            Some(attrs) => Coherent::zeroed_slice_with_attrs(dev, len / 8, flags, attrs)?,
        }),
        _ => Memory::Bytes(bytes(dev, len, way / 4, flags, attrs)?),
    })
}

impl Memory {
    /// Address for the CPU, address for the device, size in bytes; `None` if there is nothing.
    fn place(&self, dev: Option<&Device<Bound>>) -> Option<(*mut c_void, u64, usize)> {
        Some(match self {
            Memory::None => return None,
            Memory::Bytes(m) => (m.as_mut_ptr().cast(), m.dma_address(), m.len()),
            Memory::Words(m) => (m.as_mut_ptr().cast(), m.dma_address(), m.len() * 8),
            Memory::Ring(m) => (m.as_mut_ptr().cast(), m.dma_address(), m.size()),
            Memory::Word(m) => (m.as_mut_ptr().cast(), m.dma_address(), m.size()),
            Memory::Block(m) => (m.as_mut_ptr().cast(), m.dma_address(), m.size()),
            Memory::Page(m) => (m.as_mut_ptr().cast(), m.dma_address(), m.size()),
            Memory::Handle(m) => (core::ptr::null_mut(), m.dma_address(), m.size()),
            Memory::ManagedHandle(m) => {
                let m = m.access(dev?).ok()?;
                (core::ptr::null_mut(), m.dma_address(), m.size())
            }
            Memory::Managed(m) => {
                let m = m.access(dev?).ok()?;
                (m.as_mut_ptr().cast(), m.dma_address(), m.size())
            }
        })
    }
}

impl State {
    pub(crate) fn coherent_alloc(&mut self, op: &dmaf_op, r: &mut dmaf_result) -> Outcome {
        if u32::from(op.kind) >= DMAF_COH_PAGES {
            return Err(Status(NOT_OFFERED));
        }
        // Without a driver there is no `Device<Bound>` to ask with.
        let dev = self.device().ok_or(Status(REFUSED))?;
        let memory = make(dev, op)?;
        let (cpu, dma, size) = memory.place(Some(dev)).ok_or(Status(DEAD))?;

        r.cpu = cpu;
        r.segment(dma, size as u64);
        // A handle in use is overwritten in C as well, where it leaks.
        mem::forget(mem::replace(&mut self.coherent[op.h as usize], memory));
        Ok(())
    }

    pub(crate) fn coherent_free(&mut self, op: &dmaf_op) -> Outcome {
        match mem::replace(&mut self.coherent[op.h as usize], Memory::None) {
            Memory::None => Err(Status(DEAD)),
            memory => {
                drop(memory);
                Ok(())
            }
        }
    }

    /// The driver is gone, and with it the memory; what held it is empty.
    pub(crate) fn managed_gone(&mut self) {
        for slot in &mut self.coherent {
            if matches!(slot, Memory::Managed(_) | Memory::ManagedHandle(_)) {
                *slot = Memory::None;
            }
        }
    }
}
