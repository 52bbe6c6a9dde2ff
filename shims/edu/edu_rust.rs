// SPDX-License-Identifier: GPL-2.0-only

//! QEMU's edu device as a file of 4088 bytes, `edu_rust/buffer` in debugfs. The same driver as edu_c.c and edu_cxx.c, on
//! the kernel's own abstraction. That has no mapping of a buffer that the driver keeps, so one coherent buffer is there
//! for all transfers; and its `Completion` cannot give up waiting for a device that never ends, so the end is polled
//! for.

use kernel::{
    debugfs::{self, BinaryReader, BinaryWriter},
    device::{Bound, Core},
    dma::{Coherent, Device, DmaMask},
    fs::file,
    io::{io_project, poll::read_poll_timeout, Io},
    new_mutex, pci,
    prelude::*,
    sync::Mutex,
    time::Delta,
    uaccess::{UserSliceReader, UserSliceWriter},
};

/// Registers, as in edu.h.
mod regs {
    pub(super) const ID: usize = 0x00;
    pub(super) const LIVE: usize = 0x04;
    pub(super) const IRQ_STATUS: usize = 0x24;
    pub(super) const IRQ_ACK: usize = 0x64;
    pub(super) const SOURCE: usize = 0x80;
    pub(super) const DESTINATION: usize = 0x88;
    pub(super) const COUNT: usize = 0x90;
    pub(super) const COMMAND: usize = 0x98;
    pub(super) const END: usize = 0x9c;

    pub(super) const ID_LOW: u32 = 0xed;
    pub(super) const LIVE_TEST: u32 = 0x5a5a1234;
    pub(super) const RUN: u32 = 0x1;
    pub(super) const TO_HOST: u32 = 0x2;
}

const BUFFER: usize = 0x40000;
/// The buffer has 4096 bytes; QEMU 7.2 ends itself when a transfer reaches the last of them.
const FILE_BYTES: usize = 4088;
const POLL: Delta = Delta::from_millis(10);
/// A transfer takes 100 ms.
const TIMEOUT: Delta = Delta::from_millis(1000);

/// Of the configuration space: the command register, and its bit that lets the device do DMA.
const PCI_COMMAND: usize = 4;
const PCI_COMMAND_MASTER: u16 = 4;

type Bar<'a> = pci::Bar<'a, { regs::END }>;

/// The device's DMA engine and the memory that it is given.
struct Engine {
    bar: pci::DevresBar<{ regs::END }>,
    memory: Coherent<[u8]>,
    stuck: bool,
}

