# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's own tests, run in the userspace kernel: they were written by others, for the real one, so what fails here
# is a mistake of the shims (or has its reason below). `kernel_tests --table` prints what became of each.
#
# One more suite is one line in `suites`. A file is looked for as it is written, in lib/tests (7.3) and in lib (6.12); a
# tree that has none of it gets a line in the table. What a suite calls and no part of the kernel has goes into `needs`.

set(suites
  # lib/kunit itself
  lib/kunit/kunit-test.c
  lib/kunit/string-stream-test.c
  lib/kunit/assert_test.c
  lib/kunit/platform-test.c
  lib/kunit/kunit-example-test.c
  # containers
  list-test.c
  list-private-test.c
  hashtable_test.c
  min_heap_kunit.c
  kfifo_kunit.c
  test_list_sort.c
  test_sort.c
  seq_buf_kunit.c
  # bits and numbers
  bitops_kunit.c
  bitfield_kunit.c
  test_bits.c
  ffs_kunit.c
  cpumask_kunit.c
  overflow_kunit.c
  is_signed_type_kunit.c
  util_macros_kunit.c
  shdi3_kunit.c
  random32_kunit.c
  test_hash.c
  siphash_kunit.c
  checksum_kunit.c
  test_linear_ranges.c
  lib/math/rational-test.c
  lib/math/tests/gcd_kunit.c
  lib/math/tests/int_log_kunit.c
  lib/math/tests/int_pow_kunit.c
  lib/math/tests/int_sqrt_kunit.c
  lib/math/tests/polynomial_kunit.c
  lib/math/tests/prime_numbers_kunit.c
  lib/math/tests/rational_kunit.c
  lib/crc/tests/crc_kunit.c
  lib/packing_test.c
  # strings and memory
  string_kunit.c
  string_helpers_kunit.c
  memcpy_kunit.c
  printf_kunit.c
  scanf_kunit.c
  cmdline_kunit.c
  uuid_kunit.c
  base64_kunit.c
  glob_kunit.c
  kunit_iov_iter.c
  usercopy_kunit.c
  slub_kunit.c
  fortify_kunit.c
  stackinit_kunit.c
  randstruct_kunit.c
  longest_symbol_kunit.c
  test_ratelimit.c
  blackhole_dev_kunit.c
  # kernel, driver core, IOMMU
  kernel/resource_kunit.c
  kernel/sysctl-test.c
  kernel/time/time_test.c
  kernel/irq/irq_test.c
  kernel/irq/refcount_interrupt_test.c
  kernel/printk/printk_ringbuffer_kunit_test.c
  drivers/base/test/platform-device-test.c
  drivers/base/test/property-entry-test.c
  drivers/base/test/root-device-test.c
  drivers/base/test/swnode-devlink-test.c
  drivers/base/power/qos-test.c
  drivers/base/power/runtime-test.c
  drivers/base/regmap/regmap-kunit.c
  drivers/iommu/io-pgtable-arm-selftests.c
  mm/tests/lazy_mmu_mode_kunit.c
  net/core/net_test.c
  net/core/dev_addr_lists_test.c)

set(needs
  lib/glob.c)

# Modules whose init function is the test: kernel_test_module(FILE [RETURNS n]), n being what tells that all went well.
set(modules mm/dmapool_test.c test_xarray.c test_bitmap.c test_bitops.c test_hexdump.c test-kstrtox.c test_ida.c test_memcat_p.c
  test_min_heap.c test_printf.c test_scanf.c test_uuid.c globtest.c rbtree_test.c interval_tree_test.c atomic64_test.c
  test_meminit.c test_vmalloc.c percpu_test.c test_parman.c test_rhashtable.c test_maple_tree.c test_objagg.c
  test_ref_tracker.c test_free_pages.c find_bit_benchmark.c)

# kunit_exception(NAME REASON): cannot apply.
set_property(GLOBAL PROPERTY DMAFUZZ_KUNIT_EXCEPTIONS "")
function(kunit_exception name reason)
  set_property(GLOBAL APPEND_STRING PROPERTY DMAFUZZ_KUNIT_EXCEPTIONS "\t{ \"${name}\", \"${reason}\" },\n")
endfunction()

set(KUNIT_DEFINES CONFIG_KUNIT=1 CONFIG_KUNIT_TEST=1 CONFIG_KUNIT_EXAMPLE_TEST=1 CONFIG_KUNIT_AUTORUN_ENABLED=1
  CONFIG_KUNIT_DEFAULT_ENABLED=1
  CONFIG_KUNIT_DEFAULT_FILTER_GLOB="" CONFIG_KUNIT_DEFAULT_FILTER="" CONFIG_KUNIT_DEFAULT_FILTER_ACTION=""
  CONFIG_KUNIT_DEFAULT_TIMEOUT=300)

