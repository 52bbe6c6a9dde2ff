// SPDX-License-Identifier: GPL-2.0-only
//! What this back end offers of a program, known before it runs: the rules of where the operations are done, on what is
//! known of the objects if every operation succeeds.

use crate::{abi::*, scatter::OWNING};

/// What is known of the object behind a handle.
#[derive(Clone, Copy, PartialEq)]
enum Known {
    Nothing,
    /// Nothing special.
    Plain,
    /// Pages of `vmalloc()`.
    Virtual,
    /// With a list, until that is unmapped; or gone with it.
    Lent,
    Consumed,
    /// A list: not mapped, mapped, without pages.
    Planned,
    Mapped,
    Spent,
    /// Coherent memory without an address for the CPU; memory that goes with the driver; both.
    Handle,
    Managed,
    ManagedHandle,
    /// Never came to be: so its maker was answered.
    Refused(i32),
}

const CLASSES: usize = DMAF_CLASSES as usize;

struct Program {
    known: [[Known; HANDLES]; CLASSES],
    /// Of buffers, bytes; of lists, the buffer.
    len: [u32; HANDLES],
    source: [u8; HANDLES],
    bound: bool,
    /// Bytes, and the power of two; 0: the default.
    max_seg: u32,
    boundary: u32,
}

/// What a device has before its driver says more.
const DEFAULT_SEGMENT: u32 = 64 << 10;
const PAGE: u32 = 4096;

impl Program {
    fn of(&self, class: u32, h: u8) -> Known {
        self.known[class as usize % CLASSES][h as usize % HANDLES]
    }

    fn set(&mut self, class: u32, h: u8, known: Known) {
        self.known[class as usize % CLASSES][h as usize % HANDLES] = known;
    }

    /// An operation that makes an object: what it then is, or the status.
    fn made(&mut self, class: u32, h: u8, known: core::result::Result<Known, i32>) -> i32 {
        self.set(class, h, known.unwrap_or_else(Known::Refused));
        known.err().unwrap_or(0)
    }

    fn alloc(&mut self, op: &dmaf_op) -> i32 {
        self.len[op.h as usize % HANDLES] = op.len;
        let virt = u32::from(op.kind) == DMAF_ALLOC_VMALLOC;
        self.made(DMAF_BUF, op.h, Ok(if virt { Known::Virtual } else { Known::Plain }))
    }

    fn coherent(&mut self, op: &dmaf_op) -> i32 {
        let handle = u32::from(op.attrs) & DMAF_A_NO_KERNEL_MAPPING != 0;
        let known = match u32::from(op.kind) {
            _ if !self.bound => Err(REFUSED),
            // Devres allocates for itself, and sleeps.
            DMAF_COH_MANAGED if op.has(DMAF_F_ATOMIC) => Err(NOT_OFFERED),
            DMAF_COH_PAGES.. => Err(NOT_OFFERED),
            DMAF_COH_MANAGED if handle => Ok(Known::ManagedHandle),
            DMAF_COH_MANAGED => Ok(Known::Managed),
            _ if handle => Ok(Known::Handle),
            _ => Ok(Known::Plain),
        };
        self.made(DMAF_COH, op.h, known)
    }

    /// Bytes of a list whose segments are within the device's limits wherever its pages lie. `SGTable` does not look at
    /// those limits (docs/rust.md).
    fn most(&self) -> u32 {
        match (self.boundary, self.max_seg) {
            (12..32, _) => PAGE,
            (_, 0) => DEFAULT_SEGMENT,
            (_, max_seg) => max_seg,
        }
    }

    fn list(&mut self, op: &dmaf_op) -> i32 {
        let known = match self.of(DMAF_BUF, op.src) {
            Known::Virtual => {
                let all = u64::from(self.len[op.src as usize % HANDLES]);
                let whole = op.off == 0 && u64::from(op.val) * u64::from(op.len) == all && all <= self.most().into();
                if whole && u32::from(op.kind) == DMAF_SG_FROM_PAGES {
                    Ok(Known::Planned)
                } else {
                    Err(NOT_OFFERED)
                }
            }
            Known::Refused(status) => Err(status),
            _ => Err(REFUSED),
        };
        self.source[op.h as usize % HANDLES] = op.src;
        self.made(DMAF_SG, op.h, known)
    }

    fn map(&mut self, op: &dmaf_op) -> i32 {
        let source = self.source[op.h as usize % HANDLES];

        // SGTable::new() takes flags, and sleeps whatever they are (docs/rust.md).
        if u32::from(op.kind) != DMAF_SG_MAP_SGTABLE || op.attrs != 0 || op.has(DMAF_F_ATOMIC) {
            return NOT_OFFERED;
        }
        if !self.bound || self.of(DMAF_SG, op.h) != Known::Planned || self.of(DMAF_BUF, source) != Known::Virtual {
            return REFUSED;
        }
        self.set(DMAF_SG, op.h, Known::Mapped);
        self.set(DMAF_BUF, source, Known::Lent);
        0
    }

