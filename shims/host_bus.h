/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The second page of the seam (host.h): the bus between a driver and its device, and what a driver's life is made of.
 * Only programs that run whole drivers have it.
 *
 * host_*   the harness implements, the shims call
 * kernel_* the shims implement, the harness calls
 */
#ifndef DMAF_HOST_BUS_H
#define DMAF_HOST_BUS_H

#include "host.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where the bridge lets memory BARs lie (physical; nothing of it is memory), and ports. */
#define HOST_MMIO_BASE 0xd0000000UL
#define HOST_MMIO_SIZE 0x10000000UL
#define HOST_PORT_BASE 0x1000UL
#define HOST_PORT_SIZE 0xf000UL
/* ioremap() of physical address p gives HOST_IOREMAP_BASE + p; nothing is mapped there. */
#define HOST_IOREMAP_BASE 0x231000000000UL
/* Interrupt numbers 1 .. HOST_IRQS - 1; 0 is none. The pin of a PCI function is wired to HOST_IRQ_PCI. */
#define HOST_IRQS    64
#define HOST_IRQ_PCI 16
/* A message signalled interrupt is a write of its number, from HOST_IRQ_MSI up, to this address. */
#define HOST_IRQ_MSI	 32
#define HOST_MSI_ADDRESS 0xfee00000UL

/*
 * Registers: `size` is 1, 2, 4 or 8 bytes (ports: no 8), `phys` an address in the window, values in the CPU's order.
 * What nobody decodes reads as all ones.
 */
unsigned long long host_mmio_read(unsigned long long phys, unsigned size);
void host_mmio_write(unsigned long long phys, unsigned size, unsigned long long value);
unsigned host_port_read(unsigned port, unsigned size);
void host_port_write(unsigned port, unsigned size, unsigned value);

/* Configuration space of bus 0: function `devfn`, `size` 1, 2 or 4 bytes at `where` (0 .. 4095, aligned to size). */
unsigned host_pci_config_read(unsigned devfn, unsigned where, unsigned size);
void host_pci_config_write(unsigned devfn, unsigned where, unsigned size, unsigned value);

/* What a raised interrupt came to. */
enum kernel_irq_outcome {
	KERNEL_IRQ_NOBODY = 0,	/* no handler is installed */
	KERNEL_IRQ_HANDLED = 1, /* a handler said that it was its */
	KERNEL_IRQ_NONE = 2,	/* none did */
	KERNEL_IRQ_WAITS = 3	/* switched off, or the CPU takes none now: delivered as soon as it can be */
};
/* The device raises its interrupt: runs the handlers at once if the CPU takes interrupts and the number is on. */
int kernel_irq_raise(unsigned irq);
/* Takes back what waits (the line went down before anybody looked). */
void kernel_irq_lower(unsigned irq);
/*
 * The kernel's stack ends here and is as large as a kernel's: what lies in it is on the stack for those who ask
 * (object_is_on_stack()). To be said at the beginning of each input.
 */
void kernel_stack_ends(const void *top);
/* Nanoseconds of virtual time since the machine was switched on. */
unsigned long long kernel_now(void);
/*
 * Somebody waits, and nothing can run before the next timer is due: devices get a turn. 1 if one of them did something.
 * Weak: a program without devices has none.
 */
int host_idle(void);
/*
 * When a device does something next by itself (ns of virtual time), ~0 never: nobody who waits sleeps past it. Weak:
 * never.
 */
unsigned long long host_next_event(void);

/* dma-debug is off from now on, as it is when it has run out of memory. To be said while nothing is mapped. */
void kernel_without_debug(void);

/*
 * The one stack cannot do what a machine would do next (shims/sched/core.c): ends the input, without a finding. Weak:
 * returns, and what waits is a hang.
 */
void host_cannot_go_on(void);

/* The driver under test, as CMake wrote it down (shims/drivers.cmake). */
enum kernel_driver_bus { KERNEL_BUS_PCI = 0, KERNEL_BUS_PLATFORM = 1, KERNEL_BUS_VIRTIO = 2 };
struct kernel_driver {
	const char *name;
	int bus;
	int (*init)(void);  /* module_init() */
	void (*exit)(void); /* module_exit(); null: it cannot be unloaded */
	const void *ids;    /* its MODULE_DEVICE_TABLE, ended by zeroes */
	/* The driver that makes a device of its bus from one of PCI: loaded before it, unloaded after it. Null: none.
	 */
	const struct kernel_driver *transport;
};
extern const struct kernel_driver kernel_driver;

