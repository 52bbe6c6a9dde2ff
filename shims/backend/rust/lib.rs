// SPDX-License-Identifier: GPL-2.0-only
//! Back end `rust`: DMA programs through the tree's own Rust abstraction (`rust/kernel/dma.rs`, `scatterlist.rs`).
//!
//! An operation goes to what a driver would write for it in Rust. What the abstraction has no call for is `NOT_OFFERED`,
//! what its types make impossible `REFUSED_BY_TYPE` (see `offers.rs` for the list). Memory that no wrapper is about, and
//! what the bus does to a device, goes to the interpreter in C, whose state is part of ours.
#![no_std]

mod abi;
mod access;
mod coherent;
mod device;
mod memory;
mod offers;
mod scatter;
mod state;

use abi::*;
use core::ffi::c_void;
use state::State;

/// What an operation comes to: `Err` is the status of its result.
pub(crate) type Outcome = core::result::Result<(), Status>;

/// A status of `dmaf_result` other than 0.
pub(crate) struct Status(pub(crate) i32);

impl From<kernel::error::Error> for Status {
    fn from(error: kernel::error::Error) -> Self {
        Status(error.to_errno())
    }
}

impl From<kernel::alloc::AllocError> for Status {
    fn from(error: kernel::alloc::AllocError) -> Self {
        kernel::error::Error::from(error).into()
    }
}

impl From<kernel::ptr::projection::OutOfBound> for Status {
    fn from(error: kernel::ptr::projection::OutOfBound) -> Self {
        kernel::error::Error::from(error).into()
    }
}

/// # Safety
///
/// As `begin()` of `struct dmaf_backend` has it.
unsafe extern "C" fn begin(state: *mut c_void, dev: *mut c_void, config: *const dmaf_config) {
    // SAFETY: `state` is `state_size` bytes, zeroed, for this back end alone; `dev` is the kernel's `struct device`.
    unsafe { State::begin(state.cast(), dev.cast(), config) };
}

/// # Safety
///
/// As `exec()` of `struct dmaf_backend` has it, between begin() and end().
unsafe extern "C" fn exec(state: *mut c_void, op: *const dmaf_op, result: *mut dmaf_result) {
    // SAFETY: by the ABI all three are valid for this call, and nobody else looks at them meanwhile.
    let (s, op, r) = unsafe { (&mut *state.cast::<State>(), &*op, &mut *result) };
    let _off = op.has(DMAF_F_ATOMIC).then(kernel::interrupt::local_interrupt_disable);

    if let Err(Status(status)) = run(s, op, r) {
        r.status = status;
    }
}

fn run(s: &mut State, op: &dmaf_op, r: &mut dmaf_result) -> Outcome {
    // Whoever owns an object gives it back with the size, the direction and the device that it has, once.
    if op.has(DMAF_F_UNLAWFUL) {
        return Err(Status(REFUSED));
    }
    #[allow(non_upper_case_globals)]
    match u32::from(op.code) {
        DMAF_OP_ALLOC => s.alloc(op, r),
        DMAF_OP_FREE => s.free(op, r),
        DMAF_OP_FILL => s.fill(op, r),
        DMAF_OP_CHECK => s.check(op, r),
        DMAF_OP_SG_ALLOC => s.sg_alloc(op, r),
        DMAF_OP_SG_MAP => s.sg_map(op, r),
        DMAF_OP_SG_UNMAP => s.sg_unmap(op),
        DMAF_OP_SG_FREE => s.sg_free(op),
        DMAF_OP_COH_ALLOC => s.coherent_alloc(op, r),
        DMAF_OP_COH_FREE => s.coherent_free(op),
        DMAF_OP_SET_MASK => s.set_mask(op),
        DMAF_OP_SET_MAX_SEG => s.set_max_seg(op),
        DMAF_OP_SET_BOUNDARY | DMAF_OP_SET_MIN_ALIGN => s.in_c(op, r),
        DMAF_OP_UNBIND | DMAF_OP_BIND => s.binding(op, r),
        _ => Err(Status(NOT_OFFERED)),
    }
}

/// What a program left is the program's leak: nothing is dropped.
///
/// # Safety
///
/// As `end()` of `struct dmaf_backend` has it.
unsafe extern "C" fn end(_state: *mut c_void) {}

/// The table, shared as it never changes.
#[repr(transparent)]
pub struct Table(dmaf_backend);

// SAFETY: constant; what it points to is code and a literal.
unsafe impl Sync for Table {}

/// `dmaf_backend_rust` of host.h.
#[no_mangle]
pub static dmaf_backend_rust: Table = Table(dmaf_backend {
    abi: DMAF_ABI,
    state_size: size_of::<State>() as u32,
    name: c"rust".as_ptr().cast(),
    begin: Some(begin),
    exec: Some(exec),
    end: Some(end),
    offers: Some(offers::dmaf_rust_offers),
});
