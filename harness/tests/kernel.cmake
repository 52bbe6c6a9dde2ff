# SPDX-License-Identifier: GPL-2.0-only
#
# Tests that are programs over the whole kernel. Included by fuzzers/CMakeLists.txt, which has kernel_program().

# The kernel's own tests (shims/kunit.cmake says which).
get_property(parts GLOBAL PROPERTY DMAFUZZ_KUNIT_PARTS)
if(parts)
  get_property(table GLOBAL PROPERTY DMAFUZZ_KUNIT_TABLE)
  # Made in another folder's scope, which this one must be told.
  set_source_files_properties(${table} PROPERTIES GENERATED TRUE)
  add_executable(kernel_tests ${CMAKE_SOURCE_DIR}/harness/tests/kernel_tests/main.cc ${table})
  set(kernel ${DMA_KERNEL})
  if(TARGET kobj_kunit_iommu)
    list(TRANSFORM kernel REPLACE "^iommu$" kunit_iommu)
  endif()
  kernel_program(kernel_tests KERNEL ${kernel} ${parts})
  target_link_libraries(kernel_tests PRIVATE harness_engine CLI11::CLI11)
  # Two minutes on 7.3, most of it the generic_pt suites and memcpy_kunit.
  add_test(NAME kernel_tests COMMAND kernel_tests)
  # First, so that the others run beside it.
  set_tests_properties(kernel_tests PROPERTIES COST 1000)
endif()

# The scheduling shims, from inside the kernel.
add_executable(sched_test ${CMAKE_SOURCE_DIR}/harness/tests/sched_test.cc)
kernel_program(sched_test KERNEL ${DMA_KERNEL} shim_sched_test)
target_link_libraries(sched_test PRIVATE harness_engine GTest::gtest_main)
add_test(NAME sched_test COMMAND sched_test)

# What DmaSan sees of each mistake, on each path (docs/misuse.md).
add_executable(misuse_table ${CMAKE_SOURCE_DIR}/harness/tests/misuse/main.cc)
kernel_program(misuse_table KERNEL ${DMA_KERNEL})
target_link_libraries(misuse_table PRIVATE harness_engine)
add_test(NAME misuse_table COMMAND misuse_table ${CMAKE_SOURCE_DIR}/docs/misuse.md)

# Writes the corpus of mistakes and their lawful twins, corpora/dma_api/regressions/checks.
add_executable(misuse_corpus ${CMAKE_SOURCE_DIR}/harness/tests/misuse/corpus.cc)
kernel_program(misuse_corpus KERNEL ${DMA_KERNEL})
target_link_libraries(misuse_corpus PRIVATE harness_engine)

# That lock step finds out back ends that differ.
add_executable(lockstep_test ${CMAKE_SOURCE_DIR}/harness/tests/lockstep/main.cc)
kernel_program(lockstep_test KERNEL ${DMA_KERNEL})
target_link_libraries(lockstep_test PRIVATE harness_engine GTest::gmock GTest::gtest_main)
add_test(NAME lockstep_test COMMAND lockstep_test)

# And who sees it, DmaSan or the kernel's own checker (docs/compare-debug.md).
add_executable(compare_table ${CMAKE_SOURCE_DIR}/harness/tests/misuse/compare.cc)
kernel_program(compare_table KERNEL ${DMA_KERNEL})
target_link_libraries(compare_table PRIVATE harness_engine)
# The page is of 7.3, which has the IOVA API, whose mappings dma-debug does not know.
if(KERNEL_SERIES VERSION_GREATER_EQUAL 7.0)
  add_test(NAME compare_table COMMAND compare_table ${CMAKE_SOURCE_DIR}/docs/compare-debug.md)
else()
  add_test(NAME compare_table COMMAND compare_table)
endif()

# Backend cxx, over dmaxx, is backend c to the last event on lawful programs.
add_executable(cxx_backend ${CMAKE_SOURCE_DIR}/harness/tests/cxx/main.cc
  ${CMAKE_SOURCE_DIR}/harness/tests/cxx/refusals.cc)
