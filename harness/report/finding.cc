// SPDX-License-Identifier: GPL-2.0-only
//
// Identity of findings and their two faces. The hash is FNV-1a: short, stable over versions and machines, since folder
// names and other people's scripts hang on it.
#include "report/finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>

namespace dmafuzz {
namespace {

std::uint32_t fnv1a(std::string_view text) {
  std::uint32_t hash = 2166136261u;
  for (char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 16777619u;
  }
  return hash;
}

bool starts_with_any(std::string_view text, std::span<const std::string_view> prefixes) {
  for (std::string_view prefix : prefixes) {
    if (text.starts_with(prefix)) return true;
  }
  return false;
}

bool is_runtime(const SourceFrame& frame) {
  static constexpr std::array<std::string_view, 15> kFunctions = {
      "__asan",     "__ubsan", "__lsan", "__sanitizer", "__interceptor", "___interceptor", "__sancov",       "fuzzer::",
      "LLVMFuzzer", "__libc_", "_start", "raise",       "abort",         "gsignal",        "__pthread_kill",
  };
  static constexpr std::array<std::string_view, 4> kFiles = {"compiler-rt/", "/build/glibc", "../sysdeps/", "./nptl/"};
  if (starts_with_any(frame.function, kFunctions)) return true;
  for (std::string_view file : kFiles) {
    if (frame.file.find(file) != std::string::npos) return true;
  }
  // memcpy() and friends of the sanitizer runtime have neither a prefix nor a file.
  return frame.file.empty() || frame.function.starts_with("operator ");
}

bool is_ours(const SourceFrame& frame, std::string_view folder) {
  return frame.file.starts_with(folder) || frame.file.find(fmt::format("/{}", folder)) != std::string::npos;
}

bool is_harness(const SourceFrame& frame) {
  return is_ours(frame, "harness/") || is_ours(frame, "fuzzers/") || frame.function.starts_with("dmafuzz::");
}

nlohmann::ordered_json frame_json(const SourceFrame& frame) {
  return {{"function", frame.function}, {"file", frame.file}, {"line", frame.line}, {"column", frame.column}};
}

SourceFrame frame_from_json(const nlohmann::ordered_json& json) {
  SourceFrame frame;
  json.at("function").get_to(frame.function);
  json.at("file").get_to(frame.file);
  json.at("line").get_to(frame.line);
  json.at("column").get_to(frame.column);
  return frame;
}

nlohmann::ordered_json stacks_json(const std::vector<CallStack>& stacks) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const CallStack& stack : stacks) {
    nlohmann::ordered_json frames = nlohmann::ordered_json::array();
    for (const SourceFrame& frame : stack.frames) frames.push_back(frame_json(frame));
    out.push_back({{"title", stack.title}, {"frames", std::move(frames)}});
  }
  return out;
}

std::vector<CallStack> stacks_from_json(const nlohmann::ordered_json& json) {
  std::vector<CallStack> out;
  for (const auto& stack_json : json) {
    CallStack stack;
    stack_json.at("title").get_to(stack.title);
    for (const auto& frame : stack_json.at("frames")) stack.frames.push_back(frame_from_json(frame));
    out.push_back(std::move(stack));
  }
  return out;
}

nlohmann::ordered_json mapping_json(const std::optional<MappingRecord>& mapping) {
  if (!mapping) return nullptr;
  // As text: 64 bits are more than many readers of JSON take.
  return {{"kind", mapping->kind},     {"dma", fmt::format("{:#x}", mapping->dma)},
          {"size", mapping->size},     {"direction", mapping->direction},
          {"device", mapping->device}, {"owner", mapping->owner},
          {"since", mapping->since},   {"stacks", stacks_json(mapping->stacks)}};
}

