// SPDX-License-Identifier: GPL-2.0-only
//
// Finds the step at which something changed, judging few of them, as `git bisect` does; and the file that remembers
// what was judged, so that a search that was stopped goes on where it was.
#ifndef DMAFUZZ_CLI_BISECT_SEARCH_H
#define DMAFUZZ_CLI_BISECT_SEARCH_H

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dmafuzz::cli {

enum class Verdict {
  kWithout,  // it is not there
  kWith,     // it is
  kCannot,   // nobody knows: the step does not build, or does something else
};
std::string_view verdict_text(Verdict verdict);

struct Change {
  Verdict before = Verdict::kWithout;  // of step 0
  std::size_t first = 0;               // the first that is known to differ from it
  // Steps just before that could not be judged: it may have been one of them.
  std::vector<std::size_t> unknown;
};

// Of `steps`, which are in order. Asks `judge` once a step at most, first and last step first. Nothing if those two are
// alike. Throws Trouble if one of them cannot be judged.
std::optional<Change> find_change(std::size_t steps, const std::function<Verdict(std::size_t)>& judge);

// What was judged, by the names of the steps, in a file that is whole at any moment.
class BisectLog {
 public:
  // Goes on with what the file says. Throws Trouble if that is of another `question` (what is looked for, among what).
  BisectLog(std::filesystem::path file, std::string question);
  std::optional<Verdict> find(const std::string& step) const;
  void add(const std::string& step, Verdict verdict);
  // What is looked for, once it is known; empty before.
  const std::string& finding() const { return finding_; }
  void set_finding(std::string finding) { finding_ = std::move(finding); }
  std::size_t size() const { return verdicts_.size(); }

 private:
  std::filesystem::path file_;
  std::string question_;
  std::string finding_;
  std::map<std::string, Verdict> verdicts_;
};

}  // namespace dmafuzz::cli

#endif