/*
 * PCI: the bus is scanned once the harness has a function to show; before, nothing is there. Returns the device, or
 * (its struct device, as DmaSan is told of it), or null if the scan found none. Devices are found without a driver;
 * loading the driver binds it, as on a running system.
 */
void *kernel_pci_scan(void);
/*
 * How the devices that a scan finds reach memory: path (direct or bounce), caches and their lines; masks are their
 * driver's. Without it they are on the direct path and snoop. 0 if the path is none that PCI has.
 */
int kernel_pci_configure(const struct dmaf_config *config);
/* The device is gone from the bus, as after a hot unplug: what reads it gets all ones first, then its driver lets go.
 */
void kernel_pci_remove(void *dev);
/* Whether it may do DMA: its driver said pci_set_master(), and memory decoding is on. 1 or 0. */
int kernel_pci_bus_master(void *dev);
/* Entry `index` of the id table of the driver, or of its transport: 0 when there is none. Any-ids are ~0u. */
struct kernel_pci_id {
	unsigned vendor, device, subvendor, subdevice, class_code, class_mask;
};
int kernel_pci_id(unsigned index, struct kernel_pci_id *id);

/*
 * The platform bus: the one device of the driver's name, with registers from HOST_MMIO_BASE on, interrupt HOST_IRQ_PCI
 * and properties of 32-bit numbers. Returns it (its struct device), or null.
 */
struct kernel_platform_property {
	const char *name;
	const unsigned *values;
	unsigned long count;
};
struct kernel_platform_device {
	const char *name;
	unsigned long long mmio_size;
	const struct kernel_platform_property *properties;
	unsigned count; /* up to 16 */
};
void *kernel_platform_add(const struct kernel_platform_device *what);
/* kernel_pci_remove(), or the same of a device of the platform bus. */
void kernel_device_remove(void *dev);

/* How a device that was found reaches memory from now on: as for kernel_pci_configure(), which it must not contradict.
 */
void kernel_device_configure(void *dev, const struct dmaf_config *config);
/* Loads the driver (its init function), returns what that returned; unloads it. */
int kernel_driver_load(void);
void kernel_driver_unload(void);
/*
 * 1 if the device is bound to the driver: probe succeeded. `dev` is the one that the bus found; where a transport makes
 * another of it, that one is meant, of which there may be none.
 */
int kernel_device_bound(void *dev);
/* Unbind and bind through sysfs's way; bind returns 1 bound, 0 no driver took it, negative an error. */
void kernel_device_unbind(void *dev);
int kernel_device_bind(void *dev);
/* The same of the device itself and its transport, with which the other device comes and goes. */
int kernel_transport_bound(void *dev);
void kernel_transport_unbind(void *dev);
/*
 * The whole machine sleeps and wakes: every device is suspended and resumed, by the callbacks that belong to the kind
 * of sleep. 0, the error of the device that would not sleep (then all were woken again), or how many failed to wake.
 */
enum kernel_sleep {
	KERNEL_SLEEP_RAM = 0,	/* suspended to RAM: devices lose power */
	KERNEL_SLEEP_IDLE = 1,	/* suspended to idle: they keep it */
	KERNEL_SLEEP_IMAGE = 2, /* frozen for an image of memory, and thawed */
	KERNEL_SLEEP_DISK = 3	/* frozen, without power, restored from the image */
};
int kernel_machine_sleep(enum kernel_sleep how);
/*
 * All devices sleep and interrupts are off: what the device does by itself, or it loses its power and is then as when
 * it was switched on, configuration space included. Weak: nothing.
 */
void host_machine_sleeps(int power_lost);
/*
 * What whole drivers may leave, besides kernel_usage(): all zero after the driver was unloaded. No device wakes the
 * machine any more when this was asked.
 */
