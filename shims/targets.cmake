# SPDX-License-Identifier: GPL-2.0-only
# The kernel's side of the targets that drive one part of the kernel: drivers in kernel C, code under test like it.
shim_objects(target_iova COVERED FILES targets/iova.c)
shim_objects(target_page_table COVERED FILES targets/page_table.c)
shim_objects(target_dmapool COVERED FILES targets/dmapool.c)
# The pools' own checks are compiled in with slab debugging only; a second copy has them, under names of its own.
set(debug_names)
foreach(name create create_node destroy alloc free)
  list(APPEND debug_names dma_pool_${name}=dmaf_debug_pool_${name})
endforeach()
foreach(name create destroy)
  list(APPEND debug_names dmam_pool_${name}=dmaf_debug_managed_pool_${name})
endforeach()
kernel_objects(dmapool_debug DEFINES CONFIG_SLUB_DEBUG_ON=1 ${debug_names} FILES mm/dmapool.c)
shim_objects(target_scatterlist COVERED FILES targets/scatterlist.c)
kernel_objects(sg_split FILES lib/sg_split.c)
# Its loads and stores are a driver's: they are seen as what the CPU does.
kernel_objects(virtio DEFINES CONFIG_VIRTIO_ANCHOR=1 ${WATCHED_COPIES} FILES drivers/virtio/virtio_ring.c
  drivers/virtio/virtio.c drivers/virtio/virtio_anchor.c)
target_compile_options(kobj_virtio PRIVATE ${WATCHED_ACCESSES} ${DRIVER_LINES})
shim_objects(target_virtio_ring COVERED FILES targets/virtio_ring.c targets/virtio_ring_map.c)
