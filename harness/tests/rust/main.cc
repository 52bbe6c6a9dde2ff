// SPDX-License-Identifier: GPL-2.0-only
//
// Runs lawful programs on back end `rust`, with the reference model as for back end `c`: a finding ends the run.
//
//   rust_backend_test FILE.dma...
#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <string>

#include "engine/executor.h"
#include "host.h"
#include "program/text.h"

using namespace dmafuzz;

int main(int argc, char** argv) {
  Executor executor(dmaf_backend_rust, "rust_backend_test");
  for (int i = 1; i < argc; ++i) {
    std::ifstream in(argv[i]);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    ProgramFile file;
    if (const auto error = parse_text(text, file); error) {
      fmt::print(stderr, "{}:{}: {}\n", argv[i], error->line, error->message);
      return 2;
    }
    executor.run(file.program);
    std::size_t ran = 0;
    for (const int32_t status : executor.statuses()) ran += status == 0;
    if (ran != file.program.ops.size()) {
      fmt::print("{}: only {} of {} operations succeeded\n", argv[i], ran, file.program.ops.size());
      return 1;
    }
    fmt::print("{}: {} operations\n", argv[i], ran);
  }
  return argc > 1 ? 0 : 2;
}
