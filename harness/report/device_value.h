// SPDX-License-Identifier: GPL-2.0-only
//
// What a driver took from its device: a register's answer, or a load of memory that the device may write. In the order
// in which the driver asked, so that the number names the same value in each run that is alike up to there.
#ifndef DMAFUZZ_REPORT_DEVICE_VALUE_H
#define DMAFUZZ_REPORT_DEVICE_VALUE_H

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "report/finding.h"

namespace dmafuzz {

struct DeviceValue {
  std::uint64_t number = 0;
  std::string where;        // in words: "BAR 0 + 0x3e", "byte 8 of the coherent mapping ..."
  unsigned size = 0;        // bytes, at most 8
  std::uint64_t value = 0;  // little endian
  SourceFrame taken;        // by whom

  // "0x001f from BAR 0 + 0x3e, in cp_interrupt (drivers/...c:589)"
  std::string text() const;
  // The value with as many digits as it has.
  std::string digits(std::uint64_t of) const;
};

nlohmann::ordered_json to_json(const DeviceValue& value);
// The inverse. Throws nlohmann::json::exception on what it never wrote.
DeviceValue device_value_from_json(const nlohmann::ordered_json& json);

}  // namespace dmafuzz

#endif
