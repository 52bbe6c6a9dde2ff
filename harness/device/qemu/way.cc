// SPDX-License-Identifier: GPL-2.0-only
//
// See way.h.
#include "device/qemu/way.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace dmafuzz {
namespace {

namespace fs = std::filesystem;

bool installed() {
  const char* path = std::getenv("PATH");
  std::string_view rest = path ? path : "";
  while (!rest.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
    if (!folder.empty() && access((fs::path(folder) / "qemu-system-x86_64").c_str(), X_OK) == 0) return true;
  }
  return false;
}

// Empty: it is there, and for the QEMU of now.
std::string module_problem(const fs::path& folder) {
  std::string line, theirs, stamp;
  if (!fs::exists(folder / "accel-qtest-x86_64.so")) {
    std::ifstream why_not(folder / "why-not");
    std::getline(why_not, line);
    return line.empty() ? "the module is not built" : line;
  }
  std::ifstream built_for(folder / "built-for");
  std::getline(built_for, theirs);
  std::getline(built_for, stamp);
  std::ifstream in(theirs, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (!stamp.empty() && bytes.find(stamp) != std::string::npos) return {};
  return "QEMU has changed since the module was built: build qemu_stage again";
}

}  // namespace

QemuChoice choose_qemu(const fs::path& folder) {
  const char* word = std::getenv("DMAFUZZ_QEMU");
  const std::string_view wanted = word ? word : "";
  QemuChoice choice;
  if (!wanted.empty() && wanted != "module" && wanted != "stock") {
    choice.why = fmt::format("DMAFUZZ_QEMU is '{}': module or stock", wanted);
  } else if (!installed()) {
    choice.why = "QEMU is not installed: ci/qemu installs it";
  } else if (wanted == "stock") {
    choice = {.way = QemuWay::kStock, .modules = {}, .why = "DMAFUZZ_QEMU=stock"};
  } else {
    choice.why = module_problem(folder);
    if (choice.why.empty()) {
      choice.way = QemuWay::kModule;
      choice.modules = folder;
    } else if (wanted.empty()) {
      choice.way = QemuWay::kStock;
    }
  }
  return choice;
}

}  // namespace dmafuzz
