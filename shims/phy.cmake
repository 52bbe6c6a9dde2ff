# SPDX-License-Identifier: GPL-2.0-only
# PHYs and the buses that they are on: phylib as it is, with its generic driver. No driver of a particular PHY.
set(phy_files phy.c phy-c45.c phy-core.c phy_device.c linkmode.c phy_link_topology.c mdio_device.c mdio_bus.c
  mdio_devres.c stubs.c)
if(KERNEL_SERIES VERSION_GREATER_EQUAL 7.0)
  list(APPEND phy_files phy_caps.c mdio_bus_provider.c phy_port.c)
endif()
list(TRANSFORM phy_files PREPEND drivers/net/phy/)
kernel_objects(phy DEFINES ${WATCHED_COPIES} FILES ${phy_files})
shim_objects(shim_phy FILES net/phy.c)
set(NET_KERNEL ${NET_KERNEL} phy shim_phy)
set(NET_KERNEL ${NET_KERNEL} PARENT_SCOPE)
