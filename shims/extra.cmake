# SPDX-License-Identifier: GPL-2.0-only
# What few drivers need: linked lazily, where one that was added calls it (fuzzers/driver-kit.cmake). The drivers of this
# build have none of it.
set(extra_files kernel/time/timecounter.c lib/cpu_rmap.c lib/packing.c)
if(EXISTS ${DMAFUZZ_KERNEL}/lib/crc/crc-itu-t.c)
  list(APPEND extra_files lib/crc/crc-itu-t.c)
else()
  list(APPEND extra_files lib/crc-itu-t.c)
endif()
kernel_objects(extra FILES ${extra_files})
shim_objects(shim_extra FILES extra/firmware.c extra/ratelimit.c)

# Drivers of the platform bus have a device tree, clocks and reset lines: options that only they are compiled with, and
# what stands for it. dw_axi_dmac does without.
shim_objects(shim_of FILES of/node.c of/clk.c of/reset.c)
target_compile_definitions(kobj_shim_of PRIVATE CONFIG_OF=1)
kernel_objects(of_dma DEFINES CONFIG_OF=1 CONFIG_DMA_OF=1 CONFIG_DMA_ENGINE=1 FILES drivers/dma/of-dma.c)
set(PLATFORM_FLAGS -DCONFIG_OF=1 -DCONFIG_HAVE_CLK=1 -DCONFIG_HAVE_CLK_PREPARE=1 -DCONFIG_RESET_CONTROLLER=1
  -D__platform_driver_register=dmaf_platform_driver_register -D__platform_driver_probe=dmaf_platform_driver_probe
  -Dplatform_get_resource_byname=dmaf_platform_get_resource_byname
  -Ddevm_platform_ioremap_resource_byname=dmaf_platform_ioremap_resource_byname
  -Dplatform_get_irq_byname=dmaf_platform_get_irq_byname
  -Dplatform_get_irq_byname_optional=dmaf_platform_get_irq_byname PARENT_SCOPE)

set(EXTRA_KERNEL extra shim_extra shim_random shim_of of_dma PARENT_SCOPE)
