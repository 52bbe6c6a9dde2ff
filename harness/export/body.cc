// SPDX-License-Identifier: GPL-2.0-only
//
// See body.h. Here is what holds it together: variables, failures and the way back; body_operations.cc has the
// statements of each operation.
#include <fmt/format.h>

#include <algorithm>

#include "export/body_writer.h"

namespace dmafuzz {

BodyWriter::BodyWriter(const Plan& plan, const ExportTree& tree, ExportForm form, std::string_view name)
    : plan_(plan), tree_(tree), form_(form), name_(name) {
  for (const Step& step : plan_.steps) {
    if (const unsigned cls = handle_class(step.op)) used_[cls].insert(step.op.h);
    if (const unsigned cls = source_class(step.op)) used_[cls].insert(step.op.src);
  }
  find_tail();
}

Body BodyWriter::run() {
  text_.indent();
  set_up_device();
  for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
    if (i >= tail_begin_) label_before(i - tail_begin_);
    write(plan_.steps[i]);
  }
  const std::size_t closing = plan_.steps.size() - tail_begin_;
  for (std::size_t i = closing; i < tail_.size(); ++i) {
    label_before(i);
    give_back(tail_[i]);
  }
  if (form_ == ExportForm::kModule) {
    text_.line();
    text_.line(needs_ret_ ? "return ret;" : "return 0;");
  }
  write_undo();
  body_.declarations = declarations();
  body_.statements = text_.str();
  return std::move(body_);
}

// The last operations that only give back, as they should, and after them what the program left: who fails enters
// there, where exactly what it holds remains to be given back. For the others there is a way back of its own behind the
// return, as long as the longest of them needs; who holds the beginning of that enters there.
void BodyWriter::find_tail() {
  tail_begin_ = plan_.steps.size();
  while (tail_begin_ > 0 && plan_.steps[tail_begin_ - 1].undoes) --tail_begin_;
  for (std::size_t i = tail_begin_; i < plan_.steps.size(); ++i) tail_.push_back(*plan_.steps[i].undoes);
  tail_.insert(tail_.end(), plan_.left.rbegin(), plan_.left.rend());
  labels_.resize(tail_.size());
  for (const Step& step : plan_.steps) {
    if (!can_fail(step) || step.held.empty()) continue;
    if (const auto at = entry(step.held)) {
      labels_[*at] = label_of(tail_[*at]);
    } else if (step.held.size() > undo_.size()) {
      undo_ = step.held;
    }
  }
  undo_labels_.resize(undo_.size());
  for (const Step& step : plan_.steps) {
    if (can_fail(step) && !entry(step.held) && begins_undo(step.held))
      undo_labels_[step.held.size() - 1] = "undo_" + label_of(step.held.back());
  }
}

bool BodyWriter::begins_undo(const std::vector<Held>& held) const {
  return !held.empty() && held.size() <= undo_.size() && std::equal(held.begin(), held.end(), undo_.begin());
}

void BodyWriter::write_undo() {
  if (undo_.empty()) return;
  if (form_ == ExportForm::kKunit) text_.line("return;");
  text_.line();
  for (std::size_t i = undo_.size(); i-- > 0;) {
    if (!undo_labels_[i].empty()) text_.label(undo_labels_[i]);
    give_back(undo_[i]);
  }
  if (form_ == ExportForm::kModule) text_.line("return ret;");
}

bool BodyWriter::can_fail(const Step& step) {
  switch (step.op.code) {
    case DMAF_OP_ALLOC:
      return step.op.kind != DMAF_ALLOC_RESOURCE && step.op.kind != DMAF_ALLOC_STATIC &&
             step.op.kind != DMAF_ALLOC_STACK;
    case DMAF_OP_MAP:
      return !(step.op.flags & DMAF_F_UNCHECKED);
    case DMAF_OP_SG_ALLOC:
    case DMAF_OP_SG_MAP:
    case DMAF_OP_COH_ALLOC:
    case DMAF_OP_POOL_CREATE:
    case DMAF_OP_POOL_ALLOC:
    case DMAF_OP_SET_MASK:
    case DMAF_OP_BIND:
      return true;
    default:
      return false;
  }
}

std::optional<std::size_t> BodyWriter::entry(const std::vector<Held>& held) const {
  if (held.empty() || held.size() > tail_.size()) return std::nullopt;
  const std::size_t at = tail_.size() - held.size();
  const bool same = std::is_permutation(held.begin(), held.end(), tail_.begin() + static_cast<std::ptrdiff_t>(at));
  return same ? std::optional(at) : std::nullopt;
}

void BodyWriter::label_before(std::size_t at) {
  if (!labels_[at].empty()) text_.label(labels_[at]);
}

std::string BodyWriter::label_of(const Held& held) const {
  switch (held.cls) {
    case DMAF_MAP:
      return "unmap_" + variable(DMAF_MAP, held.h);
    case DMAF_SG:
      return (held.list_mapping ? "unmap_" : "free_") + variable(DMAF_SG, held.h);
    case DMAF_POOL:
      return "destroy_" + variable(DMAF_POOL, held.h);
    default:
      return "free_" + variable(held.cls, held.h);
  }
}

