# SPDX-License-Identifier: GPL-2.0-only
# Drivers, compiled from the tree as modules.

# driver_objects(NAME BUS pci|platform|virtio [NO_EXIT] [AFTER library] [DEFINES ...] [INCLUDES folder...] FILES ...|RUST)
#
# The files of one module: of the tree (or of the overlay), or, with an absolute path, our own. As Kbuild does it, all
# have the module's name. They are code under test: covered, and DmaSan sees what they load, store and copy. The part is
# called driver_NAME and defines `kernel_driver` (host_bus.h); a program has one driver.
# NO_EXIT: the module cannot be unloaded. INCLUDES are folders of the tree as well.
# A driver on the bus virtio needs another one, which makes such devices of those of PCI: AS_TRANSPORT says that it is
# one, and names it `kernel_transport` instead (virtio.cmake).
#
# RUST: the module itself is not of C (rust_driver() of rust.cmake).
#
# BUS library: a module that others need, without devices; the part driver_NAME has no `kernel_driver`. AFTER names such a
# one, which is loaded before the driver and unloaded after it.
function(driver_objects name)
  cmake_parse_arguments(D "NO_EXIT;AS_TRANSPORT;RUST" "BUS;AFTER" "DEFINES;INCLUDES;FILES" ${ARGN})
  string(TOUPPER ${D_BUS} bus)
  string(MAKE_C_IDENTIFIER ${name} id)
  set(sources)
  foreach(file ${D_FILES})
    get_filename_component(base ${file} NAME_WE)
    string(MAKE_C_IDENTIFIER ${base} base)
    set(path ${file})
    if(NOT IS_ABSOLUTE ${file})
      set(path ${DMAFUZZ_KERNEL}/${file})
      if(DMAFUZZ_OVERLAY AND EXISTS ${DMAFUZZ_OVERLAY}/${file})
        set(path ${DMAFUZZ_OVERLAY}/${file})
        message(STATUS "Overlay: ${file}")
      endif()
      get_filename_component(dir ${file} DIRECTORY)
      list(APPEND D_INCLUDES ${dir})
    endif()
    if(NOT EXISTS ${path})
      message(FATAL_ERROR "${DMAFUZZ_KERNEL} lacks ${file}. Supported trees: 7.3 and 6.12.")
    endif()
    list(APPEND sources ${path})
    set_source_files_properties(${path} PROPERTIES COMPILE_DEFINITIONS "KBUILD_BASENAME=\"${base}\"")
  endforeach()
  list(REMOVE_DUPLICATES D_INCLUDES)
  list(TRANSFORM D_INCLUDES PREPEND ${DMAFUZZ_KERNEL}/ REGEX "^[^/]")

  set(init init_${id})
  set(exit cleanup_${id})
  set(with_library)
  if(D_AFTER)
    set(init load)
    set(exit unload)
    string(CONFIGURE [[
int init_@D_AFTER@(void);
void cleanup_@D_AFTER@(void);

static int load(void)
{
	int ret = init_@D_AFTER@();

	if (ret)
		return ret;
	ret = init_@id@();
	if (ret)
		cleanup_@D_AFTER@();
	return ret;
}

static void unload(void)
{
	cleanup_@id@();
	cleanup_@D_AFTER@();
}
]] with_library @ONLY)
  endif()
  if(D_NO_EXIT)
    set(exit 0)
  endif()
  set(symbol kernel_driver)
  if(D_AS_TRANSPORT)
    set(symbol kernel_transport)
  endif()
  # Devices of the platform bus are matched by the driver's name.
  set(ids dmaf_driver_ids_${D_BUS})
  if(bus STREQUAL "PLATFORM")
    set(ids 0)
  endif()
  set(transport 0)
  if(bus STREQUAL "VIRTIO")
    set(transport &kernel_transport)
  endif()
  set(module ${CMAKE_CURRENT_BINARY_DIR}/drivers/${name}.c)
  file(CONFIGURE OUTPUT ${module} @ONLY CONTENT [[/* Made by shims/drivers.cmake. */
#include <linux/module.h>
#include "host_bus.h"

int init_@id@(void);
void cleanup_@id@(void);
extern const char dmaf_driver_ids_@D_BUS@[];
extern const struct kernel_driver kernel_transport;
@with_library@
struct module __this_module = {
	.name = "@id@",
	.state = MODULE_STATE_LIVE,
};

const struct kernel_driver @symbol@ = {
	.name = "@name@",
	.bus = KERNEL_BUS_@bus@,
	.init = @init@,
	.exit = @exit@,
	.ids = @ids@,
	.transport = @transport@,
};
]])
  set_source_files_properties(${module} PROPERTIES COMPILE_DEFINITIONS "KBUILD_BASENAME=\"${id}\"")
  if(D_BUS STREQUAL library)
    file(CONFIGURE OUTPUT ${module} @ONLY CONTENT [[/* Made by shims/drivers.cmake. */
#include <linux/module.h>

struct module __this_module = {
	.name = "@id@",
	.state = MODULE_STATE_LIVE,
};
]])
  endif()

  add_library(kobj_driver_${name} OBJECT ${sources} ${module})
  # Before the tree's headers: linux/module.h.
  target_compile_options(kobj_driver_${name} PRIVATE -I${CMAKE_CURRENT_SOURCE_DIR}/drivers/include
    ${KERNEL_HEADERS} ${KERNEL_DIALECT} ${KERNEL_WARNINGS} ${KERNEL_SANITIZERS} ${KERNEL_COVERAGE} ${WATCHED_ACCESSES}
    ${DRIVER_LINES} "-ffile-prefix-map=${DMAFUZZ_KERNEL}/=")
  if(DMAFUZZ_OVERLAY)
    target_compile_options(kobj_driver_${name} PRIVATE "-ffile-prefix-map=${DMAFUZZ_OVERLAY}/=")
  endif()
  foreach(dir ${D_INCLUDES})
    target_compile_options(kobj_driver_${name} PRIVATE -I${dir})
  endforeach()
  target_compile_definitions(kobj_driver_${name} PRIVATE MODULE init_module=init_${id} cleanup_module=cleanup_${id}
    __this_module=module_${id}
    KBUILD_MODNAME="${id}" KBUILD_MODFILE="${id}" __KBUILD_MODNAME=kmod_${id} ${WATCHED_COPIES} ${D_DEFINES})
