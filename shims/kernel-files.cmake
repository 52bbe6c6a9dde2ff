# SPDX-License-Identifier: GPL-2.0-only
# What is real: files of the kernel tree, by part. One file a line; a reason where a tree differs.

kernel_objects(dma FILES
  kernel/dma/direct.c kernel/dma/ops_helpers.c kernel/dma/remap.c kernel/dma/dummy.c lib/sg_pool.c)
# What its hooks are not told, the renamed functions are for (shims/dmasan/hooks.c, masks.c).
set(told dma_alloc_noncontiguous=real_dma_alloc_noncontiguous
  dma_set_mask=real_dma_set_mask dma_set_coherent_mask=real_dma_set_coherent_mask)
if(KERNEL_SERIES VERSION_LESS 7.0)
  list(APPEND told dma_unmap_page_attrs=real_dma_unmap_page_attrs dma_unmap_sg_attrs=real_dma_unmap_sg_attrs)
endif()
kernel_objects(dma_mapping DEFINES ${told} FILES kernel/dma/mapping.c)
# And what they are told too late: memory is looked at before it is mapped (shims/dmasan/map_memory.c).
target_compile_options(kobj_dma_mapping PRIVATE "SHELL:-include ${CMAKE_CURRENT_SOURCE_DIR}/dmasan/real_map.h")
# Pools are told of by their own functions (shims/dmasan/pools.c).
kernel_objects(dma_pool_blocks FILES mm/dmapool.c)
target_compile_options(kobj_dma_pool_blocks PRIVATE "SHELL:-include ${CMAKE_CURRENT_SOURCE_DIR}/dmasan/real_pool.h")
# Its copies are the driver's, not the core's: they are seen as what the CPU does (shims/dmasan/access.c).
kernel_objects(scatterlist DEFINES ${WATCHED_COPIES} FILES lib/scatterlist.c)

# The kernel's own checker, under other names: ours stands before it (shims/dmasan).
kernel_objects(dma_debug FILES kernel/dma/debug.c)
target_compile_options(kobj_dma_debug PRIVATE "SHELL:-include ${CMAKE_CURRENT_SOURCE_DIR}/dmasan/rename.h")

# With CONFIG_OF these two register their reserved-memory pools in a table (restricted and per-device pools); the rest of
# the kernel is built without it, and no structure that they share depends on it. The renamed function makes the books of
# a device's own memory (shims/boot/pools.c); the other two are what DmaSan hears of it by (shims/dmasan/hooks.c).
kernel_objects(dma_pools DEFINES CONFIG_OF=1 bitmap_zalloc=dmaf_bitmap_zalloc
  dma_alloc_from_dev_coherent=real_dma_alloc_from_dev_coherent
  dma_release_from_dev_coherent=real_dma_release_from_dev_coherent FILES kernel/dma/swiotlb.c kernel/dma/coherent.c)

# Its pools are its own; shims/boot/pools.c makes them, to see what is left in use.
kernel_objects(atomic_pools DEFINES gen_pool_create=dmaf_gen_pool_create FILES kernel/dma/pool.c)

kernel_objects(lib FILES
  lib/bitmap.c lib/bitmap-str.c lib/find_bit.c lib/rbtree.c lib/xarray.c lib/radix-tree.c lib/genalloc.c lib/idr.c
  lib/vsprintf.c lib/kasprintf.c lib/string.c lib/string_helpers.c lib/ctype.c lib/hexdump.c lib/kstrtox.c lib/cmdline.c
  lib/sort.c lib/list_sort.c lib/list_debug.c lib/refcount.c lib/bsearch.c lib/llist.c lib/klist.c lib/kobject.c
  lib/hweight.c lib/uuid.c lib/seq_buf.c lib/parser.c lib/math/gcd.c lib/math/lcm.c lib/math/div64.c lib/devres.c
  lib/math/reciprocal_div.c lib/math/int_log.c lib/plist.c)

set(iommu_files drivers/iommu/iova.c drivers/iommu/iommu.c drivers/iommu/iommu-sysfs.c
  drivers/iommu/iommu-traces.c drivers/iommu/io-pgtable.c drivers/iommu/io-pgtable-arm.c)
if(KERNEL_SERIES VERSION_GREATER_EQUAL 7.0)
  # Page tables of all formats from one template; 6.12 has io-pgtable only.
  list(APPEND iommu_files drivers/iommu/iommu-pages.c drivers/iommu/generic_pt/fmt/iommu_amdv1.c
    drivers/iommu/generic_pt/fmt/iommu_x86_64.c drivers/iommu/generic_pt/fmt/iommu_vtdss.c
    drivers/iommu/generic_pt/fmt/iommu_riscv64.c)
endif()
kernel_objects(iommu FILES ${iommu_files})
# The IOVA API, which no hook of the kernel's tells of (shims/dmasan/hooks.c); 6.12 has none.
kernel_objects(dma_iommu DEFINES dma_iova_link=real_dma_iova_link dma_iova_unlink=real_dma_iova_unlink
  dma_iova_destroy=real_dma_iova_destroy FILES drivers/iommu/dma-iommu.c)

kernel_objects(base FILES
  drivers/base/core.c drivers/base/dd.c drivers/base/driver.c drivers/base/class.c
  drivers/base/property.c drivers/base/swnode.c drivers/base/map.c drivers/base/platform.c)

# Sleeping and waking, of the whole machine and of one device.
kernel_objects(power FILES
  drivers/base/power/common.c drivers/base/power/generic_ops.c drivers/base/power/main.c drivers/base/power/qos.c
  drivers/base/power/runtime.c drivers/base/power/sysfs.c drivers/base/power/wakeirq.c drivers/base/power/wakeup.c
  drivers/base/power/wakeup_stats.c kernel/power/qos.c)

# What a driver left behind is asked for when it has let go of a device, on any bus, or its probe failed
# (shims/dmasan/unbound.c).
kernel_objects(base_bus DEFINES bus_notify=real_bus_notify devres_release_all=real_devres_release_all
  FILES drivers/base/bus.c drivers/base/devres.c)

# Notifiers, calendar and other small parts that nothing of ours needs to replace.
kernel_objects(core FILES
  kernel/notifier.c kernel/time/time.c kernel/time/timeconv.c
  lib/siphash.c lib/ratelimit.c lib/usercopy.c lib/math/int_pow.c)
# What drivers copy to and from users they load and store: 7.3 calls these, 6.12 has them inline.
foreach(root ${DMAFUZZ_KERNEL} ${DMAFUZZ_OVERLAY})
  set_property(SOURCE ${root}/lib/usercopy.c APPEND PROPERTY COMPILE_DEFINITIONS ${WATCHED_COPIES})
endforeach()
# Resources, which it frees only if their page says that it is slab's (mm/real_resource.h).
kernel_objects(resource FILES kernel/resource.c)
target_compile_options(kobj_resource PRIVATE "SHELL:-include ${CMAKE_CURRENT_SOURCE_DIR}/mm/real_resource.h")
# Pools with a reserve, which is no leak (mm/mempool_kept.h).
kernel_objects(mempool FILES mm/mempool.c)
target_compile_options(kobj_mempool PRIVATE "SHELL:-include ${CMAKE_CURRENT_SOURCE_DIR}/mm/mempool_kept.h")
# Strings and the like.
kernel_objects(util FILES mm/util.c mm/debug.c)
