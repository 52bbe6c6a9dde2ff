# SPDX-License-Identifier: GPL-2.0-only
#
# The network under a small driver of our own. Included by harness/tests/kernel.cmake.
add_executable(net_test ${CMAKE_SOURCE_DIR}/harness/tests/net/main.cc ${CMAKE_SOURCE_DIR}/harness/tests/net/mistakes.cc)
kernel_program(net_test KERNEL ${DMA_KERNEL} ${NET_KERNEL} net_test_driver)
target_link_libraries(net_test PRIVATE harness_engine GTest::gmock GTest::gtest_main)
add_test(NAME net_test COMMAND net_test)
