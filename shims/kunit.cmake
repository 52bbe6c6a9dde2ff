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
  fortify_kunit.c
  randstruct_kunit.c
  test_ratelimit.c
  # kernel, driver core, IOMMU
  kernel/resource_kunit.c
  kernel/time/time_test.c
  drivers/base/test/platform-device-test.c
  drivers/base/test/property-entry-test.c
  drivers/base/test/root-device-test.c
  drivers/base/test/swnode-devlink-test.c
  drivers/iommu/io-pgtable-arm-selftests.c)

set(needs
  lib/glob.c
  lib/kfifo.c
  lib/random32.c
  lib/checksum.c
  lib/base64.c
  lib/linear_ranges.c
  lib/packing.c
  lib/interval_tree.c
  lib/maple_tree.c
  lib/parman.c
  lib/memcat_p.c
  lib/min_heap.c
  lib/ashldi3.c
  lib/ashrdi3.c
  lib/lshrdi3.c
  lib/math/int_sqrt.c
  lib/math/polynomial.c
  lib/math/prime_numbers.c
  lib/math/rational.c
  lib/bitrev.c)

# Modules whose init function is the test. They pass if it returns 0 (or `returns_NAME`) and has logged no error.
set(modules
  mm/dmapool_test.c
  test_ida.c
  test_maple_tree.c
  test_parman.c
  rbtree_test.c
  interval_tree_test.c
  test_min_heap.c
  test_bitmap.c
  test_bitops.c
  atomic64_test.c
  percpu_test.c
  test_memcat_p.c
  test_hexdump.c
  test-kstrtox.c
  test_printf.c
  test_scanf.c
  test_uuid.c
  globtest.c)
# Some fail on purpose, to be loaded again and again.
set(returns_rbtree_test -EAGAIN)
set(returns_interval_tree_test -EAGAIN)
set(returns_percpu_test -EAGAIN)
set(returns_test_kstrtox -EINVAL)
# lib/test_ida.c tells success so.
set(returns_test_ida -EINVAL)

# kunit_exception(NAME REASON): cannot apply.
set_property(GLOBAL PROPERTY DMAFUZZ_KUNIT_EXCEPTIONS "")
function(kunit_exception name reason)
  set_property(GLOBAL APPEND_STRING PROPERTY DMAFUZZ_KUNIT_EXCEPTIONS "\t{ \"${name}\", \"${reason}\" },\n")
endfunction()

set(KUNIT_DEFINES CONFIG_KUNIT=1 CONFIG_KUNIT_TEST=1 CONFIG_KUNIT_EXAMPLE_TEST=1 CONFIG_KUNIT_AUTORUN_ENABLED=1
  CONFIG_KUNIT_DEFAULT_ENABLED=1
  CONFIG_KUNIT_DEFAULT_FILTER_GLOB="" CONFIG_KUNIT_DEFAULT_FILTER="" CONFIG_KUNIT_DEFAULT_FILTER_ACTION=""
  CONFIG_KUNIT_DEFAULT_TIMEOUT=300 CONFIG_PRIME_NUMBERS_KUNIT_TEST=1)

kunit_exception(kunit_fault "its one case reads a null pointer: an oops ends a thread of the kernel, but the process here")
kunit_exception(crc_kunit.c "the tables of lib/crc come from a program that Kbuild compiles and runs")
kunit_exception(test_hash.c "tests fs/namei.c as well, which is not among the folders that ci/setup unpacks")
kunit_exception(usercopy_kunit.c "there is no user space to copy from")
kunit_exception(stackinit_kunit.c "tests the compiler's -ftrivial-auto-var-init, which hides what sanitizers look for")
kunit_exception(sysctl-test.c "there is no /proc/sys")
kunit_exception(irq_test.c "tests kernel/irq, which shims/irq stands in for")
kunit_exception(refcount_interrupt_test.c "tests kernel/irq, which shims/irq stands in for")
kunit_exception(qos-test.c "tests run-time power management, which the configuration leaves out")
kunit_exception(net_test.c "tests net/core, which is no part of this program")
kunit_exception(dev_addr_lists_test.c "tests net/core, which is no part of this program")
kunit_exception(blackhole_dev_kunit.c "tests net/core, which is no part of this program")
kunit_exception(longest_symbol_kunit.c "looks its symbol up with a kprobe: there are none")
kunit_exception(printk_ringbuffer_kunit_test.c "races kernel threads: there is one task (shims/sched/kthread.c)")
kunit_exception(test_rhashtable.c "its table grows in irq_work and is raced by threads; nothing in the userspace kernel has one")
kunit_exception(test_objagg.c "needs rhashtable, see there")
kunit_exception(test_meminit.c "tests init_on_alloc and init_on_free; our pages have the fill pattern that the input asks for")
kunit_exception(backtrace-suppression-test.backtrace_suppression_test_cross_kthread
  "wants a second task with a current of its own (shims/sched/kthread.c)")
