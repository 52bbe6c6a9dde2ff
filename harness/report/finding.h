// SPDX-License-Identifier: GPL-2.0-only
//
// The finding: one record of what went wrong, whoever saw it (DmaSan, ASan, UBSan, LeakSanitizer, libFuzzer, the kernel
// itself), and its text and JSON faces. Printing and parsing go through here alone, so that they cannot drift apart.
#ifndef DMAFUZZ_REPORT_FINDING_H
#define DMAFUZZ_REPORT_FINDING_H

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
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
//   mapping:
//     <name>: <value>
//   <title of a stack of the mapping's>:
//       #0 ...
//   object:
//     <line>
//   <title of a stack of the object's>:
//       #0 ...
//   dma-debug:
//     not asked | silent | said: <words>
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

// The mapping that a finding is about. Texts are empty where nothing is known.
inline constexpr std::string_view kMappedAt = "mapped at";

struct MappingRecord {
  std::string kind;  // as the functions that map tell them apart: "list", "coherent", ...
  std::uint64_t dma = 0;
  std::uint64_t size = 0;  // bytes
  std::string direction;
  std::string device;
  std::string owner;  // who owns its bytes, and which of them
  std::string since;  // the operation that made it so
  // Who mapped it (kMappedAt), synced it last and unmapped it.
  std::vector<CallStack> stacks;
};

// What the kernel's own checker, kernel/dma/debug.c, had to say of the same call.
enum class DebugVerdict { kNone, kNotAsked, kSilent, kSaid };  // kNone: a finding that it is no matter of

struct Finding {
  std::string tool;
  std::string id;
  Severity severity = Severity::kError;
  std::string summary;
  // Where: the innermost frame of kernel code, or what stands in for it.
  SourceFrame location;
  std::vector<CallStack> stacks;
  std::optional<MappingRecord> mapping;
  // The memory concerned: lines about it, and who allocated and freed it.
  std::vector<std::string> object;
  std::vector<CallStack> object_stacks;
  DebugVerdict dma_debug = DebugVerdict::kNone;
  std::string dma_debug_words;  // of kSaid
  std::vector<std::string> operations;
  std::vector<std::string> program;
  std::string reproduce;

  // Two findings with the same identity are the same bug: id, function and file, and those of whoever made the mapping.
  // Lines are left out, so that an edit elsewhere in the file does not make an old bug a new one.
  std::string identity() const;
  // The identity as a file name: "<id>-<hash>".
  std::string key() const;
  // "<id> in <function> (<file>:<line>)"
  std::string headline() const;
};

// The frame that says where a bug is: the innermost that is neither a sanitizer's (ours included) nor the harness's
// nor, if there is another one, of the shims. Null if there is none at all.
const SourceFrame* kernel_frame(const CallStack& stack);
// The frame that called the DMA API: the innermost of kernel code that is neither the DMA core's nor of the shims;
// where there is none, kernel_frame().
const SourceFrame* caller_frame(const CallStack& stack);
// Who made the mapping; null if that is not known.
const SourceFrame* mapping_frame(const Finding& finding);

std::string to_text(const Finding& finding);
nlohmann::ordered_json to_json(const Finding& finding);
// The inverse of to_json. Throws nlohmann::json::exception on what it never wrote.
Finding finding_from_json(const nlohmann::ordered_json& json);

std::string_view severity_word(Severity severity);
std::string_view verdict_word(DebugVerdict verdict);
// The inverse; kNone for what is no verdict.
DebugVerdict find_verdict(std::string_view word);

}  // namespace dmafuzz

#endif
