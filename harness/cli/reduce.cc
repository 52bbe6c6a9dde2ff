// SPDX-License-Identifier: GPL-2.0-only
//
// The rounds repeat until one changes nothing: an operand that shrank may make an operation superfluous.
#include "cli/reduce.h"

#include <algorithm>
#include <array>

#include "program/binary.h"

namespace dmafuzz::cli {
namespace {

class Reducer {
 public:
  Reducer(Program program, const Judge& judge, const Enough& enough)
      : best_(shaped(program)), judge_(judge), enough_(enough) {}

  Program run() {
    bool changed = true;
    while (changed && !stop_) {
      changed = drop_operations();
      changed = simplify_device() || changed;
      changed = shrink_operands() || changed;
    }
    return best_;
  }

 private:
  // What the target will run for these operations.
  static Program shaped(const Program& program) { return decode(encode(program), kMaxOps); }

  bool accept(const Program& raw) {
    if (stop_ || enough_()) {
      stop_ = true;
      return false;
    }
    Program candidate = shaped(raw);
    // The shaper may turn a simplification back, or even make more of it: then there is nothing to gain.
    if (candidate == best_ || candidate.ops.size() > best_.ops.size() || !judge_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  bool drop_operations() {
    bool changed = false;
    for (std::size_t chunk = std::max<std::size_t>(best_.ops.size() / 2, 1); chunk > 0 && !stop_; chunk /= 2) {
      // From the end: what comes late depends on what comes early.
      for (std::size_t end = best_.ops.size(); end > 0 && !stop_;) {
        const std::size_t begin = end > chunk ? end - chunk : 0;
        Program candidate = best_;
        candidate.ops.erase(candidate.ops.begin() + static_cast<std::ptrdiff_t>(begin),
                            candidate.ops.begin() + static_cast<std::ptrdiff_t>(end));
        changed = accept(candidate) || changed;
        end = std::min(begin, best_.ops.size());
      }
    }
    return changed;
  }

  template <typename Edit>
  bool try_edit(Edit edit) {
    Program candidate = best_;
    edit(candidate);
    return accept(candidate);
  }

  bool simplify_device() {
    const dmaf_config plain = default_config();
    if (try_edit([&](Program& p) { p.config = plain; })) return true;
    bool changed = false;
    const auto field = [&](auto member) {
      if (best_.config.*member == plain.*member) return;
      changed = try_edit([&](Program& p) { p.config.*member = plain.*member; }) || changed;
    };
    field(&dmaf_config::path);
    field(&dmaf_config::coherent);
    field(&dmaf_config::mask_bits);
    field(&dmaf_config::coherent_mask_bits);
    field(&dmaf_config::boundary_order);
    field(&dmaf_config::min_align_order);
    field(&dmaf_config::dense);
    field(&dmaf_config::fill);
    field(&dmaf_config::max_seg);
    return changed;
  }

  // Tries 0, then ever larger parts of the value: the first that holds is taken.
  template <typename T>
  bool shrink(std::size_t index, T dmaf_op::* member) {
    const T value = best_.ops[index].*member;
    for (const std::uint64_t smaller : std::array<std::uint64_t, 5>{0, 1, value / 4u, value / 2u, value - 1u}) {
      if (smaller >= value || index >= best_.ops.size()) continue;
      if (try_edit([&](Program& p) { p.ops[index].*member = static_cast<T>(smaller); })) return true;
    }
    return false;
  }

  bool shrink_operands() {
    bool changed = false;
    const auto each = [&](auto member) {
      for (std::size_t i = 0; i < best_.ops.size() && !stop_; ++i) changed = shrink(i, member) || changed;
    };
    each(&dmaf_op::attrs);
    each(&dmaf_op::flags);
    each(&dmaf_op::kind);
    each(&dmaf_op::gap);
    each(&dmaf_op::off);
    each(&dmaf_op::len);
    each(&dmaf_op::val);
    return changed;
  }

  Program best_;
  const Judge& judge_;
  const Enough& enough_;
  bool stop_ = false;
};

}  // namespace

Program reduce(Program program, const Judge& judge, const Enough& enough) {
  return Reducer(std::move(program), judge, enough).run();
}

}  // namespace dmafuzz::cli
