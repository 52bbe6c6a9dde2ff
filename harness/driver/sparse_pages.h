// SPDX-License-Identifier: GPL-2.0-only
//
// Pages by number, made when they are first asked for. Memory is kept when all are forgotten, as each input begins
// anew.
#ifndef DMAFUZZ_DRIVER_SPARSE_PAGES_H
#define DMAFUZZ_DRIVER_SPARSE_PAGES_H

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

namespace dmafuzz {

template <typename Page>
class SparsePages {
 public:
  void clear() {
    index_.clear();
    used_ = 0;
  }
  Page* find(uint64_t number) {
    const auto it = index_.find(number);
    return it == index_.end() ? nullptr : &pages_[it->second];
  }
  Page& operator[](uint64_t number) {
    const auto [it, added] = index_.try_emplace(number, used_);
    if (!added) return pages_[it->second];
    if (used_ == pages_.size()) {
      pages_.emplace_back();
    } else {
      pages_[used_] = Page{};
    }
    return pages_[used_++];
  }

 private:
  std::unordered_map<uint64_t, size_t> index_;
  std::deque<Page> pages_;
  size_t used_ = 0;
};

}  // namespace dmafuzz

#endif