kunit_exception(kunit_platform_device.kunit_platform_device_add_twice_fails_test
  "sysfs notices the name that is taken; ours has no files (shims/driver-core/sysfs.c)")
# Not "cannot apply": it FAILS, cause not settled, and runs for minutes. Put it back into `modules` to look into it.
kunit_exception(test_xarray.c "OPEN: fails from __check_store_range on, later reads a null node in xas_try_split; cause not settled")
kunit_exception(kunit_iov_iter.c "works on pages of user space and of the page cache, of which there is neither")
kunit_exception(checksum.test_csum_ipv6_magic "tests net/ipv6, which is not among the folders that ci/setup unpacks")
kunit_exception(lib_ratelimit.test_ratelimit_stress "races kernel threads: there is one task (shims/sched/kthread.c)")
kunit_exception(slub_kunit.c "tests SLUB's own debugging (validate_slab_cache, red zones); our slab has ASan's instead")
kunit_exception(runtime-test.c "tests run-time power management, which the configuration leaves out")
kunit_exception(regmap-kunit.c "tests drivers/base/regmap, which is no part of the userspace kernel")
kunit_exception(lazy_mmu_mode_kunit.c "tests lazy updates of CPU page tables: there are none")

# kunit_need(NAME NEED REASON): what it needs of the machine (enum kernel_test_need in shims/kunit/kunit.h).
set(needs_rows "")
macro(kunit_need name need reason)
  string(APPEND needs_rows "\t{ \"${name}\", KERNEL_TEST_${need}, \"${reason}\" },\n")
endmacro()
kunit_need(math-int_log WARNS "asks for the logarithm of 0")
kunit_need(test_ida WARNS "frees what is not allocated")
foreach(format vtdss x86_64)
  foreach(suite fmt iommu)
    kunit_need(${format}_${suite}_test LOW_MEMORY "its device reaches 4 GiB only, and may not bounce")
  endforeach()
endforeach()

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
  # What they test takes most of the time of all suites, a third of it coverage that nobody reads there.
  kernel_objects(kunit_iommu PLAIN FILES ${iommu_files})
else()
  kunit_exception("drivers/iommu/generic_pt/kunit_*.h" "Linux ${KERNEL_SERIES} does not have generic_pt")
endif()

set(declarations "")
set(rows "")
present(files ${modules})
foreach(file ${files})
  get_filename_component(name ${file} NAME_WE)
  string(MAKE_C_IDENTIFIER ${name} name)
  # Each in a library of its own: as modules they all call their functions init_module() and cleanup_module().
  kernel_objects(kunit_module_${name} PLAIN DEFINES MODULE init_module=init_${name} cleanup_module=cleanup_${name}
    FILES ${file})
  target_include_directories(kobj_kunit_module_${name} BEFORE PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/kunit/tools)
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

#include <errno.h>

@declarations@
const struct kernel_test_module kernel_test_modules[] = {
@rows@};
const unsigned kernel_test_module_count = sizeof(kernel_test_modules) / sizeof(kernel_test_modules[0]);

const struct kernel_test_exception kernel_test_exceptions[] = {
@exceptions@	{ 0, 0 }
};
const unsigned kernel_test_exception_count = sizeof(kernel_test_exceptions) / sizeof(kernel_test_exceptions[0]) - 1;

const struct kernel_test_needs kernel_test_needs[] = {
@needs_rows@};
const unsigned kernel_test_needs_count = sizeof(kernel_test_needs) / sizeof(kernel_test_needs[0]);
]])
set_property(GLOBAL PROPERTY DMAFUZZ_KUNIT_TABLE ${CMAKE_CURRENT_BINARY_DIR}/kernel_tests_table.c)
set_property(GLOBAL PROPERTY DMAFUZZ_KUNIT_PARTS ${parts})
