// SPDX-License-Identifier: GPL-2.0-only
//! Memory of the CPU, and what the CPU does to any object: writes a pattern, reads bytes back.

use crate::{abi::*, scatter::List, state::State, Outcome, Status};
use core::ptr;
use kernel::{
    alloc::{flags::*, Flags},
    error::code::ENOMEM,
    prelude::*,
};

/// The pattern is made in pieces of so many bytes, as the interpreter in C does.
const CHUNK: usize = 256;

/// A buffer of the program.
pub(crate) enum Buffer {
    None,
    /// `kmalloc()`, as Rust has it.
    Kernel(KVec<u8>),
    /// `vmalloc()`: pages that an `SGTable` can own.
    Virtual(VVec<u8>),
    /// A list has it: it comes back when that is unmapped.
    Lent,
    /// A list had it and freed it with itself.
    Consumed,
    /// Kinds that no wrapper is about.
    InC,
}

/// What the program asks for, as flags of an allocation.
pub(crate) fn gfp(op: &dmaf_op) -> Flags {
    let sleeps = if op.has(DMAF_F_ATOMIC) { GFP_ATOMIC } else { GFP_KERNEL };

    if op.has(DMAF_F_ZERO) {
        sleeps | __GFP_NOWARN | __GFP_ZERO
    } else {
        sleeps | __GFP_NOWARN
    }
}

impl State {
    pub(crate) fn alloc(&mut self, op: &dmaf_op, r: &mut dmaf_result) -> Outcome {
        let len = op.len as usize;

        if len == 0 {
            return Err(ENOMEM.into());
        }
        // Capacity without content: what a driver reserves for the device, and bytes that were never written stay so.
        let buffer = match u32::from(op.kind) {
            DMAF_ALLOC_KMALLOC => {
                let mut v = KVec::<u8>::with_capacity(len, gfp(op))?;
                r.cpu = v.as_mut_ptr().cast();
                Buffer::Kernel(v)
            }
            DMAF_ALLOC_VMALLOC => {
                // vmalloc() has no atomic form; that of C is the same.
                let flags = if op.has(DMAF_F_ZERO) { GFP_KERNEL | __GFP_ZERO } else { GFP_KERNEL };
                let mut v = VVec::<u8>::with_capacity(len, flags)?;
                r.cpu = v.as_mut_ptr().cast();
                Buffer::Virtual(v)
            }
            _ => {
                self.in_c(op, r)?;
                Buffer::InC
            }
        };
        self.buffers[op.h as usize] = buffer;
        Ok(())
    }

    pub(crate) fn free(&mut self, op: &dmaf_op, r: &mut dmaf_result) -> Outcome {
        match self.buffers[op.h as usize] {
            Buffer::None => return Err(Status(DEAD)),
            Buffer::Lent => return Err(Status(REFUSED)),
            Buffer::InC => self.in_c(op, r)?,
            // What freed its pages with the list is gone already.
            Buffer::Kernel(_) | Buffer::Virtual(_) | Buffer::Consumed => {}
        }
        self.buffers[op.h as usize] = Buffer::None;
        Ok(())
    }

    /// Where the CPU finds the bytes of a buffer, or of a list that is not mapped. Whose pages are with a list has no
    /// way to them.
    fn bytes(&mut self, op: &dmaf_op) -> core::result::Result<*mut u8, Status> {
        let h = match u32::from(op.cls) {
            DMAF_BUF => op.h as usize,
            DMAF_SG => match self.lists[op.h as usize] {
                List::Planned { source, .. } => source as usize,
                List::None => return Err(Status(DEAD)),
                _ => return Err(Status(REFUSED)),
            },
            _ => return Err(Status(NOT_OFFERED)),
        };
        let (at, capacity) = match &mut self.buffers[h] {
            Buffer::Kernel(v) => (v.as_mut_ptr(), v.capacity()),
            Buffer::Virtual(v) => (v.as_mut_ptr(), v.capacity()),
            Buffer::None => return Err(Status(DEAD)),
            Buffer::Lent | Buffer::Consumed => return Err(Status(REFUSED)),
            Buffer::InC => return Err(Status(NOT_OFFERED)),
        };
        // A slice would have refused it.
        if op.range().end > capacity {
            return Err(Status(REFUSED));
        }
        // SAFETY: within the allocation.
        Ok(unsafe { at.add(op.off as usize) })
    }

    pub(crate) fn fill(&mut self, op: &dmaf_op, r: &mut dmaf_result) -> Outcome {
        if u32::from(op.cls) == DMAF_COH {
            return self.coherent[op.h as usize].fill(op);
        }
        if u32::from(op.cls) == DMAF_BUF && matches!(self.buffers[op.h as usize], Buffer::InC) {
            return self.in_c(op, r);
        }
        let to = self.bytes(op)?;
        chunks(op, |done, bytes| {
            // SAFETY: `to` has room for what the operation names.
            unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), to.add(done), bytes.len()) };
            Ok(())
        })
    }

    pub(crate) fn check(&mut self, op: &dmaf_op, r: &mut dmaf_result) -> Outcome {
        if u32::from(op.cls) == DMAF_COH {
            return self.coherent[op.h as usize].check(op, r);
        }
        if u32::from(op.cls) == DMAF_BUF && matches!(self.buffers[op.h as usize], Buffer::InC) {
            return self.in_c(op, r);
        }
        let from = self.bytes(op)?;
        // SAFETY: `from` holds what the operation names, `bytes` has room for it.
        unsafe {
            let first = (u32::from(op.kind) == DMAF_CHECK_TWICE).then(|| from.read_volatile());
            ptr::copy_nonoverlapping(from, r.bytes, op.len as usize);
            r.value = first.is_some_and(|first| *r.bytes != first).into();
        }
        Ok(())
    }
}

/// Calls `write` with the pattern of a FILL, piece by piece: bytes done before it, and the piece.
pub(crate) fn chunks(op: &dmaf_op, mut write: impl FnMut(usize, &[u8]) -> Outcome) -> Outcome {
    let mut chunk = [0u8; CHUNK];
    let len = op.len as usize;
    let mut done = 0;

    while done < len {
        let n = CHUNK.min(len - done);
        for (i, byte) in chunk[..n].iter_mut().enumerate() {
            *byte = pattern(op.val, op.off + (done + i) as u32);
        }
        write(done, &chunk[..n])?;
        done += n;
    }
    Ok(())
}
