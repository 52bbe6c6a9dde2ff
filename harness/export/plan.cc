// SPDX-License-Identifier: GPL-2.0-only
//
// See plan.h.
#include "export/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

#include "program/model.h"
#include "program/text.h"

namespace dmafuzz {
namespace {

constexpr unsigned kStackMost = 256;

bool is_mistake(const dmaf_op& op) {
  return op.flags & DMAF_F_UNLAWFUL;
}

bool is_allocated(const dmaf_op& op) {
  return op.kind != DMAF_ALLOC_RESOURCE && op.kind != DMAF_ALLOC_STATIC && op.kind != DMAF_ALLOC_STACK;
}

class Planner {
 public:
  Planner(const Program& program, const ExportTree& tree, const ExportHistory& history)
      : program_(program), history_(history), model_(facts(tree)) {}

  Plan run() {
    plan_.config = program_.config;
    plan_.lawful = program_.lawful;
    plan_.refused = refuse_device();
    model_.begin(program_.config);
    for (std::size_t i = 0; i < program_.ops.size() && plan_.refused.empty(); ++i) {
      if (std::string why = add(i); !why.empty()) {
        plan_.refused = fmt::format("operation {} ({}): {}", i, print_op(program_.ops[i]), why);
      }
    }
    plan_.left = to_give_back();
    if (plan_.refused.empty() && plan_.steps.empty()) plan_.refused = "it has no operation that a test could make";
    return std::move(plan_);
  }

 private:
  static TreeFacts facts(const ExportTree& tree) {
    TreeFacts facts;
    facts.iommu = false;
    facts.iova_api = tree.since(6, 16);
    facts.forced_bounce_maps_mmio = !tree.since(6, 18);
    return facts;
  }

  std::string refuse_device() const {
    const unsigned path = program_.config.path;
    if (path == DMAF_PATH_DIRECT || path == DMAF_PATH_BOUNCE) return {};
    return fmt::format("path {}: a test's device has none of its own; only direct and bounce (swiotlb=force) are there",
                       path_words()[path]);
  }

  // Adds the step or says why the program cannot be exported.
  std::string add(std::size_t index) {
    Step step;
    step.op = program_.ops[index];
    step.held = to_give_back();
    if (std::string why = refuse(step.op); !why.empty()) return why;
    std::string out = left_out(index);
    if (out.empty()) out = program_.lawful ? predict(step) : std::string();
    if (!out.empty()) {
      plan_.left_out.push_back(fmt::format("{}: {}", print_op(step.op), out));
      return {};
    }
    const bool may_fail = step.op.code == DMAF_OP_MAP && step.op.flags & DMAF_F_UNCHECKED;
    if (must_fail_ || (history_.failed.contains(index) && !may_fail))
      return "it fails for what the machine has, and the test's may have more or less";
    if (std::string why = note(step); !why.empty()) return why;
    plan_.steps.push_back(std::move(step));
    return {};
  }

  static std::string refuse(const dmaf_op& op) {
    switch (op.code) {
      case DMAF_OP_FAIL_ALLOC:
        return "no test can make just that allocation fail";
      case DMAF_OP_ALLOC:
        if (op.kind == DMAF_ALLOC_STACK && op.len > kStackMost) return "too much for the stack";
        if (op.kind == DMAF_ALLOC_CACHE && op.flags & DMAF_F_ATOMIC)
          return "a slab cache is not made in atomic context";
        return {};
      case DMAF_OP_MAP:
        return op.kind == DMAF_MAP_IOVA ? "dma_iova_*() is for devices behind an IOMMU" : "";
      case DMAF_OP_SG_ALLOC:
        return op.kind == DMAF_SG_TABLE ? "" : "only lists made by sg_alloc_table() are exported";
      case DMAF_OP_SG_MAP:
      case DMAF_OP_SG_UNMAP:
        return op.flags & DMAF_F_STALE ? "a list that is gone has no memory to name it by" : "";
      default:
        return {};
    }
  }

