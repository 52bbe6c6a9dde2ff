// SPDX-License-Identifier: GPL-2.0-only
//! Hard looks at `rust/kernel/dma.rs` and `scatterlist.rs` (docs/rust-findings.md): what no DMA program can say. Each is
//! a call that looks.cc makes on a device of a path; what it came to is an errno and numbers. The driver's part is in
//! `safe.rs`; what is here plays the bus, or what C code did to the device.
#![no_std]

mod safe;

use core::ptr;
use kernel::{
    bindings,
    device::{Bound, Device},
    devres::Devres,
    dma::{Coherent, CoherentHandle, DataDirection},
    error::Result,
    interrupt::local_interrupt_disable,
    prelude::*,
    transmute::{AsBytes, FromBytes},
};
use safe::*;

/// What a look saw.
#[repr(C)]
pub struct Seen {
    error: i32,
    n: [u64; 8],
}

impl Seen {
    fn note(&mut self, of: Result) {
        self.error = of.map_or_else(|error| error.to_errno(), |()| 0);
    }
}

/// What a driver keeps over more than one call.
enum Kept {
    Nothing,
    Bytes(Coherent<[u8]>),
    #[allow(dead_code)]
    Handle(CoherentHandle),
    Managed(Devres<Coherent<[u8]>>),
    Table(Table),
}

static mut KEPT: Kept = Kept::Nothing;

/// Keeps another one instead; what was kept goes to the caller.
fn keep(kept: Kept) -> Kept {
    // SAFETY: there is one thread.
    unsafe { (&raw mut KEPT).replace(kept) }
}

/// The device of a look, as a driver has it and as C has it.
struct Under<'a> {
    raw: *mut bindings::device,
    dev: &'a Device<Bound>,
}

impl core::ops::Deref for Under<'_> {
    type Target = Device<Bound>;

    fn deref(&self) -> &Self::Target {
        self.dev
    }
}

