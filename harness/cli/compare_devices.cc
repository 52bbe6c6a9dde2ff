// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz compare-devices`: which of the findings of drivers does a device reach that behaves? Each reviewed life that
// shows one with our model of the device is run again with that model made to behave, with QEMU's, and with QEMU's made
// to lie as the life says.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "cli/build.h"
#include "cli/command.h"
#include "cli/inputs.h"
#include "cli/replay.h"
#include "cli/storage.h"
#include "cli/terminal.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kOurs = "driver_", kQemus = "qemu_";

struct Options {
  std::vector<std::string> drivers;
  bool json = false;
};

// With which device a life is run, beside the one that it was written for.
enum Device { kOursBehaves, kQemuBehaves, kQemuLies, kDevices };
constexpr std::array<std::string_view, kDevices> kDeviceNames = {"ours behaves", "QEMU's behaves", "QEMU's lies"};

struct Row {
  std::string driver;
  fs::path file;
  Degree degree = Degree::kFaithful;
  Finding finding;
  std::array<std::optional<Finding>, kDevices> shown;

  bool same(Device device) const { return shown[device] && shown[device]->identity() == finding.identity(); }
  std::string cell(Device device) const {
    if (same(device)) return "the same";
    return shown[device] ? shown[device]->id : "nothing";
  }
};

class Comparison {
 public:
  explicit Comparison(const Options& options) : options_(options), build_(this_build()) {}

  int run() {
    std::vector<std::string> drivers = options_.drivers;
    if (drivers.empty()) {
      for (const Target& target : build_.targets) {
        if (target.name.starts_with(kQemus)) drivers.push_back(target.name.substr(kQemus.size()));
      }
    }
    if (drivers.empty()) {
      throw Trouble(build_.left_out.empty() ? "no target qemu_* in this build"
                                            : fmt::format("no target qemu_*: {}", build_.left_out.front().second));
    }
    for (const std::string& driver : drivers) compare(driver);
    options_.json ? print_json() : print();
    return kClean;
  }

 private:
  // The lives that show a finding with the device that they were written for.
  std::vector<LifeFile> lives_of(const Target& ours, const std::string& driver) {
    std::vector<fs::path> files;
    std::vector<LifeFile> lives;
    for (const fs::path& file : reviewed_files(ours, "regressions")) {
      LifeFile life = load_life(file);
      if (life.expect.kind != Expectation::Kind::kFinding || !applies_to(life.expect, build_.release)) continue;
      files.push_back(file);
      lives.push_back(std::move(life));
    }
    const auto results = replay(build_, ours, files);
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (results[i].clean())
        throw Trouble(fmt::format("{} runs clean: dmafuzz regress {}", friendly(files[i]), ours.name));
      rows_.push_back({.driver = driver,
                       .file = files[i],
                       .degree = static_cast<Degree>(lives[i].life.config.degree),
                       .finding = *results[i].finding,
                       .shown = {}});
    }
    return lives;
  }

  void compare(const std::string& driver) {
    const Target& ours = build_.target(fmt::format("{}{}", kOurs, driver));
    const Target& qemus = build_.target(fmt::format("{}{}", kQemus, driver));
    const std::size_t first = rows_.size();
    const std::vector<LifeFile> lives = lives_of(ours, driver);
    const auto with = [&](Device device, const Target& target, bool behaves) {
      const ScratchFolder scratch;
      std::vector<fs::path> files;
      for (const LifeFile& life : lives) {
        LifeFile changed = life;
        if (behaves) changed.life.config.degree = static_cast<std::uint8_t>(Degree::kFaithful);
        files.push_back(scratch.path() / fmt::format("{}.life", files.size()));
        write_file(files.back(), print_life(changed));
      }
      auto results = replay(build_, target, files);
      for (std::size_t i = 0; i < results.size(); ++i) rows_[first + i].shown[device] = std::move(results[i].finding);
    };
    with(kOursBehaves, ours, true);
    with(kQemuBehaves, qemus, true);
    with(kQemuLies, qemus, false);
  }

  void print() const {
    Table table;
    table.row({"input", "finding", "device", std::string(kDeviceNames[0]), std::string(kDeviceNames[1]),
               std::string(kDeviceNames[2])},
              std::vector<Ink>(6, Ink::kBold));
    std::array<std::size_t, kDevices> same{};
    for (const Row& row : rows_) {
      std::vector<std::string> cells = {fmt::format("{}/{}", row.driver, row.file.stem().native()), row.finding.id,
                                        std::string(degree_words()[static_cast<std::size_t>(row.degree)])};
      for (int device = 0; device < kDevices; ++device) {
        cells.push_back(row.cell(static_cast<Device>(device)));
        same[device] += row.same(static_cast<Device>(device));
      }
      table.row(std::move(cells));
    }
    table.row({"the same, of " + std::to_string(rows_.size()), "", "", std::to_string(same[0]), std::to_string(same[1]),
               std::to_string(same[2])});
    table.print();
  }

  void print_json() const {
    nlohmann::ordered_json out = nlohmann::ordered_json::array();
    for (const Row& row : rows_) {
      nlohmann::ordered_json entry = {{"driver", row.driver},
                                      {"file", row.file.native()},
                                      {"finding", row.finding.headline()},
                                      {"degree", degree_words()[static_cast<std::size_t>(row.degree)]}};
      for (int device = 0; device < kDevices; ++device) {
        const std::optional<Finding>& shown = row.shown[device];
        entry["with"][std::string(kDeviceNames[device])] = {{"same", row.same(static_cast<Device>(device))},
                                                            {"finding", shown ? shown->headline() : ""}};
      }
      out.push_back(std::move(entry));
    }
    fmt::print("{}\n", out.dump(2));
  }

  const Options& options_;
  const Build build_;
  std::vector<Row> rows_;
};

}  // namespace

void add_compare_devices(CommandLine& app, Action& action) {
  auto options = std::make_shared<Options>();
  CommandLine sub =
      app.add_subcommand("compare-devices", "Say which findings of drivers a device reaches that behaves, QEMU's too");
  sub.add_option("DRIVER", options->drivers, "Drivers (default: each that has a target qemu_DRIVER)");
  sub.add_flag("--json", options->json, "Print JSON, one entry an input");
  sub.callback([options, &action] { action = [options] { return Comparison(*options).run(); }; });
}

}  // namespace dmafuzz::cli
