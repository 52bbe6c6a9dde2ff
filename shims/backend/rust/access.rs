// SPDX-License-Identifier: GPL-2.0-only
//! What the CPU does to coherent memory: each accessor in turn, chosen from where and how much.

use crate::{
    abi::*,
    coherent::{Descriptor, Memory, Status64},
    memory::chunks,
    Outcome, Status,
};
use kernel::{
    debugfs::BinaryWriter,
    dma::{Coherent, CoherentView},
    io::{io_project, io_read, io_write, Io, IoBase},
    prelude::*,
    uaccess::{UserPtr, UserSlice},
};

type Bytes<'a> = CoherentView<'a, [u8]>;

/// The most that is written or read byte by byte.
const FEW: u32 = 16;

/// Writes a piece of the pattern that is a whole word, if it is one: `false` if not.
fn write_word(part: Bytes<'_>, bytes: &[u8]) -> bool {
    match *bytes {
        [a, b] => part.try_cast::<u16>().map(|word| word.write_val(u16::from_le_bytes([a, b]))).is_ok(),
        [a, b, c, d] => part.try_cast::<u32>().map(|word| word.write_val(u32::from_le_bytes([a, b, c, d]))).is_ok(),
        [a, b, c, d, e, f, g, h] => {
            let value = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
            part.try_cast::<u64>().map(|word| word.write_val(value)).is_ok()
        }
        _ => false,
    }
}

fn read_word(part: Bytes<'_>, to: &mut [u8]) -> bool {
    let word = match to.len() {
        2 => part.try_cast::<u16>().map(|word| u64::from(word.read_val())),
        4 => part.try_cast::<u32>().map(|word| u64::from(word.read_val())),
        8 => part.try_cast::<u64>().map(|word| word.read_val()),
        _ => return false,
    };

    word.map(|word| to.copy_from_slice(&word.to_le_bytes()[..to.len()])).is_ok()
}

/// The bytes that the operation names. A part lies as far into the memory for the device as it does for the CPU.
fn part<'a>(view: Bytes<'a>, op: &dmaf_op) -> core::result::Result<Bytes<'a>, Status> {
    let part: Bytes<'_> = io_project!(view, [try: op.range()]);
    let (base, at) = (view.as_sys_mem().as_ptr().addr(), part.as_sys_mem().as_ptr().addr());

    if part.dma_address() - view.dma_address() != u64::from(op.off) || at - base != op.off as usize {
        return Err(EIO.into());
    }
    Ok(part)
}

fn write(view: Bytes<'_>, op: &dmaf_op) -> Outcome {
    let part = part(view, op)?;

    chunks(op, |done, bytes| {
        let piece: Bytes<'_> = io_project!(part, [try: done..done + bytes.len()]);

        if write_word(piece, bytes) {
            return Ok(());
        }
        match op.off % 4 {
            1 if op.len <= FEW => {
                for (i, byte) in bytes.iter().enumerate() {
                    io_write!(piece, [try: i], *byte);
                }
            }
            // SAFETY: the device does nothing while the CPU does something, and there is one CPU.
            2 => unsafe { piece.as_mut() }.copy_from_slice(bytes),
            3 => piece.as_sys_mem().copy_from_slice(bytes),
            _ => piece.copy_from_slice(bytes),
        }
        Ok(())
    })
}

fn read(view: Bytes<'_>, op: &dmaf_op, to: &mut [u8]) -> Outcome {
    // A view is one of many.
    let part = Clone::clone(&part(view, op)?);

    if read_word(part, to) {
        return Ok(());
    }
    match op.off % 4 {
        1 if op.len <= FEW => {
            for (i, byte) in to.iter_mut().enumerate() {
                *byte = io_read!(part, [try: i]);
            }
        }
        // SAFETY: the device does nothing while the CPU does something, and there is one CPU.
        2 => to.copy_from_slice(unsafe { part.as_ref() }),
        3 => part.as_sys_mem().copy_to_slice(to),
        _ => part.copy_to_slice(to),
    }
    Ok(())
}

