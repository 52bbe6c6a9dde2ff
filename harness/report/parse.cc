// SPDX-License-Identifier: GPL-2.0-only
//
// One pass over the lines of a report. Every tool prints header, stacks with a title line before each, and a SUMMARY
// line; what differs is how the header says what happened, which one small function a tool reads.
#include "report/parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace dmafuzz {
namespace {

constexpr std::string_view kUbsanMark = ": runtime error: ";

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// The part of `text` up to the first of `stops`.
std::string_view head(std::string_view text, std::string_view stops) {
  return text.substr(0, text.find_first_of(stops));
}

std::string_view after(std::string_view text, std::string_view mark) {
  const auto at = text.find(mark);
  return at == std::string_view::npos ? std::string_view{} : text.substr(at + mark.size());
}

int to_int(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

class Parser {
 public:
  explicit Parser(const ParseOptions& options) : options_(options) {}

  std::optional<Finding> parse(std::string_view text);

 private:
  bool header(std::string_view line);
  void harness_header(std::string_view rest, Severity severity);
  void tool_header(std::string_view rest);
  void ubsan_header(std::string_view line);
  void body(std::string_view line);
  void summary(std::string_view rest);
  void mapping_line(std::string_view line);
  void finish();
  SourceFrame place(std::string_view text) const;
  std::optional<SourceFrame> frame(std::string_view line) const;

  const ParseOptions& options_;
  Finding finding_;
  SourceFrame summary_place_;
  std::string title_;
  std::vector<std::string>* section_ = nullptr;
  // What a titled stack is about: the section that it stands under.
  enum class About { kFinding, kMapping, kObject } about_ = About::kFinding;
  std::vector<std::string> mapping_;
  std::vector<std::string> dma_debug_;
  std::vector<std::string> reproduce_;
  bool in_stack_ = false;
  bool ours_ = false;
};

// "file:line:column", the numbers optional.
SourceFrame Parser::place(std::string_view text) const {
  SourceFrame out;
  std::array<int, 2> numbers{};
  std::size_t count = 0;
  for (; count < 2; ++count) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || !all_digits(text.substr(colon + 1))) break;
    numbers[count] = to_int(text.substr(colon + 1));
    text = text.substr(0, colon);
  }
  out.line = count == 2 ? numbers[1] : numbers[0];
  out.column = count == 2 ? numbers[0] : 0;
  out.file = without_prefix(text, options_.strip);
  return out;
}

// "    #3 0x55c3 in function file:line:column", or with "(module+0x1) (BuildId: ..)" in place of the file.
std::optional<SourceFrame> Parser::frame(std::string_view line) const {
  line = trim(line);
  if (!line.starts_with('#')) return std::nullopt;
  const auto space = line.find(' ');
  if (space == std::string_view::npos || !all_digits(line.substr(1, space - 1))) return std::nullopt;
  std::string_view rest = trim(line.substr(space));
  if (rest.starts_with("0x")) {
    const auto end = rest.find(' ');
    rest = end == std::string_view::npos ? std::string_view{} : trim(rest.substr(end));
  }
  if (rest.starts_with("in ")) rest = rest.substr(3);
  if (const auto build = rest.find(" (BuildId: "); build != std::string_view::npos) rest = rest.substr(0, build);
  SourceFrame out;
  const auto last = rest.rfind(' ');
  const std::string_view tail = last == std::string_view::npos ? std::string_view{} : rest.substr(last + 1);
  if (rest.starts_with('(') || (tail.starts_with('(') && tail.find("+0x") != std::string_view::npos)) {
    out.function = rest.starts_with('(') ? "(unknown)" : std::string(trim(rest.substr(0, last)));
  } else if (tail.find('/') != std::string_view::npos || tail.find(':') != std::string_view::npos ||
             tail.find('.') != std::string_view::npos) {
    out = place(tail);
    out.function = trim(rest.substr(0, last));
  } else {
    out.function = rest;
  }
  return out;
}

// "<id>: <summary>" or "<id> <summary>".
void Parser::harness_header(std::string_view rest, Severity severity) {
  ours_ = true;
  finding_.severity = severity;
  finding_.tool = head(rest, ":");
  rest = trim(after(rest, ":"));
  finding_.id = head(rest, ": ");
  rest.remove_prefix(finding_.id.size());
  if (rest.starts_with(':')) rest.remove_prefix(1);
  finding_.summary = trim(rest);
}

