// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Printing programs as text: table-driven, one word or key a field, zeroes left out.
// Each canonical program has exactly one text.
#include <fmt/format.h>

#include <iterator>

#include "program/text.h"

namespace dmafuzz {
namespace {

std::string object(unsigned cls, unsigned h, const Names& names) {
  const std::string_view name = names.of(cls, h);
  return name.empty() ? fmt::format("{}{}", class_letter(cls), h) : std::string(name);
}

void print_key(std::string& out, std::string_view key, std::uint64_t value) {
  if (value) fmt::format_to(std::back_inserter(out), " {}={}", key, value);
}

std::uint64_t power(unsigned order) {
  return order ? std::uint64_t{1} << order : 0;
}

void print_op_to(std::string& out, const dmaf_op& op, const Names& names) {
  const OpInfo& info = op_info(op.code);
  if (info.makes) fmt::format_to(std::back_inserter(out), "{} = ", object(info.makes, op.h, names));
  out += info.name;
  if (!info.kinds.empty() && !(op.kind == 0 && info.kind_optional)) {
    out += ' ';
    out += info.kinds[op.kind];
  }
  if (unsigned cls = source_class(op)) {
    out += " " + object(cls, op.src, names);
  } else if (!info.makes && handle_class(op)) {
    out += " " + object(handle_class(op), op.h, names);
  }
  if (!info.off_key.empty()) {
    print_key(out, info.off_key, op.off);
  } else if (op.off) {
    fmt::format_to(std::back_inserter(out), "+{}", op.off);
  }
  print_key(out, info.len_key, op.len);
  print_key(out, info.val_key, info.val_is_order ? power(op.val) : op.val);
  print_key(out, "gap", op.gap);
  if (info.has(DMAF_HAS_DIR) && !(op.dir == 0 && info.dir_optional)) {
    out += ' ';
    out += dir_words()[op.dir];
  }
  for (unsigned i = 0; i < flag_words().size(); ++i)
    if (op.flags >> i & 1) {
      out += ' ';
      out += flag_words()[i];
    }
  std::string_view separator = " attrs=";
  for (unsigned i = 0; i < attr_words().size(); ++i)
    if (op.attrs >> i & 1) {
      out += separator;
      out += attr_words()[i];
      separator = ",";
    }
}

}  // namespace

std::string print_op(const dmaf_op& op, const Names& names) {
  std::string out;
  print_op_to(out, op, names);
  return out;
}

std::string print_config(const dmaf_config& config) {
  std::string out = fmt::format("device path={} mask={} coherent_mask={}", path_words()[config.path], config.mask_bits,
                                config.coherent_mask_bits);
  if (!config.coherent) out += " noncoherent";
  print_key(out, "max_seg", config.max_seg);
  print_key(out, "boundary", power(config.boundary_order));
  print_key(out, "min_align", power(config.min_align_order));
  print_key(out, "line", power(config.line_order));
  if (config.fill) fmt::format_to(std::back_inserter(out), " fill={:#04x}", config.fill);
  if (config.dense) out += " dense";
  return out;
}

std::string print_text(const Program& program) {
  return print_text(ProgramFile{.program = program, .expect = {}});
}

std::string print_text(const ProgramFile& file) {
  std::string out = "dma 1\n";
  out += print_config(file.program.config);
  out += file.program.lawful ? "\nmode lawful\n" : "\nmode raw\n";
  const Names names = file.names.empty() ? Names{} : usable_names(file.program, file.names);
  for (const dmaf_op& op : file.program.ops) {
    print_op_to(out, op, names);
    out += '\n';
  }
  return out + print_expectation(file.expect);
}

}  // namespace dmafuzz
