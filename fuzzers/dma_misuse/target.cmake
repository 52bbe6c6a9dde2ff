# SPDX-License-Identifier: GPL-2.0-only
fuzz_target(dma_misuse KIND bytes
  MAX_LEN 1042
  SUMMARY "DMA programs with one chosen mistake, on every path; DmaSan must see that mistake and nothing else"
  SOURCES dma_misuse.cc
  KERNEL ${DMA_KERNEL})
