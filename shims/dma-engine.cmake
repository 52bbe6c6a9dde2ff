# SPDX-License-Identifier: GPL-2.0-only
# DMA engines: their core and virtual channels as they are in the tree, and a client. ENGINE_KERNEL is what a program
# needs besides DMA_KERNEL and its bus, in place of NET_KERNEL. Options are said here: headers alone look at them, and only
# what is compiled with them has these headers.

set(engine_options CONFIG_DMA_ENGINE=1 CONFIG_DMA_VIRTUAL_CHANNELS=1)
kernel_objects(dma_engine DEFINES ${engine_options} ${WATCHED_COPIES} FILES drivers/dma/dmaengine.c drivers/dma/virt-dma.c)
# Code under test, as the driver is.
target_compile_options(kobj_dma_engine PRIVATE ${WATCHED_ACCESSES} ${DRIVER_LINES})
shim_objects(shim_dma_engine COVERED FILES dma-engine/client.c)
target_compile_definitions(kobj_shim_dma_engine PRIVATE ${engine_options})
set(ENGINE_KERNEL dma_engine shim_dma_engine PARENT_SCOPE)

driver_objects(plx_dma BUS pci DEFINES ${engine_options} FILES drivers/dma/plx_dma.c)
driver_objects(dw_axi_dmac BUS platform DEFINES ${engine_options} INCLUDES drivers/dma
  FILES drivers/dma/dw-axi-dmac/dw-axi-dmac-platform.c)
set(ENGINE_DRIVERS plx_dma dw_axi_dmac PARENT_SCOPE)
