# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of whole drivers and of what they run on. Included by kernel.cmake, which has kernel_program().

# The PCI bus, registers and interrupts, by a small driver of our own.
add_executable(pci_bus_test)
foreach(source fixture bus_test registers_test interrupts_test)
  target_sources(pci_bus_test PRIVATE ${CMAKE_SOURCE_DIR}/harness/tests/pci/${source}.cc)
endforeach()
kernel_program(pci_bus_test KERNEL ${DMA_KERNEL} ${PCI_KERNEL} driver_pci_test)
target_link_libraries(pci_bus_test PRIVATE harness_engine GTest::gmock GTest::gtest_main)
add_test(NAME pci_bus_test COMMAND pci_bus_test)

# Inputs that start from a snapshot of the driver, up, against the same inputs from the beginning.
add_executable(up_lives ${CMAKE_SOURCE_DIR}/harness/tests/driver/up_lives.cc)
target_compile_options(up_lives PRIVATE ${DMAFUZZ_WARNINGS} -O2)
target_link_libraries(up_lives PRIVATE harness_life)

# Verified traffic of each whole driver, directly and through bounce buffers.
foreach(driver ${DRIVERS} ${BLOCK_DRIVERS} ${RUST_DRIVERS} ${ENGINE_DRIVERS} ${EDU_DRIVERS})
  set(seeds ${CMAKE_SOURCE_DIR}/corpora/driver_${driver}/seeds)
  set(wanted 8)
  set(second traffic-bounced)
  set(more)
  if(driver MATCHES "^edu_")
    # Two of them cannot be bounced (docs/findings/bounce-buffers-out-of-reach.md).
    set(seeds ${CMAKE_SOURCE_DIR}/corpora/edu/seeds)
    set(wanted 6)
    set(second traffic-noncoherent)
    file(GLOB more ${CMAKE_SOURCE_DIR}/corpora/driver_${driver}/seeds/traffic-bounced.life)
  elseif(driver IN_LIST RUST_DRIVERS)
    # None: the sample itself compares its memory when it lets go, twice in these lives, then tells of its four pages.
    set(wanted --log "rust_dma .* Entry" 8)
  endif()
  add_test(NAME driver.${driver}.traffic COMMAND ${CMAKE_SOURCE_DIR}/harness/tests/driver/traffic
    $<TARGET_FILE:driver_${driver}.replay> ${wanted} ${seeds}/traffic.life ${seeds}/${second}.life ${more})
  set(alike)
  foreach(seed traffic settings burst)
    if(EXISTS ${seeds}/${seed}.life)
      list(APPEND alike ${seeds}/${seed}.life)
    endif()
  endforeach()
  add_test(NAME driver.${driver}.up COMMAND ${CMAKE_SOURCE_DIR}/harness/tests/driver/up
    $<TARGET_FILE:driver_${driver}.replay> $<TARGET_FILE:up_lives> 40 ${alike})
endforeach()

# The page that says how to add one is run as it stands.
add_test(NAME docs.adding_a_driver COMMAND ${CMAKE_SOURCE_DIR}/harness/tests/driver/doc-commands ${CMAKE_BINARY_DIR}
  ${CMAKE_SOURCE_DIR}/docs/adding-a-driver.md)