std::optional<MappingRecord> mapping_from_json(const nlohmann::ordered_json& json) {
  if (json.is_null()) return std::nullopt;
  MappingRecord mapping;
  json.at("kind").get_to(mapping.kind);
  mapping.dma = std::stoull(json.at("dma").get<std::string>(), nullptr, 16);
  json.at("size").get_to(mapping.size);
  json.at("direction").get_to(mapping.direction);
  json.at("device").get_to(mapping.device);
  json.at("owner").get_to(mapping.owner);
  json.at("since").get_to(mapping.since);
  mapping.stacks = stacks_from_json(json.at("stacks"));
  return mapping;
}

nlohmann::ordered_json verdict_json(const Finding& finding) {
  if (finding.dma_debug == DebugVerdict::kNone) return nullptr;
  return {{"verdict", verdict_word(finding.dma_debug)}, {"words", finding.dma_debug_words}};
}

void append_frames(std::string& out, const CallStack& stack) {
  for (std::size_t i = 0; i < stack.frames.size(); ++i) {
    const SourceFrame& frame = stack.frames[i];
    out += fmt::format("    #{} in {}{}{}\n", i, frame.function, frame.file.empty() ? "" : " ", frame.place());
  }
}

void append_stacks(std::string& out, const std::vector<CallStack>& stacks) {
  for (const CallStack& stack : stacks) {
    if (!stack.title.empty()) out += fmt::format("{}:\n", stack.title);
    append_frames(out, stack);
  }
}

void append_mapping(std::string& out, const MappingRecord& mapping) {
  out += "mapping:\n";
  const auto line = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) out += fmt::format("  {}: {}\n", name, value);
  };
  line("kind", mapping.kind);
  line("dma", fmt::format("{:#x}", mapping.dma));
  line("size", fmt::format("{}", mapping.size));
  line("direction", mapping.direction);
  line("device", mapping.device);
  line("owner", mapping.owner);
  line("since", mapping.since);
  append_stacks(out, mapping.stacks);
}

void append_section(std::string& out, std::string_view title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  out += fmt::format("{}:\n", title);
  for (const std::string& line : lines) out += fmt::format("  {}\n", line);
}

}  // namespace

std::string SourceFrame::place() const {
  if (line == 0) return file;
  if (column == 0) return fmt::format("{}:{}", file, line);
  return fmt::format("{}:{}:{}", file, line, column);
}

std::string_view severity_word(Severity severity) {
  return severity == Severity::kError ? "error" : "advisory";
}

std::string_view verdict_word(DebugVerdict verdict) {
  switch (verdict) {
    case DebugVerdict::kNotAsked:
      return "not asked";
    case DebugVerdict::kSilent:
      return "silent";
    case DebugVerdict::kSaid:
      return "said";
    case DebugVerdict::kNone:
      break;
  }
  return "";
}

DebugVerdict find_verdict(std::string_view word) {
  for (DebugVerdict verdict : {DebugVerdict::kNotAsked, DebugVerdict::kSilent, DebugVerdict::kSaid}) {
    if (verdict_word(verdict) == word) return verdict;
  }
  return DebugVerdict::kNone;
}

std::string Finding::identity() const {
  std::string out = id;
  const auto add = [&](std::string_view how, const SourceFrame& frame) {
    if (frame.empty()) return;
    out += how;
    if (!frame.function.empty()) out += " " + frame.function;
    if (!frame.file.empty()) out += " " + frame.file;
  };
  add(" in", location);
  if (const SourceFrame* frame = mapping_frame(*this)) add(", mapped in", *frame);
  return out;
}

std::string Finding::key() const {
  std::string name;
  for (char c : id.substr(0, 60)) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    name += plain ? c : '-';
  }
  return fmt::format("{}-{:08x}", name, fnv1a(identity()));
}

std::string Finding::headline() const {
  std::string out = id;
  if (!location.function.empty()) out += fmt::format(" in {}", location.function);
  if (!location.file.empty()) out += fmt::format(" ({})", location.place());
  return out;
}

const SourceFrame* kernel_frame(const CallStack& stack) {
  const SourceFrame* second_best = nullptr;
  for (const SourceFrame& frame : stack.frames) {
    if (is_runtime(frame) || is_harness(frame) || is_ours(frame, "shims/dmasan/")) continue;
    if (!is_ours(frame, "shims/")) return &frame;
    if (!second_best) second_best = &frame;
  }
  return second_best;
}

