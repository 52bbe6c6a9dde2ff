// SPDX-License-Identifier: GPL-2.0-only
//
// What a running libFuzzer says of itself: its status lines, its closing statistics, and the counter that a target
// keeps for us in shared memory, because libFuzzer prints a line only at powers of two and at discoveries.
#ifndef DMAFUZZ_CLI_FUZZ_STATUS_H
#define DMAFUZZ_CLI_FUZZ_STATUS_H

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace dmafuzz::cli {

// "#4096  NEW    cov: 120 ft: 300 corp: 12/340b lim: 64 exec/s: 2048 rss: 40Mb L: 16/64 MS: 2 ..."
struct StatusLine {
  std::uint64_t executions = 0;
  std::string event;  // INITED, NEW, REDUCE, pulse, RELOAD, DONE
  std::uint64_t coverage = 0;
  std::uint64_t features = 0;
  std::uint64_t corpus = 0;
};
std::optional<StatusLine> parse_status(std::string_view line);

// "stat::number_of_executed_units: 1234" -> 1234
std::optional<std::uint64_t> parse_executed(std::string_view line);

// A file of 8 bytes, mapped by us and by the target that finds its name in the environment variable DMAFUZZ_STATUS:
// executions of the process so far, in the machine's byte order. A target that does not know of it leaves 0.
class SharedCounter {
 public:
  explicit SharedCounter(const std::filesystem::path& file);
  ~SharedCounter();
  SharedCounter(const SharedCounter&) = delete;
  SharedCounter& operator=(const SharedCounter&) = delete;

  std::uint64_t value() const { return *count_; }
  void reset() { *count_ = 0; }
  // NAME=VALUE for the target's environment.
  std::string variable() const;

 private:
  std::filesystem::path file_;
  volatile std::uint64_t* count_ = nullptr;
};

}  // namespace dmafuzz::cli

#endif
