# SPDX-License-Identifier: GPL-2.0-only
# What few drivers need: linked lazily, where one that was added calls it (fuzzers/driver-kit.cmake). The drivers of this
# build have none of it.
kernel_objects(extra FILES kernel/time/timecounter.c lib/cpu_rmap.c lib/packing.c)
shim_objects(shim_extra FILES extra/firmware.c extra/ratelimit.c)
set(EXTRA_KERNEL extra shim_extra shim_random PARENT_SCOPE)
