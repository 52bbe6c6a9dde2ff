# SPDX-License-Identifier: GPL-2.0-only
# The PCI bus: the real drivers/pci over a host bridge of ours, registers, interrupts, and drivers as modules.
# PCI_KERNEL is what a program needs besides DMA_KERNEL; drivers.cmake makes the driver.

set(pci_files
  drivers/pci/access.c drivers/pci/bus.c drivers/pci/devres.c drivers/pci/host-bridge.c drivers/pci/iomap.c
  drivers/pci/irq.c drivers/pci/pci.c drivers/pci/pci-driver.c drivers/pci/probe.c drivers/pci/remove.c drivers/pci/rom.c
  drivers/pci/search.c drivers/pci/setup-bus.c drivers/pci/setup-res.c drivers/pci/slot.c drivers/pci/vc.c
  drivers/pci/vpd.c drivers/pci/msi/api.c drivers/pci/msi/irqdomain.c drivers/pci/msi/legacy.c drivers/pci/msi/msi.c
  drivers/pci/msi/pcidev_msi.c drivers/pci/pcie/aspm.c kernel/irq/devres.c kernel/irq/msi.c lib/iomap_copy.c)
# A part of pci.c before 6.12's later releases.
if(EXISTS ${DMAFUZZ_KERNEL}/drivers/pci/rebar.c)
  list(APPEND pci_files drivers/pci/rebar.c)
endif()
kernel_objects(pci FILES ${pci_files})
shim_objects(shim_pci FILES pci/bridge.c pci/files.c pci/msi.c pci/registers.c irq/handlers.c drivers/driver.c
  drivers/platform.c)

set(PCI_KERNEL pci shim_pci)
set(PCI_KERNEL ${PCI_KERNEL} PARENT_SCOPE)
