# SPDX-License-Identifier: GPL-2.0-only
#
# The block layer under a small driver of our own. Included by harness/tests/kernel.cmake.
add_executable(block_test ${CMAKE_SOURCE_DIR}/harness/tests/block/main.cc)
kernel_program(block_test KERNEL ${DMA_KERNEL} ${BLOCK_KERNEL} block_test_driver)
target_link_libraries(block_test PRIVATE harness_engine GTest::gmock GTest::gtest_main)
add_test(NAME block_test COMMAND block_test)