/// The elements of a slice that the operation touches: index, the part of the element, and where in the operation.
fn elements(op: &dmaf_op, size: usize) -> impl Iterator<Item = (usize, core::ops::Range<usize>, usize)> {
    let range = op.range();

    (range.start / size..range.end.div_ceil(size)).map(move |i| {
        let from = range.start.max(i * size);
        let to = range.end.min((i + 1) * size);
        (i, from - i * size..to - i * size, from - range.start)
    })
}

/// The bytes of the pattern that go to a part of an element.
fn piece(op: &dmaf_op, at: usize, to: &mut [u8]) {
    for (i, byte) in to.iter_mut().enumerate() {
        *byte = pattern(op.val, op.off + (at + i) as u32);
    }
}

fn write_words(m: &Coherent<[u64]>, op: &dmaf_op) -> Outcome {
    for (i, part, at) in elements(op, 8) {
        let mut bytes = [0; 8];

        piece(op, at, &mut bytes[part.clone()]);
        if part.len() == 8 {
            io_write!(m, [try: i], u64::from_le_bytes(bytes));
        } else {
            let word: CoherentView<'_, [u8; 8]> = io_project!(m, [try: i]).try_cast()?;
            io_project!(word, [try: part.clone()]).copy_from_slice(&bytes[part]);
        }
    }
    Ok(())
}

fn read_words(m: &Coherent<[u64]>, op: &dmaf_op, to: &mut [u8]) -> Outcome {
    for (i, part, at) in elements(op, 8) {
        let word: u64 = io_read!(m, [try: i]);

        to[at..at + part.len()].copy_from_slice(&word.to_le_bytes()[part]);
    }
    Ok(())
}

/// Field by field, as drivers fill descriptors, or whole.
fn write_ring(m: &Coherent<[Descriptor]>, op: &dmaf_op) -> Outcome {
    for (i, part, at) in elements(op, size_of::<Descriptor>()) {
        let mut bytes = [0; size_of::<Descriptor>()];

        piece(op, at, &mut bytes[part.clone()]);
        if part.len() < bytes.len() {
            let entry: CoherentView<'_, [u8; size_of::<Descriptor>()]> = io_project!(m, [try: i]).try_cast()?;
            io_project!(entry, [try: part.clone()]).copy_from_slice(&bytes[part]);
            continue;
        }
        let entry: Descriptor = zerocopy::transmute!(bytes);
        if i % 2 == 0 {
            io_write!(m, [try: i].address, entry.address);
            io_write!(m, [try: i].len, entry.len);
            io_write!(m, [try: i].flags, entry.flags);
            io_write!(m, [try: i].tag, entry.tag);
        } else {
            io_project!(m, [try: i]).copy_write(entry);
        }
    }
    Ok(())
}

fn read_ring(m: &Coherent<[Descriptor]>, op: &dmaf_op, to: &mut [u8]) -> Outcome {
    for (i, part, at) in elements(op, size_of::<Descriptor>()) {
        let entry = if i % 2 == 0 {
            Descriptor {
                address: io_read!(m, [try: i].address),
                len: io_read!(m, [try: i].len),
                flags: io_read!(m, [try: i].flags),
                tag: io_read!(m, [try: i].tag),
            }
        } else {
            io_project!(m, [try: i]).copy_read()
        };
        let bytes: [u8; size_of::<Descriptor>()] = zerocopy::transmute!(entry);

        to[at..at + part.len()].copy_from_slice(&bytes[part]);
    }
    Ok(())
}

fn write_block(m: &Coherent<Status64>, op: &dmaf_op) -> Outcome {
    let mut bytes = [0; 64];

    piece(op, 0, &mut bytes[..(op.len as usize).min(64)]);
    match (op.off, op.len) {
        (0, 64) => m.copy_write(zerocopy::transmute!(bytes)),
        (0, 4) => io_write!(m, .head, u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])),
        (4, 4) => io_write!(m, .tail, u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])),
        _ => {
            let all: CoherentView<'_, [u8; 64]> = m.try_cast()?;
            write(io_project!(all, [try: ..]), op)?;
        }
    }
    Ok(())
}