// One of its class needs no number.
std::string BodyWriter::variable(unsigned cls, unsigned h) const {
  static constexpr std::string_view kNames[DMAF_CLASSES] = {"", "buf", "dma", "sgt", "mem", "pool", "block"};
  return used_[cls].size() > 1 ? fmt::format("{}{}", kNames[cls], h) : std::string(kNames[cls]);
}

// Declares a variable once, and gives its name back.
std::string BodyWriter::declare(std::string_view type, const std::string& name, std::string_view rest) {
  const std::string_view space = type.ends_with('*') ? "" : " ";
  variables_.insert(fmt::format("{}{}{}{};", type, space, name, rest));
  return name;
}

std::string BodyWriter::declarations() {
  if (needs_ret_) declare("int", "ret", form_ == ExportForm::kModule ? " = 0" : "");
  std::vector<std::string> lines(variables_.begin(), variables_.end());
  std::ranges::sort(lines,
                    [](const auto& a, const auto& b) { return a.size() != b.size() ? a.size() > b.size() : a < b; });
  std::string out;
  for (const std::string& line : lines) out += "\t" + line + "\n";
  return out;
}

const std::string& BodyWriter::ret() {
  static const std::string name = "ret";
  needs_ret_ = true;
  return name;
}

// The way out of the function for who holds this.
void BodyWriter::leave(const std::vector<Held>& held) {
  if (const auto at = entry(held)) {
    text_.line(fmt::format("goto {};", labels_[*at]));
    return;
  }
  if (begins_undo(held)) {
    text_.line(fmt::format("goto {};", undo_labels_[held.size() - 1]));
    return;
  }
  for (auto it = held.rbegin(); it != held.rend(); ++it) give_back(*it);
  if (form_ == ExportForm::kKunit) {
    text_.line("return;");
  } else {
    text_.line(fmt::format("return {};", ret()));
  }
}

// `before` is what else must be done by who fails here.
void BodyWriter::fail_if(const std::string& condition, const Step& step, std::string_view error,
                         std::string_view before) {
  const bool jumps = step.held.empty() || entry(step.held) || begins_undo(step.held);
  const bool direct = form_ == ExportForm::kModule && step.held.empty() && !error.empty() && before.empty();
  if (direct) {
    text_.line(fmt::format("if ({})", condition));
    text_.line(fmt::format("\treturn {};", error));
    return;
  }
  const bool sets = form_ == ExportForm::kModule && !error.empty();
  const bool braces = sets || !jumps || !before.empty();
  braces ? text_.open(fmt::format("if ({})", condition)) : text_.line(fmt::format("if ({})", condition));
  if (!braces) text_.indent();
  if (!before.empty()) text_.line(before);
  if (sets) text_.line(fmt::format("{} = {};", ret(), error));
  leave(step.held);
  if (braces) {
    text_.close();
  } else {
    text_.outdent();
  }
}

void BodyWriter::require_pointer(const std::string& pointer, const Step& step, std::string_view before) {
  if (form_ == ExportForm::kKunit) text_.line(fmt::format("KUNIT_EXPECT_NOT_NULL(test, {});", pointer));
  fail_if("!" + pointer, step, "-ENOMEM", before);
}

void BodyWriter::require_ret(const Step& step) {
  if (form_ == ExportForm::kKunit) text_.line("KUNIT_EXPECT_EQ(test, ret, 0);");
  fail_if(ret(), step, "");
}

// Interrupts are off between these two.
void BodyWriter::begin_atomic(const dmaf_op& op) {
  if (!(op.flags & DMAF_F_ATOMIC)) return;
  header("linux/irqflags.h");
  declare("unsigned long", "flags");
  text_.line("local_irq_save(flags);");
}

void BodyWriter::end_atomic(const dmaf_op& op) {
  if (op.flags & DMAF_F_ATOMIC) text_.line("local_irq_restore(flags);");
}

// As the program's device line says, where it differs from what the test's device is by itself.
void BodyWriter::set_up_device() {
  const dmaf_config& c = plan_.config;
  const auto number = [](unsigned bits) { return fmt::format("DMA_BIT_MASK({})", bits); };
  Step none;
  if (c.mask_bits == c.coherent_mask_bits) {
    text_.line(fmt::format("{} = dma_set_mask_and_coherent(dev, {});", ret(), number(c.mask_bits)));
    require_ret(none);
  } else {
    body_.own_masks = true;
    text_.line(fmt::format("{} = dma_set_mask(dev, {});", ret(), number(c.mask_bits)));
    require_ret(none);
    text_.line(fmt::format("{} = dma_set_coherent_mask(dev, {});", ret(), number(c.coherent_mask_bits)));
    require_ret(none);
  }
  if (c.max_seg) text_.line(fmt::format("dma_set_max_seg_size(dev, {});", c_size(c.max_seg)));
  if (c.boundary_order) text_.line(fmt::format("dma_set_seg_boundary(dev, {});", number(c.boundary_order)));
  if (c.min_align_order)
    text_.line(fmt::format("dma_set_min_align_mask(dev, {} - 1);", c_size(std::uint64_t{1} << c.min_align_order)));
  body_.limits = c.max_seg || c.boundary_order || c.min_align_order;
  text_.line();
}

Body write_body(const Plan& plan, const ExportTree& tree, ExportForm form, std::string_view name) {
  return BodyWriter(plan, tree, form, name).run();
}

}  // namespace dmafuzz