    /// Unmapped, and the pages are back or gone.
    fn unmapped(&mut self, h: u8) {
        let source = self.source[h as usize % HANDLES];
        let (list, buffer) =
            if h >= OWNING { (Known::Spent, Known::Consumed) } else { (Known::Planned, Known::Virtual) };

        self.set(DMAF_SG, h, list);
        self.set(DMAF_BUF, source, buffer);
    }

    fn access(&self, op: &dmaf_op) -> i32 {
        let class = u32::from(op.cls);
        let known = match self.of(class, op.h) {
            Known::Planned => self.of(DMAF_BUF, self.source[op.h as usize % HANDLES]),
            known => known,
        };

        match (class, known) {
            (DMAF_MAP | DMAF_POOL | DMAF_BLK, _) => NOT_OFFERED,
            (
                _,
                Known::Lent | Known::Consumed | Known::Mapped | Known::Spent | Known::Handle | Known::ManagedHandle,
            ) => REFUSED,
            _ => 0,
        }
    }

    fn step(&mut self, op: &dmaf_op) -> i32 {
        let code = u32::from(op.code);

        if op.has(DMAF_F_UNLAWFUL) {
            return REFUSED;
        }
        match code {
            DMAF_OP_ALLOC => return self.alloc(op),
            DMAF_OP_COH_ALLOC => return self.coherent(op),
            DMAF_OP_SG_ALLOC => return self.list(op),
            DMAF_OP_MAP => return self.made(DMAF_MAP, op.h, Err(NOT_OFFERED)),
            DMAF_OP_POOL_CREATE => return self.made(DMAF_POOL, op.h, Err(NOT_OFFERED)),
            DMAF_OP_POOL_ALLOC => return self.made(DMAF_BLK, op.h, Err(NOT_OFFERED)),
            DMAF_OP_UNMAP | DMAF_OP_SYNC_CPU | DMAF_OP_SYNC_DEV | DMAF_OP_COH_SGTABLE | DMAF_OP_POOL_DESTROY
            | DMAF_OP_POOL_FREE | DMAF_OP_QUERY => return NOT_OFFERED,
            _ => {}
        }
        // The rest names what there is.
        let class = match code {
            DMAF_OP_FREE => DMAF_BUF,
            DMAF_OP_COH_FREE => DMAF_COH,
            DMAF_OP_SG_MAP | DMAF_OP_SG_UNMAP | DMAF_OP_SG_FREE => DMAF_SG,
            DMAF_OP_FILL | DMAF_OP_CHECK | DMAF_OP_DEV_READ | DMAF_OP_DEV_WRITE | DMAF_OP_CACHE_EVICT => op.cls.into(),
            _ => DMAF_NONE,
        };
        let known = self.of(class, op.h);
        if let Known::Refused(status) = known {
            return status;
        }
        match code {
            DMAF_OP_FREE if known == Known::Lent => return REFUSED,
            DMAF_OP_FREE | DMAF_OP_COH_FREE => self.set(class, op.h, Known::Nothing),
            DMAF_OP_FILL | DMAF_OP_CHECK => return self.access(op),
            DMAF_OP_SG_MAP => return self.map(op),
            DMAF_OP_SG_UNMAP if op.attrs != 0 => return NOT_OFFERED,
            DMAF_OP_SG_UNMAP if known != Known::Mapped => return REFUSED,
            DMAF_OP_SG_UNMAP => self.unmapped(op.h),
            DMAF_OP_SG_FREE => {
                if known == Known::Mapped {
                    self.unmapped(op.h);
                }
                self.set(DMAF_SG, op.h, Known::Nothing);
            }
            DMAF_OP_UNBIND => self.unbound(),
            DMAF_OP_BIND => self.bound = true,
            DMAF_OP_SET_MAX_SEG => self.max_seg = op.len,
            DMAF_OP_SET_BOUNDARY => self.boundary = op.val.into(),
            _ => {}
        }
        0
    }

    fn unbound(&mut self) {
        self.bound = false;
        for known in &mut self.known[DMAF_COH as usize] {
            if matches!(known, Known::Managed | Known::ManagedHandle) {
                *known = Known::Nothing;
            }
        }
    }
}

/// `dmaf_rust_offers()` of offers.h.
///
/// # Safety
///
/// `config` is one, `ops` are `count` operations, and `status` has room for as many.
#[no_mangle]
pub unsafe extern "C" fn dmaf_rust_offers(
    config: *const dmaf_config,
    ops: *const dmaf_op,
    count: u32,
    status: *mut i32,
) {
    // SAFETY: by the requirements of this function.
    let config = unsafe { &*config };
    let mut program = Program {
        known: [[Known::Nothing; HANDLES]; CLASSES],
        len: [0; HANDLES],
        source: [0; HANDLES],
        bound: true,
        max_seg: config.max_seg,
        boundary: config.boundary_order.into(),
    };

    for i in 0..count as usize {
        // SAFETY: by the requirements of this function.
        unsafe { status.add(i).write(program.step(&*ops.add(i))) };
    }
}
