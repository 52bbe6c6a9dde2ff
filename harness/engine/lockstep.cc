// SPDX-License-Identifier: GPL-2.0-only
//
// See lockstep.h. The sides run one after the other and are compared by what was recorded of them: since each starts
// from the same machine, that is the same as side by side.
#include "engine/lockstep.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "dmasan/core_calls.h"
#include "engine/machine.h"
#include "engine/raise.h"
#include "engine/trace.h"
#include "program/shape.h"
#include "program/text.h"

namespace dmafuzz {
namespace {

constexpr size_t kReportedOps = 16;

// Whose turn it is, for reports of what strikes in its middle.
const dmaf_backend* g_on_turn = nullptr;

const char* refusal_word(int32_t status) {
  return status == DMAF_ST_REFUSED_BY_TYPE ? "refused by type" : "not offered";
}

void offers_all(const dmaf_config*, const dmaf_op*, dmaf_u32, dmaf_s32*) {}

dmaf_op device_op(unsigned code, uint16_t val, uint32_t len) {
  dmaf_op op = {};
  op.code = static_cast<dmaf_u8>(code);
  op.val = val;
  op.len = len;
  return op;
}

// The first byte at which they differ, or the length of the shorter.
size_t first_difference(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) {
  const size_t n = std::min(a.size(), b.size());
  return static_cast<size_t>(std::mismatch(a.begin(), a.begin() + static_cast<ptrdiff_t>(n), b.begin()).first -
                             a.begin());
}

std::string byte_text(const std::vector<uint8_t>& bytes, size_t at) {
  return at < bytes.size() ? fmt::format("{:#04x}", bytes[at]) : "none";
}

void show_facts(std::vector<std::string>& out, const char* name, const Recording::Facts& facts, size_t around) {
  for (const std::string& line : facts.lines) out.push_back(fmt::format("{}: {}", name, line));
  if (facts.lines.empty() && facts.bytes.empty()) out.push_back(fmt::format("{}: nothing", name));
  if (facts.bytes.empty()) return;
  constexpr size_t kShown = 16;
  const size_t from = around - around % kShown;
  std::string line = fmt::format("{}: {} bytes, from {}:", name, facts.bytes.size(), from);
  for (size_t i = from; i < std::min(from + kShown, facts.bytes.size()); ++i)
    line += fmt::format(" {:02x}", facts.bytes[i]);
  out.push_back(std::move(line));
}

}  // namespace

Lockstep::Lockstep(const char* target, const dmaf_backend& reference, std::span<const Wrapper> wrappers)
    : reference_(reference, false, target) {
  for (const Wrapper& w : wrappers) sides_.push_back(std::make_unique<Side>(*w.backend, w.own_memory, target));
  core_calls().record(true);
  raise_context().operations = operations;
  raise_context().program = program_text;
}

std::vector<std::string> Lockstep::operations() {
  std::vector<std::string> lines = Executor::last_operations();
  if (g_on_turn) lines.insert(lines.begin(), fmt::format("# on back end {}", g_on_turn->name));
  return lines;
}

std::vector<std::string> Lockstep::program_text() {
  return Executor::program_text();
}

void Lockstep::record(Side& side, Recording& recording, const Program& program, const Recording* reference,
                      bool in_full) {
  g_on_turn = side.backend;
  recording.begin(reference, in_full);
  side.executor.set_observer(&recording);
  side.executor.run(program);
  side.executor.set_observer(nullptr);
  g_on_turn = nullptr;
  const uint64_t hash = last_trace_hash();
  trace_ = hash_bytes(reinterpret_cast<const uint8_t*>(&hash), sizeof hash) ^ trace_ * 31;
}

void Lockstep::count_left_out(Side& side, const dmaf_op& op, int32_t status) {
  ++(status == DMAF_ST_REFUSED_BY_TYPE ? side.counts.refused
     : status                          ? side.counts.not_offered
                                       : side.counts.dependent);
  ++side.counts.left_out[op.code];
  if (!operations_shown()) return;
  std::printf("operation %s: %s: %s\n", side.backend->name,
              status ? refusal_word(status) : "hangs on what is not offered", print_op(op).c_str());
}

bool Lockstep::restrict(Side& side, const Program& program) {
  const auto offers = side.backend->offers ? side.backend->offers : offers_all;
  const auto answer = [&](const dmaf_op& op) {
    dmaf_s32 status = 0;
    offers(&program.config, &op, 1, &status);
    return status;
  };
  dmaf_config config = program.config;
  if (config.boundary_order && answer(device_op(DMAF_OP_SET_BOUNDARY, config.boundary_order, 0)))
    config.boundary_order = 0;
  if (config.min_align_order && answer(device_op(DMAF_OP_SET_MIN_ALIGN, config.min_align_order, 0))) {
    config.min_align_order = 0;
  }
  if (config.max_seg && answer(device_op(DMAF_OP_SET_MAX_SEG, 0, config.max_seg))) config.max_seg = 0;
  answers_.assign(program.ops.size(), 0);
  offers(&program.config, program.ops.data(), static_cast<dmaf_u32>(program.ops.size()), answers_.data());
  for (size_t i = 0; i < program.ops.size(); ++i) {
    if (side.own_memory && program.ops[i].code == DMAF_OP_FAIL_ALLOC) answers_[i] = DMAF_ST_NOT_OFFERED;
  }
  const bool all = same_config(config, program.config) && std::ranges::none_of(answers_, [](dmaf_s32 s) { return s; });
  if (all) return false;
  rest_.config = config;
  rest_.lawful = true;
  rest_.ops.clear();
  for (size_t i = 0; i < program.ops.size(); ++i) {
    if (answers_[i]) {
      count_left_out(side, program.ops[i], answers_[i]);
    } else {
      rest_.ops.push_back(program.ops[i]);
    }
  }
  reshape(side);
  return true;
}

void Lockstep::reshape(Side& side) {
  Shaper shaper(rest_.config);
  size_t kept = 0;
  for (const dmaf_op& op : rest_.ops) {
    dmaf_op shaped = op;
    if (shaper.admit(shaped)) {
      rest_.ops[kept++] = shaped;
    } else {
      count_left_out(side, op, 0);
    }
  }
  rest_.ops.resize(kept);
}

void Lockstep::run(const Program& program) {
  trace_ = 0;
  record(reference_, reference_.recording, program, nullptr);
  for (const auto& side : sides_) {
    bool whole = !restrict(*side, program);
    for (;;) {
      const Program& asked = whole ? program : rest_;
      const Recording& reference = whole ? reference_.recording : again_;
      if (!whole) record(reference_, again_, asked, nullptr);
      record(*side, side->recording, asked, &reference);
      if (!side->recording.refused()) {
        compare(reference, *side, asked);
        break;
      }
      const OpRecord& last = side->recording.ops().back();
      const size_t at = side->executor.at();
      if (last.closing || at >= asked.ops.size()) {
        Finding finding;
        finding.tool = "lockstep";
        finding.id = "closing-refused";
        finding.summary = fmt::format("{} gives no way to release what it made: {} is {}", side->backend->name,
                                      print_op(last.op), refusal_word(last.status));
        raise_finding(std::move(finding));
      }
      count_left_out(*side, last.op, last.status);
      if (whole) rest_ = program;
      whole = false;
      rest_.ops.erase(rest_.ops.begin() + static_cast<ptrdiff_t>(at));
      reshape(*side);
    }
    side->counts.programs++;
    side->counts.run += side->recording.ops().size();
  }
  set_last_trace_hash(trace_);
}

void Lockstep::compare(const Recording& reference, Side& side, const Program& program) {
  const auto a = reference.ops(), b = side.recording.ops();
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (!same_op(a[i].op, b[i].op)) report(side, program, i, Aspect::kResult);
    // Memory that lies elsewhere may be in more pieces or fewer, and all that follows is of another list.
    if (side.own_memory && a[i].op.code == DMAF_OP_SG_ALLOC && a[i].value != b[i].value) {
      ++side.counts.other_lists;
      return;
    }
    for (size_t k = 0; k < kAspects; ++k) {
      if (a[i].hash[k] != b[i].hash[k] && !(side.own_memory && static_cast<Aspect>(k) == Aspect::kAddresses))
        report(side, program, i, static_cast<Aspect>(k));
    }
  }
  if (a.size() != b.size()) report(side, program, std::min(a.size(), b.size()), Aspect::kResult);
}

