// SPDX-License-Identifier: GPL-2.0-only
//
// Which models there are.
#include "driver/generic.h"
#include "driver/model.h"
#include "driver/models/dw_axi_dmac.h"
#include "driver/models/e100.h"
#include "driver/models/e1000.h"
#include "driver/models/edu.h"
#include "driver/models/nvme.h"
#include "driver/models/pci_testdev.h"
#include "driver/models/pcnet32.h"
#include "driver/models/plx_dma.h"
#include "driver/models/pvscsi.h"
#include "driver/models/rtl8139cp.h"
#include "driver/models/virtio_blk.h"
#include "driver/models/virtio_net.h"
#include "driver/models/virtio_rng.h"
#include "driver/models/vmxnet3.h"
#include "life/life.h"

namespace dmafuzz {

Degree DeviceModel::least() const {
  return Degree::kFaithful;
}

std::unique_ptr<DeviceModel> make_model(std::string_view driver) {
  if (driver == "e1000") return std::make_unique<E1000>();
  if (driver == "nvme") return std::make_unique<Nvme>();
  if (driver == "8139cp") return std::make_unique<Rtl8139cp>();
  if (driver == "e100") return std::make_unique<E100>();
  if (driver == "pcnet32") return std::make_unique<Pcnet32>();
  if (driver == "dw_axi_dmac") return std::make_unique<DwAxiDmac>();
  // The same driver in three languages.
  if (driver == "edu_c" || driver == "edu_rust" || driver == "edu_cxx") return std::make_unique<Edu>();
  if (driver == "plx_dma") return std::make_unique<PlxDma>();
  if (driver == "rust_dma") return std::make_unique<PciTestdev>();
  if (driver == "vmw_pvscsi") return std::make_unique<Pvscsi>();
  if (driver == "vmxnet3") return std::make_unique<Vmxnet3>();
  if (driver == "virtio_blk") return std::make_unique<VirtioBlk>();
  if (driver == "virtio_net") return std::make_unique<VirtioNet>();
  if (driver == "virtio_rng") return std::make_unique<VirtioRng>();
  return make_generic_device();
}

}  // namespace dmafuzz
