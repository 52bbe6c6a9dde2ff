// SPDX-License-Identifier: GPL-2.0-only
//
// The finding: one record of what went wrong, whoever saw it (DmaSan, ASan, UBSan, LeakSanitizer, libFuzzer, the kernel
// itself), and its text and JSON faces. Printing and parsing go through here alone, so that they cannot drift apart.
#ifndef DMAFUZZ_REPORT_FINDING_H
#define DMAFUZZ_REPORT_FINDING_H

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace dmafuzz {

// Text face, as printed by the harness and read back by parse_finding() (parse.h). Sections may be missing:
//
//   ==dmafuzz==ERROR: <tool>: <id>: <summary>        or ADVISORY instead of ERROR
//       #0 0x... in <function> <file>:<line>:<column>
//   <title of a further stack>:
//       #0 ...
//   object:
//     <line>
//   last operations:
//     <line>
//   program:
//     <line>
//   reproduce:
//     <command>
//   SUMMARY: <tool>: <id> <file>:<line>:<column> in <function>

enum class Severity { kError, kAdvisory };

struct SourceFrame {
  std::string function;
  std::string file;
  int line = 0;
  int column = 0;

  bool empty() const { return function.empty() && file.empty(); }
  // "file:line:column", as much of it as is known.
  std::string place() const;
};

struct CallStack {
  std::string title;  // without the colon; empty for the stack of the error itself
  std::vector<SourceFrame> frames;
};

struct Finding {
  std::string tool;
  std::string id;
  Severity severity = Severity::kError;
  std::string summary;
  // Where: the innermost frame of kernel code, or what stands in for it.
  SourceFrame location;
  std::vector<CallStack> stacks;
  std::vector<std::string> object;
  std::vector<std::string> operations;
  std::vector<std::string> program;
  std::string reproduce;

  // Two findings with the same identity are the same bug: id, function and file. Lines are left out, so that an edit
  // elsewhere in the file does not make an old bug a new one.
  std::string identity() const;
  // The identity as a file name: "<id>-<hash>".
  std::string key() const;
  // "<id> in <function> (<file>:<line>)"
  std::string headline() const;
};

// The frame that says where a bug is: the innermost that is neither a sanitizer's (ours included) nor the harness's nor,
// if there is another one, of the shims. Null if there is none at all.
const SourceFrame* kernel_frame(const CallStack& stack);

std::string to_text(const Finding& finding);
nlohmann::ordered_json to_json(const Finding& finding);
// The inverse of to_json. Throws nlohmann::json::exception on what it never wrote.
Finding finding_from_json(const nlohmann::ordered_json& json);

std::string_view severity_word(Severity severity);

}  // namespace dmafuzz

#endif
