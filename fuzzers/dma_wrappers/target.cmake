# SPDX-License-Identifier: GPL-2.0-only
fuzz_target(dma_wrappers KIND dma
  SUMMARY "Lawful DMA programs on C and on each wrapper of it, in lock step; any difference is a finding"
  SEEDS_OF dma_api
  SOURCES dma_wrappers.cc ../dma_mutators.cc
  KERNEL ${DMA_KERNEL} ${CXX_KERNEL})
# 6.12 has no crate to make it of (docs/rust.md).
if(TARGET kernel_rust)
  link_rust(dma_wrappers)
  link_rust(dma_wrappers.replay)
endif()