kernel_program(cxx_backend KERNEL ${DMA_KERNEL} ${CXX_KERNEL})
target_link_libraries(cxx_backend PRIVATE harness_engine)
file(GLOB seeds CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/corpora/dma_api/seeds/*.dma)
add_test(NAME cxx.lawful COMMAND cxx_backend --random=200 ${seeds})
add_test(NAME cxx.refusals COMMAND cxx_backend --refusals)

# The example of docs/adding-a-wrapper.md.
add_executable(example_backend ${CMAKE_SOURCE_DIR}/harness/tests/example_backend/main.cc)
kernel_program(example_backend KERNEL ${DMA_KERNEL} backend_example)
target_link_libraries(example_backend PRIVATE harness_engine)
add_test(NAME example_backend COMMAND example_backend)

# What dmaxx costs (ci/bench), and that it needs nothing (docs/cxx-wrapper.md).
add_executable(cxx_cost ${CMAKE_SOURCE_DIR}/harness/tests/cxx_cost/main.cc)
kernel_program(cxx_cost KERNEL ${DMA_KERNEL} cxx_cost cxx_cost_cxx)
target_link_libraries(cxx_cost PRIVATE harness_engine)
add_test(NAME cxx.freestanding COMMAND ${CMAKE_SOURCE_DIR}/harness/tests/cxx/freestanding ${CMAKE_CXX_COMPILER}
  ${CMAKE_SOURCE_DIR}/shims ${CMAKE_SOURCE_DIR}/docs/cxx-wrapper.md)

# What becomes of each mistake on each implementation (docs/misuse-matrix.md). The page is of the tree that has them all.
add_executable(misuse_matrix ${CMAKE_SOURCE_DIR}/harness/tests/misuse/matrix.cc)
kernel_program(misuse_matrix KERNEL ${DMA_KERNEL} ${CXX_KERNEL})
target_include_directories(misuse_matrix PRIVATE ${CMAKE_SOURCE_DIR}/fuzzers)
target_link_libraries(misuse_matrix PRIVATE harness_engine)
if(TARGET kernel_rust)
  link_rust(misuse_matrix)
  add_test(NAME misuse_matrix COMMAND misuse_matrix
    --compile-fail=${CMAKE_SOURCE_DIR}/harness/tests/compile_fail
    ${CMAKE_SOURCE_DIR}/docs/misuse-matrix.md ${CMAKE_SOURCE_DIR}/README.md)
endif()

# Back end `rust`, where the tree has the crate.
if(TARGET kernel_rust)
  # What the crate's types prevent: one file a mistake, which must not compile for the reason that it names.
  get_property(command GLOBAL PROPERTY DMAFUZZ_RUST_COMMAND)
  file(GLOB mistakes CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/harness/tests/compile_fail/rust/*.rs)
  foreach(mistake ${mistakes})
    get_filename_component(name ${mistake} NAME_WE)
    add_test(NAME compile_fail.rust.${name}
      COMMAND ${CMAKE_SOURCE_DIR}/harness/tests/compile_fail/rust/run ${CMAKE_SOURCE_DIR}/harness/dmasan/checks.def
              ${mistake} ${command})
  endforeach()
  file(GLOB programs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/corpora/dma_wrappers/seeds/*.dma
    ${CMAKE_SOURCE_DIR}/harness/tests/rust/findings/*.dma)
  set(exhausted ${programs})
  list(FILTER exhausted INCLUDE REGEX exhausted)
  list(FILTER programs EXCLUDE REGEX exhausted)
  add_executable(rust_backend_test ${CMAKE_SOURCE_DIR}/harness/tests/rust/main.cc)
  kernel_program(rust_backend_test KERNEL ${DMA_KERNEL})
  link_rust(rust_backend_test)
  target_link_libraries(rust_backend_test PRIVATE harness_engine)
  add_test(NAME rust_backend_programs COMMAND rust_backend_test ${programs})
  add_test(NAME rust_backend_exhausted COMMAND rust_backend_test --may-fail ${exhausted})
  add_test(NAME rust_backend_random COMMAND rust_backend_test --random=20000)
  # Hard looks at the abstraction itself (docs/rust-findings.md).
  get_property(looks GLOBAL PROPERTY DMAFUZZ_RUST_LOOKS)
  add_executable(rust_looks_test ${CMAKE_SOURCE_DIR}/harness/tests/rust/looks/looks.cc)
  kernel_program(rust_looks_test KERNEL ${DMA_KERNEL})
  link_rust(rust_looks_test)
  target_sources(rust_looks_test PRIVATE ${looks})
  set_source_files_properties(${looks} PROPERTIES GENERATED TRUE EXTERNAL_OBJECT TRUE)
  add_dependencies(rust_looks_test kernel_rust_looks)
  target_link_libraries(rust_looks_test PRIVATE harness_engine GTest::gmock GTest::gtest_main)
  add_test(NAME rust_looks_test COMMAND rust_looks_test)
endif()

# Whole drivers on their buses.
include(${CMAKE_SOURCE_DIR}/harness/tests/drivers.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/net.cmake OPTIONAL)
include(${CMAKE_CURRENT_LIST_DIR}/block.cmake)
