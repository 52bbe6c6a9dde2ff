// SPDX-License-Identifier: GPL-2.0-only
//
// What writes a body (body.h), for its two files.
#ifndef DMAFUZZ_EXPORT_BODY_WRITER_H
#define DMAFUZZ_EXPORT_BODY_WRITER_H

#include <array>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "export/body.h"
#include "export/c_text.h"

namespace dmafuzz {

class BodyWriter {
 public:
  BodyWriter(const Plan& plan, const ExportTree& tree, ExportForm form, std::string_view name);
  Body run();

 private:
  // body.cc
  void find_tail();
  static bool can_fail(const Step& step);
  // Where in the tail exactly these remain to be given back.
  std::optional<std::size_t> entry(const std::vector<Held>& held) const;
  // Whether these are the first of undo_, none left out.
  bool begins_undo(const std::vector<Held>& held) const;
  void write_undo();
  void label_before(std::size_t at);
  std::string label_of(const Held& held) const;
  std::string variable(unsigned cls, unsigned h) const;
  std::string declare(std::string_view type, const std::string& name, std::string_view rest = {});
  std::string declarations();
  const std::string& ret();
  void header(const char* name) { body_.headers.insert(name); }
  void helper(Helper which) { body_.helpers.insert(which); }
  void leave(const std::vector<Held>& held);
  void fail_if(const std::string& condition, const Step& step, std::string_view error, std::string_view before = {});
  void require_pointer(const std::string& pointer, const Step& step, std::string_view before = {});
  void require_ret(const Step& step);
  void begin_atomic(const dmaf_op& op);
  void end_atomic(const dmaf_op& op);
  void set_up_device();

  // body_operations.cc
  void write(const Step& step);
  void say_mistake(const dmaf_op& op);
  void give_back(const Held& held);
  void alloc(const Step& step);
  void free_buffer(const dmaf_op& made, unsigned h);
  void map(const Step& step);
  void unmap(const dmaf_op& op, const dmaf_op& made);
  void sync(const Step& step);
  void sg_alloc(const Step& step);
  void sg_map(const Step& step);
  void sg_unmap(const dmaf_op& op, const dmaf_op& mapped);
  void mem_alloc(const Step& step);
  void mem_free(const dmaf_op& op, const dmaf_op& made);
  void pool_create(const Step& step);
  void pool_alloc(const Step& step);
  void pool_free(const Step& step);
  void set_mask(const Step& step);
  void cpu_access(const Step& step);
  void expect_bytes(const Promise& promise, std::vector<std::string> where, Helper matching, Helper zeroes);
  void device_access(const Step& step);
  void bind(const Step& step);
  std::string another_pool(unsigned h) const;
  std::string dma_of(unsigned cls, unsigned h) const;

  const Plan& plan_;
  const ExportTree& tree_;
  const ExportForm form_;
  const std::string_view name_;
  Body body_;
  CText text_;
  std::array<std::set<unsigned>, DMAF_CLASSES> used_;
  std::set<std::string> variables_;
  bool needs_ret_ = false;
  std::size_t tail_begin_ = 0;  // first step of the tail
  std::vector<Held> tail_;      // what is given back from there on, in order
  std::vector<std::string> labels_;
  std::vector<Held> undo_;  // what the way back behind the return gives back, last one first
  std::vector<std::string> undo_labels_;
};

}  // namespace dmafuzz

#endif
