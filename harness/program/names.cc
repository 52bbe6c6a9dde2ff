// SPDX-License-Identifier: GPL-2.0-only OR MIT
// See names.h.
#include "program/names.h"

#include <algorithm>
#include <bitset>
#include <span>

#include "program/line_parser.h"

namespace dmafuzz {
namespace {

constexpr std::size_t kMaxName = 32;
constexpr std::string_view kStatements[] = {"dma", "device", "mode", "expect", "checks", "only"};

bool is_word(std::string_view text) {
  if (find_word(kStatements, text) >= 0 || find_word(dir_words(), text) >= 0 || find_word(flag_words(), text) >= 0)
    return true;
  return std::ranges::any_of(op_table(),
                             [&](const OpInfo& info) { return info.name == text || find_word(info.kinds, text) >= 0; });
}

// Objects that the operation uses, then the one that it makes.
template <typename Use, typename Make>
void objects_of(const dmaf_op& op, Use use, Make make) {
  const unsigned makes = op_info(op.code).makes;
  if (const unsigned cls = source_class(op)) {
    use(cls, op.src);
  } else if (const unsigned of_handle = handle_class(op); of_handle && !makes) {
    use(of_handle, op.h);
  }
  if (makes) make(makes, op.h);
}

using Handles = std::array<std::bitset<DMAF_HANDLES>, DMAF_CLASSES>;

class Namer {
 public:
  explicit Namer(const Program& program) : program_(program) {
    for (const dmaf_op& op : program.ops) {
      if (op.code == DMAF_OP_SG_ALLOC) list_source_[op.h] = op.src;
      if (op.code == DMAF_OP_MAP && source_class(op) == DMAF_BUF) went(DMAF_BUF, op.src, op.dir);
      if (op.code == DMAF_OP_SG_MAP) {
        went(DMAF_SG, op.h, op.dir);
        went(DMAF_BUF, list_source_[op.h], op.dir);
      }
    }
  }

  Names run() {
    for (const dmaf_op& op : program_.ops) {
      const unsigned cls = op_info(op.code).makes;
      if (cls && names_.of(cls, op.h).empty()) names_.set(cls, op.h, unique(name_of(op)));
    }
    return names_;
  }

 private:
  void went(unsigned cls, unsigned h, unsigned dir) { ways_[cls][h] |= static_cast<std::uint8_t>(1u << dir); }

  // Which way its mappings go.
  std::string way(unsigned cls, unsigned h) const {
    switch (ways_[cls][h]) {
      case 0:
      case 1u << DMAF_DIR_NONE:
        return "";
      case 1u << DMAF_TO_DEVICE:
        return "tx_";
      case 1u << DMAF_FROM_DEVICE:
        return "rx_";
      case 1u << DMAF_BIDIRECTIONAL:
        return "shared_";
      default:
        return "reused_";
    }
  }

  static std::string_view memory_noun(std::string_view kind) {
    if (kind.starts_with("pages")) return "pages";
    if (kind == "vmalloc") return "vmalloc_area";
    if (kind == "resource") return "registers";
    if (kind == "static") return "static_data";
    if (kind == "stack") return "stack_data";
    return "buffer";
  }

  static std::string device_memory_noun(std::string_view kind, std::uint32_t len) {
    if (kind == "pages") return "device_pages";
    if (kind == "noncoherent") return "noncoherent_pages";
    if (kind == "noncontiguous") return "segments";
    return len < kPage ? "descriptors" : "ring";
  }

  std::string name_of(const dmaf_op& op) const {
    const OpInfo& info = op_info(op.code);
    const std::string_view kind = info.kinds.empty() ? std::string_view() : info.kinds[op.kind];
    switch (info.makes) {
      case DMAF_BUF:
        return way(DMAF_BUF, op.h) + std::string(memory_noun(kind));
      case DMAF_MAP: {
        const std::string_view of = source_class(op) ? names_.of(source_class(op), op.src) : std::string_view();
        return of.empty() ? "mapping" : std::string(of) + "_dma";
      }
      case DMAF_SG:
        return way(DMAF_SG, op.h) + "list";
      case DMAF_COH:
        return device_memory_noun(kind, op.len);
      case DMAF_POOL:
        return "block_pool";
      default:
        return "block";
    }
  }

