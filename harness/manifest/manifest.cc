// SPDX-License-Identifier: GPL-2.0-only
//
// See manifest.h. What is not understood is an error: a misspelt quirk would be no quirk.
#include "manifest/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <initializer_list>
#include <sstream>
#include <toml.hpp>

namespace dmafuzz {
namespace {

using Kind = Manifest::BarKind;

constexpr uint64_t kMemory = 1 << 20, kPorts = 256;

struct Refused {
  std::string message;
};

[[noreturn]] void refuse(const toml::value& at, const std::string& why) {
  const auto& where = at.location();
  throw Refused{fmt::format("{}:{}: {}", where.file_name(), where.line(), why)};
}

void only(const toml::value& table, std::initializer_list<std::string_view> known) {
  if (!table.is_table()) refuse(table, "a table is expected");
  for (const auto& [key, value] : table.as_table()) {
    if (std::ranges::find(known, key) != known.end()) continue;
    std::string list;
    for (const std::string_view k : known) list += (list.empty() ? "" : ", ") + std::string(k);
    refuse(value, fmt::format("'{}' is not known here; known are: {}", key, list));
  }
}

uint64_t number(const toml::value& v, uint64_t max) {
  if (!v.is_integer() || v.as_integer() < 0 || static_cast<uint64_t>(v.as_integer()) > max)
    refuse(v, fmt::format("a number from 0 to {:#x} is expected", max));
  return static_cast<uint64_t>(v.as_integer());
}

std::string text(const toml::value& v) {
  if (!v.is_string()) refuse(v, "a text is expected");
  return v.as_string().str;
}

bool truth(const toml::value& v) {
  if (!v.is_boolean()) refuse(v, "true or false is expected");
  return v.as_boolean();
}

const toml::array& list(const toml::value& v) {
  if (!v.is_array()) refuse(v, "a list is expected");
  return v.as_array();
}

std::vector<std::string> texts(const toml::value& v) {
  std::vector<std::string> out;
  for (const toml::value& item : list(v)) out.push_back(text(item));
  return out;
}

// Calls take(value) if the table has the key.
template <typename Take>
void with(const toml::value& table, const char* key, Take take) {
  if (table.contains(key)) take(table.at(key));
}

Manifest::Bar read_bar(const toml::value& v) {
  only(v, {"kind", "size"});
  Manifest::Bar bar;
  const std::string kind = v.contains("kind") ? text(v.at("kind")) : "memory";
  if (kind == "memory") {
    bar = {Kind::kMemory, kMemory};
  } else if (kind == "memory64") {
    bar = {Kind::kMemory64, kMemory};
  } else if (kind == "ports") {
    bar = {Kind::kPorts, kPorts};
  } else if (kind != "none") {
    refuse(v.at("kind"), "a BAR is memory, memory64, ports or none");
  }
  const uint64_t least = bar.kind == Kind::kPorts ? 4 : 16, most = bar.kind == Kind::kPorts ? kPorts : 64 << 20;
  with(v, "size", [&](const toml::value& size) {
    bar.size = number(size, most);
    if (bar.size < least || !std::has_single_bit(bar.size))
      refuse(size, fmt::format("a power of two from {} on is expected", least));
  });
  return bar;
}

std::array<Manifest::Bar, 6> read_bars(const toml::value& v) {
  std::array<Manifest::Bar, 6> bars;
  if (v.is_string()) {
    if (!bar_layout(text(v), bars)) refuse(v, fmt::format("no layout of BARs is called '{}'", text(v)));
    return bars;
  }
  const toml::array& items = list(v);
  if (items.size() > bars.size()) refuse(v, "a device has six BARs");
  for (size_t i = 0; i < items.size(); ++i) {
    bars[i] = read_bar(items[i]);
    if (i && bars[i].kind != Kind::kNone && bars[i - 1].kind == Kind::kMemory64)
      refuse(items[i], "a BAR of 64 bits takes the next one as well: {kind = \"none\"}");
  }
  return bars;
}

void read_fill(const toml::value& v, Manifest& out) {
  if (v.is_integer()) {
    out.filler = number(v, 0xff);
    return;
  }
  constexpr std::string_view kNoise = "noise ";
  const std::string what = text(v);
  const char* const end = what.data() + what.size();
  out.fill = Manifest::Fill::kNoise;
  if (!what.starts_with(kNoise) || std::from_chars(what.data() + kNoise.size(), end, out.filler).ptr != end)
    refuse(v, "a byte, or \"noise N\", is expected");
}

Manifest::Register read_register(const toml::value& v) {
  only(v, {"bar", "offset", "size", "count", "value", "values", "keeps"});
  Manifest::Register reg;
  with(v, "bar", [&](const toml::value& bar) { reg.bar = static_cast<unsigned>(number(bar, 5)); });
  if (!v.contains("offset")) refuse(v, "a register has an offset");
  reg.offset = number(v.at("offset"), ~uint32_t{0});
  with(v, "size", [&](const toml::value& size) {
    reg.size = static_cast<unsigned>(number(size, 8));
    if (!std::has_single_bit(reg.size)) refuse(size, "1, 2, 4 or 8 is expected");
  });
  with(v, "count", [&](const toml::value& count) { reg.count = std::max<uint64_t>(1, number(count, 1 << 16)); });
  with(v, "value", [&](const toml::value& value) { reg.values = {number(value, INT64_MAX)}; });
  with(v, "values", [&](const toml::value& values) {
    for (const toml::value& item : list(values)) reg.values.push_back(number(item, INT64_MAX));
  });
  with(v, "keeps", [&](const toml::value& keeps) { reg.keeps = number(keeps, INT64_MAX); });
  if (reg.values.empty()) refuse(v, "a register has a value, or values");
  return reg;
}

void read_device(const toml::value& v, Manifest& out) {
  only(v, {"entry", "vendor", "device", "subvendor", "subdevice", "class", "revision", "bars", "msi", "msix", "fill",
           "register", "config", "property"});
  const auto id = [&](const char* key, std::optional<uint32_t>& to, uint64_t max) {
    with(v, key, [&](const toml::value& value) { to = static_cast<uint32_t>(number(value, max)); });
  };
  with(v, "entry", [&](const toml::value& n) { out.entry = static_cast<unsigned>(number(n, 1000)); });
  id("vendor", out.vendor, 0xffff);
  id("device", out.device, 0xffff);
  id("subvendor", out.subvendor, 0xffff);
  id("subdevice", out.subdevice, 0xffff);
  id("class", out.class_code, 0xffffff);
  id("revision", out.revision, 0xff);
  with(v, "bars", [&](const toml::value& bars) { out.bars = read_bars(bars); });
  with(v, "msi", [&](const toml::value& on) { out.msi = truth(on); });
  with(v, "msix", [&](const toml::value& on) { out.msix = truth(on); });
  with(v, "fill", [&](const toml::value& fill) { read_fill(fill, out); });
  with(v, "register", [&](const toml::value& registers) {
    for (const toml::value& item : list(registers)) out.registers.push_back(read_register(item));
  });
  with(v, "property", [&](const toml::value& properties) {
    for (const toml::value& item : list(properties)) {
      only(item, {"name", "value", "values"});
      if (!item.contains("name")) refuse(item, "a property has a name");
      Manifest::Property p = {text(item.at("name")), {}};
      const auto take = [&](const toml::value& n) {
        p.values.push_back(static_cast<unsigned>(number(n, ~uint32_t{0})));
      };
      with(item, "value", take);
      with(item, "values", [&](const toml::value& values) {
        for (const toml::value& n : list(values)) take(n);
      });
      if (p.values.empty()) refuse(item, "a property has a value, or values");
      out.properties.push_back(std::move(p));
    }
  });
  with(v, "config", [&](const toml::value& config) {
    for (const toml::value& item : list(config)) {
      only(item, {"offset", "size", "value"});
      Manifest::Config c;
      if (!item.contains("offset") || !item.contains("value")) refuse(item, "offset and value are expected");
      c.offset = static_cast<unsigned>(number(item.at("offset"), 4095));
      c.value = static_cast<uint32_t>(number(item.at("value"), ~uint32_t{0}));
      with(item, "size", [&](const toml::value& size) { c.size = static_cast<unsigned>(number(size, 4)); });
      if (!std::has_single_bit(c.size) || c.offset % c.size) refuse(item, "1, 2 or 4 bytes, aligned, are expected");
      out.config.push_back(c);
    }
  });
}

Manifest::Ring read_ring(const toml::value& v) {
  only(v, {"mapping", "stride", "fields"});
  Manifest::Ring ring;
  if (!v.contains("stride") || !v.contains("fields")) refuse(v, "a ring has a stride, and fields");
  with(v, "mapping", [&](const toml::value& n) { ring.mapping = static_cast<unsigned>(number(n, 1000)); });
  ring.stride = number(v.at("stride"), 4096);
  if (!ring.stride) refuse(v.at("stride"), "a descriptor has a size");
  for (const toml::value& item : list(v.at("fields"))) {
    const toml::array& pair = list(item);
    if (pair.size() != 2) refuse(item, "a field is [offset, size]");
    ring.fields.push_back({number(pair[0], ring.stride), number(pair[1], ring.stride)});
  }
  return ring;
}

void read_all(const toml::value& v, Manifest& out) {
  only(v, {"name", "bus", "dir", "module", "files", "includes", "defines", "device", "ring", "without"});
  with(v, "name", [&](const toml::value& name) { out.name = text(name); });
  with(v, "bus", [&](const toml::value& bus) {
    out.bus = text(bus);
    if (out.bus != "pci" && out.bus != "platform") refuse(bus, "a bus is pci or platform");
  });
  with(v, "dir", [&](const toml::value& dir) { out.dir = text(dir); });
  with(v, "module", [&](const toml::value& module) { out.module = text(module); });
  with(v, "files", [&](const toml::value& files) { out.files = texts(files); });
  with(v, "includes", [&](const toml::value& includes) { out.includes = texts(includes); });
  with(v, "defines", [&](const toml::value& defines) { out.defines = texts(defines); });
  with(v, "device", [&](const toml::value& device) { read_device(device, out); });
  with(v, "ring", [&](const toml::value& rings) {
    for (const toml::value& item : list(rings)) out.rings.push_back(read_ring(item));
  });
  with(v, "without", [&](const toml::value& without) {
    for (const toml::value& item : list(without)) {
      only(item, {"check", "reason"});
      if (!item.contains("check") || !item.contains("reason"))
        refuse(item, "what a driver goes without has a check, and a reason");
      out.without.push_back({text(item.at("check")), text(item.at("reason"))});
    }
  });
}

}  // namespace

bool bar_layout(std::string_view name, std::array<Manifest::Bar, 6>& out) {
  out = {};
  if (name == "memory64") {
    for (const unsigned i : {0u, 2u, 4u}) out[i] = {Kind::kMemory64, kMemory};
    return true;
  }
  for (Manifest::Bar& bar : out) bar = {Kind::kMemory, kMemory};
  if (name == "memory") return true;
  const unsigned ports = name == "ports" ? 0 : name == "ports-after" ? 1 : name == "ports-last" ? 2 : 6;
  if (ports == 6) return false;
  out[ports] = {Kind::kPorts, kPorts};
  return true;
}

const std::vector<std::string_view>& bar_layouts() {
  static const std::vector<std::string_view> names = {"memory", "ports", "ports-after", "ports-last", "memory64"};
  return names;
}

std::optional<ManifestError> parse_manifest(std::string_view text, const std::string& file, Manifest& out) {
  out = {};
  try {
    std::istringstream in{std::string(text)};
    read_all(toml::parse(in, file), out);
  } catch (const Refused& refused) {
    return ManifestError{refused.message};
  } catch (const toml::exception& error) {
    // The library draws the place; one line is enough here.
    std::string what = error.what();
    if (what.starts_with("[error] ")) what.erase(0, 8);
    return ManifestError{fmt::format("{}:{}: {}", file, error.location().line(), what.substr(0, what.find('\n')))};
  }
  return {};
}

}  // namespace dmafuzz
