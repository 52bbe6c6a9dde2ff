# SPDX-License-Identifier: GPL-2.0-only
# Block devices: the block layer of the tree as it is, and our shims of what stands around it. BLOCK_KERNEL is what a
# program needs besides DMA_KERNEL and PCI_KERNEL, in place of NET_KERNEL.

set(block_files
  block/bdev.c block/bio.c block/elevator.c block/blk-core.c block/blk-sysfs.c block/blk-flush.c block/blk-settings.c
  block/blk-ioc.c block/blk-map.c block/blk-merge.c block/blk-timeout.c block/blk-lib.c block/blk-mq.c block/blk-mq-tag.c
  block/blk-stat.c block/blk-mq-sysfs.c block/blk-mq-cpumap.c block/blk-mq-sched.c block/genhd.c block/badblocks.c
  block/blk-pm.c block/blk-rq-qos.c block/blk-ia-ranges.c block/disk-events.c block/partitions/core.c)
if(KERNEL_SERIES VERSION_GREATER_EQUAL 7.0)
  list(APPEND block_files block/blk-mq-dma.c)
else()
  list(APPEND block_files block/blk-mq-pci.c block/blk-mq-virtio.c)
endif()
kernel_objects(block DEFINES ${WATCHED_COPIES} FILES ${block_files})
# What reads and writes the data is code under test: DmaSan sees whether the device still owns it.
target_compile_options(kobj_block PRIVATE ${WATCHED_ACCESSES} -I${CMAKE_CURRENT_SOURCE_DIR}/block/include/fs)
# Libraries that nothing else needs.
kernel_objects(block_lib FILES lib/sbitmap.c lib/percpu-refcount.c lib/group_cpus.c)

shim_objects(shim_block FILES block/init.c block/inode.c block/chardev.c block/control.c)
shim_objects(shim_block_path COVERED FILES block/submit.c)
set(BLOCK_KERNEL block block_lib shim_block shim_block_path)
set(BLOCK_KERNEL ${BLOCK_KERNEL} PARENT_SCOPE)

# In place of either, in programs of the other kind.
shim_objects(net_none FILES net/none.c)
shim_objects(block_none FILES block/none.c)

# A driver for tests (harness/tests/block.cmake).
shim_objects(block_test_driver COVERED FILES block/test/driver.c)
