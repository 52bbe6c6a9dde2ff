# SPDX-License-Identifier: GPL-2.0-only
fuzz_target(iova KIND bytes MAX_LEN 512
  SUMMARY "The IOVA allocator (drivers/iommu/iova.c): ranges, limits, alignment, per-CPU caches"
  SOURCES iova.cc
  KERNEL ${DMA_KERNEL} target_iova)