struct kernel_driver_usage {
	unsigned long ioremaps; /* live ioremap()s */
	unsigned long irqs;	/* handlers installed */
	unsigned long regions;	/* I/O regions requested */
	unsigned long netdevs;	/* network devices registered or not freed */
	unsigned long timers;	/* timers and works that are pending */
	unsigned long disks;	/* disks and partitions that are not freed, open files of theirs */
	unsigned long chardevs; /* character devices registered */
};
void kernel_driver_usage(struct kernel_driver_usage *usage);
/* The struct page of a page frame, and its size in bytes: what a snapshot keeps besides kernel data and memory. */
void *kernel_page_struct(unsigned long long pfn, unsigned long *size);

/*
 * Network: what a program does to the device that the driver registered, as the stack would, and what the stack gets.
 * Errors are negative errnos; -ENODEV: none is registered.
 */
int kernel_net_registered(void);
int kernel_net_open(void);
int kernel_net_stop(void);
/*
 * Transmits a packet of `len` bytes (an Ethernet frame, 14 .. 65535) of which the first `linear` are in the skb's head
 * and the rest in `frags` page fragments (more if those could not hold it, fewer if the device cannot gather). `flags`:
 * KERNEL_NET_*. Returns 0 sent; 1 it waits in the stack, the queue is stopped or the driver was busy, and is sent as
 * soon as it can be; negative: refused.
 */
enum kernel_net_flags {
	KERNEL_NET_CSUM = 1,	 /* checksum to be filled in by the device, if it offered to */
	KERNEL_NET_GSO = 2,	 /* to be cut into segments of `mss` bytes, if it offered to */
	KERNEL_NET_UNALIGNED = 4 /* the head starts at an odd address */
};
struct kernel_net_packet {
	const unsigned char *bytes;
	unsigned len, linear, frags, mss, flags;
};
int kernel_net_transmit(const struct kernel_net_packet *packet);
/* A packet came up from the driver: its bytes from the MAC header on, checked to lie in live memory. */
void host_net_received(const unsigned char *bytes, unsigned len, unsigned protocol);
/* Entry points besides: returns what the driver's function returned; -EOPNOTSUPP if it has none. */
int kernel_net_set_mtu(unsigned mtu);
int kernel_net_set_mac(const unsigned char mac[6]);
/* Bits of IFF_* that a user may set (promiscuous 0x100, all-multicast 0x200), and how many multicast addresses. */
int kernel_net_set_rx_mode(unsigned flags, unsigned addresses);
/* SIOCGMIIPHY, SIOCGMIIREG or SIOCSMIIREG. `value`: register in bits 0-7, PHY in 8-15, what is written from 16. */
int kernel_net_ioctl(unsigned cmd, unsigned value);
/* The `which`-th of the ethtool operations that dmafuzz knows, with an argument; kernel_net_ethtool_name() names it. */
#define KERNEL_NET_ETHTOOLS 24
const char *kernel_net_ethtool_name(unsigned which);
int kernel_net_ethtool(unsigned which, unsigned value);
int kernel_net_tx_timeout(void);
struct kernel_net_stats {
	unsigned long long rx_packets, tx_packets, rx_errors, tx_errors;
	int carrier, queue_stopped;
	int keeps_fcs; /* frames come up with their check sequence */
	unsigned mtu, features_sg, features_csum, features_tso;
	unsigned char mac[6];
};
int kernel_net_stats(struct kernel_net_stats *stats);

/*
 * Disks: what a program does with the first one that the driver registered, as file systems and users would. Errors are
 * negative errnos; -ENODEV: none is registered, or it is not open.
 */
int kernel_block_offered(void); /* 1 if this program has the block layer */
int kernel_block_registered(void);
int kernel_block_open(void);
int kernel_block_close(void);
struct kernel_block_info {
	unsigned long long sectors; /* of 512 bytes */
	unsigned block;		    /* bytes: all that is read or written is whole blocks */
	int discard, write_zeroes, read_only;
};
int kernel_block_info(struct kernel_block_info *info);
enum kernel_block_op {
	KERNEL_BLOCK_READ = 0,
	KERNEL_BLOCK_WRITE = 1,
	KERNEL_BLOCK_FLUSH = 2,
	KERNEL_BLOCK_DISCARD = 3,
	KERNEL_BLOCK_ZERO = 4
};
enum kernel_block_flags {
	KERNEL_BLOCK_FUA = 1,
	KERNEL_BLOCK_PLUG = 2 /* it is held back, with those that follow, until kernel_block_unplug() */
};
/* Up to 1 MiB of data in `segments` pieces of memory, which begin `offset` bytes into a page as far as the disk can. */
struct kernel_block_io {
	unsigned token, op, flags;
	unsigned segments, offset, bytes;
	unsigned long long sector;
	const unsigned char *bytes_to_write;
};
/* 0: under way, and host_block_done() comes, once, maybe before it returns. */
int kernel_block_submit(const struct kernel_block_io *io);
void kernel_block_unplug(void);
/* The parts of what was read, in order, then the end: 0 or an error. */
void host_block_data(unsigned token, const unsigned char *bytes, unsigned n);
void host_block_done(unsigned token, int error);
/*
 * What a user may ask besides. Of a controller with a character device (NVMe): reset, rescan, reset of the subsystem.
 * Of any other disk: read what its driver shows of it; let it write through; let it write back.
 */
