# SPDX-License-Identifier: GPL-2.0-only
# One driver of our own in three languages, for QEMU's edu device (docs/edu.md): on the C API, on dmaxx, and (rust.cmake)
# on the tree's own Rust abstraction. They are no part of the tree, and the same for each.

driver_objects(edu_c BUS pci INCLUDES ${CMAKE_CURRENT_SOURCE_DIR}/edu FILES ${DMAFUZZ_EDU}/edu_c.c)
driver_objects(edu_cxx BUS pci INCLUDES ${CMAKE_CURRENT_SOURCE_DIR}/edu FILES ${DMAFUZZ_EDU}/edu_cxx.c)
kernel_cxx_objects(driver_edu_cxx_dma FILES ${DMAFUZZ_EDU}/edu_cxx.cc)
target_include_directories(kobj_driver_edu_cxx_dma PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/edu)
# As docs/cxx-wrapper.md tells drivers to be compiled.
target_compile_options(kobj_driver_edu_cxx_dma PRIVATE -Werror=consumed -Werror=unused-result)
# Ours, so held to the shims' warnings.
foreach(part edu_c edu_cxx)
  get_target_property(options kobj_driver_${part} COMPILE_OPTIONS)
  list(REMOVE_ITEM options ${KERNEL_WARNINGS})
  set_target_properties(kobj_driver_${part} PROPERTIES COMPILE_OPTIONS "${options}")
  target_compile_options(kobj_driver_${part} PRIVATE ${SHIM_WARNINGS})
endforeach()
shim_objects(shim_file_user FILES driver-core/file_user.c)
set(EDU_DRIVERS edu_c edu_cxx PARENT_SCOPE)
set(DRIVER_PARTS_edu_c shim_file_user PARENT_SCOPE)
set(DRIVER_PARTS_edu_cxx driver_edu_cxx_dma dmaxx shim_file_user PARENT_SCOPE)
set(DRIVER_PARTS_edu_rust shim_file_user PARENT_SCOPE)
