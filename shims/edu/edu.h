/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of QEMU's edu device (docs/specs/edu of QEMU), for the drivers edu_c and edu_cxx; edu_rust.rs has them as
 * Rust. All are read and written as 32 bits.
 */
#ifndef EDU_H
#define EDU_H

#define EDU_VENDOR	 0x1234
#define EDU_DEVICE	 0x11e8

#define EDU_ID		 0x00 /* the lowest byte says what it is */
#define EDU_LIVE	 0x04 /* reads as the complement of what was written */
#define EDU_IRQ_STATUS	 0x24
#define EDU_IRQ_ACK	 0x64
#define EDU_SOURCE	 0x80
#define EDU_DESTINATION	 0x88
#define EDU_COUNT	 0x90
#define EDU_COMMAND	 0x98
#define EDU_BAR_BYTES	 0x9c

#define EDU_ID_LOW	 0xed
#define EDU_LIVE_TEST	 0x5a5a1234U
#define EDU_IRQ_TRANSFER 0x100

/* Commands: start, from the device's buffer to memory, raise an interrupt at the end. */
#define EDU_RUN	     0x1
#define EDU_TO_HOST  0x2
#define EDU_TELL     0x4

#define EDU_DMA_BITS 28
#define EDU_BUFFER   0x40000
/* The buffer has 4096 bytes; QEMU 7.2 ends itself when a transfer reaches the last of them. */
#define EDU_FILE_BYTES 4088
/* A transfer takes 100 ms. */
#define EDU_TIMEOUT_MS 1000

#endif