/// Defines a look: the name, and what is done with the device and what is seen.
macro_rules! look {
    ($(#[$doc:meta])* $name:ident, |$dev:ident, $seen:ident, $with:pat_param| $body:expr) => {
        $(#[$doc])*
        ///
        /// # Safety
        ///
        /// `dev` is a device that is bound and outlives the call; `seen` is zeroed.
        #[no_mangle]
        pub unsafe extern "C" fn $name(dev: *mut bindings::device, seen: *mut Seen, with: u64) {
            // SAFETY: by the requirements of this function.
            let ($dev, $seen) = unsafe { (&Under { raw: dev, dev: Device::from_raw(dev) }, &mut *seen) };
            let $with = with;
            let result: Result = (|| $body)();

            $seen.note(result);
        }
    };
}

// The bus's and the firmware's part.
look!(
    /// Says that the device reaches all memory.
    look_masks,
    |dev, _seen, bits| {
        // SAFETY: the device is valid, and nothing of it is under way.
        kernel::error::to_result(unsafe {
            bindings::dma_set_mask_and_coherent(dev.raw, u64::MAX >> (64 - bits))
        })
    }
);
look!(
    /// The driver goes, or comes back.
    look_binding,
    |dev, _seen, bind| {
        // SAFETY: the device is valid.
        unsafe {
            if bind == 0 {
                bindings::device_release_driver(dev.raw);
            } else if bindings::device_attach(dev.raw) != 1 {
                return Err(ENODEV);
            }
        }
        Ok(())
    }
);
look!(look_max_seg, |dev, _seen, bytes| {
    // SAFETY: the device is valid, and nothing of it is under way.
    unsafe { bindings::dma_set_max_seg_size(dev.raw, bytes as u32) };
    Ok(())
});
look!(look_boundary, |dev, _seen, mask| {
    // SAFETY: as above.
    unsafe { (*(*dev.raw).dma_parms).segment_boundary_mask = mask as usize };
    Ok(())
});

// 1: a direction that is none.
look!(look_direction_none, |dev, seen, _| {
    let table = table(dev, 2 * PAGE, DataDirection::None, GFP_KERNEL)?;
    seen.n[0] = entries(&table)[0];
    Ok(())
});

// 2: a device without a mask, as those are whose bus never gave them one.
look!(look_no_mask, |dev, seen, drop_it| {
    let raw = dev.raw;
    // SAFETY: the device is valid; it has its mask back before anybody else asks for it.
    let mask = unsafe { (&raw mut (*raw).dma_mask).replace(ptr::null_mut()) };
    let made = table(dev, 2 * PAGE, DataDirection::ToDevice, GFP_KERNEL).map(|table| {
        seen.n = [0; 8];
        seen.n[..4].copy_from_slice(&entries(&table));
        if drop_it == 0 {
            core::mem::forget(table);
        }
    });

    // SAFETY: as above.
    unsafe { (&raw mut (*raw).dma_mask).write(mask) };
    made
});

// 3, 11, 12: a table of so many bytes.
look!(look_table, |dev, seen, len| {
    let table = table(dev, len as usize, DataDirection::ToDevice, GFP_KERNEL)?;
    seen.n[..4].copy_from_slice(&entries(&table));
    seen.n[4] = table.iter().next().map_or(0, |entry| entry.dma_address());
    Ok(())
});
look!(look_table_atomic, |dev, seen, len| {
    let _off = local_interrupt_disable();
    let table = table(dev, len as usize, DataDirection::ToDevice, GFP_ATOMIC)?;
    seen.n[0] = entries(&table)[0];
    Ok(())
});

// 4, 5: what is kept when the driver goes.
look!(look_keep_bytes, |dev, seen, len| {
    let memory = bytes(dev, len as usize)?;
    seen.n[..2].copy_from_slice(&[memory.dma_address(), memory.as_ptr().addr() as u64]);
    keep(Kept::Bytes(memory));
    Ok(())
});
look!(look_keep_handle, |dev, seen, len| {
    let memory = handle(dev, len as usize)?;
    seen.n[..2].copy_from_slice(&[memory.dma_address(), memory.size() as u64]);
    keep(Kept::Handle(memory));
    Ok(())
});
look!(look_keep_managed, |dev, seen, len| {
    let memory = managed(dev, len as usize)?;
    seen.n[0] = memory.access(dev)?.dma_address();
    keep(Kept::Managed(memory));
    Ok(())
});
look!(look_keep_table, |dev, seen, len| {
    let table = table(dev, len as usize, DataDirection::ToDevice, GFP_KERNEL)?;
    seen.n[..4].copy_from_slice(&entries(&table));
    keep(Kept::Table(table));
    Ok(())
});
look!(
    /// Looks at what is kept.
    look_at_kept,
    |_dev, seen, _| {
        let kept = keep(Kept::Nothing);
        match &kept {
            Kept::Table(table) => seen.n[..4].copy_from_slice(&entries(table)),
            Kept::Bytes(memory) => seen.n[..2].copy_from_slice(&[memory.dma_address(), memory.len() as u64]),
            // 1: it can still be got at.
            Kept::Managed(memory) => seen.n[0] = memory.try_access().is_some().into(),
            _ => return Err(ENODEV),
        }
        keep(kept);
        Ok(())
    }
);
look!(look_drop_kept, |_dev, _seen, _| {
    drop(keep(Kept::Nothing));
    Ok(())
});
look!(look_drop_kept_atomic, |_dev, _seen, _| {
    let _off = local_interrupt_disable();
    drop(keep(Kept::Nothing));
    Ok(())
});

// 6: types with more alignment than a page.
#[repr(C, align(8192))]
struct TwoPages([u8; 8192]);
// SAFETY: bytes, no padding.
unsafe impl AsBytes for TwoPages {}
// SAFETY: any bytes are one.
unsafe impl FromBytes for TwoPages {}

#[repr(C, align(4096))]
struct OnePage([u8; 4096]);
// SAFETY: bytes, no padding.
unsafe impl AsBytes for OnePage {}
// SAFETY: any bytes are one.
unsafe impl FromBytes for OnePage {}

/// What is over of the addresses for the CPU and for the device.
fn over<T: AsBytes + FromBytes>(dev: &Device<Bound>) -> Result<[u64; 2]> {
    let (cpu, dma) = places::<T>(dev)?;

    Ok([(cpu % align_of::<T>()) as u64, dma % align_of::<T>() as u64])
}

look!(
    /// Of two pages with the alignment of both: n[0..2]; of a page: n[2..4]. After `pages` single ones.
    look_alignment,
    |dev, seen, pages| {
        if pages > 0 {
            keep(Kept::Bytes(bytes(dev, PAGE)?));
        }
        seen.n[..2].copy_from_slice(&over::<TwoPages>(dev)?);
        seen.n[2..4].copy_from_slice(&over::<OnePage>(dev)?);
        Ok(())
    }
);

// Of `struct device`, bindgen has seen all that is looked at.
#[allow(improper_ctypes)]
extern "C" {
    // What is left to the bus.
    fn dma_declare_coherent_memory(dev: *mut bindings::device, phys: u64, dma: u64, size: usize) -> i32;
    fn dma_release_coherent_memory(dev: *mut bindings::device);
}
/// `HOST_LINEAR_BASE` of host.h.
const LINEAR: usize = 0x2000_0000_0000;

look!(
    /// The same of a device with memory of its own, that begins at a page and at no two.
    look_alignment_pool,
    |dev, seen, _| {
        let mut memory = KVec::<u8>::with_capacity(8 * PAGE, GFP_KERNEL)?;
        let phys = (memory.as_mut_ptr().addr().next_multiple_of(2 * PAGE) + PAGE - LINEAR) as u64;

        // SAFETY: the memory is this device's until it is released; `phys` is where it lies.
        kernel::error::to_result(unsafe { dma_declare_coherent_memory(dev.raw, phys, phys, 4 * PAGE) })?;
        let found = (|| {
            seen.n[..2].copy_from_slice(&over::<TwoPages>(dev)?);
            seen.n[2..4].copy_from_slice(&over::<OnePage>(dev)?);
            Ok(())
        })();
        // SAFETY: declared above.
        unsafe { dma_release_coherent_memory(dev.raw) };
        found
    }
);

// 7: sizes that no memory has.
look!(look_size, |dev, seen, len| {
    let memory = bytes(dev, len as usize)?;
    seen.n[..2].copy_from_slice(&[memory.len() as u64, memory.dma_address()]);
    Ok(())
});
look!(look_size_handle, |dev, seen, len| {
    seen.n[0] = handle(dev, len as usize)?.size() as u64;
    Ok(())
});
look!(
    /// So many that their bytes are more than a number can say.
    look_size_elements,
    |dev, _seen, count| Coherent::<u64>::zeroed_slice(dev, count as usize, GFP_KERNEL).map(|_| ())
);

// 8: attributes without a name.
look!(look_all_but, |dev, seen, which| {
    let (named, memory) = all_but(dev, NAMED[which as usize]);
    seen.n[0] = named;
    memory.map(|_| ())
});
look!(look_all_named_but, |dev, _seen, which| all_named_but(dev, NAMED[which as usize]).map(|_| ()));

look!(
    /// Attributes as bits, and above them the flags of the allocation.
    look_attributes,
    |dev, _seen, bits| {
        let flags = match bits >> 8 {
            0 => GFP_KERNEL,
            1 => GFP_ATOMIC,
            2 => GFP_NOWAIT | __GFP_NOWARN,
            _ => GFP_KERNEL | __GFP_ZERO | __GFP_HIGHMEM,
        };
        with_attrs(dev, bits & 0xff, flags).map(|_| ())
    }
);

// 9: memory that ends where the device's addresses do.
/// `struct bus_dma_region`, of which bindgen knows the name only.
#[repr(C)]
struct Range {
    cpu_start: u64,
    dma_start: u64,
    size: u64,
}

static mut RANGES: [Range; 2] = [const { Range { cpu_start: 0, dma_start: 0, size: 0 } }; 2];

look!(
    /// From now on the device sees the page at this physical address as the last that there is.
    look_last_page,
    |dev, _seen, phys| {
        // SAFETY: there is one thread; the device does nothing meanwhile.
        unsafe {
            let ranges = &raw mut RANGES;
            (*ranges)[0] = Range { cpu_start: phys, dma_start: 0u64.wrapping_sub(PAGE as u64), size: PAGE as u64 };
            (*dev.raw).dma_range_map = ranges.cast();
            (*dev.raw).bus_dma_limit = u64::MAX;
        }
        Ok(())
    }
);
look!(look_end, |dev, seen, len| {
    let memory = bytes(dev, len as usize)?;
    seen.n[0] = memory.dma_address();
    seen.n[1] = end(&memory)?;
    Ok(())
});

// 10: two CPUs, one memory.
fn sync<T: Sync + ?Sized>(_: &T) {}

look!(look_two_cpus, |dev, seen, _| {
    let records = Coherent::<Record>::zeroed_slice(dev, 1, GFP_KERNEL)?;
    let words = Coherent::<u64>::zeroed_slice(dev, 2, GFP_KERNEL)?;

    sync(&records);
    // Both hold the same memory at once, and neither said `unsafe`.
    let (write, read) = (writer(&records, 7), reader(&records));
    write()?;
    seen.n[0] = read()?.iter().sum();
    // One comes half way through the other.
    let [first, second] = read_interrupted(&words, |words| write_both(words, 9))?;
    seen.n[1..3].copy_from_slice(&[first, second]);
    Ok(())
});

// 12: each allocation fails in its turn.
look!(look_managed, |dev, seen, len| {
    let memory = managed(dev, len as usize)?;
    seen.n[0] = memory.access(dev)?.dma_address();
    Ok(())
});
look!(look_two_tables, |dev, _seen, len| {
    // Two tables of one device, of which the first lives longer.
    let first = table(dev, len as usize, DataDirection::FromDevice, GFP_KERNEL)?;
    let second = table(dev, len as usize, DataDirection::Bidirectional, GFP_KERNEL)?;
    drop(second);
    drop(first);
    Ok(())
});