# present(VARIABLE FILE...): those that the tree has, each where the tree has it.
function(present variable)
  set(found)
  foreach(file ${ARGN})
    get_filename_component(name ${file} NAME)
    set(where)
    foreach(candidate ${file} lib/tests/${file} lib/${file})
      if(NOT where AND EXISTS ${DMAFUZZ_KERNEL}/${candidate} AND candidate MATCHES /)
        set(where ${candidate})
      endif()
    endforeach()
    if(where)
      list(APPEND found ${where})
    else()
      kunit_exception(${name} "Linux ${KERNEL_SERIES} does not have it")
    endif()
  endforeach()
  set(${variable} ${found} PARENT_SCOPE)
endfunction()

# try-catch.c is ours: see there.
set(framework lib/kunit/test.c lib/kunit/resource.c lib/kunit/user_alloc.c lib/kunit/static_stub.c
  lib/kunit/string-stream.c lib/kunit/assert.c lib/kunit/executor.c lib/kunit/attributes.c lib/kunit/device.c
  lib/kunit/platform.c lib/kunit/hooks.c)
if(KERNEL_SERIES VERSION_GREATER_EQUAL 7.0)
  list(APPEND framework lib/kunit/fwnode.c lib/kunit/bug.c)
  list(APPEND suites lib/kunit/backtrace-suppression-test.c)
endif()
set(files)
foreach(file ${needs})
  if(EXISTS ${DMAFUZZ_KERNEL}/${file})
    list(APPEND files ${file})
  endif()
endforeach()
kernel_objects(kunit PLAIN DEFINES ${KUNIT_DEFINES} FILES ${framework} ${files})
present(files ${suites})
kernel_objects(kunit_suites PLAIN DEFINES ${KUNIT_DEFINES} FILES ${files})
set(parts kunit kunit_suites shim_kunit)
shim_objects(shim_kunit FILES kunit/run.c kunit/try-catch.c)
target_compile_definitions(kobj_shim_kunit PRIVATE ${KUNIT_DEFINES})

if(KERNEL_SERIES VERSION_GREATER_EQUAL 7.0)
  # As drivers/iommu/generic_pt/fmt/Makefile does it: each format once more, with its tests in place of its functions.
  foreach(format amdv1 vtdss riscv64 x86_64)
    kernel_objects(kunit_pt_${format} PLAIN DEFINES ${KUNIT_DEFINES} GENERIC_PT_KUNIT=1
      FILES drivers/iommu/generic_pt/fmt/iommu_${format}.c)
    list(APPEND parts kunit_pt_${format})
  endforeach()
else()
  kunit_exception("drivers/iommu/generic_pt/kunit_*.h" "Linux ${KERNEL_SERIES} does not have generic_pt")
endif()

set(declarations "")
set(rows "")
present(files ${modules})
foreach(file ${files})
  get_filename_component(name ${file} NAME_WE)
  # Each in a library of its own: as modules they all call their functions init_module() and cleanup_module().
  kernel_objects(kunit_module_${name} PLAIN DEFINES MODULE init_module=init_${name} cleanup_module=cleanup_${name}
    FILES ${file})
  list(APPEND parts kunit_module_${name})
  string(APPEND declarations "int init_${name}(void);\nvoid cleanup_${name}(void) __attribute__((weak));\n")
  set(returns 0)
  if(DEFINED returns_${name})
    set(returns ${returns_${name}})
  endif()
  string(APPEND rows "\t{ \"${name}\", init_${name}, cleanup_${name}, ${returns} },\n")
endforeach()

get_property(exceptions GLOBAL PROPERTY DMAFUZZ_KUNIT_EXCEPTIONS)
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/kernel_tests_table.c @ONLY CONTENT [[/* Made from shims/kunit.cmake. */
#include "kunit/kunit.h"

@declarations@
const struct kernel_test_module kernel_test_modules[] = {
@rows@};
const unsigned kernel_test_module_count = sizeof(kernel_test_modules) / sizeof(kernel_test_modules[0]);

const struct kernel_test_exception kernel_test_exceptions[] = {
@exceptions@	{ 0, 0 }
};
const unsigned kernel_test_exception_count = sizeof(kernel_test_exceptions) / sizeof(kernel_test_exceptions[0]) - 1;
]])
set_property(GLOBAL PROPERTY DMAFUZZ_KUNIT_TABLE ${CMAKE_CURRENT_BINARY_DIR}/kernel_tests_table.c)
set_property(GLOBAL PROPERTY DMAFUZZ_KUNIT_PARTS ${parts})
