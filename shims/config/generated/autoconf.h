/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration of the userspace kernel, written by hand where Kconfig would generate it; one file for both trees.
 * docs/configuration.md says why an option is on. Options that a tree does not know have no effect there.
 */

/* The machine: 64 bits, one CPU, flat memory with three zones, no preemption */
#define CONFIG_64BIT			     1
#define CONFIG_MMU			     1
#define CONFIG_FLATMEM			     1
#define CONFIG_ZONE_DMA			     1
#define CONFIG_ZONE_DMA32		     1
#define CONFIG_PHYS_ADDR_T_64BIT	     1
#define CONFIG_ARCH_DMA_ADDR_T_64BIT	     1
#define CONFIG_PGTABLE_LEVELS		     2
#define CONFIG_ILLEGAL_POINTER_VALUE	     0xdead000000000000
#define CONFIG_PAGE_SHIFT		     12
#define CONFIG_PAGE_SIZE_4KB		     1
#define CONFIG_HAVE_PAGE_SIZE_4KB	     1
#define CONFIG_NR_CPUS			     1
#define CONFIG_GENERIC_HWEIGHT		     1
#define CONFIG_HAS_IOMEM		     1
#define CONFIG_HAS_IOPORT		     1
#define CONFIG_HAS_IOPORT_MAP		     1
#define CONFIG_GENERIC_BUG_RELATIVE_POINTERS 1
#define CONFIG_BUG			     1
#define CONFIG_PRINTK			     1
#define CONFIG_HZ			     250
#define CONFIG_HZ_250			     1
#define CONFIG_BASE_SMALL		     0
#define CONFIG_LOG_BUF_SHIFT		     12
#define CONFIG_MESSAGE_LOGLEVEL_DEFAULT	     4
#define CONFIG_CONSOLE_LOGLEVEL_DEFAULT	     7
#define CONFIG_CONSOLE_LOGLEVEL_QUIET	     4
#define CONFIG_CC_IS_CLANG		     1
#define CONFIG_CLANG_VERSION		     190107
#define CONFIG_FRAME_WARN		     0
#define CONFIG_THREAD_INFO_IN_TASK	     1
#define CONFIG_TINY_RCU			     1
#define CONFIG_TINY_SRCU		     1
#define CONFIG_PREEMPT_NONE		     1
#define CONFIG_PREEMPT_NONE_BUILD	     1
#define CONFIG_PREEMPT_COUNT		     1
#define CONFIG_DEBUG_ATOMIC_SLEEP	     1
#define CONFIG_BUG_ON_DATA_CORRUPTION	     1
#define CONFIG_DEBUG_LIST		     1
#define CONFIG_LIST_HARDENED		     1
#define CONFIG_GENERIC_CALIBRATE_DELAY	     1
#define CONFIG_GENERIC_CSUM		     1
#define CONFIG_CRC32			     1
#define CONFIG_INIT_ENV_ARG_LIMIT	     32
#define CONFIG_DEFAULT_HOSTNAME		     "(none)"
#define CONFIG_DEFAULT_MMAP_MIN_ADDR	     4096
#define CONFIG_ARCH_HAS_CPU_FINALIZE_INIT    1

/* Memory */
#define CONFIG_SLUB		    1
#define CONFIG_XARRAY_MULTI	    1
#define CONFIG_GENERIC_ALLOCATOR    1
#define CONFIG_SPLIT_PTLOCK_CPUS    999999
#define CONFIG_ARCH_FORCE_MAX_ORDER 10

/* DMA: everything that the core can do */
#define CONFIG_HAS_DMA			    1
#define CONFIG_DMA_OPS			    1
#define CONFIG_DMA_OPS_HELPERS		    1
#define CONFIG_ARCH_HAS_DMA_OPS		    1
#define CONFIG_NEED_SG_DMA_LENGTH	    1
#define CONFIG_NEED_SG_DMA_FLAGS	    1
#define CONFIG_NEED_DMA_MAP_STATE	    1
#define CONFIG_DMA_DECLARE_COHERENT	    1
#define CONFIG_ARCH_HAS_SYNC_DMA_FOR_DEVICE 1
#define CONFIG_ARCH_HAS_SYNC_DMA_FOR_CPU    1
#define CONFIG_ARCH_HAS_DMA_PREP_COHERENT   1
#define CONFIG_SWIOTLB			    1
#define CONFIG_SWIOTLB_DEFAULT_SIZE_MB	    1
#define CONFIG_SWIOTLB_DYNAMIC		    1
#define CONFIG_DMA_BOUNCE_UNALIGNED_KMALLOC 1
#define CONFIG_DMA_NEED_SYNC		    1
#define CONFIG_DMA_RESTRICTED_POOL	    1
#define CONFIG_DMA_COHERENT_POOL	    1
#define CONFIG_DMA_DIRECT_REMAP		    1
#define CONFIG_DMA_API_DEBUG		    1
#define CONFIG_DMA_API_DEBUG_SG		    1
#define CONFIG_SG_POOL			    1
#define CONFIG_OF_EARLY_FLATTREE	    1
#define CONFIG_OF_RESERVED_MEM		    1

/* IOMMU */
#define CONFIG_IOMMU_SUPPORT		1
#define CONFIG_IOMMU_API		1
#define CONFIG_IOMMU_DMA		1
#define CONFIG_IOMMU_IOVA		1
#define CONFIG_IOMMU_DEFAULT_DMA_STRICT 1
#define CONFIG_IOMMU_IO_PGTABLE		1
#define CONFIG_IOMMU_IO_PGTABLE_LPAE	1
#define CONFIG_GENERIC_PT		1
#define CONFIG_IOMMU_PT			1
#define CONFIG_IOMMU_PT_AMDV1		1
#define CONFIG_IOMMU_PT_VTDSS		1
#define CONFIG_IOMMU_PT_X86_64		1
#define CONFIG_IOMMU_PT_RISCV64		1
#define CONFIG_DEBUG_GENERIC_PT		1

/* Buses and what the driver core wants */
#define CONFIG_PCI			     1
#define CONFIG_PCI_MSI			     1
#define CONFIG_GENERIC_MSI_IRQ		     1
#define CONFIG_PCI_MSI_ARCH_FALLBACKS	     1
#define CONFIG_IRQ_DOMAIN		     1
#define CONFIG_IRQ_DOMAIN_HIERARCHY	     1
#define CONFIG_DRIVER_DEFERRED_PROBE_TIMEOUT 10
#define CONFIG_PM			     1
#define CONFIG_PM_SLEEP			     1
#define CONFIG_SUSPEND			     1
#define CONFIG_HIBERNATE_CALLBACKS	     1
#define CONFIG_SYSFS			     1
#define CONFIG_PROC_FS			     1
#define CONFIG_DEBUG_FS			     1
#define CONFIG_MODULES			     1
#define CONFIG_GENERIC_IRQ_MULTI_HANDLER     1
#define CONFIG_INET			     1
#define CONFIG_NET			     1
#define CONFIG_NETDEVICES		     1
#define CONFIG_ETHERNET			     1
#define CONFIG_BQL			     1
#define CONFIG_PHYLIB			     1
#define CONFIG_DEBUG_NET		     1
#define CONFIG_BLOCK			     1
#define CONFIG_SCSI			     1
#define CONFIG_VIRTIO			     1
#define CONFIG_PAGE_POOL		     1

/* Tests: as if KUnit were a module, so that structures are the same in the objects of kernel_tests, where it is built
 * in */
#define CONFIG_GET_FREE_REGION 1
#ifndef CONFIG_KUNIT
#define CONFIG_KUNIT_MODULE 1
#endif
