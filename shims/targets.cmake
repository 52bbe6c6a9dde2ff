# SPDX-License-Identifier: GPL-2.0-only
# The kernel's side of the targets that drive one part of the kernel: drivers in kernel C, code under test like it.
shim_objects(target_iova COVERED FILES targets/iova.c)
shim_objects(target_page_table COVERED FILES targets/page_table.c)
