// SPDX-License-Identifier: GPL-2.0-only
//! The ABI of back ends (`shims/backend/backend.h`), as bindgen reads it at build time.
#![allow(non_camel_case_types, non_upper_case_globals, dead_code, missing_docs)]

use kernel::ffi;

include!(concat!(env!("OBJTREE"), "/backend_abi.rs"));

/// The other status of an operation: this back end has no such call.
pub(crate) const NOT_OFFERED: i32 = DMAF_ST_NOT_OFFERED as i32;
/// The types make it impossible to say.
pub(crate) const REFUSED: i32 = DMAF_ST_REFUSED_BY_TYPE as i32;
/// What it names does not exist.
pub(crate) const DEAD: i32 = DMAF_ST_DEAD_HANDLE as i32;

pub(crate) const HANDLES: usize = DMAF_HANDLES as usize;

extern "C" {
    pub(crate) static dmaf_backend_c: dmaf_backend;
    pub(crate) static mut dmaf_c_segments: [dmaf_segment; DMAF_SG_MAX as usize];
}

impl dmaf_op {
    pub(crate) fn has(&self, flag: u32) -> bool {
        u32::from(self.flags) & flag != 0
    }

    /// The bytes that it names: `off` to `off + len`.
    pub(crate) fn range(&self) -> core::ops::Range<usize> {
        self.off as usize..self.off as usize + self.len as usize
    }
}

impl dmaf_result {
    /// Adds a segment of the object that was made or mapped.
    pub(crate) fn segment(&mut self, dma: u64, len: u64) {
        let at = self.nseg as usize;
        // SAFETY: there is one thread, and `dmaf_c_segments` is of the back end that runs.
        unsafe {
            let all = &raw mut dmaf_c_segments;
            (*all)[at] = dmaf_segment { dma, len };
            self.seg = all.cast();
        }
        self.nseg += 1;
    }
}

/// `dmaf_pattern()`: byte `pos` of the pattern of a seed.
pub(crate) fn pattern(seed: u16, pos: u32) -> u8 {
    let x =
        u32::from(seed).wrapping_mul(0x9e37_79b1).wrapping_add(pos.wrapping_mul(0x85eb_ca6b)).wrapping_add(0x27d4_eb2f);

    (x >> 16 ^ x >> 24) as u8
}
