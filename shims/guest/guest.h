/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the harness and a guest say to one another: a box of memory that both see (a file of the host's, BAR 2 of an
 * ivshmem device in the guest). It holds DMA programs, which the guest runs on a real kernel's DMA API with QEMU's edu
 * as the device, and what came of each operation.
 *
 * Included by the harness (C++) and the guest's module (kernel C); layouts are the same on every 64-bit target, all
 * numbers little-endian. All offsets are from the start of the box, in bytes, and multiples of 8.
 */
#ifndef DMAF_GUEST_H
#define DMAF_GUEST_H

#include "backend/backend.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DMAF_GUEST_MAGIC 0x746573756775666dull
#define DMAF_GUEST_ABI	 1

/* Most operations of one program: those of a program, those that set its device up, and those that give back. */
#define DMAF_GUEST_OPS 640

enum dmaf_guest_state {
	DMAF_GUEST_ASLEEP = 0,	/* as the harness leaves it: the module did not look into it */
	DMAF_GUEST_RUNNING = 1, /* and so it stays if the guest dies */
	DMAF_GUEST_DONE = 2,	/* all programs ran */
	DMAF_GUEST_FULL = 3,	/* the next program's records might not fit */
	DMAF_GUEST_BROKEN = 4,	/* no device, or a box that makes no sense: the guest's log says more */
};

/* At offset 0. The harness writes all of it; the guest then changes state and out_used only. */
struct dmaf_guest_box {
	dmaf_u64 magic;
	dmaf_u32 abi; /* DMAF_GUEST_ABI */
	dmaf_u32 state;
	dmaf_u32 programs; /* how many lie from `in` on, one after the other */
	dmaf_u32 reserved;
	dmaf_u64 in;	   /* first struct dmaf_guest_program */
	dmaf_u64 out;	   /* first struct dmaf_guest_record */
	dmaf_u64 out_size; /* room for them */
	dmaf_u64 out_used; /* written whole: the record that a guest died of is not among them */
};

/* A program: this, then `count` times struct dmaf_guest_op. */
struct dmaf_guest_program {
	dmaf_u32 number; /* the harness's: it comes back in each record and in the guest's log */
	dmaf_u32 count;	 /* <= DMAF_GUEST_OPS */
	struct dmaf_config config;
	dmaf_u32 lawful; /* 0: what it leaves is its mistake, and the kernel's to find when the driver goes */
	dmaf_u32 reserved;
};

/* Where an operation comes from. */
enum dmaf_guest_origin {
	DMAF_GUEST_SETUP = 0,	/* the program's configuration, in the words of operations */
	DMAF_GUEST_PROGRAM = 1, /* the program */
	DMAF_GUEST_CLOSING = 2, /* what the harness gave back after a lawful program */
};

struct dmaf_guest_op {
	struct dmaf_op op;
	dmaf_u32 index; /* in the program, or among its closing operations */
	dmaf_u32 origin;
	dmaf_u32 reserved;
};

/* result.status besides those of backend.h: the operation named a list that is not mapped, so it was left out. */
#define DMAF_GUEST_LEFT_OUT 100

/* What an operation came to: this, then `bytes` bytes that it read, padded to a multiple of 8. */
struct dmaf_guest_record {
	dmaf_u32 program; /* its number */
	dmaf_u32 index;	  /* of the operation, as above; DMAF_GUEST_END: the program came to its end */
	dmaf_u32 origin;
	dmaf_s32 status;
	dmaf_u64 value;	 /* result.value */
	dmaf_u64 mapped; /* bytes of all segments of the result */
	dmaf_u32 nseg;	 /* how many */
	dmaf_u32 bytes;	 /* CHECK, DEV_READ: how many follow */
	dmaf_s32 live;	 /* entries of dma-debug, less those before the program */
	dmaf_u32 reserved;
};
#define DMAF_GUEST_END 0xffffffffu

/* What the guest's log says before a program and after its end, the number in decimal. */
#define DMAF_GUEST_LOG_BEGIN "dmafuzz guest: program "
#define DMAF_GUEST_LOG_END   "dmafuzz guest: end of program "

static inline dmaf_u64 dmaf_guest_padded(dmaf_u64 bytes)
{
	return (bytes + 7) & ~7ull;
}

#ifdef __cplusplus
}
#endif
#endif
