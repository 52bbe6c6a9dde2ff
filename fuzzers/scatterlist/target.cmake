# SPDX-License-Identifier: GPL-2.0-only
fuzz_target(scatterlist KIND bytes MAX_LEN 512
  SUMMARY "Scatterlists (lib/scatterlist.c): every way to make, walk, copy, zero and split them"
  SOURCES scatterlist.cc
  KERNEL ${DMA_KERNEL} target_scatterlist sg_split)
