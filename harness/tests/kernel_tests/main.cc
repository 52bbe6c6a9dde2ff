// SPDX-License-Identifier: GPL-2.0-only
//
// Runs the kernel's own tests in the userspace kernel, each suite in a process and on a machine of its own: a finding
// (a BUG, a WARN, a sanitizer's report, a symbol that nobody has) ends that suite only, and fails it.
#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csetjmp>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "engine/machine.h"
#include "engine/raise.h"
#include "host.h"
#include "kunit/kunit.h"

namespace {

constexpr std::string_view kKUnit = "KUnit", kModule = "module";

sigjmp_buf* g_try = nullptr;

struct Outcome {
  std::string name;
  std::string_view kind;
  bool passed = false;
  bool closed = false;  // KUnit: its result came, "ok 1 name", so it ran and was not ended midway
  unsigned cases = 0, failed = 0, skipped = 0;
  std::string closing;  // the suite's last line, or what ended it
};

// KTAP lines as the kernel's log has them, "<6>    ok 1 name": the depth of the indentation tells case from suite.
void count_case(std::string_view line, Outcome& outcome) {
  constexpr std::string_view kIndent = "    ";
  if (line.starts_with("ok 1 ")) outcome.closed = true;
  if (!line.starts_with(kIndent)) return;
  line.remove_prefix(kIndent.size());
  const bool ok = line.starts_with("ok "), bad = line.starts_with("not ok ");
  if (!ok && !bad) return;
  ++outcome.cases;
  if (bad) ++outcome.failed;
  if (line.find("# SKIP") != std::string_view::npos) ++outcome.skipped;
}

// Takes "<6>" off; returns the level, -1 if it has none.
int take_level(std::string_view& line) {
  if (line.size() < 3 || line[0] != '<' || line[2] != '>') return -1;
  const int level = line[1] - '0';
  line.remove_prefix(3);
  return level;
}

bool warns(std::string_view name) {
  for (unsigned i = 0; i < kernel_test_needs_count; ++i) {
    if (kernel_test_needs[i].need == KERNEL_TEST_WARNS && name == kernel_test_needs[i].name) return true;
  }
  return false;
}

// Modules mostly tell a failure in words only.
bool tells_failure(int level, std::string_view line) {
  constexpr int kWarning = 4;
  if (level < 0 || level > kWarning) return false;
  for (const std::string_view word : {"fail", "FAIL", "ERROR", "wrong", "mismatch"}) {
    if (line.find(word) != std::string_view::npos) return true;
  }
  return false;
}

// Runs `test` in a child and reads what it says.
template <typename Test>
Outcome run_apart(std::string name, std::string_view kind, bool verbose, Test test) {
  Outcome outcome;
  outcome.name = std::move(name);
  outcome.kind = kind;
  int ends[2];
  if (pipe(ends)) {
    outcome.closing = "no pipe";
    return outcome;
  }
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    // Not before the fork: the memory of the machine is shared between processes.
    dmafuzz::machine().boot();
    dmafuzz::tolerate_warnings(warns(outcome.name));
    dmafuzz::set_log_echo(true);
    const int failed = test();
    std::fflush(nullptr);
    _exit(failed ? 1 : 0);
  }
  close(ends[1]);
  std::vector<std::string> lines;
  if (FILE* in = child > 0 ? fdopen(ends[0], "r") : nullptr) {
    char* text = nullptr;
    size_t room = 0;
    for (ssize_t n; (n = getline(&text, &room, in)) > 0;) {
      if (text[n - 1] == '\n') --n;
      std::string_view line(text, static_cast<size_t>(n));
      const int level = take_level(line);
      if (outcome.kind == kModule && outcome.closing.empty() && tells_failure(level, line)) outcome.closing = line;
      count_case(line, outcome);
      lines.emplace_back(line);
      if (verbose) fmt::print("{}\n", line);
    }
    free(text);
    fclose(in);
  } else {
    close(ends[0]);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) status = -1;
  outcome.passed = status == 0 && (outcome.kind == kKUnit ? outcome.closed : outcome.closing.empty());
  if (status == 0 && !outcome.passed && outcome.closing.empty()) outcome.closing = "it did not run";
  if (WIFSIGNALED(status)) outcome.closing = fmt::format("ended by signal {}", WTERMSIG(status));
  for (const std::string& line : lines) {
    if (line.starts_with("==dmafuzz==ERROR: ") || line.find("ERROR: AddressSanitizer") != std::string::npos ||
        line.find("runtime error: ") != std::string::npos) {
      outcome.closing = line;
      break;
    }
  }
  if (!outcome.passed && !verbose) {
    for (const std::string& line : lines) fmt::print("{}\n", line);
  }
  return outcome;
}

