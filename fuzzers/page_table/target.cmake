# SPDX-License-Identifier: GPL-2.0-only
fuzz_target(page_table KIND bytes MAX_LEN 512
  SUMMARY "I/O page tables of every format that the tree has: map, unmap and what a hardware walker sees"
  SOURCES page_table.cc
  KERNEL ${DMA_KERNEL} target_page_table)
