# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's own tests as a program (shims/kunit.cmake says which). Included by fuzzers/CMakeLists.txt, which has
# kernel_program().
get_property(parts GLOBAL PROPERTY DMAFUZZ_KUNIT_PARTS)
if(parts)
  get_property(table GLOBAL PROPERTY DMAFUZZ_KUNIT_TABLE)
  # Made in another folder's scope, which this one must be told.
  set_source_files_properties(${table} PROPERTIES GENERATED TRUE)
  add_executable(kernel_tests ${CMAKE_SOURCE_DIR}/harness/tests/kernel_tests/main.cc ${table})
  kernel_program(kernel_tests KERNEL ${DMA_KERNEL} ${parts})
  target_link_libraries(kernel_tests PRIVATE harness_engine CLI11::CLI11)
  # About three minutes on 7.3, most of it the generic_pt suites.
  add_test(NAME kernel_tests COMMAND kernel_tests)
endif()
