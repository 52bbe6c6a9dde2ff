// SPDX-License-Identifier: GPL-2.0-only
#include "dmasan/info_leak.h"

#include <fmt/format.h>

#include <algorithm>

#include "dmasan/dmasan.h"
#include "dmasan/object_lines.h"

namespace dmafuzz {

void InfoLeak::begin(Run run) {
  run_ = run;
  next_ = 0;
  apart_ = false;
  if (run != Run::kFirst) return;
  entries_.clear();
  bytes_.clear();
}

std::optional<InfoLeak::Leak> InfoLeak::readable(const void* dev, uint64_t dma, uint64_t n) {
  if (run_ == Run::kNone || apart_ || !look_) return std::nullopt;
  if (run_ == Run::kFirst) {
    const size_t at = bytes_.size();
    if (n > kRoom - at) return std::nullopt;
    bytes_.resize(at + n);
    const bool seen = look_(dev, dma, bytes_.data() + at, n);
    entries_.push_back({dma, n, at, seen});
    return std::nullopt;
  }
  const size_t kept = next_ ? entries_[next_ - 1].at + entries_[next_ - 1].n : 0;
  if (n > kRoom - kept) return std::nullopt;
  if (next_ == entries_.size() || entries_[next_].dma != dma || entries_[next_].n != n) {
    apart_ = true;
    return std::nullopt;
  }
  const Entry& then = entries_[next_++];
  now_.resize(std::max<size_t>(now_.size(), n));
  if (!look_(dev, dma, now_.data(), n) || !then.seen) return std::nullopt;
  const uint8_t* first = bytes_.data() + then.at;
  const auto differ = std::mismatch(first, first + n, now_.begin());
  if (differ.first == first + n) return std::nullopt;
  Leak leak = {static_cast<uint64_t>(differ.first - first), 0, *differ.first, *differ.second};
  for (uint64_t i = leak.byte; i < n; ++i) leak.count += first[i] != now_[i];
  return leak;
}

void DmaSan::check_written(const Mapping& m, uint64_t dma, uint64_t n) {
  // Memory without a kernel mapping is handed over as it came, which is the kernel's doing and not the driver's
  // (docs/findings/no-kernel-mapping-not-zeroed.md).
  if (m.dir == DMAF_FROM_DEVICE || m.kind == MapKind::kResource || m.attrs & DMAF_A_NO_KERNEL_MAPPING) return;
  const auto leak = info_leak_.readable(m.dev, dma, n);
  if (!leak) return;
  Violation v;
  v.check = Check::kInfoLeak;
  v.mapping = &m;
  v.what = fmt::format(
      "the device may read byte {} of {}, which nobody wrote: {:#04x} where fresh memory is filled "
      "one way, {:#04x} the other; {} of {} bytes are so",
      dma + leak->byte - m.dma, described(m), leak->first, leak->second, leak->count, n);
  // The bytes behind a bounced mapping are a copy: it is the memory that was mapped that matters.
  uint64_t phys = ~uint64_t{0};
  ownership_.each_of(m.parts, dma + leak->byte, 1,
                     [&](Piece& piece, uint32_t lo, uint32_t) { phys = piece.phys + lo; });
  if (bank_of(phys)) add_object(v, memory().describe(phys_to_virt(phys)));
  violated(std::move(v));
}

}  // namespace dmafuzz
