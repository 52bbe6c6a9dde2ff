# SPDX-License-Identifier: GPL-2.0-only
#
# dmaxx, the C++ wrapper of the DMA API, and backend `cxx` over it. C++ here never sees a kernel header.

# kernel_cxx_objects(NAME FILES ...): our own C++ inside of the userspace kernel; code under test, as COVERED shims are.
function(kernel_cxx_objects name)
  cmake_parse_arguments(X "" "" "FILES" ${ARGN})
  list(TRANSFORM X_FILES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ REGEX "^[^/]")
  add_library(kobj_${name} OBJECT ${X_FILES})
  target_include_directories(kobj_${name} PRIVATE ${DMAFUZZ_DMAXX} ${CMAKE_CURRENT_SOURCE_DIR})
  # -Wconsumed is what follows objects that were given back (dmaxx/attributes.h).
  target_compile_options(kobj_${name} PRIVATE -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-strict-aliasing
    -fno-optimize-sibling-calls -O2 -ffunction-sections -fdata-sections -Wall -Wextra -Werror -Wconsumed
    ${KERNEL_SANITIZERS} ${KERNEL_COVERAGE} ${WATCHED_ACCESSES})
endfunction()

shim_objects(dmaxx COVERED FILES cxx/capi.c cxx/capi_sg.c cxx/capi_memory.c)
shim_objects(backend_cxx_driver COVERED FILES backend/cxx/driver.c)
kernel_cxx_objects(backend_cxx FILES backend/cxx/exec.cc backend/cxx/access.cc backend/cxx/streaming.cc
  backend/cxx/lists.cc backend/cxx/coherent.cc)
# The example of docs/adding-a-wrapper.md.
shim_objects(backend_example COVERED FILES backend/example/example.c)

# What dmaxx costs against C (harness/tests/cxx_cost): both drivers, and dmaxx's C functions once more, as a kernel would
# build them, without instrumentation.
set(plain_kernel ${KERNEL_SANITIZERS})
set(KERNEL_SANITIZERS)
shim_objects(cxx_cost FILES cxx/cost/cost.c)
target_sources(kobj_cxx_cost PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/cxx/capi.c ${CMAKE_CURRENT_SOURCE_DIR}/cxx/capi_sg.c
  ${CMAKE_CURRENT_SOURCE_DIR}/cxx/capi_memory.c)
set(plain_access ${WATCHED_ACCESSES})
set(plain_coverage ${KERNEL_COVERAGE})
set(WATCHED_ACCESSES)
set(KERNEL_COVERAGE)
kernel_cxx_objects(cxx_cost_cxx FILES cxx/cost/cost.cc)
set(KERNEL_SANITIZERS ${plain_kernel})
set(WATCHED_ACCESSES ${plain_access})
set(KERNEL_COVERAGE ${plain_coverage})