impl Engine {
    /// The registers, as long as the device is bound. Nothing may sleep in `f`.
    fn with<R>(&self, f: impl FnOnce(&Bar<'_>) -> R) -> Result<R> {
        self.bar.try_access_with(f).ok_or(ENXIO)
    }

    fn look(&self) -> Result {
        self.with(|bar| {
            if bar.read32(regs::ID) & 0xff != regs::ID_LOW {
                return Err(ENODEV);
            }
            bar.write32(regs::LIVE_TEST, regs::LIVE);
            if bar.read32(regs::LIVE) != !regs::LIVE_TEST {
                return Err(ENODEV);
            }
            if bar.read32(regs::COMMAND) & regs::RUN != 0 {
                return Err(EBUSY);
            }
            bar.write32(bar.read32(regs::IRQ_STATUS), regs::IRQ_ACK);
            Ok(())
        })?
    }

    /// One transfer between the first `n` bytes of memory and `[at, at + n)` of the device's buffer. How many bytes the
    /// device says that it moved: no more than it was asked for.
    fn transfer(&mut self, at: usize, n: usize, to_host: bool) -> Result<usize> {
        if self.stuck {
            return Err(EIO);
        }
        let memory = u32::try_from(self.memory.dma_address())?;
        let device = u32::try_from(BUFFER + at)?;
        let count = u32::try_from(n)?;
        let (source, destination, direction) =
            if to_host { (device, memory, regs::TO_HOST) } else { (memory, device, 0) };
        self.with(|bar| {
            bar.write32(source, regs::SOURCE);
            bar.write32(destination, regs::DESTINATION);
            bar.write32(count, regs::COUNT);
            bar.write32(regs::RUN | direction, regs::COMMAND);
        })?;
        let ended = read_poll_timeout(
            || self.with(|bar| bar.read32(regs::COMMAND)),
            |command| command & regs::RUN == 0,
            POLL,
            TIMEOUT,
        );
        if let Err(error) = ended {
            // It cannot be told to stop, and only `unbind` has the device at hand to keep it off the bus. The memory
            // stays its own until then.
            self.stuck = true;
            return Err(error);
        }
        let moved = usize::try_from(self.with(|bar| bar.read32(regs::COUNT))?)?;
        if moved > n {
            return Err(EIO);
        }
        Ok(moved)
    }

    fn put(&mut self, at: usize, bytes: &[u8]) -> Result<usize> {
        io_project!(self.memory, [try: 0..bytes.len()]).copy_from_slice(bytes);
        self.transfer(at, bytes.len(), false)
    }

    fn get(&mut self, at: usize, n: usize, to: &mut UserSliceWriter) -> Result<usize> {
        let moved = self.transfer(at, n, true)?;
        to.write_dma(&self.memory, 0, moved)?;
        Ok(moved)
    }
}

/// What is behind the file.
#[pin_data]
struct Buffer {
    #[pin]
    engine: Mutex<Engine>,
}

impl BinaryReader for Buffer {
    fn read_from_slice(&self, from: &mut UserSliceReader, offset: &mut file::Offset) -> Result<usize> {
        let at = usize::try_from(*offset)?;
        if from.is_empty() {
            return Ok(0);
        }
        if at >= FILE_BYTES {
            return Err(ENOSPC);
        }
        let mut bytes = KVec::from_elem(0u8, from.len().min(FILE_BYTES - at), GFP_KERNEL)?;
        from.read_slice(&mut bytes)?;
        let moved = self.engine.lock().put(at, &bytes)?;
        *offset += file::Offset::try_from(moved)?;
        Ok(moved)
    }
}

impl BinaryWriter for Buffer {
    fn write_to_slice(&self, to: &mut UserSliceWriter, offset: &mut file::Offset) -> Result<usize> {
        let at = usize::try_from(*offset)?;
        if to.is_empty() || at >= FILE_BYTES {
            return Ok(0);
        }
        let n = to.len().min(FILE_BYTES - at);
        let moved = self.engine.lock().get(at, n, to)?;
        *offset += file::Offset::try_from(moved)?;
        Ok(moved)
    }
}

#[pin_data]
struct EduRust {
    // Dropped in this order: the file is gone first, its folder then.
    #[pin]
    _file: debugfs::File<Buffer>,
    _dir: debugfs::Dir,
}

kernel::pci_device_table!(PCI_TABLE, <EduRust as pci::Driver>::IdInfo, [(pci::DeviceId::from_id(QEMU, 0x11e8), ())]);

// SAFETY: `Vendor` is a transparent wrapper of the number, any of which is one; the abstraction names those only that
// the kernel has a name for.
const QEMU: pci::Vendor = unsafe { core::mem::transmute::<u16, pci::Vendor>(0x1234) };

/// Keeps the device off the bus: nothing of the abstraction does, so by hand.
fn clear_master(pdev: &pci::Device<Bound>) {
    let config = pdev.config_space();
    let command = config.read16(PCI_COMMAND);
    config.write16(command & !PCI_COMMAND_MASTER, PCI_COMMAND);
}

fn make_engine(pdev: &pci::Device<Core<'_>>) -> Result<Engine> {
    let bar = pdev.iomap_region_sized::<{ regs::END }>(0, c"edu_rust")?;
    let mut engine = Engine {
        bar: bar.into_devres()?,
        memory: Coherent::zeroed_slice(pdev.as_ref(), FILE_BYTES, GFP_KERNEL)?,
        stuck: false,
    };
    engine.look()?;
    pdev.set_master();
    // Who drove it before may have left anything there.
    let cleared = engine.transfer(0, FILE_BYTES, false);
    if cleared != Ok(FILE_BYTES) {
        clear_master(pdev);
        return Err(cleared.err().unwrap_or(EIO));
    }
    Ok(engine)
}

impl pci::Driver for EduRust {
    type IdInfo = ();
    type Data<'bound> = Self;
    const ID_TABLE: pci::IdTable<Self::IdInfo> = &PCI_TABLE;

    fn probe<'bound>(
        pdev: &'bound pci::Device<Core<'_>>,
        _info: Option<&'bound Self::IdInfo>,
    ) -> impl PinInit<Self, Error> + 'bound {
        pin_init::pin_init_scope(move || {
            pdev.enable_device_mem()?;
            let mask = DmaMask::new::<28>();
            // SAFETY: Nothing is allocated or mapped yet.
            unsafe { pdev.dma_set_mask_and_coherent(mask)? };
            let engine = make_engine(pdev)?;
            let dir = debugfs::Dir::new(c"edu_rust");
            Ok(try_pin_init!(Self {
                _file <- dir.read_write_binary_file(
                    c"buffer",
                    pin_init!(Buffer { engine <- new_mutex!(engine) }),
                ),
                _dir: dir,
            }))
        })
    }

    fn unbind<'bound>(pdev: &'bound pci::Device<Core<'_>>, _this: Pin<&Self::Data<'bound>>) {
        clear_master(pdev);
    }
}

kernel::module_pci_driver! {
    type: EduRust,
    name: "edu_rust",
    authors: ["The dmafuzz authors"],
    description: "QEMU's edu device as a file, by the kernel's Rust",
    license: "GPL v2",
}