void Parser::tool_header(std::string_view rest) {
  finding_.tool = head(rest, ":");
  rest = trim(after(rest, ":"));
  if (finding_.tool == "LeakSanitizer") {
    finding_.id = "memory-leak";
  } else if (finding_.tool == "libFuzzer") {
    // "timeout after 25 seconds", "out-of-memory (used: ..)", "deadly signal"
    const std::string_view id = head(rest, "(;");
    finding_.id = trim(id.substr(0, std::min(id.find(" after"), id.size())));
    std::ranges::replace(finding_.id, ' ', '-');
    finding_.summary = rest;
  } else {
    if (rest.starts_with("attempting ")) rest = trim(after(rest, "attempting "));
    finding_.id = head(rest, " :");
    finding_.summary = trim(rest.substr(finding_.id.size()));
    // Program counters differ from run to run and say nothing here.
    if (const auto pc = finding_.summary.find(" at pc "); pc != std::string::npos) finding_.summary.resize(pc);
    if (const auto pc = finding_.summary.find(" (pc "); pc != std::string::npos) finding_.summary.resize(pc);
    if (finding_.summary.ends_with(':')) finding_.summary.pop_back();
  }
}

void Parser::ubsan_header(std::string_view line) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kIds = {{
      {"shift", "invalid-shift"},
      {"signed integer overflow", "signed-integer-overflow"},
      {"negation of", "signed-integer-overflow"},
      {"out of bounds", "out-of-bounds-index"},
      {"misaligned", "misaligned-pointer-use"},
      {"null pointer", "null-pointer-use"},
      {"division by zero", "integer-divide-by-zero"},
      {"insufficient space", "insufficient-object-size"},
      {"not a valid value", "invalid-value-load"},
      {"unreachable", "unreachable-call"},
      {"offset", "pointer-overflow"},
      {"null", "null-argument"},
  }};
  const std::string_view what = after(line, kUbsanMark);
  finding_.tool = "UndefinedBehaviorSanitizer";
  finding_.id = "undefined-behavior";
  for (const auto& [mark, id] : kIds) {
    if (what.find(mark) == std::string_view::npos) continue;
    finding_.id = id;
    break;
  }
  finding_.summary = what;
  summary_place_ = place(trim(line.substr(0, line.find(kUbsanMark))));
}

bool Parser::header(std::string_view line) {
  if (line.find(kUbsanMark) != std::string_view::npos) {
    ubsan_header(line);
  } else if (line.starts_with("==dmafuzz==ERROR: ")) {
    harness_header(after(line, "ERROR: "), Severity::kError);
  } else if (line.starts_with("==dmafuzz==ADVISORY: ")) {
    harness_header(after(line, "ADVISORY: "), Severity::kAdvisory);
  } else if (begins_report(line)) {
    tool_header(after(line, "ERROR: "));
  } else {
    return false;
  }
  return true;
}

// After "SUMMARY: "; the place stands in where no stack has a kernel frame.
void Parser::summary(std::string_view rest) {
  const std::string_view tool = head(rest, ":");
  rest = trim(after(rest, ":"));
  const bool same_tool = tool == finding_.tool || finding_.tool == "LeakSanitizer";
  if (!same_tool || finding_.tool == "libFuzzer" || finding_.tool == "LeakSanitizer") return;
  const std::string_view id = head(rest, " ");
  if (!id.empty() && id != "undefined-behavior") finding_.id = id;
  rest = trim(rest.substr(id.size()));
  if (const auto build = rest.find(" (BuildId: "); build != std::string_view::npos) return;
  const auto in = rest.starts_with("in ") ? 0 : rest.find(" in ");
  SourceFrame at = place(trim(rest.substr(0, in)));
  if (in != std::string_view::npos) at.function = trim(rest.substr(rest.find("in ", in) + 3));
  if (!at.empty()) summary_place_ = at;
}

void Parser::body(std::string_view line) {
  if (auto found = frame(line)) {
    section_ = nullptr;
    std::vector<CallStack>& stacks = about_ == About::kMapping  ? finding_.mapping->stacks
                                     : about_ == About::kObject ? finding_.object_stacks
                                                                : finding_.stacks;
    if (!in_stack_) stacks.push_back({.title = std::exchange(title_, {}), .frames = {}});
    in_stack_ = true;
    stacks.back().frames.push_back(*std::move(found));
    return;
  }
  in_stack_ = false;
  title_.clear();
  if (line.starts_with("SUMMARY: ")) {
    section_ = nullptr;
    summary(line.substr(9));
  } else if (section_ && line.starts_with("  ")) {
    section_->emplace_back(line.substr(2));
  } else if (line == "mapping:") {
    finding_.mapping.emplace();
    about_ = About::kMapping;
    section_ = &mapping_;
  } else if (line == "object:") {
    about_ = About::kObject;
    section_ = &finding_.object;
  } else if (line == "dma-debug:") {
    section_ = &dma_debug_;
  } else if (line == "last operations:") {
    section_ = &finding_.operations;
  } else if (line == "program:") {
    section_ = &finding_.program;
  } else if (line == "reproduce:") {
    section_ = &reproduce_;
  } else if (line.starts_with("READ of size ") || line.starts_with("WRITE of size ")) {
    section_ = nullptr;
    const std::string_view kind = head(line, " ");
    const std::string_view size = head(after(line, "size "), " ");
    const std::string_view address = head(after(line, " at "), " ");
    finding_.summary =
        fmt::format("{} of {} byte{} at {}", kind == "READ" ? "read" : "write", size, size == "1" ? "" : "s", address);
  } else if (line.find(" is located ") != std::string_view::npos) {
    section_ = nullptr;
    finding_.object.emplace_back(trim(line));
  } else if (line.ends_with(':') && !line.starts_with(' ')) {
    section_ = nullptr;
    title_ = line.substr(0, line.size() - 1);
  }
}

