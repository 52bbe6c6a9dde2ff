// SPDX-License-Identifier: GPL-2.0-only
//
// See corpus_text.h.
#include "cli/corpus_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <sstream>

#include "cli/storage.h"
#include "program/binary.h"

namespace dmafuzz::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMaxNameWords = 5;
// Of operations that are the same, first and last are shown.
constexpr std::size_t kMaxRun = 3;

bool is_text(const Target& target, const fs::path& file) {
  if (file.extension() == text_ending(target.kind)) return true;
  const std::vector<std::uint8_t> bytes = read_bytes(file);
  return (target.kind == InputKind::kDma && looks_like_text(bytes)) ||
         (target.kind == InputKind::kLife && looks_like_life(bytes));
}

// Without the directives of expectation.h.
std::string without_expectation(const std::string& text) {
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    words >> first;
    if (first != "expect" && first != "checks" && first != "only") out += line + "\n";
  }
  return out;
}

std::string operations_comment(const Build& build, const std::vector<std::string>& operations) {
  if (operations.empty()) return {};
  std::string out = fmt::format("# What it does on Linux {}:\n", build.release);
  const auto word = [&](std::size_t i) { return operations[i].substr(0, operations[i].find(' ')); };
  for (std::size_t i = 0; i < operations.size();) {
    std::size_t end = i;
    while (end < operations.size() && word(end) == word(i)) ++end;
    const bool cut = end - i > kMaxRun;
    for (std::size_t k = i; k < end; ++k) {
      if (cut && k == i + 1) {
        out += fmt::format("#   ... {} more {} ...\n", end - i - 2, word(i));
        k = end - 1;
      }
      out += fmt::format("#   {}\n", operations[k]);
    }
    i = end;
  }
  return out;
}

std::string body(const Target& target, std::span<const std::uint8_t> bytes) {
  if (target.kind != InputKind::kDma) return input_text(target, bytes);
  const Program program = decode(bytes);
  return print_text({.program = program, .expect = {}, .names = speaking_names(program)});
}

// "e1000_clean_rx_irq" -> "e1000-clean-rx-irq"
std::string slug(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, text.find('('))) {
    if (std::isalnum(static_cast<unsigned char>(c))) {
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  while (out.ends_with('-')) out.pop_back();
  return out;
}

std::uint32_t hash(const std::vector<std::uint8_t>& bytes) {
  std::uint32_t h = 2166136261u;  // FNV-1a
  for (const std::uint8_t byte : bytes) h = (h ^ byte) * 16777619u;
  return h & 0xffffff;
}

std::vector<std::string> words_of(const Target& target, const CorpusInput& entry) {
  std::vector<std::string> words;
  const auto add = [&](std::string_view word) {
    if (std::ranges::find(words, word) == words.end()) words.emplace_back(word);
  };
  if (target.kind == InputKind::kDma) {
    const Program program = decode(entry.input.bytes, kMaxOps);
    for (const dmaf_op& op : program.ops) add(op_info(op.code).name);
    words.insert(words.begin(), std::string(path_words()[program.config.path]));
  } else if (target.kind == InputKind::kLife) {
    Life life;
    decode_life(entry.input.bytes, life);
    for (const LifeOp& op : life.ops) add(life_info(op.code).name);
  } else {
    for (const std::string& line : entry.operations) add(std::string_view(line).substr(0, line.find(' ')));
  }
  if (words.size() > kMaxNameWords) words.resize(kMaxNameWords);
  return words;
}

}  // namespace

std::string corpus_text(const Build& build, const Target& target, const CorpusInput& entry) {
  std::string out;
  if (is_text(target, entry.file)) {
    out = without_expectation(read_file(entry.file));
  } else {
    // Lives say nothing of a licence: theirs is the repository's.
    if (target.kind != InputKind::kLife) out = "# SPDX-License-Identifier: GPL-2.0-only OR MIT\n";
    if (entry.finding) out += fmt::format("# {}\n", entry.finding->headline());
    out += operations_comment(build, entry.operations);
    out += body(target, entry.input.bytes);
  }
  return out + print_expectation(entry.input.expect);
}

std::string corpus_name(const Target& target, const CorpusInput& entry) {
  if (entry.finding) {
    const std::string function = slug(entry.finding->location.function);
    return function.empty() ? slug(entry.finding->id) : fmt::format("{}-{}", slug(entry.finding->id), function);
  }
  std::string name;
  for (const std::string& word : words_of(target, entry)) name += slug(word) + "-";
  return fmt::format("{}{:06x}", name, hash(entry.input.bytes));
}

}  // namespace dmafuzz::cli
