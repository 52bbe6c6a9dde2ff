# SPDX-License-Identifier: GPL-2.0-only
fuzz_target(dma_wrappers KIND dma
  SUMMARY "Lawful DMA programs on C and on each wrapper of it, in lock step; any difference is a finding"
  SEEDS_OF dma_api
  SOURCES dma_wrappers.cc
  KERNEL ${DMA_KERNEL} ${WRAPPER_PARTS}
  LIBS ${WRAPPER_LIBS})
