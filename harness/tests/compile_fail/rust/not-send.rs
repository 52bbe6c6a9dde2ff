// SPDX-License-Identifier: GPL-2.0-only
//
// What must stay with its thread is sent to another in memory of the device's.
// check: undefined-behaviour
// error: [E0277]: `*mut u8` cannot be sent between threads safely
#![no_std]
mod driver;
use driver::*;

#[cfg(not(fixed))]
type Word = *mut u8;
#[cfg(fixed)]
type Word = u64;

fn to_another<T: Send>(_: T) {}

pub fn mistake(memory: Coherent<Word>) {
    to_another(memory);
}