#define KERNEL_BLOCK_CONTROLS 3
int kernel_block_control(unsigned which);

/*
 * Random numbers: reads of the generator that the driver registered, as their core does, a buffer at once. Returns how
 * many bytes it gave, or a negative errno (-ENODEV: none is registered).
 */
int kernel_random_read(int wait);
/* It gave so many of the buffer's bytes; the others were KERNEL_RANDOM_FILL before. */
#define KERNEL_RANDOM_FILL 0xa5
void host_random_read(const unsigned char *buffer, unsigned size, unsigned given);

/*
 * DMA engines: a client of the one that the driver registered. A channel is a number from 0 up to 31.
 */
int kernel_copy_offered(void); /* 1 if this program has DMA engines */
/* Requests a channel: 1 it is the client's, 0 there is none, or it could not be had. */
int kernel_copy_open(unsigned channel);
/* 0: the driver cannot be unbound while its channels are requested. */
int kernel_copy_may_stay(void);
#define KERNEL_COPY_MAX	 (128u << 10)
#define KERNEL_COPY_FILL 0xa5
struct kernel_copy {
	unsigned token, channel;
	unsigned bytes;		 /* of the engine's granularity, at most KERNEL_COPY_MAX: fitted */
	unsigned src_at, dst_at; /* where in a cache line they begin, below 128 */
	unsigned held;		 /* 1: submitted, and issued by kernel_copy_issue() */
};
/* 0: under way, and host_copy_done() or host_copy_dropped() comes, once. -EAGAIN: the engine takes no more. */
int kernel_copy_submit(const struct kernel_copy *copy);
/* Issues what is held back, and waits for what was terminated. */
void kernel_copy_issue(void);
/* Ends what is under way; `later`: waits for that in kernel_copy_issue() only. -EINVAL: the engine cannot. */
int kernel_copy_terminate(unsigned channel, int later);
/* Gives the channel back, whatever is under way. */
int kernel_copy_release(unsigned channel);
/* Asks how the copy stands that came last: enum dma_status, -ENOENT there is none; -ERANGE more is left than there was.
 */
int kernel_copy_status(unsigned channel, unsigned *residue);
/* The bytes that are to be copied: exactly so many. */
const unsigned char *host_copy_bytes(unsigned token, unsigned bytes);
/*
 * It ended: 0 or an error. `buffer` is its destination, of `size` bytes, KERNEL_COPY_FILL around what was copied to
 * `at`; null: it had ended before. Dropped: it was terminated.
 */
void host_copy_done(unsigned token, int error, const unsigned char *buffer, unsigned size, unsigned at);
void host_copy_dropped(unsigned token);

/*
 * A file that the driver made in debugfs, NAME/buffer: what its device holds, KERNEL_FILE_BYTES of it.
 */
#define KERNEL_FILE_BYTES 4088
#define KERNEL_FILE_FILL  0xa5
int kernel_file_offered(void); /* 1 if this program's driver makes one */
int kernel_file_there(void);   /* 1 if it is there now */
/* One write or read of n bytes at an offset: how many it came to, or a negative errno. */
long kernel_file_write(const unsigned char *bytes, unsigned n, unsigned long long at);
/* All n bytes of the user's memory come back, which were KERNEL_FILE_FILL before. */
long kernel_file_read(unsigned char *to, unsigned n, unsigned long long at);

#ifdef __cplusplus
}
#endif
#endif
