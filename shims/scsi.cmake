# SPDX-License-Identifier: GPL-2.0-only
# SCSI: the middle layer of the tree and its disks (sd), over the block layer. SCSI_KERNEL is what a driver of a SCSI host
# needs besides BLOCK_KERNEL.

# The names of a device's flags are made from a header, as drivers/scsi/Makefile has it.
set(names ${CMAKE_CURRENT_BINARY_DIR}/scsi/scsi_devinfo_tbl.c)
file(STRINGS ${DMAFUZZ_KERNEL}/include/scsi/scsi_devinfo.h lines REGEX "define +BLIST_[A-Z0-9_]+ ")
list(TRANSFORM lines REPLACE ".*define +BLIST_([A-Z0-9_]*) .*" "BLIST_FLAG_NAME(\\1),")
list(JOIN lines "\n" lines)
file(CONFIGURE OUTPUT ${names} CONTENT "@lines@\n" @ONLY)

# The option has one header's worth of consequences, and drivers of hosts without it there are none of here.
set(scsi_defines ${WATCHED_COPIES} CONFIG_SCSI_DMA=1)
kernel_objects(scsi DEFINES ${scsi_defines} FILES drivers/scsi/scsi.c drivers/scsi/scsi_common.c
  drivers/scsi/scsi_devinfo.c drivers/scsi/scsi_ioctl.c drivers/scsi/scsi_lib.c drivers/scsi/scsi_lib_dma.c
  drivers/scsi/scsi_logging.c drivers/scsi/scsi_pm.c drivers/scsi/scsi_scan.c drivers/scsi/scsi_sysfs.c drivers/scsi/sd.c
  drivers/base/attribute_container.c drivers/base/transport_class.c)
# What handles errors is a thread of each host's (scsi/error_handler.c).
kernel_objects(scsi_errors DEFINES ${scsi_defines} schedule=dmaf_scsi_schedule
  kthread_create_on_node=dmaf_scsi_thread_create kthread_stop=dmaf_scsi_thread_stop
  kthread_should_stop=dmaf_scsi_thread_should_stop wake_up_process=dmaf_scsi_thread_wake
  FILES drivers/scsi/hosts.c drivers/scsi/scsi_error.c)
foreach(part scsi scsi_errors)
  target_compile_options(kobj_${part} PRIVATE ${WATCHED_ACCESSES} -I${CMAKE_CURRENT_BINARY_DIR}/scsi)
endforeach()
shim_objects(shim_scsi FILES scsi/error_handler.c scsi/control.c)

set(SCSI_KERNEL scsi scsi_errors shim_scsi)
