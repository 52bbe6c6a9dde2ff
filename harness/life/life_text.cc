// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// See life_text.h. Driven by the operation table.
#include "life/life_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "program/line_parser.h"

namespace dmafuzz {
namespace {

constexpr std::string_view kMagic[] = {"life", "1"};
constexpr std::string_view kDeviceKeys[] = {"path", "fill", "start", "variant"};

class Parser : LineParser {
 public:
  Parser(std::string_view text, LifeFile& out) : LineParser(text, out.expect), out_(out) {}

  std::optional<TextError> run() {
    out_.life = {};
    parse_file();
    return error_;
  }

 private:
  bool parse_file() {
    if (!next_line()) {
      line_ = std::max(line_, 1u);
      return fail(1, "'life 1'", "end of file");
    }
    if (tokens_[0].text != kMagic[0]) return fail_at(tokens_[0], "'life 1'");
    if (tokens_.size() < 2) return fail_at_end("'1'");
    if (tokens_[1].text != kMagic[1]) return fail_at(tokens_[1], "'1'");
    if (!no_more_after(2)) return false;
    while (next_line()) {
      const bool device = tokens_[0].text == "device";
      if (device ? !parse_device() : at_directive() ? !parse_directive() : !parse_op()) return false;
    }
    return !error_;
  }

  bool number(const Token& token, std::uint64_t max, std::uint64_t& value) {
    const Token word = token.value_token();
    const auto parsed = parse_number(word.text);
    if (!parsed || *parsed > max) return fail_at(word, fmt::format("a number up to {}", max));
    value = *parsed;
    return true;
  }

  bool parse_device() {
    if (!once(seen_device_)) return false;
    if (!out_.life.ops.empty()) return fail_at(tokens_[0], "the device before the first operation");
    LifeConfig& config = out_.life.config;
    for (const Token& token : std::span(tokens_).subspan(1)) {
      const int degree = find_word(degree_words(), token.text);
      std::uint64_t value = 0;
      if (degree >= 0) {
        config.degree = static_cast<std::uint8_t>(degree);
      } else if (token.text == "noncoherent") {
        config.noncoherent = 1;
      } else if (token.key() == "path") {
        const int path = find_word(life_path_words(), token.value());
        if (path < 0) return fail_at(token.value_token(), fmt::format("{}", fmt::join(life_path_words(), " or ")));
        config.path = static_cast<std::uint8_t>(path);
      } else if (token.key() == "start") {
        const int start = find_word(start_words(), token.value());
        if (start < 0) return fail_at(token.value_token(), fmt::format("{}", fmt::join(start_words(), " or ")));
        config.start = static_cast<std::uint8_t>(start);
      } else if (token.key() == "fill") {
        if (!number(token, 0xff, value)) return false;
        config.fill = static_cast<std::uint8_t>(value);
      } else if (token.key() == "variant") {
        if (!number(token, ~std::uint32_t{0}, value)) return false;
        config.variant = static_cast<std::uint32_t>(value);
      } else {
        return fail_at(token, fmt::format("{}, noncoherent, {}=...", fmt::join(degree_words(), ", "),
                                          fmt::join(kDeviceKeys, "=..., ")));
      }
    }
    return true;
  }

  bool parse_op() {
    LifeOp op = {};
    while (op.code < static_cast<unsigned>(LifeCode::kCount) && life_info(op.code).name != tokens_[0].text) ++op.code;
    if (op.code == static_cast<unsigned>(LifeCode::kCount)) return fail_at(tokens_[0], "an operation");
    const LifeInfo& info = life_info(op.code);
    for (const Token& token : std::span(tokens_).subspan(1)) {
      const int flag = find_word(life_flag_words(), token.text);
      if (flag >= 0 && info.flags >> flag & 1) {
        op.flags = static_cast<std::uint8_t>(op.flags | 1u << flag);
        continue;
      }
      std::uint64_t value = 0;
      const std::string_view key = token.key();
      const auto is = [&](const LifeArg& arg) { return !arg.key.empty() && key == arg.key; };
      const LifeArg* arg = is(info.x) ? &info.x : is(info.a) ? &info.a : is(info.b) ? &info.b : &info.c;
      if (!is(*arg)) return fail_at(token, fmt::format("an argument of {}", info.name));
      if (!number(token, arg->max, value)) return false;
      if (arg == &info.x) op.x = static_cast<std::uint16_t>(value);
      if (arg == &info.a) op.a = static_cast<std::uint32_t>(value);
      if (arg == &info.b) op.b = static_cast<std::uint32_t>(value);
      if (arg == &info.c) op.c = static_cast<std::uint32_t>(value);
    }
    if (out_.life.ops.size() >= kMaxLifeOps)
      return fail_at(tokens_[0], fmt::format("at most {} operations", kMaxLifeOps));
    out_.life.ops.push_back(op);
    return true;
  }

  LifeFile& out_;
  bool seen_device_ = false;
};

}  // namespace

std::optional<TextError> parse_life(std::string_view text, LifeFile& out) {
  return Parser(text, out).run();
}

std::string print_op(const LifeOp& op) {
  const LifeInfo& info = life_info(op.code);
  std::string out(info.name);
  const auto add = [&](const LifeArg& arg, std::uint32_t value) {
    if (arg.key.empty() || !value) return;
    out += arg.max == ~0u || arg.max == 0xffff ? fmt::format(" {}={:#x}", arg.key, value)
                                               : fmt::format(" {}={}", arg.key, value);
  };
  add(info.a, op.a);
  add(info.x, op.x);
  add(info.b, op.b);
  add(info.c, op.c);
  for (unsigned bit = 0; bit < life_flag_words().size(); ++bit) {
    if (op.flags >> bit & 1) out += fmt::format(" {}", life_flag_words()[bit]);
  }
  return out;
}

std::string print_config(const LifeConfig& config) {
  std::string out = fmt::format("device {} path={}", degree_words()[config.degree], life_path_words()[config.path]);
  if (config.noncoherent) out += " noncoherent";
  if (config.fill) out += fmt::format(" fill={}", config.fill);
  if (config.start) out += fmt::format(" start={}", start_words()[config.start]);
  if (config.variant) out += fmt::format(" variant={:#x}", config.variant);
  return out;
}

std::string print_life(const LifeFile& file) {
  std::string out = "life 1\n" + print_config(file.life.config) + "\n";
  for (const LifeOp& op : file.life.ops) out += print_op(op) + "\n";
  return out + print_expectation(file.expect);
}

std::string print_life(const Life& life) {
  return print_life(LifeFile{.life = life, .expect = {}});
}

bool looks_like_life(std::span<const std::uint8_t> bytes) {
  return begins_with(bytes, kMagic[0], kMagic[1]);
}

}  // namespace dmafuzz
