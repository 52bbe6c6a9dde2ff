// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Parsing the text form. Driven by the operation table, so that a new operation or word needs nothing here; an error
// says where it is, what would have been right and what stands there.
#include "program/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <initializer_list>

#include "program/line_parser.h"
#include "program/shape.h"

namespace dmafuzz {
namespace {

constexpr std::string_view kMagic[] = {"dma", "1"};
constexpr std::string_view kDeviceKeys[] = {"path",    "mask",     "coherent_mask", "noncoherent", "dense",
                                            "max_seg", "boundary", "min_align",     "fill",        "line"};

// Index of the word, or -1.
std::string list_of(std::span<const std::string_view> words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

// The names of the classes in the set: "b0 .. b15 or m0 .. m15".
std::string objects_of(unsigned classes) {
  std::string out;
  for (unsigned cls = 1; cls < DMAF_CLASSES; ++cls)
    if (classes >> cls & 1)
      out += fmt::format("{}{}0 .. {}{}", out.empty() ? "" : " or ", class_letter(cls), class_letter(cls),
                         DMAF_HANDLES - 1);
  return out;
}

class Parser : LineParser {
 public:
  Parser(std::string_view text, ProgramFile& out) : LineParser(text, out.expect), out_(out) {}

  std::optional<TextError> run() {
    out_.program.clear();
    out_.names = {};
    parse_file();
    return error_;
  }

 private:
  bool parse_file() {
    if (!next_line()) {
      line_ = std::max(line_, 1u);
      return fail(1, "'dma 1'", "end of file");
    }
    for (std::size_t i = 0; i < std::size(kMagic); ++i) {
      if (i >= tokens_.size()) return fail_at_end("'dma 1'");
      if (tokens_[i].text != kMagic[i]) return fail_at(tokens_[i], "'dma 1'");
    }
    if (!no_more_after(std::size(kMagic))) return false;
    while (next_line())
      if (!parse_statement()) return false;
    return true;
  }

  bool parse_statement() {
    std::string_view word = tokens_[0].text;
    if (word == "device") return once_and_first(seen_device_) && parse_device();
    if (word == "mode") return once_and_first(seen_mode_) && parse_mode();
    return at_directive() ? parse_directive() : parse_op();
  }

  bool once_and_first(bool& seen) {
    if (!once(seen)) return false;
    return out_.program.ops.empty() ||
           fail_at(tokens_[0], fmt::format("'{}' before the first operation", tokens_[0].text));
  }

  bool parse_mode() {
    if (tokens_.size() < 2) return fail_at_end("lawful or raw");
    std::string_view mode = tokens_[1].text;
    if (mode != "lawful" && mode != "raw") return fail_at(tokens_[1], "lawful or raw");
    out_.program.lawful = mode == "lawful";
    return no_more_after(2);
  }

  // A number of min .. max.
  bool number(const Token& token, std::uint64_t min, std::uint64_t max, std::uint64_t& value) {
    std::optional<std::uint64_t> parsed = parse_number(token.text);
    if (!parsed || *parsed < min || *parsed > max) return fail_at(token, fmt::format("a number of {} to {}", min, max));
    value = *parsed;
    return true;
  }

  // A power of two, 2^min .. 2^max, as its order; 0 as 0.
  bool power(const Token& token, unsigned min, unsigned max, unsigned& order) {
    std::optional<std::uint64_t> parsed = parse_number(token.text);
    order = parsed && *parsed ? static_cast<unsigned>(__builtin_ctzll(*parsed)) : 0;
    if (parsed == std::uint64_t{0}) return true;
    if (!parsed || (*parsed & (*parsed - 1)) || order < min || order > max)
      return fail_at(token,
                     fmt::format("a power of two of {} to {}", std::uint64_t{1} << min, std::uint64_t{1} << max));
    return true;
  }

  bool parse_device() {
    unsigned seen = 0;
    dmaf_config& config = out_.program.config;
    for (std::size_t i = 1; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      const std::string_view key = token.key().empty() ? token.text : token.key();
      const Token value = token.value_token();
      std::uint64_t n = 0;
      unsigned order = 0;
      int known = find_word(kDeviceKeys, key);
      const bool is_word = key == "noncoherent" || key == "dense";
      if (known < 0 || token.key().empty() != is_word) return fail_at(token, "one of " + list_of(kDeviceKeys));
      if (seen >> known & 1) return fail_at(token, fmt::format("{} at most once", key));
      seen |= 1u << known;
      if (key == "noncoherent") {
        config.coherent = 0;
      } else if (key == "dense") {
        config.dense = 1;
      } else if (key == "path") {
        int path = find_word(path_words(), value.text);
        if (path < 0) return fail_at(value, "one of " + list_of(path_words()));
        config.path = static_cast<dmaf_u8>(path);
      } else if (key == "mask" || key == "coherent_mask") {
        if (!number(value, 24, 64, n)) return false;
        (key == "mask" ? config.mask_bits : config.coherent_mask_bits) = static_cast<dmaf_u8>(n);
      } else if (key == "max_seg") {
        if (!number(value, 0, 0xffffffff, n)) return false;
        config.max_seg = static_cast<dmaf_u32>(n);
      } else if (key == "boundary") {
        if (!power(value, 12, 32, order)) return false;
        config.boundary_order = static_cast<dmaf_u8>(order);
      } else if (key == "min_align") {
        if (!power(value, 1, 12, order)) return false;
        config.min_align_order = static_cast<dmaf_u8>(order);
      } else if (key == "line") {
        if (!power(value, 5, 7, order)) return false;
        config.line_order = static_cast<dmaf_u8>(order);
      } else {
        if (!number(value, 0, 255, n)) return false;
        config.fill = static_cast<dmaf_u8>(n);
      }
    }
    return true;
  }

  // LETTER NUMBER [+NUMBER], where an offset is welcome.
  static bool is_object(std::string_view text) {
    return text.size() >= 2 && digit_value(text[1]) < 10 && std::string_view("bmsckp").find(text[0]) != text.npos;
  }

  bool parse_object(const Token& token, unsigned classes, bool with_offset, unsigned& cls, unsigned& h,
                    std::uint64_t& off, std::uint64_t max_off) {
    const std::size_t plus = token.text.find('+');
    const std::string_view name = token.text.substr(0, plus);
    if (const auto named = out_.names.find(name)) {
      if (!(classes >> named->cls & 1)) return fail_at(token, objects_of(classes));
      cls = named->cls;
      h = named->h;
    } else if (!parse_numbered(token, name, classes, cls, h)) {
      return false;
    }
    if (plus == std::string_view::npos) return true;
    const Token rest = {token.text.substr(plus + 1), token.column + static_cast<unsigned>(plus) + 1};
    if (!with_offset) return fail(rest.column - 1, "an object without offset", "'+'");
    return number(rest, 0, max_off, off);
  }

  bool parse_numbered(const Token& token, std::string_view name, unsigned classes, unsigned& cls, unsigned& h) {
    cls = 0;
    for (unsigned c = 1; c < DMAF_CLASSES; ++c)
      if (!name.empty() && (classes >> c & 1) && name[0] == class_letter(c)) cls = c;
    std::optional<std::uint64_t> index =
        name.size() > 1 && digit_value(name[1]) < 10 ? parse_number(name.substr(1)) : std::nullopt;
    if (!cls || !index || *index >= DMAF_HANDLES) return fail_at(token, objects_of(classes));
    if (named_[cls]) return fail_at(token, "a name, as the others of its kind have");
    numbered_ |= 1u << cls;
    h = static_cast<unsigned>(*index);
    return true;
  }

  // The object that is made, by number or by a name that it may have had before.
  bool parse_made(const Token& token, unsigned cls, unsigned& h) {
    std::uint64_t off = 0;
    if (!is_name(token.text) || out_.names.find(token.text))
      return parse_object(token, 1u << cls, false, cls, h, off, 0);
    if (numbered_ >> cls & 1) return fail_at(token, objects_of(1u << cls) + ", as the others of its kind have");
    if (named_[cls] == DMAF_HANDLES) return fail_at(token, fmt::format("at most {} objects of a kind", DMAF_HANDLES));
    h = named_[cls]++;
    out_.names.set(cls, h, token.text);
    return true;
  }

  bool parse_op() {
    const unsigned first_column = tokens_[0].column;
    dmaf_op op = {};
    unsigned h = 0, seen = 0;
    std::size_t at = 0;
    // What the operation makes is parsed once it is known which class that is.
    const bool has_result = tokens_.size() >= 2 && tokens_[1].text == "=";
    if (has_result) at = 2;
    if (at >= tokens_.size()) return fail_at_end("an operation");
    const std::span<const OpInfo> table = op_table();
    auto found = std::find_if(table.begin(), table.end(), [&](const OpInfo& i) { return i.name == tokens_[at].text; });
    if (found == table.end()) return fail_at(tokens_[at], "an operation, device, mode, expect, checks or only");
    const OpInfo& info = *found;
    op.code = static_cast<dmaf_u8>(found - table.begin());
    if (info.makes && !has_result)
      return fail_at(tokens_[0], fmt::format("{} = {} ...", objects_of(1u << info.makes), info.name));
    if (has_result) {
      if (!info.makes) return fail_at(tokens_[1], fmt::format("'{}' without a result", info.name));
      if (!parse_made(tokens_[0], info.makes, h)) return false;
      op.h = static_cast<dmaf_u8>(h);
    }
    for (++at; at < tokens_.size(); ++at)
      if (!parse_operand(info, tokens_[at], op, seen)) return false;
    if (needed_classes(info) && !(seen & kSeenObject)) return fail_at_end(objects_of(needed_classes(info)));
    if (!info.kinds.empty() && !info.kind_optional && !(seen & DMAF_HAS_KIND))
      return fail_at_end("one of " + list_of(info.kinds));
    if (info.has(DMAF_HAS_DIR) && !info.dir_optional && !(seen & DMAF_HAS_DIR))
      return fail_at_end("one of " + list_of(dir_words()));
    return add_op(op, first_column);
  }

  static constexpr unsigned kSeenObject = 0x10000;

  // Classes of the object that the operation names besides the one that it makes.
  static unsigned needed_classes(const OpInfo& info) {
    return info.takes == DMAF_ANY ? info.classes : info.takes ? 1u << info.takes : 0;
  }

  bool mark(const Token& token, unsigned what, unsigned& seen, std::string_view name) {
    if (seen & what) return fail_at(token, fmt::format("{} at most once", name));
    seen |= what;
    return true;
  }

  bool parse_operand(const OpInfo& info, const Token& token, dmaf_op& op, unsigned& seen) {
    if (!token.key().empty()) return parse_keyed(info, token, op, seen);
    int index = find_word(info.kinds, token.text);
    if (index >= 0) {
      op.kind = static_cast<dmaf_u8>(index);
      return mark(token, DMAF_HAS_KIND, seen, "the kind");
    }
    index = info.has(DMAF_HAS_DIR) ? find_word(dir_words(), token.text) : -1;
    if (index >= 0) {
      op.dir = static_cast<dmaf_u8>(index);
      return mark(token, DMAF_HAS_DIR, seen, "the direction");
    }
    index = info.has(DMAF_HAS_FLAGS) ? find_word(flag_words(), token.text) : -1;
    if (index >= 0) {
      if (op.flags >> index & 1) return fail_at(token, "each flag at most once");
      op.flags |= static_cast<dmaf_u8>(1u << index);
      return true;
    }
    const std::string_view name = token.text.substr(0, token.text.find('+'));
    if (needed_classes(info) && (is_object(token.text) || out_.names.find(name)))
      return parse_object_operand(info, token, op, seen);
    return fail_at(token, operands_of(info));
  }

  bool parse_object_operand(const OpInfo& info, const Token& token, dmaf_op& op, unsigned& seen) {
    unsigned cls = 0, h = 0;
    std::uint64_t off = op.off;
    const bool with_offset = info.has(DMAF_HAS_OFF) && info.off_key.empty();
    if (!mark(token, kSeenObject, seen, "the object")) return false;
    if (!parse_object(token, needed_classes(info), with_offset, cls, h, off, info.max_off)) return false;
    (info.has(DMAF_HAS_SRC) ? op.src : op.h) = static_cast<dmaf_u8>(h);
    if (info.has(DMAF_HAS_CLS)) op.cls = static_cast<dmaf_u8>(cls);
    op.off = static_cast<dmaf_u32>(off);
    return true;
  }

  bool parse_keyed(const OpInfo& info, const Token& token, dmaf_op& op, unsigned& seen) {
    const std::string_view key = token.key();
    const Token value = token.value_token();
    std::uint64_t n = 0;
    if (info.has(DMAF_HAS_ATTRS) && key == "attrs")
      return mark(token, DMAF_HAS_ATTRS, seen, "attrs") && parse_attrs(value, op);
    if (info.has(DMAF_HAS_OFF) && !info.off_key.empty() && key == info.off_key) {
      if (!mark(token, DMAF_HAS_OFF, seen, key) || !number(value, 0, info.max_off, n)) return false;
      op.off = static_cast<dmaf_u32>(n);
      return true;
    }
    if (info.has(DMAF_HAS_LEN) && key == info.len_key) {
      if (!mark(token, DMAF_HAS_LEN, seen, key) || !number(value, 0, info.max_len, n)) return false;
      op.len = static_cast<dmaf_u32>(n);
      return true;
    }
    if (info.has(DMAF_HAS_VAL) && key == info.val_key) {
      unsigned order = 0;
      if (!mark(token, DMAF_HAS_VAL, seen, key)) return false;
      if (info.val_is_order ? !power(value, 1, info.max_val, order) : !number(value, 0, info.max_val, n)) return false;
      op.val = static_cast<dmaf_u16>(info.val_is_order ? order : n);
      return true;
    }
    if (info.has(DMAF_HAS_GAP) && key == "gap") {
      if (!mark(token, DMAF_HAS_GAP, seen, key) || !number(value, 0, kGapMax, n)) return false;
      if (n % kGapUnit) return fail_at(value, fmt::format("a multiple of {}", kGapUnit));
      op.gap = static_cast<dmaf_u16>(n);
      return true;
    }
    return fail_at(token, operands_of(info));
  }

  bool parse_attrs(const Token& list, dmaf_op& op) {
    for (std::size_t start = 0; start <= list.text.size();) {
      const std::size_t end = std::min(list.text.find(',', start), list.text.size());
      const Token word = {list.text.substr(start, end - start), list.column + static_cast<unsigned>(start)};
      const int index = find_word(attr_words(), word.text);
      if (index < 0) return fail_at(word, "one of " + list_of(attr_words()));
      if (op.attrs >> index & 1) return fail_at(word, "each attribute at most once");
      op.attrs |= static_cast<dmaf_u8>(1u << index);
      start = end + 1;
    }
    return true;
  }

  // What may follow the operation's word, for messages.
  static std::string operands_of(const OpInfo& info) {
    std::vector<std::string> all;
    if (!info.kinds.empty()) all.push_back(list_of(info.kinds));
    if (needed_classes(info)) all.push_back(objects_of(needed_classes(info)));
    if (info.has(DMAF_HAS_OFF) && !info.off_key.empty()) all.push_back(fmt::format("{}=", info.off_key));
    if (info.has(DMAF_HAS_LEN)) all.push_back(fmt::format("{}=", info.len_key));
    if (info.has(DMAF_HAS_VAL)) all.push_back(fmt::format("{}=", info.val_key));
    if (info.has(DMAF_HAS_GAP)) all.push_back("gap=");
    if (info.has(DMAF_HAS_DIR)) all.push_back(list_of(dir_words()));
    if (info.has(DMAF_HAS_FLAGS)) all.push_back(list_of(flag_words()));
    if (info.has(DMAF_HAS_ATTRS)) all.push_back("attrs=");
    if (all.empty()) return "end of line";
    return fmt::format("{} of '{}'", fmt::join(all, ", "), info.name);
  }

  bool add_op(dmaf_op op, unsigned column) {
    if (out_.program.ops.size() >= kMaxOps)
      return fail(column, fmt::format("at most {} operations", kMaxOps), "one more");
    if (out_.program.lawful) {
      if (!shaper_) shaper_.emplace(out_.program.config);
      dmaf_op repaired = op;
      const bool admitted = shaper_->admit(repaired);
      if (!admitted || !same_op(op, repaired))
        return fail(column, "a lawful operation (or 'mode raw')",
                    admitted ? fmt::format("one that lawfully reads '{}'", print_op(repaired, out_.names))
                             : std::string("one that no driver may do here"));
    }
    out_.program.ops.push_back(op);
    return true;
  }

  ProgramFile& out_;
  std::optional<Shaper> shaper_;
  std::array<unsigned, DMAF_CLASSES> named_ = {};  // objects with names, by class
  unsigned numbered_ = 0;                          // classes of objects with numbers
  bool seen_device_ = false, seen_mode_ = false;
};

}  // namespace

std::optional<TextError> parse_text(std::string_view text, ProgramFile& out) {
  return Parser(text, out).run();
}

bool looks_like_text(std::span<const std::uint8_t> bytes) {
  return begins_with(bytes, kMagic[0], kMagic[1]);
}

}  // namespace dmafuzz
