// SPDX-License-Identifier: GPL-2.0-only
// What an object's bytes must be: a sorted list of runs.
// Lists are short (a handful of operations wrote the object), so splicing a vector beats any tree.
#include "program/content.h"

#include <algorithm>
#include <cstring>

namespace dmafuzz {

void Content::reset(uint32_t length, ByteSource source) {
  length_ = length;
  runs_.clear();
  runs_.push_back({0, source});
}

size_t Content::find(uint32_t offset) const {
  if (runs_.size() <= 8) {
    size_t i = runs_.size() - 1;
    while (runs_[i].start > offset) i--;
    return i;
  }
  auto it =
      std::upper_bound(runs_.begin(), runs_.end(), offset, [](uint32_t at, const Run& r) { return at < r.start; });
  return static_cast<size_t>(it - runs_.begin()) - 1;
}

void Content::write(uint32_t offset, uint32_t n, ByteSource source) {
  if (offset >= length_ || n == 0) return;
  const uint32_t end = n < length_ - offset ? offset + n : length_;
  if (offset == 0 && end == length_) {
    runs_.clear();
    runs_.push_back({0, source});
    return;
  }

  size_t first = find(offset), last = find(end - 1);
  if (first == last && runs_[first].source == source) return;
  // What stays of the runs at both edges, joined with the new one where it is the same.
  Run put[3];
  size_t count = 0;
  const Run head = runs_[first], tail = runs_[last];
  const uint32_t tail_end = run_end(last);
  if (head.start < offset) {
    put[count++] = head;
  } else if (first > 0 && runs_[first - 1].source == source) {
    put[count++] = runs_[--first];
  }
  if (count == 0 || !(put[count - 1].source == source)) put[count++] = {offset, source};
  if (end < tail_end) {
    if (!(tail.source == source)) put[count++] = {end, tail.source};
  } else if (last + 1 < runs_.size() && runs_[last + 1].source == source) {
    last++;
  }

  const size_t old = last - first + 1;
  if (count > old) {
    runs_.insert(runs_.begin() + static_cast<ptrdiff_t>(last) + 1, count - old, Run{});
  } else if (count < old) {
    runs_.erase(runs_.begin() + static_cast<ptrdiff_t>(first + count),
                runs_.begin() + static_cast<ptrdiff_t>(last) + 1);
  }
  std::copy(put, put + count, runs_.begin() + static_cast<ptrdiff_t>(first));
}

void Content::copy(uint32_t offset, const Content& other, uint32_t from, uint32_t n) {
  if (offset >= length_) return;
  n = std::min(n, length_ - offset);
  if (offset == 0 && from == 0 && n == length_ && n == other.length_) {
    runs_ = other.runs_;
    return;
  }
  const uint32_t by = offset - from;
  other.each(from, n, [&](uint32_t at, uint32_t part, ByteSource source) { write(at + by, part, source.moved(by)); });
}

bool Content::all_known(uint32_t offset, uint32_t n) const {
  bool known = true;
  each(offset, n, [&](uint32_t, uint32_t, ByteSource source) { known = known && source.known(); });
  return known;
}

uint32_t first_mismatch(const ByteSource& source, uint32_t position, uint32_t n, const uint8_t* bytes) {
  if (!source.known()) return position + n;
  // Whole blocks first: nearly all are right.
  constexpr uint32_t kBlock = 256;
  uint8_t expected[kBlock] = {};
  uint32_t i = 0;
  for (; i + kBlock <= n; i += kBlock) {
    if (source.kind == ByteSource::kPattern)
      dmaf_pattern_bytes(expected, source.seed, position + i + source.shift, kBlock);
    if (std::memcmp(bytes + i, expected, kBlock) != 0) break;
  }
  while (i < n && bytes[i] == source.at(position + i)) i++;
  return position + i;
}

}  // namespace dmafuzz
