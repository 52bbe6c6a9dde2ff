// SPDX-License-Identifier: GPL-2.0-only
//
// fork and exec by hand rather than posix_spawn: a child must die with us (PR_SET_PDEATHSIG), or a killed campaign
// would leave fuzzers running.
#include "cli/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "cli/command.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

// A line longer than this is cut: nothing that a target says in one line is worth more.
constexpr std::size_t kMaxLine = 1 << 16;

std::vector<char*> pointers(std::span<const std::string> strings) {
  std::vector<char*> out;
  for (const std::string& s : strings) out.push_back(const_cast<char*>(s.c_str()));
  out.push_back(nullptr);
  return out;
}

// Ours, without what `added` names, then `added`.
std::vector<std::string> full_environment(std::span<const std::string> added) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view name = std::string_view(*entry).substr(0, std::string_view(*entry).find('=') + 1);
    bool replaced = false;
    for (const std::string& s : added) replaced = replaced || s.starts_with(name);
    if (!replaced) out.emplace_back(*entry);
  }
  out.insert(out.end(), added.begin(), added.end());
  return out;
}

}  // namespace

std::string Exit::text() const {
  if (signal) return fmt::format("signal {} ({})", signal, strsignal(signal));
  return fmt::format("exit status {}", code);
}

Process::Process(const std::vector<std::string>& argv, const std::vector<std::string>& environment) {
  const std::vector<std::string> env = full_environment(environment);
  const std::vector<char*> args = pointers(argv);
  const std::vector<char*> envp = pointers(env);
  std::array<int, 2> out{};
  std::array<int, 2> failure{};  // carries errno if exec fails, closes if it does not
  if (pipe2(out.data(), O_CLOEXEC) != 0) throw Trouble(fmt::format("no pipe: {}", std::strerror(errno)));
  if (pipe2(failure.data(), O_CLOEXEC) != 0) {
    close(out[0]);
    close(out[1]);
    throw Trouble(fmt::format("no pipe: {}", std::strerror(errno)));
  }
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // Ctrl-C is for us to hand on: it would cut a report short.
    setpgid(0, 0);
    if (getppid() != parent) _exit(127);
    const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    dup2(out[1], STDERR_FILENO);
    // An ignored SIGPIPE would be inherited.
    ::signal(SIGPIPE, SIG_DFL);
    execve(args[0], args.data(), envp.data());
    const int error = errno;
    [[maybe_unused]] const auto written = write(failure[1], &error, sizeof error);
    _exit(127);
  }
  close(out[1]);
  close(failure[1]);
  output_ = out[0];
  int error = 0;
  const bool failed = pid_ < 0 || read(failure[0], &error, sizeof error) > 0;
  close(failure[0]);
  if (failed) {
    if (pid_ > 0) waitpid(pid_, nullptr, 0);
    pid_ = -1;
    close(std::exchange(output_, -1));
    throw Trouble(fmt::format("cannot run {}: {}", argv[0], std::strerror(error)));
  }
  fcntl(output_, F_SETFL, O_NONBLOCK);
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_(std::exchange(other.output_, -1)),
      partial_(std::move(other.partial_)) {}

Process::~Process() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (output_ >= 0) close(output_);
}

bool Process::drain(const LineSink& sink) {
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t n = read(output_, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return true;
    if (n == 0) break;
    std::string_view rest(buffer.data(), static_cast<std::size_t>(n));
    while (!rest.empty()) {
      const auto end = rest.find('\n');
      if (partial_.size() < kMaxLine) partial_ += rest.substr(0, std::min(end, kMaxLine));
      if (end == std::string_view::npos) break;
      sink(partial_);
      partial_.clear();
      rest.remove_prefix(end + 1);
    }
  }
  if (!partial_.empty()) sink(std::exchange(partial_, {}));
  return false;
}

void Process::signal(int number) const {
  if (pid_ > 0) kill(pid_, number);
}

void Process::limit_processor_time(std::chrono::seconds limit) const {
  const auto seconds = static_cast<rlim_t>(limit.count());
  const rlimit both = {.rlim_cur = seconds, .rlim_max = seconds + 1};
  prlimit(pid_, RLIMIT_CPU, &both, nullptr);
}

Exit Process::wait() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (WIFSIGNALED(status)) return {.code = 0, .signal = WTERMSIG(status)};
  return {.code = WEXITSTATUS(status), .signal = 0};
}

Outcome finish_process(Process& process, Clock::duration limit, const LineSink& sink) {
  const auto deadline = Clock::now() + limit;
  Outcome outcome;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0 && !outcome.timed_out) {
      outcome.timed_out = true;
      process.signal(SIGKILL);
    }
    pollfd fd{.fd = process.output(), .events = POLLIN, .revents = 0};
    poll(&fd, 1, outcome.timed_out ? 1000 : static_cast<int>(std::min<long>(left + 1, 60000)));
    if (!process.drain(sink)) break;
  }
  outcome.exit = process.wait();
  return outcome;
}

Outcome run_process(const std::vector<std::string>& argv, std::span<const std::string> environment,
                    Clock::duration limit, const LineSink& sink, std::chrono::seconds processor_time) {
  Process process(argv, {environment.begin(), environment.end()});
  if (processor_time.count()) process.limit_processor_time(processor_time);
  Outcome outcome = finish_process(process, limit, sink);
  outcome.timed_out = outcome.timed_out || outcome.exit.signal == SIGXCPU;
  return outcome;
}

void become_process(const std::vector<std::string>& argv, std::span<const std::string> environment) {
  const std::vector<std::string> env = full_environment(environment);
  const std::vector<char*> args = pointers(argv);
  const std::vector<char*> envp = pointers(env);
  std::fflush(stdout);
  ::signal(SIGPIPE, SIG_DFL);
  execve(args[0], args.data(), envp.data());
  throw Trouble(fmt::format("cannot run {}: {}", argv[0], std::strerror(errno)));
}

fs::path find_program(std::string_view name) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path ? path : "/usr/bin:/bin";
  while (!rest.empty()) {
    const auto end = rest.find(':');
    const fs::path candidate = fs::path(rest.substr(0, end)) / name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  return {};
}

fs::path find_symbolizer() {
  for (std::string_view name : {"llvm-symbolizer-19", "llvm-symbolizer"}) {
    if (fs::path path = find_program(name); !path.empty()) return path;
  }
  const fs::path debian = "/usr/lib/llvm-19/bin/llvm-symbolizer";
  return fs::exists(debian) ? debian : fs::path{};
}

std::vector<std::string> sanitizer_environment(const SanitizerOptions& options) {
  const auto user = [](const char* name) {
    const char* value = std::getenv(name);
    return value && *value ? fmt::format(":{}", value) : std::string();
  };
  std::string symbolizer = ":symbolize=0";
  if (options.symbolize) {
    symbolizer = find_symbolizer();
    if (!symbolizer.empty()) symbolizer = fmt::format(":external_symbolizer_path={}", symbolizer);
  }
  // abort() stays with libFuzzer, which writes the input that caused it.
  return {fmt::format("ASAN_OPTIONS=detect_leaks={}:handle_abort=0:abort_on_error=0:"
                      "allocator_may_return_null=1:detect_stack_use_after_return=0{}{}",
                      options.detect_leaks ? 1 : 0, symbolizer, user("ASAN_OPTIONS")),
          fmt::format("UBSAN_OPTIONS=print_stacktrace=1:report_error_type=1:halt_on_error=1{}{}", symbolizer,
                      user("UBSAN_OPTIONS"))};
}

}  // namespace dmafuzz::cli