  std::string unique(std::string name) const {
    std::string out = name;
    for (unsigned n = 2; names_.find(out) || !is_name(out); ++n) out = name + std::to_string(n);
    return out;
  }

  const Program& program_;
  Names names_;
  std::array<std::array<std::uint8_t, DMAF_HANDLES>, DMAF_CLASSES> ways_ = {};  // bits of directions
  std::array<std::uint8_t, DMAF_HANDLES> list_source_ = {};
};

}  // namespace

bool Names::empty() const {
  return std::ranges::all_of(names_, [](const auto& of_class) {
    return std::ranges::all_of(of_class, [](const std::string& name) { return name.empty(); });
  });
}

std::optional<Names::Object> Names::find(std::string_view name) const {
  if (name.empty()) return std::nullopt;
  for (unsigned cls = 1; cls < DMAF_CLASSES; ++cls)
    for (unsigned h = 0; h < DMAF_HANDLES; ++h)
      if (names_[cls][h] == name) return Object{cls, h};
  return std::nullopt;
}

bool is_name(std::string_view text) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (text.empty() || text.size() > kMaxName || !(text[0] >= 'a' && text[0] <= 'z')) return false;
  if (!std::ranges::all_of(text, good) || is_word(text)) return false;
  // b0, b16, b00: a number of some class, or a slip.
  return text.size() < 2 || !std::ranges::all_of(text.substr(1), [](char c) { return c >= '0' && c <= '9'; });
}

Names usable_names(const Program& program, const Names& names) {
  Handles made;
  std::array<unsigned, DMAF_CLASSES> next = {};
  std::array<bool, DMAF_CLASSES> usable;
  usable.fill(true);
  for (const dmaf_op& op : program.ops) {
    objects_of(
        op,
        [&](unsigned cls, unsigned h) {
          if (!made[cls][h]) usable[cls] = false;
        },
        [&](unsigned cls, unsigned h) {
          if (made[cls][h]) return;
          const std::string_view name = names.of(cls, h);
          const auto found = names.find(name);
          // The second of two that are called the same is found elsewhere.
          const bool own = found && found->cls == cls && found->h == h;
          if (h != next[cls]++ || !is_name(name) || !own) usable[cls] = false;
          made[cls].set(h);
        });
  }
  Names out;
  for (unsigned cls = 1; cls < DMAF_CLASSES; ++cls)
    for (unsigned h = 0; usable[cls] && h < next[cls]; ++h) out.set(cls, h, names.of(cls, h));
  return out;
}

Program renumbered(const Program& program) {
  constexpr std::uint8_t kUnset = 0xff;
  std::array<std::array<std::uint8_t, DMAF_HANDLES>, DMAF_CLASSES> to;
  std::array<std::uint8_t, DMAF_CLASSES> next = {};
  for (auto& of_class : to) of_class.fill(kUnset);
  const auto seen = [&](unsigned cls, unsigned h) {
    if (to[cls][h] == kUnset) to[cls][h] = next[cls]++;
  };
  // What is never made comes last: its numbers are all the same.
  for (const dmaf_op& op : program.ops) objects_of(op, [](unsigned, unsigned) {}, seen);
  for (const dmaf_op& op : program.ops) objects_of(op, seen, seen);
  Program out = program;
  for (dmaf_op& op : out.ops) {
    if (const unsigned cls = source_class(op)) op.src = to[cls][op.src];
    if (const unsigned cls = handle_class(op)) op.h = to[cls][op.h];
  }
  return out;
}

Names speaking_names(const Program& program) {
  return Namer(program).run();
}

}  // namespace dmafuzz
