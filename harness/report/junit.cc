// SPDX-License-Identifier: GPL-2.0-only
//
// See junit.h. There is no standard; this is what Jenkins' and GitLab's readers take, and GitHub's actions.
#include "report/junit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace dmafuzz {
namespace {

// How many bytes the UTF-8 character at the start of `text` has; 0 if there is none that XML 1.0 may hold.
std::size_t character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return first >= 0x20 || first == '\t' || first == '\n' || first == '\r' ? 1 : 0;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return 0;
  std::uint32_t code = first & (0xffu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3f);
  }
  const std::uint32_t least = size == 2 ? 0x80 : size == 3 ? 0x800 : 0x10000;
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return code < least || code > 0x10ffff || surrogate || code == 0xfffe || code == 0xffff ? 0 : size;
}

// As the content of an element or of an attribute in double quotes. Line ends of an attribute would be read as spaces.
std::string escaped(std::string_view text, bool attribute) {
  std::string out;
  while (!text.empty()) {
    const std::size_t size = character(text);
    const char c = text.front();
    if (size == 0) {
      out += '?';
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (attribute && c == '"') {
      out += "&quot;";
    } else if ((attribute && (c == '\n' || c == '\t')) || c == '\r') {
      out += fmt::format("&#{};", static_cast<int>(c));
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

std::string attribute(std::string_view name, std::string_view value) {
  return fmt::format(" {}=\"{}\"", name, escaped(value, true));
}

std::size_t count(const JunitSuite& suite, JunitCase::Outcome outcome) {
  return static_cast<std::size_t>(std::ranges::count(suite.cases, outcome, &JunitCase::outcome));
}

std::string counts(std::size_t tests, std::size_t failures, std::size_t errors, std::size_t skipped, double seconds) {
  return fmt::format(" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"{}", tests, failures, errors, skipped,
                     seconds > 0 ? fmt::format(" time=\"{:.3f}\"", seconds) : std::string());
}

std::string case_text(const JunitSuite& suite, const JunitCase& one) {
  std::string out = "    <testcase" + attribute("classname", suite.name) + attribute("name", one.name);
  std::string inside;
  const auto element = [&](std::string_view name, bool typed) {
    inside += fmt::format("      <{}{}", name, attribute("message", one.message));
    if (typed) inside += attribute("type", one.type.empty() ? name : std::string_view(one.type));
    inside += one.details.empty() ? "/>\n" : fmt::format(">{}</{}>\n", escaped(one.details, false), name);
  };
  switch (one.outcome) {
    case JunitCase::Outcome::kFailed:
      element("failure", true);
      break;
    case JunitCase::Outcome::kError:
      element("error", true);
      break;
    case JunitCase::Outcome::kSkipped:
      inside += fmt::format("      <skipped{}/>\n", attribute("message", one.message));
      break;
    case JunitCase::Outcome::kPassed:
      break;
  }
  if (!one.output.empty()) inside += fmt::format("      <system-out>{}</system-out>\n", escaped(one.output, false));
  return out + (inside.empty() ? "/>\n" : ">\n" + inside + "    </testcase>\n");
}

}  // namespace

std::string to_junit(std::string_view name, std::span<const JunitSuite> suites) {
  using enum JunitCase::Outcome;
  std::size_t tests = 0, failures = 0, errors = 0, skipped = 0;
  double seconds = 0;
  std::string inside;
  for (const JunitSuite& suite : suites) {
    tests += suite.cases.size();
    failures += count(suite, kFailed);
    errors += count(suite, kError);
    skipped += count(suite, kSkipped);
    seconds += suite.seconds;
    inside +=
        "  <testsuite" + attribute("name", suite.name) +
        counts(suite.cases.size(), count(suite, kFailed), count(suite, kError), count(suite, kSkipped), suite.seconds) +
        ">\n";
    for (const JunitCase& one : suite.cases) inside += case_text(suite, one);
    inside += "  </testsuite>\n";
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + attribute("name", name) +
         counts(tests, failures, errors, skipped, seconds) + ">\n" + inside + "</testsuites>\n";
}

}  // namespace dmafuzz