// "name: value"
void Parser::mapping_line(std::string_view line) {
  MappingRecord& mapping = *finding_.mapping;
  const std::string_view name = head(line, ":");
  const std::string_view value = trim(after(line, ":"));
  if (name == "kind") {
    mapping.kind = value;
  } else if (name == "dma" && value.starts_with("0x")) {
    std::from_chars(value.data() + 2, value.data() + value.size(), mapping.dma, 16);
  } else if (name == "size") {
    std::from_chars(value.data(), value.data() + value.size(), mapping.size);
  } else if (name == "direction") {
    mapping.direction = value;
  } else if (name == "device") {
    mapping.device = value;
  } else if (name == "owner") {
    mapping.owner = value;
  } else if (name == "since") {
    mapping.since = value;
  }
}

void Parser::finish() {
  for (const std::string& line : mapping_) mapping_line(line);
  if (!dma_debug_.empty()) {
    const std::string_view line = dma_debug_.front();
    finding_.dma_debug = find_verdict(head(line, ":"));
    finding_.dma_debug_words = trim(after(line, ":"));
  }
  std::vector<CallStack*> stacks;
  for (CallStack& stack : finding_.stacks) stacks.push_back(&stack);
  for (CallStack& stack : finding_.object_stacks) stacks.push_back(&stack);
  if (finding_.mapping) {
    for (CallStack& stack : finding_.mapping->stacks) stacks.push_back(&stack);
  }
  for (CallStack* each : stacks) {
    CallStack& stack = *each;
    // What is outside of the target's entry is the engine, the same in each report.
    const auto entry =
        std::ranges::find_if(stack.frames, [](const SourceFrame& f) { return f.function == "LLVMFuzzerTestOneInput"; });
    if (entry != stack.frames.end()) stack.frames.erase(entry + 1, stack.frames.end());
    std::erase_if(stack.frames, [](const SourceFrame& f) {
      return f.function.starts_with("fuzzer::") || f.function == "__sanitizer_print_stack_trace";
    });
  }
  // The harness knows best what a finding of its own is about.
  if (ours_) finding_.location = summary_place_;
  if (!finding_.stacks.empty() && finding_.location.empty()) {
    if (const SourceFrame* at = kernel_frame(finding_.stacks.front())) finding_.location = *at;
  }
  if (finding_.summary.empty() && !finding_.stacks.empty()) finding_.summary = finding_.stacks.front().title;
  if (finding_.location.empty()) finding_.location = summary_place_;
  if (finding_.location.empty()) {
    if (const SourceFrame* at = mapping_frame(finding_)) finding_.location = *at;
  }
  if (!reproduce_.empty()) finding_.reproduce = reproduce_.front();
}

std::optional<Finding> Parser::parse(std::string_view text) {
  bool begun = false;
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!begun) {
      begun = header(line);
    } else if (begins_report(line)) {
      break;
    } else {
      body(line);
    }
  }
  if (!begun) return std::nullopt;
  finish();
  return std::move(finding_);
}

}  // namespace

std::string_view without_prefix(std::string_view file, std::span<const std::string> prefixes) {
  for (const std::string& prefix : prefixes) {
    if (prefix.empty() || !file.starts_with(prefix)) continue;
    const std::string_view rest = file.substr(prefix.size());
    if (prefix.back() != '/' && !rest.starts_with('/')) continue;
    return rest.starts_with('/') ? rest.substr(1) : rest;
  }
  return file;
}

bool begins_report(std::string_view line) {
  if (line.find(kUbsanMark) != std::string_view::npos) return true;
  if (!line.starts_with("==")) return false;
  const auto end = line.find("==", 2);
  if (end == std::string_view::npos) return false;
  const std::string_view rest = trim(line.substr(end + 2));
  return rest.starts_with("ERROR: ") || (rest.starts_with("ADVISORY: ") && line.starts_with("==dmafuzz=="));
}

std::optional<Finding> parse_finding(std::string_view text, const ParseOptions& options) {
  return Parser(options).parse(text);
}

}  // namespace dmafuzz
