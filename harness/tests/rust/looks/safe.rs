// SPDX-License-Identifier: GPL-2.0-only
//! What a driver can do without `unsafe`. That there is none here is what makes most of the findings findings.
#![forbid(unsafe_code)]

use kernel::{
    alloc::Flags,
    device::{Bound, Device},
    devres::Devres,
    dma::{attrs::*, Attrs, Coherent, CoherentBox, CoherentHandle, CoherentView, DataDirection},
    error::Result,
    io::{io_project, io_read, io_write, Io, IoBase},
    page::PAGE_SIZE,
    prelude::*,
    scatterlist::{Owned, SGTable},
    transmute::{AsBytes, FromBytes},
};

pub(crate) type Table = Pin<KBox<SGTable<Owned<VVec<u8>>>>>;

/// As in the example of `SGTable::new()`: capacity, of which nothing was written.
pub(crate) fn table(dev: &Device<Bound>, len: usize, dir: DataDirection, flags: Flags) -> Result<Table> {
    let pages = VVec::<u8>::with_capacity(len, GFP_KERNEL)?;

    KBox::pin_init(SGTable::new(dev, pages, dir, flags), flags)
}

/// Entries, the longest of them, the sum of their lengths, and of their addresses.
pub(crate) fn entries(table: &Table) -> [u64; 4] {
    let mut seen = [0; 4];

    for entry in table.iter() {
        seen[0] += 1;
        seen[1] = seen[1].max(entry.dma_len());
        seen[2] += entry.dma_len();
        seen[3] = entry.dma_address().wrapping_add(seen[3]);
    }
    seen
}

/// The attributes that have a name.
pub(crate) const NAMED: [Attrs; 8] = [
    DMA_ATTR_WEAK_ORDERING,
    DMA_ATTR_WRITE_COMBINE,
    DMA_ATTR_SKIP_CPU_SYNC,
    DMA_ATTR_FORCE_CONTIGUOUS,
    DMA_ATTR_ALLOC_SINGLE_PAGES,
    DMA_ATTR_NO_WARN,
    DMA_ATTR_PRIVILEGED,
    DMA_ATTR_MMIO,
];

/// Memory with all attributes but one, as `!` gives them: how many of the named ones that are, too.
pub(crate) fn all_but(dev: &Device<Bound>, one: Attrs) -> (u64, Result<Coherent<u64>>) {
    let attrs = !one;

    (
        NAMED.iter().filter(|name| attrs.contains(**name)).count() as u64,
        Coherent::zeroed_with_attrs(dev, GFP_KERNEL, attrs),
    )
}

/// The same with no more than names: everything with a name but one.
pub(crate) fn all_named_but(dev: &Device<Bound>, one: Attrs) -> Result<Coherent<u64>> {
    let all = NAMED.iter().fold(DMA_ATTR_NO_WARN, |all, name| all | *name);

    Coherent::zeroed_with_attrs(dev, GFP_KERNEL, all & !one)
}

/// Memory with the named attributes whose bits are set, of either kind.
pub(crate) fn with_attrs(dev: &Device<Bound>, bits: u64, flags: Flags) -> Result<(Coherent<[u8]>, CoherentHandle)> {
    // The operators give none, and `&` of two that differ is that.
    let none = DMA_ATTR_MMIO & DMA_ATTR_NO_WARN;
    let mut attrs = none;

    for (i, name) in NAMED.iter().enumerate() {
        if bits >> i & 1 != 0 {
            attrs = attrs | *name;
        }
    }
    Ok((
        Coherent::zeroed_slice_with_attrs(dev, 2 * PAGE + 1, flags, attrs)?,
        CoherentHandle::alloc_with_attrs(dev, 2 * PAGE + 1, flags, attrs)?,
    ))
}

pub(crate) fn bytes(dev: &Device<Bound>, len: usize) -> Result<Coherent<[u8]>> {
    Coherent::zeroed_slice(dev, len, GFP_KERNEL | __GFP_NOWARN)
}

pub(crate) fn handle(dev: &Device<Bound>, len: usize) -> Result<CoherentHandle> {
    CoherentHandle::alloc(dev, len, GFP_KERNEL | __GFP_NOWARN)
}

pub(crate) fn managed(dev: &Device<Bound>, len: usize) -> Result<Devres<Coherent<[u8]>>> {
    Devres::new(dev, bytes(dev, len)?)
}

/// Where a reference to memory of this type points, and where the device finds it.
pub(crate) fn places<T: AsBytes + FromBytes>(dev: &Device<Bound>) -> Result<(usize, u64)> {
    let memory = CoherentBox::<T>::zeroed(dev, GFP_KERNEL)?;
    let reference: &T = &memory;
    let at = core::ptr::from_ref(reference).addr();

    Ok((at, Coherent::from(memory).dma_address()))
}

/// The device's address of what is left of the memory after its last byte: nothing, as of a ring without free entries.
pub(crate) fn end(memory: &Coherent<[u8]>) -> Result<u64> {
    let all = memory.as_view();
    let rest: CoherentView<'_, [u8]> = io_project!(all, [try: memory.len()..]);

    Ok(rest.dma_address())
}

pub(crate) type Record = [u64; 8];

/// Writes a record of eight times the same word. `Send`, by the types alone: another CPU may do it.
pub(crate) fn writer<'a>(shared: &'a Coherent<[Record]>, word: u64) -> impl FnOnce() -> Result + Send + 'a {
    move || {
        io_project!(shared, [try: 0]).copy_write([word; 8]);
        Ok(())
    }
}

pub(crate) fn reader<'a>(shared: &'a Coherent<[Record]>) -> impl FnOnce() -> Result<Record> + Send + 'a {
    move || Ok(io_project!(shared, [try: 0]).copy_read())
}

/// The same word by word, with something happening half way.
pub(crate) fn read_interrupted(
    shared: &Coherent<[u64]>,
    interrupt: impl FnOnce(&Coherent<[u64]>) -> Result,
) -> Result<[u64; 2]> {
    let first: u64 = io_read!(shared, [try: 0]);

    interrupt(shared)?;
    Ok([first, io_read!(shared, [try: 1])])
}

pub(crate) fn write_both(shared: &Coherent<[u64]>, word: u64) -> Result {
    io_write!(shared, [try: 0], word);
    io_write!(shared, [try: 1], word);
    Ok(())
}

pub(crate) const PAGE: usize = PAGE_SIZE;