fn read_block(m: &Coherent<Status64>, op: &dmaf_op, to: &mut [u8]) -> Outcome {
    match (op.off, op.len) {
        (0, 64) => {
            let bytes: [u8; 64] = zerocopy::transmute!(m.copy_read());
            to.copy_from_slice(&bytes);
        }
        (0, 4) => to.copy_from_slice(&io_read!(m, .head).to_le_bytes()),
        (4, 4) => to.copy_from_slice(&io_read!(m, .tail).to_le_bytes()),
        _ => {
            let all: CoherentView<'_, [u8; 64]> = m.try_cast()?;
            read(io_project!(all, [try: ..]), op, to)?;
        }
    }
    Ok(())
}

/// As a debugfs file of the memory is read. There is no user space here: its address is ours.
fn read_as_file(m: &Coherent<[u8]>, op: &dmaf_op, to: &mut [u8]) -> Outcome {
    let mut writer = UserSlice::new(UserPtr::from_ptr(to.as_mut_ptr().cast()), to.len()).writer();
    let mut offset = i64::from(op.off);
    let count = m.write_to_slice(&mut writer, &mut offset)?;

    if count != to.len() || offset != i64::from(op.off) + count as i64 {
        return Err(EIO.into());
    }
    // Before it there is no file, and behind it nothing.
    if m.write_to_slice(&mut writer, &mut -1) != Err(EINVAL)
        || m.write_to_slice(&mut writer, &mut (m.size() as i64)) != Ok(0)
    {
        return Err(EIO.into());
    }
    Ok(())
}

impl Memory {
    pub(crate) fn fill(&self, op: &dmaf_op) -> Outcome {
        match self {
            Memory::None => Err(Status(DEAD)),
            Memory::Bytes(m) => write(m.as_view(), op),
            Memory::Words(m) => write_words(m, op),
            Memory::Ring(m) => write_ring(m, op),
            Memory::Word(m) if op.range() == (0..8) => {
                let mut bytes = [0; 8];
                piece(op, 0, &mut bytes);
                // SAFETY: the device does nothing while the CPU does something, and there is one CPU.
                *unsafe { m.as_mut() } = u64::from_le_bytes(bytes);
                Ok(())
            }
            Memory::Word(m) => {
                let bytes: CoherentView<'_, [u8; 8]> = m.try_cast()?;
                write(io_project!(bytes, [try: ..]), op)
            }
            Memory::Block(m) => write_block(m, op),
            Memory::Page(m) => write(io_project!(m, [try: ..]), op),
            // There is no address to follow.
            Memory::Handle(_) | Memory::ManagedHandle(_) => Err(Status(REFUSED)),
            Memory::Managed(m) => write(m.try_access().ok_or(Status(DEAD))?.as_view(), op),
        }
    }

    fn read(&self, op: &dmaf_op, to: &mut [u8]) -> Outcome {
        match self {
            Memory::None => Err(Status(DEAD)),
            Memory::Bytes(m) if op.off % 8 == 4 => read_as_file(m, op, to),
            Memory::Bytes(m) => read(m.as_view(), op, to),
            Memory::Words(m) => read_words(m, op, to),
            Memory::Ring(m) => read_ring(m, op, to),
            Memory::Word(m) if op.range() == (0..8) => {
                // SAFETY: as above.
                to.copy_from_slice(&unsafe { m.as_ref() }.to_le_bytes());
                Ok(())
            }
            Memory::Word(m) => {
                let bytes: CoherentView<'_, [u8; 8]> = m.try_cast()?;
                read(io_project!(bytes, [try: ..]), op, to)
            }
            Memory::Block(m) => read_block(m, op, to),
            Memory::Page(m) => read(io_project!(m, [try: ..]), op, to),
            Memory::Handle(_) | Memory::ManagedHandle(_) => Err(Status(REFUSED)),
            Memory::Managed(m) => read(m.try_access().ok_or(Status(DEAD))?.as_view(), op, to),
        }
    }

    pub(crate) fn check(&self, op: &dmaf_op, r: &mut dmaf_result) -> Outcome {
        // SAFETY: the harness has room for what the operation names.
        let to = unsafe { core::slice::from_raw_parts_mut(r.bytes, op.len as usize) };
        let twice = u32::from(op.kind) == DMAF_CHECK_TWICE && op.len > 0;
        let mut first = [0; 1];

        if twice {
            self.read(&dmaf_op { len: 1, ..*op }, &mut first)?;
        }
        self.read(op, to)?;
        r.value = (twice && to[0] != first[0]).into();
        Ok(())
    }
}
