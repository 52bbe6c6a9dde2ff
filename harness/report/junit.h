// SPDX-License-Identifier: GPL-2.0-only
//
// Outcomes as JUnit XML, which CI systems show as tests: a suite a target, a case an input or a finding.
#ifndef DMAFUZZ_REPORT_JUNIT_H
#define DMAFUZZ_REPORT_JUNIT_H

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dmafuzz {

struct JunitCase {
  enum class Outcome {
    kPassed,
    kFailed,   // what was looked for came out otherwise
    kError,    // nobody could look
    kSkipped,  // nobody looked
  };
  std::string name;
  Outcome outcome = Outcome::kPassed;
  std::string message = {};  // one line: why it did not pass
  std::string type = {};     // of a failure: what kind, as an id
  std::string details = {};  // any text: a report
  std::string output = {};   // what belongs to a case that passed all the same
};

struct JunitSuite {
  std::string name;
  std::vector<JunitCase> cases;
  double seconds = 0;  // 0: not for the report
};

// A document: declaration, `testsuites`, suites with their counts. Text is escaped; what XML 1.0 has no way to say
// (control characters, bytes that are no UTF-8) becomes a question mark.
std::string to_junit(std::string_view name, std::span<const JunitSuite> suites);

}  // namespace dmafuzz

#endif
