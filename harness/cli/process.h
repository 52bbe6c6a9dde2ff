// SPDX-License-Identifier: GPL-2.0-only
//
// Child processes: started without a shell, output (both streams) read line by line, dead with their parent. The
// environment in which every target runs is made here as well.
#ifndef DMAFUZZ_CLI_PROCESS_H
#define DMAFUZZ_CLI_PROCESS_H

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dmafuzz::cli {

using Clock = std::chrono::steady_clock;
using LineSink = std::function<void(std::string_view line)>;

struct Exit {
  int code = 0;    // exit status, if it exited
  int signal = 0;  // the signal that ended it, or 0
  bool ok() const { return code == 0 && signal == 0; }
  // "exit status 3", "signal 6 (Aborted)"
  std::string text() const;
};

class Process {
 public:
  // Throws Trouble if it cannot be started. `environment` holds NAME=VALUE, added to our own.
  Process(const std::vector<std::string>& argv, const std::vector<std::string>& environment);
  ~Process();
  Process(Process&& other) noexcept;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  Process& operator=(Process&&) = delete;

  // To poll for reading.
  int output() const { return output_; }
  // Hands on the whole lines that are there without waiting. False when the output has ended.
  bool drain(const LineSink& sink);
  void signal(int number) const;
  // Of its processor's time, which other work on the machine does not shorten: SIGXCPU ends it, if it does not catch
  // that.
  void limit_processor_time(std::chrono::seconds limit) const;
  // Reaps; call after drain() returned false.
  Exit wait();

 private:
  pid_t pid_ = -1;
  int output_ = -1;
  std::string partial_;
};

struct Outcome {
  Exit exit;
  bool timed_out = false;
};

// Lets it run to its end, or kills it after `limit`.
Outcome finish_process(Process& process, Clock::duration limit, const LineSink& sink);

// Runs to the end, or kills it after `limit`, or after so much of the processor's time (0: as much as it takes).
Outcome run_process(const std::vector<std::string>& argv, std::span<const std::string> environment,
                    Clock::duration limit, const LineSink& sink, std::chrono::seconds processor_time = {});

// Becomes the program: terminal, process group and standard streams are its own from now on. Throws Trouble if it
// cannot.
[[noreturn]] void become_process(const std::vector<std::string>& argv, std::span<const std::string> environment);

struct SanitizerOptions {
  bool detect_leaks = false;
  // Frames get their names; a report then takes a run of llvm-symbolizer, which is most of the time that it takes.
  bool symbolize = true;
};
// ASAN_OPTIONS and UBSAN_OPTIONS for targets, with what the user's own environment says added last, so that it wins.
std::vector<std::string> sanitizer_environment(const SanitizerOptions& options = {});
// llvm-symbolizer-19 or the like, or empty.
std::filesystem::path find_symbolizer();
// The program of that name in PATH, or empty.
std::filesystem::path find_program(std::string_view name);

}  // namespace dmafuzz::cli

#endif
