# SPDX-License-Identifier: GPL-2.0-only
# The virtio bus: its core and rings (targets.cmake has them), the driver that makes its devices of those of PCI, and the
# drivers of such devices. All are code under test. DRIVER_PARTS_name is what a driver needs besides PCI_KERNEL and
# NET_KERNEL.

driver_objects(virtio_pci AS_TRANSPORT BUS pci FILES drivers/virtio/virtio_pci_common.c
  drivers/virtio/virtio_pci_modern.c drivers/virtio/virtio_pci_modern_dev.c)

driver_objects(virtio_rng BUS virtio FILES drivers/char/hw_random/virtio-rng.c)
shim_objects(shim_random COVERED FILES char/random.c)
set(DRIVER_PARTS_virtio_rng virtio driver_virtio_pci shim_random PARENT_SCOPE)

driver_objects(virtio_net BUS virtio FILES drivers/net/virtio_net.c)
set(DRIVER_PARTS_virtio_net virtio driver_virtio_pci PARENT_SCOPE)

# A disk: it has the block layer in place of the network (drivers.cmake).
driver_objects(virtio_blk BUS virtio FILES drivers/block/virtio_blk.c)
set(DRIVER_PARTS_virtio_blk virtio driver_virtio_pci PARENT_SCOPE)

list(APPEND DRIVERS virtio_rng virtio_net)
