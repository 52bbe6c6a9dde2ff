// SPDX-License-Identifier: GPL-2.0-only
//
// Which models there are.
#include "driver/generic.h"
#include "driver/model.h"
#include "driver/models/e1000.h"
#include "driver/models/rtl8139cp.h"

namespace dmafuzz {

std::unique_ptr<DeviceModel> make_model(std::string_view driver) {
  if (driver == "e1000") return std::make_unique<E1000>();
  if (driver == "8139cp") return std::make_unique<Rtl8139cp>();
  return make_generic_device();
}

}  // namespace dmafuzz
