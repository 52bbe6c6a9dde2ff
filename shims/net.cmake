# SPDX-License-Identifier: GPL-2.0-only
# The network: the core of the tree as it is, and our shims of what stands around it.

set(net_files
  net/core/gro.c net/core/gso.c net/core/dev_addr_lists.c net/core/hotdata.c net/core/link_watch.c
  net/core/net_namespace.c net/core/utils.c net/core/flow_dissector.c net/core/xdp.c net/core/dst.c
  net/core/netdev_rx_queue.c net/core/dev_ioctl.c net/core/datagram.c net/core/tso.c net/core/gen_stats.c
  net/core/gen_estimator.c net/core/page_pool.c net/core/page_pool_user.c net/sched/sch_generic.c net/sched/sch_mq.c
  drivers/net/mii.c drivers/net/loopback.c
  net/core/failover.c drivers/net/net_failover.c)
if(KERNEL_SERIES VERSION_GREATER_EQUAL 7.0)
  list(APPEND net_files lib/crc/crc32-main.c net/core/dev_api.c net/core/lock_debug.c net/core/netdev_config.c net/core/netdev_queues.c
    net/core/netdev_work.c)
else()
  list(APPEND net_files lib/crc32.c)
endif()
kernel_objects(net DEFINES ${WATCHED_COPIES} FILES ${net_files})
# Devices are counted from allocation to free (shims/net/devices.c); softirqs let time go by (shims/net/pace.c).
kernel_objects(net_dev DEFINES ${WATCHED_COPIES} alloc_netdev_mqs=real_alloc_netdev_mqs kvfree=dmaf_net_kvfree
  open_softirq=dmaf_net_open_softirq FILES net/core/dev.c net/core/net-sysfs.c)
# The cache of skb heads is emptied (shims/net/skb_cache.h).
kernel_objects(net_skbuff DEFINES ${WATCHED_COPIES} FILES net/core/skbuff.c)
target_compile_options(kobj_net_skbuff PRIVATE "SHELL:-include ${CMAKE_CURRENT_SOURCE_DIR}/net/skb_cache.h")
# What reads a packet is code under test: DmaSan sees whether the device still owns it.
foreach(part net net_dev net_skbuff)
  target_compile_options(kobj_${part} PRIVATE ${WATCHED_ACCESSES})
endforeach()
# Libraries that nothing else needs.
kernel_objects(net_lib FILES lib/dynamic_queue_limits.c lib/checksum.c lib/rhashtable.c lib/once.c lib/rcuref.c
  lib/nlattr.c lib/bitrev.c lib/net_utils.c lib/dim/dim.c lib/dim/net_dim.c)

shim_objects(shim_net FILES net/init.c net/rtnl.c net/memory.c net/devices.c net/pace.c net/skb_cache.c
  net/ethtool-lib.c net/ethtool.c net/control.c net/drivers.c)
shim_objects(shim_net_path COVERED FILES net/checksum.c net/ethernet.c net/receive.c net/transmit.c)
set(NET_KERNEL net net_dev net_skbuff net_lib shim_net shim_net_path)
set(NET_KERNEL ${NET_KERNEL} PARENT_SCOPE)

# A driver for tests (harness/tests/net.cmake).
shim_objects(net_test_driver COVERED FILES net/test/driver.c net/test/ethtool.c)