  // Why the test goes without the operation; empty: it does not.
  std::string left_out(std::size_t index) const {
    const dmaf_op& op = program_.ops[index];
    switch (op.code) {
      case DMAF_OP_CACHE_EVICT:
        return "the device snoops the CPU's caches";
      case DMAF_OP_QUERY:
      case DMAF_OP_COH_SGTABLE:
        return "asks only";
      case DMAF_OP_DEV_READ:
        if (!program_.lawful) return "nothing is promised of what the device reads";
        break;
      case DMAF_OP_DEV_WRITE:
        if (!program_.lawful && history_.finding_at && index > *history_.finding_at)
          return "after the finding nobody knows what the device would write to";
        break;
      default:
        break;
    }
    if ((op.code == DMAF_OP_DEV_WRITE || op.code == DMAF_OP_DEV_READ) && op.cls == DMAF_MAP &&
        made_[DMAF_MAP][op.h].kind == DMAF_MAP_RESOURCE)
      return "there is no device whose registers these are";
    if (program_.lawful) return {};
    return nothing_there(op) ? "names nothing that is there" : "";
  }

  // Of programs that may say anything: what the interpreter answers without doing it.
  bool nothing_there(const dmaf_op& op) const {
    const bool stale = op.flags & DMAF_F_STALE;
    if (const unsigned source = source_class(op)) return !holds(source, op.src) && !stale;
    if (op_info(op.code).makes) return false;
    const unsigned cls = handle_class(op);
    if (cls == DMAF_NONE) return false;
    const bool list = cls == DMAF_SG && op.code != DMAF_OP_SG_MAP && op.code != DMAF_OP_SG_FREE;
    return !holds(cls, op.h, list) && !stale;
  }

  bool holds(unsigned cls, unsigned h, bool list_mapping = false) const { return find(cls, h, list_mapping) >= 0; }
  int find(unsigned cls, unsigned h, bool list_mapping) const {
    const auto it = std::ranges::find_if(
        held_, [&](const Held& one) { return one.cls == cls && one.h == h && one.list_mapping == list_mapping; });
    return it == held_.end() ? -1 : static_cast<int>(it - held_.begin());
  }

  // What the model says of a lawful operation. Returns why it is left out, if it is.
  std::string predict(Step& step) {
    const dmaf_op& op = step.op;
    const Prediction p = model_.before(op);
    if (p.outcome == Outcome::kSkip) return "names nothing that is there";
    if (!p.offered) return "not offered on this path";
    must_fail_ = p.outcome == Outcome::kMustFail;
    if (op.code == DMAF_OP_CHECK || op.code == DMAF_OP_DEV_READ) {
      model_.each_expected(op.code == DMAF_OP_CHECK ? Side::kCpu : Side::kDevice, op.cls, op.h, op.off, op.len,
                           [&](std::uint32_t at, std::uint32_t n, ByteSource source) {
                             if (source.known()) step.promises.push_back({at, n, source});
                           });
    }
    dmaf_result result{};
    result.value = op.val;
    model_.after(op, p, result);
    return {};
  }

  // What the step takes and gives back; returns why that cannot be.
  std::string note(Step& step) {
    const dmaf_op& op = step.op;
    const unsigned cls = handle_class(op);
    if (cls != DMAF_NONE) step.made = made_[cls][op.h];
    if (cls == DMAF_SG) step.mapped = mapped_[op.h];
    if (op_info(op.code).makes) return take(step, cls);
    if (op.flags & DMAF_F_STALE && cls != DMAF_NONE && !ever_[cls][op.h]) return "names what was never there";
    switch (op.code) {
      case DMAF_OP_SG_MAP:
        if (holds(DMAF_SG, op.h, true)) return "maps a list that is mapped: the first mapping could not be undone";
        mapped_[op.h] = step.mapped = op;
        held_.push_back({DMAF_SG, op.h, true, op});
        break;
      case DMAF_OP_FREE:
      case DMAF_OP_UNMAP:
      case DMAF_OP_SG_FREE:
      case DMAF_OP_COH_FREE:
      case DMAF_OP_POOL_DESTROY:
      case DMAF_OP_POOL_FREE:
        drop(step, cls, false);
        break;
      case DMAF_OP_SG_UNMAP:
        drop(step, cls, true);
        break;
      case DMAF_OP_UNBIND:
        drop_managed();
        break;
      default:
        break;
    }
    return {};
  }

