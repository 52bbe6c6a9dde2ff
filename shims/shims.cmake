# SPDX-License-Identifier: GPL-2.0-only
# What is shimmed: our own kernel C, by part.

shim_objects(shim_mm FILES mm/slab.c mm/page_alloc.c mm/vmalloc.c mm/string.c mm/percpu.c)
shim_objects(shim_boot FILES boot/boot.c boot/printk.c boot/random.c boot/reset.c boot/devices.c boot/pools.c
  boot/self_test.c arch/dma.c)
# Code under test: the interpreter of backend `c`, with coverage.
shim_objects(backend_c COVERED FILES backend/c/interp.c backend/c/memory.c backend/c/streaming.c backend/c/sg.c
  backend/c/coherent.c backend/c/pool.c backend/c/device.c)
shim_objects(shim_dmasan FILES dmasan/hooks.c dmasan/masks.c dmasan/map_memory.c dmasan/pools.c dmasan/unbound.c
  dmasan/access.c)
# The driver of our IOMMU, and the page tables that the tree has for it.
if(KERNEL_SERIES VERSION_GREATER_EQUAL 7.0)
  set(iommu_table iommu/table_pt.c)
else()
  set(iommu_table iommu/table_lpae.c)
endif()
shim_objects(shim_iommu FILES iommu/driver.c ${iommu_table})