// A suite that leaves out all of its cases proves nothing.
const char* verdict(const Outcome& o) {
  if (!o.passed) return "FAIL";
  return o.cases && o.skipped == o.cases ? "skip" : "pass";
}

void print_closing(const Outcome& o) {
  std::string counts;
  if (o.cases) counts = fmt::format(", {} cases", o.cases);
  if (o.skipped) counts += fmt::format(", {} skipped", o.skipped);
  if (o.failed) counts += fmt::format(", {} FAILED", o.failed);
  fmt::print("{:6} {} ({}{}){}{}\n", verdict(o), o.name, o.kind, counts, o.closing.empty() ? "" : ": ", o.closing);
  std::fflush(stdout);
}

// docs/kernel-tests.md is this.
void print_table(const std::vector<Outcome>& outcomes) {
  fmt::print("| Suite | Kind | Result |\n|---|---|---|\n");
  for (const Outcome& o : outcomes) {
    std::string result = verdict(o);
    if (o.cases) result += fmt::format(", {} cases", o.cases);
    if (o.skipped) result += fmt::format(", {} skipped (by the suite, or listed below)", o.skipped);
    fmt::print("| {} | {} | {} |\n", o.name, o.kind, result);
  }
  for (unsigned i = 0; i < kernel_test_exception_count; ++i) {
    fmt::print("| {} | not run | {} |\n", kernel_test_exceptions[i].name, kernel_test_exceptions[i].reason);
  }
}

}  // namespace

extern "C" {

int host_kunit_try(void (*function)(void*), void* arg) {
  sigjmp_buf here;
  sigjmp_buf* const outer = g_try;
  if (sigsetjmp(here, 0) == 0) {
    g_try = &here;
    function(arg);
    g_try = outer;
    return 0;
  }
  g_try = outer;
  return 1;
}

void host_kunit_throw() {
  if (!g_try) host_panic("a KUnit assertion outside of a test case");
  siglongjmp(*g_try, 1);
}

}  // extern "C"

int main(int argc, char** argv) {
  CLI::App app{"Runs the kernel's own tests (KUnit suites, test modules) in the userspace kernel"};
  std::string glob = "*";
  bool list = false, verbose = false, table = false;
  app.add_option("--suite", glob, "only suites and modules whose name matches");
  app.add_flag("--list", list, "print their names");
  app.add_flag("-v,--verbose", verbose, "print each suite's log (KTAP), not only that of those that fail");
  app.add_flag("--table", table, "print the results as a table, with the suites that cannot apply");
  CLI11_PARSE(app, argc, argv);

  const auto wanted = [&](const char* name) { return fnmatch(glob.c_str(), name, 0) == 0; };
  std::vector<Outcome> outcomes;
  const auto add = [&](Outcome outcome) {
    if (!table) print_closing(outcome);
    outcomes.push_back(std::move(outcome));
  };
  unsigned found = 0;
  for (unsigned i = 0; const char* name = kernel_kunit_suite(i); ++i) {
    if (!wanted(name) || ++found == 0) continue;
    if (list) {
      fmt::print("{}\n", name);
    } else {
      add(run_apart(name, kKUnit, verbose, [&] { return kernel_run_kunit(i); }));
    }
  }
  for (unsigned i = 0; i < kernel_test_module_count; ++i) {
    const kernel_test_module& module = kernel_test_modules[i];
    if (!wanted(module.name) || ++found == 0) continue;
    if (list) {
      fmt::print("{}\n", module.name);
    } else {
      add(run_apart(module.name, kModule, verbose, [&] { return kernel_run_test_module(&module); }));
    }
  }
  if (!found) {
    fmt::print(stderr, "kernel_tests: no suite matches '{}'; --list prints them\n", glob);
    return 2;
  }
  if (list) return 0;
  unsigned failed = 0;
  for (const Outcome& o : outcomes) failed += !o.passed;
  if (table) {
    print_table(outcomes);
  } else {
    fmt::print("Linux {}: {} suites, {} failed; {} listed as not applicable (--table)\n", kernel_release,
               outcomes.size(), failed, kernel_test_exception_count);
  }
  return failed ? 1 : 0;
}
