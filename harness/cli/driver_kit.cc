// SPDX-License-Identifier: GPL-2.0-only
//
// See driver_kit.h.
#include "cli/driver_kit.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/command.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

std::vector<fs::path> paths(const nlohmann::json& list) {
  std::vector<fs::path> out;
  for (const auto& item : list) out.emplace_back(item.get<std::string>());
  return out;
}

}  // namespace

DriverKit DriverKit::of(const Build& build) {
  const fs::path file = build.dir / "driver-kit.json";
  std::ifstream in(file);
  if (!in) throw Trouble(fmt::format("no {}: configure the build again (ci/test does)", friendly(file)));
  DriverKit kit;
  try {
    const auto json = nlohmann::json::parse(in);
    kit.source = build.source;
    kit.kernel = build.kernel;
    kit.overlay = build.overlay;
    kit.launcher = json.at("launcher");
    kit.compiler = json.at("compiler");
    kit.engine = json.at("engine");
    kit.flags = json.at("flags").get<std::vector<std::string>>();
    kit.instrumentation = json.at("instrumentation").get<std::vector<std::string>>();
    kit.coverage = json.at("coverage").get<std::vector<std::string>>();
    kit.link = json.at("link").get<std::vector<std::string>>();
    kit.objects = paths(json.at("kernel"));
    for (const char* name : {"net", "block", "engine"})
      kit.subsystems[name] = paths(json.at(std::string("of_") + name));
    kit.platform = json.at("platform").get<std::vector<std::string>>();
    kit.lazy = paths(json.at("lazy"));
    kit.fuzz = paths(json.at("fuzz"));
    kit.replay = paths(json.at("replay"));
    kit.libraries = paths(json.at("libraries"));
  } catch (const nlohmann::json::exception& error) {
    throw Trouble(fmt::format("{} is damaged ({}): configure again", friendly(file), error.what()));
  }
  std::vector<const std::vector<fs::path>*> all = {&kit.objects, &kit.lazy, &kit.fuzz, &kit.replay, &kit.libraries};
  for (const auto& [name, objects] : kit.subsystems) all.push_back(&objects);
  for (const auto* list : all) {
    for (const fs::path& path : *list) {
      if (!fs::exists(path))
        throw Trouble(
            fmt::format("{} is not built: cmake --build {} --target driver_kit", friendly(path), friendly(build.dir)));
    }
  }
  return kit;
}

}  // namespace dmafuzz::cli
