// SPDX-License-Identifier: GPL-2.0-only
//
// What targets over plain bytes share: reading the input, remembering the last operations for the report, the end of an
// input. The input is a list of operations; whatever is missing at its end reads as zero.
#ifndef DMAFUZZ_ENGINE_BYTE_TARGET_H
#define DMAFUZZ_ENGINE_BYTE_TARGET_H

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "dmasan/dmasan.h"
#include "engine/executor.h"
#include "engine/machine.h"
#include "engine/raise.h"
#include "engine/timeline.h"
#include "engine/trace.h"
#include "host.h"
#include "memory/memory.h"

namespace dmafuzz {

class InputBytes {
 public:
  InputBytes(const uint8_t* data, size_t size) : at_(data), end_(data + size) {}

  bool empty() const { return at_ == end_; }
  uint8_t u8() { return at_ == end_ ? 0 : *at_++; }
  uint16_t u16() { return static_cast<uint16_t>(u8() | u8() << 8); }
  uint32_t u32() { return u16() | static_cast<uint32_t>(u16()) << 16; }
  uint64_t u64() { return u32() | static_cast<uint64_t>(u32()) << 32; }
  // 0 .. n - 1
  uint32_t below(uint32_t n) { return n <= 256 ? u8() % n : u16() % n; }
  bool flag() { return u8() & 1; }

 private:
  const uint8_t* at_;
  const uint8_t* end_;
};

class ByteTarget {
 public:
  // Boots the machine. `name` as in the list of targets.
  explicit ByteTarget(const char* name) {
    if (!machine().booted()) machine().boot();
    raise_context().target = name;
    raise_context().operations = last_operations;
    // AddressSanitizer's reports have them as well.
    Memory::install_report_hook([](const char*) {
      std::fputs("last operations:\n", stderr);
      for (const std::string& line : last_operations()) std::fprintf(stderr, "  %s\n", line.c_str());
    });
  }

  // An operation is about to run; `format` is a literal in {fmt}'s syntax for up to four numbers, used in reports only.
  void op(const char* format, uint64_t a = 0, uint64_t b = 0, uint64_t c = 0, uint64_t d = 0) {
    Op& o = ring()[count()++ % kKept] = {format, {a, b, c, d}};
    // Once, though the input may run twice.
    if (operations_shown() && dmasan().info_leak().run() != InfoLeak::Run::kSecond)
      std::printf("operation %s\n", o.text().c_str());
    if (keeps_timeline()) timeline_operation(o.text());
    trace().event(format, a, b, c);
  }
  // What the operation came to, for the trace.
  void result(uint64_t a, uint64_t b = 0, uint64_t c = 0) { trace().event("result", a, b, c); }

  // What happened is not what the model says.
  template <typename... Args>
  [[noreturn]] static void mismatch(fmt::format_string<Args...> format, Args&&... args) {
    raise_finding("model-mismatch", fmt::format(format, std::forward<Args>(args)...));
  }

  // The n-th allocation from now on fails, once. Once an input: a second call does nothing.
  void fail_alloc(unsigned n) {
    if (failing_) return;
    failing_ = true;
    memory().set_fail_after(n);
  }
  // Whether the failure struck since the last call.
  bool failure_struck() {
    if (!failing_ || struck_ || !memory().fail_fired()) return false;
    struck_ = true;
    return true;
  }
  void no_more_failures() { memory().set_fail_after(0); }

  // The input is over and has given back everything.
  void end() {
    // Deferred work of boot is due at some time as well.
    kernel_run_deferred(10'000'000'000);
    check_nothing_left();
    abandon();
  }
  // The input is over; what it left is taken from it.
  void abandon() {
    set_last_trace_hash(trace().hash());
    machine().reset();
    count() = 0;
    raise_context().degree = {};
    failing_ = struck_ = false;
  }

 private:
  static constexpr size_t kKept = 16;
  struct Op {
    const char* format;
    uint64_t arg[4];

    std::string text() const { return fmt::format(fmt::runtime(format), arg[0], arg[1], arg[2], arg[3]); }
  };

  static std::array<Op, kKept>& ring() {
    static std::array<Op, kKept> the_ring;
    return the_ring;
  }
  static size_t& count() {
    static size_t the_count = 0;
    return the_count;
  }
  static std::vector<std::string> last_operations() {
    std::vector<std::string> lines;
    if (const auto degree = raise_context().degree; !degree.empty())
      lines.push_back(fmt::format("# degree {}", degree));
    for (size_t i = count() > kKept ? count() - kKept : 0; i < count(); ++i) lines.push_back(ring()[i % kKept].text());
    return lines;
  }

  bool failing_ = false;
  bool struck_ = false;
};

}  // namespace dmafuzz

#endif
