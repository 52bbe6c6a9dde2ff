// SPDX-License-Identifier: GPL-2.0-only
//! What a program has: its device, and the objects behind its handles.

use crate::{abi::*, coherent::Memory, memory::Buffer, scatter::List};
use kernel::{
    bindings,
    device::{Bound, Device},
};

/// Between `begin()` and `end()`. The interpreter in C has its own, for what is left to it.
#[repr(C, align(16))]
pub(crate) struct State {
    pub(crate) c: dmaf_c,
    pub(crate) dev: *mut bindings::device,
    pub(crate) bound: bool,
    pub(crate) buffers: [Buffer; HANDLES],
    pub(crate) lists: [List; HANDLES],
    pub(crate) coherent: [Memory; HANDLES],
}

impl State {
    /// # Safety
    ///
    /// `state` is zeroed memory of the size of `State`; `dev` is a device that is bound.
    pub(crate) unsafe fn begin(state: *mut State, dev: *mut bindings::device, config: *const dmaf_config) {
        // SAFETY: by the requirements of this function; all zeroes is how the interpreter in C begins.
        unsafe {
            (&raw mut (*state).dev).write(dev);
            (&raw mut (*state).bound).write(true);
            (&raw mut (*state).buffers).write([const { Buffer::None }; HANDLES]);
            (&raw mut (*state).lists).write([const { List::None }; HANDLES]);
            (&raw mut (*state).coherent).write([const { Memory::None }; HANDLES]);
            if let Some(begin) = dmaf_backend_c.begin {
                begin((&raw mut (*state).c).cast(), dev.cast(), config);
            }
        }
    }

    /// The device as a driver has it while it is bound.
    pub(crate) fn device<'a>(&self) -> Option<&'a Device<Bound>> {
        // SAFETY: it is bound as `bound` says, and lives longer than any program.
        self.bound.then(|| unsafe { Device::from_raw(self.dev) })
    }

    /// Leaves the operation to the interpreter in C.
    pub(crate) fn in_c(&mut self, op: &dmaf_op, r: &mut dmaf_result) -> crate::Outcome {
        // SAFETY: the interpreter's own state, begun in `begin()`.
        unsafe {
            if let Some(exec) = dmaf_backend_c.exec {
                exec((&raw mut self.c).cast(), op, r);
            }
        }
        Ok(())
    }
}
