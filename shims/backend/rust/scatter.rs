// SPDX-License-Identifier: GPL-2.0-only
//! Scatterlists: `SGTable` over pages of `vmalloc()`. It builds the table, maps it and owns the pages, all at once; so what
//! a program says in three operations is done by the last of them, and undone by the first that undoes.

use crate::{
    abi::*,
    memory::{gfp, Buffer},
    state::State,
    Outcome, Status,
};
use core::mem;
use kernel::{
    alloc::allocator::VmallocPageIter,
    bindings,
    dma::DataDirection,
    page::{AsPageIter, PAGE_SIZE},
    prelude::*,
    scatterlist::{Owned, SGTable},
};

/// From this handle on a list frees its pages with itself, as the type does by default; below it they are lent.
pub(crate) const OWNING: u8 = 12;

/// A list of the program.
pub(crate) enum List {
    None,
    /// Asked for, or unmapped again.
    Planned {
        source: u8,
    },
    Mapped {
        source: u8,
        table: Pin<KBox<SGTable<Owned<Lent>>>>,
    },
    Owning {
        source: u8,
        table: Pin<KBox<SGTable<Owned<VVec<u8>>>>>,
    },
    /// Its pages are gone: there is nothing to map.
    Spent,
}

/// Pages that a driver wants back: the table owns this, and drops it last of all. `SGTable` itself hands nothing back.
pub(crate) struct Lent(VVec<u8>);

/// Where what was lent last is found again.
static mut RETURNED: VVec<u8> = VVec::new();

impl AsPageIter for Lent {
    type Iter<'a> = VmallocPageIter<'a>;

    fn page_iter(&mut self) -> Self::Iter<'_> {
        self.0.page_iter()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // SAFETY: there is one thread, and nobody holds a reference.
        unsafe { (&raw mut RETURNED).replace(mem::replace(&mut self.0, VVec::new())) };
    }
}

fn returned() -> Buffer {
    // SAFETY: as above.
    Buffer::Virtual(unsafe { (&raw mut RETURNED).replace(VVec::new()) })
}

fn direction(op: &dmaf_op) -> DataDirection {
    match u32::from(op.dir) {
        DMAF_BIDIRECTIONAL => DataDirection::Bidirectional,
        DMAF_TO_DEVICE => DataDirection::ToDevice,
        DMAF_FROM_DEVICE => DataDirection::FromDevice,
        _ => DataDirection::None,
    }
}

impl State {
    /// How many entries the table will have: pages side by side are joined, up to what can be mapped at once.
    fn entries(&mut self, source: usize) -> u64 {
        // SAFETY: the device is valid.
        let most = match unsafe { bindings::dma_max_mapping_size(self.dev) } {
            0 => usize::MAX,
            most => most & !(PAGE_SIZE - 1),
        };
        let Buffer::Virtual(pages) = &mut self.buffers[source] else {
            return 0;
        };
        let (mut entries, mut next, mut joined) = (0, core::ptr::null_mut(), 0);

        for page in pages.page_iter() {
            if page.as_ptr() != next || joined + PAGE_SIZE > most {
                entries += 1;
                joined = 0;
            }
            joined += PAGE_SIZE;
            next = page.as_ptr().wrapping_add(1);
        }
        entries
    }

    pub(crate) fn sg_alloc(&mut self, op: &dmaf_op, r: &mut dmaf_result) -> Outcome {
        let len = match &self.buffers[op.src as usize] {
            Buffer::None => return Err(Status(DEAD)),
            Buffer::Virtual(v) => v.capacity(),
            // Pages of vmalloc() only, and nobody else's.
            _ => return Err(Status(REFUSED)),
        };

        // All of the pages, as one range.
        if u32::from(op.kind) != DMAF_SG_FROM_PAGES || op.off != 0 || op.val as usize * op.len as usize != len {
            return Err(Status(NOT_OFFERED));
        }
        r.value = self.entries(op.src.into());
        self.lists[op.h as usize] = List::Planned { source: op.src };
        Ok(())
    }

    pub(crate) fn sg_map(&mut self, op: &dmaf_op, r: &mut dmaf_result) -> Outcome {
        let source = match self.lists[op.h as usize] {
            List::None => return Err(Status(DEAD)),
            List::Planned { source } => source,
            _ => return Err(Status(REFUSED)),
        };
        if u32::from(op.kind) != DMAF_SG_MAP_SGTABLE || op.attrs != 0 {
            return Err(Status(NOT_OFFERED));
        }
        let dev = self.device().ok_or(Status(REFUSED))?;
        let buffer = &mut self.buffers[source as usize];
        let pages = match mem::replace(buffer, Buffer::Lent) {
            Buffer::Virtual(pages) => pages,
            other => {
                *buffer = other;
                return Err(Status(REFUSED));
            }
        };
        let flags = gfp(op);

        if op.h >= OWNING {
            // Gone with the attempt, should that fail.
            *buffer = Buffer::Consumed;
            self.lists[op.h as usize] = List::Spent;
            let table = KBox::pin_init(SGTable::new(dev, pages, direction(op), flags), flags)?;
            for entry in table.iter() {
                r.segment(entry.dma_address(), entry.dma_len());
            }
            self.lists[op.h as usize] = List::Owning { source, table };
        } else {
            match KBox::pin_init(SGTable::new(dev, Lent(pages), direction(op), flags), flags) {
                Ok(table) => {
                    for entry in table.iter() {
                        r.segment(entry.dma_address(), entry.dma_len());
                    }
                    self.lists[op.h as usize] = List::Mapped { source, table };
                }
                Err(error) => {
                    *buffer = returned();
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }

    /// Unmaps, and frees the table.
    fn sg_drop(&mut self, h: u8) -> Outcome {
        let list = &mut self.lists[h as usize];

        match mem::replace(list, List::None) {
            List::Mapped { source, table } => {
                drop(table);
                *list = List::Planned { source };
                self.buffers[source as usize] = returned();
            }
            List::Owning { source, table } => {
                drop(table);
                *list = List::Spent;
                self.buffers[source as usize] = Buffer::Consumed;
            }
            other => *list = other,
        }
        Ok(())
    }

    pub(crate) fn sg_unmap(&mut self, op: &dmaf_op) -> Outcome {
        match self.lists[op.h as usize] {
            List::None => Err(Status(DEAD)),
            // Mapped is what there is a value of.
            List::Planned { .. } | List::Spent => Err(Status(REFUSED)),
            _ if op.attrs != 0 => Err(Status(NOT_OFFERED)),
            _ => self.sg_drop(op.h),
        }
    }

    pub(crate) fn sg_free(&mut self, op: &dmaf_op) -> Outcome {
        if matches!(self.lists[op.h as usize], List::None) {
            return Err(Status(DEAD));
        }
        // Still mapped: dropping it does that too.
        self.sg_drop(op.h)?;
        self.lists[op.h as usize] = List::None;
        Ok(())
    }
}
