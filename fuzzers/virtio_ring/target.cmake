# SPDX-License-Identifier: GPL-2.0-only
fuzz_target(virtio_ring KIND bytes MAX_LEN 512
  SUMMARY "Virtqueues (drivers/virtio/virtio_ring.c), split and packed, against a device that is faithful, faulty or untrusted"
  SOURCES virtio_ring.cc queue.cc queue_device.cc hostile.cc
  KERNEL ${DMA_KERNEL} virtio target_virtio_ring)
# Too long to be mutated: replayed as a test only.
foreach(input wrap-split wrap-packed)
  add_test(NAME virtio_ring.${input}
    COMMAND dmafuzz run virtio_ring ${CMAKE_SOURCE_DIR}/corpora/virtio_ring/long/${input}.hex)
endforeach()
