// SPDX-License-Identifier: GPL-2.0-only
//
// Reads what a target printed before it died and makes the finding of it: reports of AddressSanitizer (leaks included),
// UndefinedBehaviorSanitizer, libFuzzer, and the harness's own (finding.h).
#ifndef DMAFUZZ_REPORT_PARSE_H
#define DMAFUZZ_REPORT_PARSE_H

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "report/finding.h"

namespace dmafuzz {

struct ParseOptions {
  // Folders that are cut from the front of file names: the kernel tree, the repository.
  std::span<const std::string> strip = {};
};

// The first finding in `text`; what comes before and after it (log lines, a second report caused by the first, as when
// abort() ends it) is ignored. Nothing if there is none.
std::optional<Finding> parse_finding(std::string_view text, const ParseOptions& options = {});

// The file's name without the first of the folders that it begins with.
std::string_view without_prefix(std::string_view file, std::span<const std::string> prefixes);

// True for a line with which a report begins. A reader of a live process knows by it that the rest is worth keeping.
bool begins_report(std::string_view line);

}  // namespace dmafuzz

#endif
