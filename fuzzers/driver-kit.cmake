# SPDX-License-Identifier: GPL-2.0-only
#
# What `dmafuzz driver` makes a target of any driver with, without CMake: how its files are compiled, and everything else
# of the program, ready to be linked. driver-kit.json says where it all is.

# The parts that a driver brings no symbols for are dropped by --gc-sections, as in any target.
set(kit_parts ${DMA_KERNEL} ${PCI_KERNEL})
# What a driver is of has one of these besides (cli/driver_source.h).
set(kit_subsystems net block engine)
set(kit_parts_net ${NET_KERNEL} block_none)
set(kit_parts_block ${BLOCK_KERNEL} ${DRIVER_PARTS_vmw_pvscsi} net_none)
set(kit_parts_engine ${ENGINE_KERNEL} net_none block_none)
set(kit_rooms driver engine guest life manifest program report dmasan device memory)

foreach(face fuzz replay)
  add_library(driver_kit_${face} OBJECT driver/driver.cc)
  target_compile_options(driver_kit_${face} PRIVATE ${DMAFUZZ_WARNINGS} -O2)
  target_link_libraries(driver_kit_${face} PRIVATE harness_driver)
endforeach()
target_sources(driver_kit_replay PRIVATE ${CMAKE_SOURCE_DIR}/harness/engine/replay_main.cc
  ${CMAKE_SOURCE_DIR}/harness/driver/search.cc ${CMAKE_SOURCE_DIR}/harness/driver/search_lives.cc)
target_compile_definitions(driver_kit_fuzz PRIVATE DMAFUZZ_CAMPAIGN)

set(kit_objects)
set(kit_targets driver_kit_fuzz driver_kit_replay)
foreach(part ${kit_parts})
  list(APPEND kit_objects $<TARGET_OBJECTS:kobj_${part}>)
  list(APPEND kit_targets kobj_${part})
endforeach()
foreach(subsystem ${kit_subsystems})
  set(kit_objects_${subsystem})
  foreach(part ${kit_parts_${subsystem}})
    list(APPEND kit_objects_${subsystem} $<TARGET_OBJECTS:kobj_${part}>)
    list(APPEND kit_targets kobj_${part})
  endforeach()
endforeach()
list(REMOVE_DUPLICATES kit_targets)
# What few drivers need, of which only what the driver calls is linked (EXTRA_KERNEL: shims/extra.cmake).
set(kit_lazy)
foreach(part ${EXTRA_KERNEL})
  list(APPEND kit_lazy $<TARGET_OBJECTS:kobj_${part}>)
  list(APPEND kit_targets kobj_${part})
endforeach()
set(kit_libraries)
foreach(room ${kit_rooms})
  list(APPEND kit_libraries $<TARGET_FILE:harness_${room}>)
  list(APPEND kit_targets harness_${room})
endforeach()

get_property(kit_flags GLOBAL PROPERTY DMAFUZZ_DRIVER_FLAGS)
get_property(kit_coverage GLOBAL PROPERTY DMAFUZZ_DRIVER_COVERAGE)
get_property(kit_instrumentation GLOBAL PROPERTY DMAFUZZ_DRIVER_INSTRUMENTATION)
set(kit_json)
# Keys of the file, with a list of texts or of files that only the generator knows.
macro(kit_texts key)
  set(items ${ARGN})
  list(JOIN items "\", \"" items)
  string(APPEND kit_json "  \"${key}\": [\"${items}\"],\n")
endmacro()
macro(kit_files key)
  string(APPEND kit_json "  \"${key}\": [\"$<JOIN:${ARGN},\"$<COMMA> \">\"],\n")
endmacro()
kit_texts(flags ${kit_flags})
kit_texts(instrumentation ${kit_instrumentation})
kit_texts(coverage ${kit_coverage})
kit_texts(link ${CMAKE_SOURCE_DIR}/shims/link-with-traps ${CMAKE_CXX_COMPILER} -g -no-pie -fuse-ld=lld
  ${TARGET_LINK_FLAGS})
kit_files(kernel ${kit_objects})
foreach(subsystem ${kit_subsystems})
  kit_files(of_${subsystem} ${kit_objects_${subsystem}})
endforeach()
kit_files(lazy ${kit_lazy})
kit_texts(platform ${PLATFORM_FLAGS})
kit_files(fuzz $<TARGET_OBJECTS:driver_kit_fuzz>)
kit_files(replay $<TARGET_OBJECTS:driver_kit_replay>)
kit_files(libraries ${kit_libraries})
file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/driver-kit.json CONTENT
"{
${kit_json}  \"launcher\": \"${CMAKE_C_COMPILER_LAUNCHER}\",
  \"engine\": \"${FUZZING_ENGINE}\",
  \"compiler\": \"${CMAKE_C_COMPILER}\"
}
")
# Built with the rest: `dmafuzz driver` finds it ready.
add_custom_target(driver_kit ALL)
add_dependencies(driver_kit ${kit_targets} dmafuzz)
