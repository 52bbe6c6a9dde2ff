# SPDX-License-Identifier: GPL-2.0-only
fuzz_target(dmapool KIND bytes MAX_LEN 512
  SUMMARY "DMA pools (mm/dmapool.c) on every path: sizes, alignments, boundaries, contents, double frees"
  SOURCES dmapool.cc
  KERNEL ${DMA_KERNEL} target_dmapool dmapool_debug)
