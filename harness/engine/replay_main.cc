// SPDX-License-Identifier: GPL-2.0-only
//
// The replayer: a target without a fuzzing engine. Runs each file once, in order, in one process, and says so on stderr
// in libFuzzer's words ("Running: FILE", "Executed FILE"). Text forms (.dma, .life, .hex) are turned into bytes first.
//
//   --trace            print the events of each input
//   --operations       print a line "operation ..." for each operation, where the input is plain bytes
//   --log              print the kernel's log as it comes
//   --repeat=N         run each file N times (for profilers and for the determinism test)
//   --hash             print a line "trace HASH FILE" for each run
//   --compare-debug    raise nothing that DmaSan or dma-debug sees: print a line for each (report/sighting.h)
//   --pass-known       go on where a campaign would (driver/known.h)
//   --up=START         inputs of a driver start with it up, from a snapshot (life/up_option.h); others are passed over
//   --device-values=FILE, --device-value=N:VALUE   what a driver takes from its device (driver/device_values.h)
//   --account=FILE     add to FILE what each operation of DMA programs came to (engine/account.h); target dma_api
//   --timeline=FILE    write to FILE what happened to mapped memory, event by event (engine/timeline.h)
//   --self-test=KIND   make a planted mistake (asan, ubsan, leak, warn, bug, pool), which must be caught
#include <sanitizer/common_interface_defs.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "dmasan/dmasan.h"
#include "engine/account.h"
#include "engine/comparison.h"
#include "engine/raise.h"
#include "engine/rerun.h"
#include "engine/self_test.h"
#include "engine/timeline.h"
#include "engine/trace.h"
#include "life/life_text.h"
#include "life/up_option.h"
#include "program/binary.h"
#include "program/hex.h"
#include "program/text.h"

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) __attribute__((weak));
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

[[noreturn]] void fail(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(2);
}

struct Loaded {
  std::vector<uint8_t> bytes;
  std::string checks;  // what the file says of them
  dmafuzz::Names names = {};
};

Loaded load(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) fail(path + ": cannot be read");
  std::vector<uint8_t> bytes((std::istreambuf_iterator<char>(in)), {});
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (dmafuzz::is_hex_file(path)) {
    dmafuzz::HexFile hex;
    if (auto error = dmafuzz::parse_hex(text, hex)) fail(error->str(path));
    return {std::move(hex.bytes), std::move(hex.expect.checks)};
  }
  if (dmafuzz::looks_like_life(bytes)) {
    dmafuzz::LifeFile file;
    if (auto error = dmafuzz::parse_life(text, file)) fail(error->str(path));
    return {dmafuzz::encode_life(file.life), std::move(file.expect.checks)};
  }
  if (!dmafuzz::looks_like_text(bytes)) return {std::move(bytes), {}};
  dmafuzz::ProgramFile file;
  if (auto error = dmafuzz::parse_text(text, file)) fail(error->str(path));
  return {dmafuzz::encode(file.program), std::move(file.expect.checks), std::move(file.names)};
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> files;
  std::string self_test;
  unsigned long repeat = 1;
  bool show_trace = false, show_hash = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    if (arg == "--trace") {
      show_trace = true;
    } else if (arg == "--operations") {
      dmafuzz::show_operations(true);
    } else if (arg == "--log") {
      dmafuzz::set_log_echo(true);
    } else if (arg == "--compare-debug") {
      dmafuzz::start_comparison([](const dmafuzz::Sighting& s) { std::puts(dmafuzz::print_sighting(s).c_str()); });
    } else if (arg == "--pass-known") {
      // The target reads it (LLVMFuzzerInitialize).
    } else if (arg.starts_with("--account=")) {
      dmafuzz::start_account(argv[i] + 10);
    } else if (arg.starts_with("--timeline=")) {
      dmafuzz::start_timeline(argv[i] + 11);
    } else if (arg == "--hash") {
      show_hash = true;
    } else if (arg.starts_with("--repeat=")) {
      repeat = std::strtoul(argv[i] + 9, nullptr, 10);
    } else if (arg.starts_with("--self-test=")) {
      self_test = arg.substr(12);
    } else if (arg.starts_with(dmafuzz::kUpOption) || arg.starts_with("--device-value")) {
      // LLVMFuzzerInitialize() reads it.
    } else if (arg.starts_with("--")) {
      fail("unknown option " + std::string(arg) +
           "; known: --trace --operations --log --hash --repeat=N --compare-debug --pass-known --up=START "
           "--account=FILE --timeline=FILE "
           "--self-test=asan|ubsan|leak|warn|bug|pool|probe");
    } else {
      files.emplace_back(arg);
    }
  }
  dmafuzz::set_rerun_share(1);
  // A sanitizer's own reports end here.
  __sanitizer_set_death_callback(dmafuzz::dmafuzz_at_finding);
  // A finding ends the process on the spot; and both streams may go to one place.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  if (LLVMFuzzerInitialize) LLVMFuzzerInitialize(&argc, &argv);
  if (!self_test.empty()) {
    if (!dmafuzz::run_self_test(self_test)) fail("unknown self-test " + self_test);
    fail("self-test " + self_test + ": the planted mistake was not caught");
  }
  std::string text;
  if (show_trace) dmafuzz::trace().set_text(&text);
  const dmafuzz::CheckSet checks = dmafuzz::dmasan().checks();
  for (const std::string& path : files) {
    const auto [bytes, list, names] = load(path);
    dmafuzz::call_objects(names);
    dmafuzz::dmasan().checks() = checks;
    if (const auto error = dmafuzz::parse_checks(list, dmafuzz::dmasan().checks())) fail(path + ": " + *error);
    // What a file does not want to be stopped by stops nothing then, and the other one sees it too.
    if (dmafuzz::comparing()) {
      for (size_t i = 0; i < static_cast<size_t>(dmafuzz::Check::kCount); ++i) {
        const auto check = static_cast<dmafuzz::Check>(i);
        if (checks.has(check)) dmafuzz::dmasan().enable(check, true);
      }
    }
    std::fprintf(stderr, "Running: %s\n", path.c_str());
    for (unsigned long n = 0; n < repeat; ++n) {
      text.clear();
      dmafuzz::timeline_input();
      if (LLVMFuzzerTestOneInput(bytes.data(), bytes.size())) {
        std::fprintf(stderr, "%s: starts otherwise than --up says\n", path.c_str());
        break;
      }
      if (show_trace) std::fputs(text.c_str(), stdout);
      if (show_hash) {
        std::printf("trace %016llx %s\n", static_cast<unsigned long long>(dmafuzz::last_trace_hash()), path.c_str());
      }
    }
    std::fprintf(stderr, "Executed %s\n", path.c_str());
  }
  return 0;
}