endfunction()

# For drivers that are compiled without CMake (fuzzers/driver-kit.cmake): what each file is compiled with, and what it is
# instrumented with.
set_property(GLOBAL PROPERTY DMAFUZZ_DRIVER_FLAGS -fno-pie -I${CMAKE_CURRENT_SOURCE_DIR}/drivers/include ${header_words}
  ${KERNEL_DIALECT} ${KERNEL_WARNINGS} -ffile-prefix-map=${DMAFUZZ_KERNEL}/= -DMODULE -DCONFIG_FW_LOADER=1)
list(TRANSFORM WATCHED_COPIES PREPEND -D OUTPUT_VARIABLE watched)
set_property(GLOBAL PROPERTY DMAFUZZ_DRIVER_COVERAGE ${KERNEL_COVERAGE})
set_property(GLOBAL PROPERTY DMAFUZZ_DRIVER_INSTRUMENTATION -g -fno-omit-frame-pointer ${KERNEL_SANITIZERS}
  ${KERNEL_COVERAGE} ${WATCHED_ACCESSES} ${watched})

# The driver of harness/tests/pci.
driver_objects(pci_test BUS pci INCLUDES ${CMAKE_SOURCE_DIR}/harness FILES ${CMAKE_SOURCE_DIR}/harness/tests/pci/driver.c)

# Those that have a model of their device (harness/driver/models) and so a target, driver_NAME.
driver_objects(e1000 BUS pci FILES drivers/net/ethernet/intel/e1000/e1000_main.c
  drivers/net/ethernet/intel/e1000/e1000_hw.c drivers/net/ethernet/intel/e1000/e1000_ethtool.c
  drivers/net/ethernet/intel/e1000/e1000_param.c)
driver_objects(8139cp BUS pci FILES drivers/net/ethernet/realtek/8139cp.c)
driver_objects(pcnet32 BUS pci FILES drivers/net/ethernet/amd/pcnet32.c)
driver_objects(e100 BUS pci FILES drivers/net/ethernet/intel/e100.c)
driver_objects(vmxnet3 BUS pci FILES drivers/net/vmxnet3/vmxnet3_drv.c drivers/net/vmxnet3/vmxnet3_ethtool.c
  drivers/net/vmxnet3/vmxnet3_xdp.c)
set(DRIVERS e1000 8139cp pcnet32 e100 vmxnet3)
include(virtio.cmake)
set(DRIVERS ${DRIVERS} PARENT_SCOPE)
# Drivers of disks, which have the block layer in place of the network.
driver_objects(nvme_core BUS library FILES drivers/nvme/host/core.c drivers/nvme/host/ioctl.c drivers/nvme/host/sysfs.c
  drivers/nvme/host/pr.c)
driver_objects(nvme BUS pci AFTER nvme_core FILES drivers/nvme/host/pci.c)
set(BLOCK_DRIVERS nvme virtio_blk vmw_pvscsi PARENT_SCOPE)
set(DRIVER_PARTS_nvme driver_nvme_core PARENT_SCOPE)
driver_objects(vmw_pvscsi BUS pci DEFINES CONFIG_SCSI_DMA=1 FILES drivers/scsi/vmw_pvscsi.c)
include(scsi.cmake)
set(DRIVER_PARTS_vmw_pvscsi ${SCSI_KERNEL} PARENT_SCOPE)