// Runs both once more, now in full: the same input comes to the same again.
Finding Lockstep::difference(Side& side, const Program& program, size_t op, Aspect aspect) {
  const Program copy = program;  // it may be rest_
  Finding finding;
  finding.tool = "lockstep";
  finding.id = "backends-differ";
  Recording& a = again_;
  Recording& b = side.recording;
  record(reference_, a, copy, nullptr, true);
  record(side, b, copy, nullptr, true);
  const char *one = reference_.backend->name, *other = side.backend->name;
  const auto ops = a.ops().size() > b.ops().size() ? a.ops() : b.ops();
  const std::string what = op < ops.size() ? print_op(ops[op].op) : "end";
  finding.location.function = fmt::format("{} ({})", other, op < ops.size() ? op_info(ops[op].op.code).name : "end");
  if (op >= std::min(a.ops().size(), b.ops().size())) {
    finding.summary = fmt::format("op {} ({}) was run by one of {} and {} only", op, what, one, other);
  } else if (!same_op(a.ops()[op].op, b.ops()[op].op)) {
    finding.summary = fmt::format("op {} is {} on {} and {} on {}", op, print_op(a.ops()[op].op), one,
                                  print_op(b.ops()[op].op), other);
  } else {
    finding.summary = fmt::format("op {} ({}): {} and {} differ in {}", op, what, one, other, aspect_name(aspect));
    const Recording::Facts &x = a.facts(op, aspect), &y = b.facts(op, aspect);
    const size_t at = first_difference(x.bytes, y.bytes);
    if (x.bytes != y.bytes) {
      finding.summary +=
          fmt::format(", first at byte {}: {} and {}", at, byte_text(x.bytes, at), byte_text(y.bytes, at));
    }
    show_facts(finding.object, one, x, at);
    show_facts(finding.object, other, y, at);
  }
  const size_t end = std::min(op + 1, ops.size());
  for (size_t i = end > kReportedOps ? end - kReportedOps : 0; i < end; ++i) {
    const auto status = [&](const Recording& r) {
      return i < r.ops().size() ? fmt::format("{}", r.ops()[i].status) : std::string("-");
    };
    finding.operations.push_back(fmt::format("{}    # {}: {}, {}: {}{}", print_op(ops[i].op), one, status(a), other,
                                             status(b), ops[i].closing ? ", closing" : ""));
  }
  const std::string text = print_text(copy);
  for (size_t at = 0; at < text.size();) {
    const size_t line = std::min(text.find('\n', at), text.size());
    finding.program.push_back(text.substr(at, line - at));
    at = line + 1;
  }
  return finding;
}

// A trap that catches it destroys nothing on the way: there must be nothing left here by then.
void Lockstep::report(Side& side, const Program& program, size_t op, Aspect aspect) {
  Finding finding = difference(side, program, op, aspect);
  raise_finding(std::move(finding));
}

}  // namespace dmafuzz