  std::string take(Step& step, unsigned cls) {
    const dmaf_op& op = step.op;
    if (holds(cls, op.h)) return "makes anew what is still there: the first could not be given back";
    if (cls == DMAF_BUF && ever_[cls][op.h] && type_of(made_[cls][op.h]) != type_of(op))
      return "one variable cannot be two kinds of memory";
    step.made = cls == DMAF_MAP || cls == DMAF_SG ? made_[DMAF_BUF][op.src] : dmaf_op{};
    if (source_class(op) && !ever_[source_class(op)][op.src]) return "names what was never there";
    made_[cls][op.h] = op;
    ever_[cls][op.h] = true;
    held_.push_back({static_cast<std::uint8_t>(cls), op.h, false, op});
    return {};
  }

  static int type_of(const dmaf_op& op) { return is_allocated(op) ? -1 : op.kind; }

  void drop(Step& step, unsigned cls, bool list_mapping) {
    const int at = find(cls, step.op.h, list_mapping);
    if (at < 0) return;
    if (!is_mistake(step.op)) step.undoes = held_[static_cast<std::size_t>(at)];
    held_.erase(held_.begin() + at);
  }

  // What the device managed goes with its driver.
  void drop_managed() {
    std::erase_if(held_, [&](const Held& one) {
      if (one.cls == DMAF_COH) return one.made.kind == DMAF_COH_MANAGED;
      if (one.cls == DMAF_POOL) return one.made.kind == DMAF_POOL_MANAGED;
      return false;
    });
  }

  // What is held, without what cannot be given back: memory that was not allocated, blocks whose pool has gone.
  std::vector<Held> to_give_back() const {
    std::vector<Held> out;
    std::ranges::copy_if(held_, std::back_inserter(out), [&](const Held& one) {
      if (one.cls == DMAF_BUF) return is_allocated(one.made);
      return one.cls != DMAF_BLK || holds(DMAF_POOL, one.made.src);
    });
    return out;
  }

  const Program& program_;
  const ExportHistory& history_;
  Model model_;
  Plan plan_;
  bool must_fail_ = false;  // the operation under way, by the model
  std::vector<Held> held_;
  std::array<std::array<dmaf_op, DMAF_HANDLES>, DMAF_CLASSES> made_{};
  std::array<std::array<bool, DMAF_HANDLES>, DMAF_CLASSES> ever_{};
  std::array<dmaf_op, DMAF_HANDLES> mapped_{};
};

}  // namespace

std::optional<ExportTree> export_tree(std::string_view release) {
  ExportTree tree;
  tree.release = release;
  const char* const end = release.data() + release.size();
  const auto [dot, bad] = std::from_chars(release.data(), end, tree.version);
  if (bad != std::errc() || dot == end || *dot != '.') return std::nullopt;
  if (std::from_chars(dot + 1, end, tree.patchlevel).ec != std::errc()) return std::nullopt;
  return tree;
}

bool operator==(const Held& a, const Held& b) {
  return a.cls == b.cls && a.h == b.h && a.list_mapping == b.list_mapping && same_op(a.made, b.made);
}

Plan plan_export(const Program& program, const ExportTree& tree, const ExportHistory& history) {
  return Planner(program, tree, history).run();
}

}  // namespace dmafuzz
