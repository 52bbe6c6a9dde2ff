// SPDX-License-Identifier: GPL-2.0-only
//
// See device_value.h.
#include "report/device_value.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace dmafuzz {

std::string DeviceValue::digits(std::uint64_t of) const {
  return fmt::format("{:#0{}x}", of, 2 + 2 * size);
}

std::string DeviceValue::text() const {
  return fmt::format("{} from {}, in {} ({})", digits(value), where, taken.function, taken.place());
}

nlohmann::ordered_json to_json(const DeviceValue& value) {
  // As text: 64 bits are more than many readers of JSON take.
  return {{"number", value.number},
          {"where", value.where},
          {"size", value.size},
          {"value", value.digits(value.value)},
          {"function", value.taken.function},
          {"file", value.taken.file},
          {"line", value.taken.line},
          {"column", value.taken.column}};
}

DeviceValue device_value_from_json(const nlohmann::ordered_json& json) {
  DeviceValue value;
  json.at("number").get_to(value.number);
  json.at("where").get_to(value.where);
  json.at("size").get_to(value.size);
  value.value = std::stoull(json.at("value").get<std::string>(), nullptr, 16);
  json.at("function").get_to(value.taken.function);
  json.at("file").get_to(value.taken.file);
  json.at("line").get_to(value.taken.line);
  json.at("column").get_to(value.taken.column);
  return value;
}

}  // namespace dmafuzz