const SourceFrame* caller_frame(const CallStack& stack) {
  static constexpr std::array<std::string_view, 4> kCore = {"kernel/dma/", "mm/dmapool", "drivers/iommu/",
                                                            "include/linux/"};
  for (const SourceFrame& frame : stack.frames) {
    if (is_runtime(frame) || is_harness(frame) || is_ours(frame, "shims/")) continue;
    const auto holds = [&](std::string_view folder) { return is_ours(frame, folder); };
    if (!std::ranges::any_of(kCore, holds)) return &frame;
  }
  return kernel_frame(stack);
}

const SourceFrame* mapping_frame(const Finding& finding) {
  if (!finding.mapping) return nullptr;
  const auto found = std::ranges::find(finding.mapping->stacks, kMappedAt, &CallStack::title);
  return found == finding.mapping->stacks.end() ? nullptr : caller_frame(*found);
}

std::string to_text(const Finding& finding) {
  std::string out = fmt::format("==dmafuzz=={}: {}: {}", finding.severity == Severity::kError ? "ERROR" : "ADVISORY",
                                finding.tool, finding.id);
  if (!finding.summary.empty()) out += fmt::format(": {}", finding.summary);
  out += '\n';
  append_stacks(out, finding.stacks);
  if (finding.mapping) append_mapping(out, *finding.mapping);
  append_section(out, "object", finding.object);
  append_stacks(out, finding.object_stacks);
  if (finding.dma_debug != DebugVerdict::kNone) {
    const std::string words = finding.dma_debug_words.empty() ? "" : ": " + finding.dma_debug_words;
    append_section(out, "dma-debug", {fmt::format("{}{}", verdict_word(finding.dma_debug), words)});
  }
  append_section(out, "last operations", finding.operations);
  append_section(out, "program", finding.program);
  if (!finding.reproduce.empty()) append_section(out, "reproduce", {finding.reproduce});
  out += fmt::format("SUMMARY: {}: {}", finding.tool, finding.id);
  if (!finding.location.file.empty()) out += fmt::format(" {}", finding.location.place());
  if (!finding.location.function.empty()) out += fmt::format(" in {}", finding.location.function);
  out += '\n';
  return out;
}

nlohmann::ordered_json to_json(const Finding& finding) {
  return {{"schema", 2},
          {"tool", finding.tool},
          {"id", finding.id},
          {"severity", severity_word(finding.severity)},
          {"summary", finding.summary},
          {"location", frame_json(finding.location)},
          {"identity", finding.identity()},
          {"key", finding.key()},
          {"stacks", stacks_json(finding.stacks)},
          {"mapping", mapping_json(finding.mapping)},
          {"object", finding.object},
          {"object_stacks", stacks_json(finding.object_stacks)},
          {"dma_debug", verdict_json(finding)},
          {"operations", finding.operations},
          {"program", finding.program},
          {"reproduce", finding.reproduce}};
}

Finding finding_from_json(const nlohmann::ordered_json& json) {
  Finding finding;
  json.at("tool").get_to(finding.tool);
  json.at("id").get_to(finding.id);
  finding.severity = json.at("severity") == "advisory" ? Severity::kAdvisory : Severity::kError;
  json.at("summary").get_to(finding.summary);
  finding.location = frame_from_json(json.at("location"));
  finding.stacks = stacks_from_json(json.at("stacks"));
  finding.mapping = mapping_from_json(json.at("mapping"));
  json.at("object").get_to(finding.object);
  finding.object_stacks = stacks_from_json(json.at("object_stacks"));
  if (const auto& verdict = json.at("dma_debug"); !verdict.is_null()) {
    finding.dma_debug = find_verdict(verdict.at("verdict").get<std::string>());
    verdict.at("words").get_to(finding.dma_debug_words);
  }
  json.at("operations").get_to(finding.operations);
  json.at("program").get_to(finding.program);
  json.at("reproduce").get_to(finding.reproduce);
  return finding;
}

}  // namespace dmafuzz
