// SPDX-License-Identifier: GPL-2.0-only
//
// See reduce_life.h.
#include "cli/reduce_life.h"

#include <algorithm>

namespace dmafuzz::cli {
namespace {

class Reducer {
 public:
  Reducer(Life life, const std::function<bool(const Life&)>& judge, const std::function<bool()>& enough)
      : best_(std::move(life)), judge_(judge), enough_(enough) {}

  Life run() {
    for (bool changed = true; changed && !stop_;) {
      changed = drop_operations();
      changed = simplify_device() || changed;
      changed = shrink_numbers() || changed;
    }
    return best_;
  }

 private:
  template <typename Edit>
  bool attempt(Edit edit) {
    if (stop_ || enough_()) {
      stop_ = true;
      return false;
    }
    Life candidate = best_;
    edit(candidate);
    if (candidate == best_ || !judge_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  bool drop_operations() {
    bool changed = false;
    for (std::size_t chunk = std::max<std::size_t>(best_.ops.size() / 2, 1); chunk; chunk /= 2) {
      for (std::size_t end = best_.ops.size(); end > 0 && !stop_;) {
        const std::size_t begin = end > chunk ? end - chunk : 0;
        changed = attempt([&](Life& life) {
                    life.ops.erase(life.ops.begin() + static_cast<std::ptrdiff_t>(begin),
                                   life.ops.begin() + static_cast<std::ptrdiff_t>(end));
                  }) ||
                  changed;
        end = std::min(begin, best_.ops.size());
      }
    }
    return changed;
  }

  bool simplify_device() {
    bool changed = false;
    // The least hostility that it takes is what a reader wants to know.
    for (std::uint8_t degree = 0; degree < best_.config.degree; ++degree) {
      if (attempt([&](Life& life) { life.config.degree = degree; })) changed = true;
    }
    changed = attempt([](Life& life) { life.config.path = 0; }) || changed;
    changed = attempt([](Life& life) { life.config.noncoherent = 0; }) || changed;
    return attempt([](Life& life) { life.config.fill = 0; }) || changed;
  }

  template <typename T>
  bool shrink(std::size_t i, T LifeOp::* member) {
    const std::uint64_t value = best_.ops[i].*member;
    for (const std::uint64_t smaller : {std::uint64_t{0}, std::uint64_t{1}, value / 4, value / 2, value - 1}) {
      if (smaller >= value) continue;
      if (attempt([&](Life& life) { life.ops[i].*member = static_cast<T>(smaller); })) return true;
    }
    return false;
  }

  bool shrink_numbers() {
    bool changed = false;
    for (std::size_t i = 0; i < best_.ops.size() && !stop_; ++i) {
      changed = shrink(i, &LifeOp::flags) || changed;
      changed = shrink(i, &LifeOp::x) || changed;
      changed = shrink(i, &LifeOp::a) || changed;
      changed = shrink(i, &LifeOp::b) || changed;
      changed = shrink(i, &LifeOp::c) || changed;
    }
    return changed;
  }

  Life best_;
  const std::function<bool(const Life&)>& judge_;
  const std::function<bool()>& enough_;
  bool stop_ = false;
};

}  // namespace

Life reduce_life(Life life, const std::function<bool(const Life&)>& judge, const std::function<bool()>& enough) {
  return Reducer(std::move(life), judge, enough).run();
}

}  // namespace dmafuzz::cli
