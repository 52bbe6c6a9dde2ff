/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module inside QEMU (watch_module.c) tells the harness of the device's DMA: one file of shared memory, whose
 * descriptor the environment names. QEMU writes while the harness waits for an answer of its, and the other way round:
 * never both at once.
 */
#ifndef DMAFUZZ_DEVICE_QEMU_WATCH_LOG_H
#define DMAFUZZ_DEVICE_QEMU_WATCH_LOG_H

#include <stdint.h>

#define WATCH_LOG_VARIABLE "DMAFUZZ_WATCH_LOG"
#define WATCH_LOG_VERSION 1u
/* A command that makes a device do more than this is not followed: the harness says so and stops. */
#define WATCH_LOG_ACCESSES 65536u

/* One run of accesses that went on where the last had ended, in one direction. */
struct watch_access {
  uint64_t address; /* DMA address of the first byte */
  uint32_t bytes;
  uint32_t write; /* 1: the device wrote */
};

/* What a device may do besides, while it is kept to ranges: as an IOMMU would, but byte by byte. */
#define WATCH_LOG_RANGES 8192u
struct watch_range {
  uint64_t address, bytes;
  uint32_t read, write; /* 1: it may */
};

struct watch_log {
  uint32_t version;    /* set by the module when the device's bus is watched */
  uint32_t count;      /* accesses since the harness set it to 0; more than fit if lost */
  uint32_t restricted; /* 1: only `ranges` of `range` may be touched */
  uint32_t ranges;
  uint64_t tried;   /* accesses, refused or not: never goes back */
  uint64_t refused; /* accesses that were not done for that */
  struct watch_range range[WATCH_LOG_RANGES];
  struct watch_access access[WATCH_LOG_ACCESSES];
};

#endif
