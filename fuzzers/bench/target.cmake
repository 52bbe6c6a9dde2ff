# SPDX-License-Identifier: GPL-2.0-only
# The benchmark behind ci/bench: no target of the command. bench: in process; bench.fuzz: under the fuzzing engine.
foreach(face bench bench.fuzz)
  add_executable(${face} ${CMAKE_CURRENT_SOURCE_DIR}/bench/$<IF:$<STREQUAL:${face},bench>,bench,under_engine>.cc)
  kernel_program(${face} KERNEL ${DMA_KERNEL})
  target_include_directories(${face} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/bench)
  target_link_libraries(${face} PRIVATE harness_engine nlohmann_json::nlohmann_json)
endforeach()
target_link_options(bench.fuzz PRIVATE -fsanitize=fuzzer)

add_executable(bench.wrappers ${CMAKE_CURRENT_SOURCE_DIR}/bench/wrappers.cc)
kernel_program(bench.wrappers KERNEL ${DMA_KERNEL} ${CXX_KERNEL})
target_include_directories(bench.wrappers PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(bench.wrappers PRIVATE harness_engine)
if(TARGET kernel_rust)
  link_rust(bench.wrappers)
endif()
