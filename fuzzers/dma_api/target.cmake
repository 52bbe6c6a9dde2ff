# SPDX-License-Identifier: GPL-2.0-only
fuzz_target(dma_api KIND dma
  SUMMARY "Lawful DMA programs through the C API, on every path; the reference model is the oracle"
  SOURCES dma_api.cc ../dma_mutators.cc
  KERNEL ${DMA_KERNEL})
