// SPDX-License-Identifier: GPL-2.0-only
//
// What of a timeline a finding is about: the memory concerned, as strips of bytes, and what happened to it step by
// step, with the owner of each byte after each step. Both faces, the terminal's and the page, draw this.
#ifndef DMAFUZZ_REPORT_BUFFER_VIEW_H
#define DMAFUZZ_REPORT_BUFFER_VIEW_H

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "report/finding.h"
#include "report/timeline.h"

namespace dmafuzz {

inline constexpr std::uint64_t kViewLine = 64;  // bytes of a cache line, as the views draw them

// Memory without a gap.
struct ViewStrip {
  std::uint64_t phys = 0;
  std::uint64_t size = 0;
  std::string what;                     // the objects that it lies in
  std::vector<std::uint32_t> mappings;  // that have bytes of it at some time
};

// Bytes lo .. hi - 1 of a strip.
struct ViewSpan {
  std::uint32_t strip = 0;
  std::uint64_t lo = 0, hi = 0;
  Owner owner = Owner::kNobody;
  bool operator==(const ViewSpan&) const = default;
};

struct ViewStep {
  TimelineEvent event;
  std::string sentence;
  std::vector<ViewSpan> touched;
  // All bytes of all strips, after it, in order.
  std::vector<ViewSpan> owners;
  bool of_finding = false;  // no event: the finding itself, which DmaSan did not raise
  // Its place lies outside of the strips; empty if it does not.
  std::string elsewhere;
};

struct BufferView {
  std::vector<ViewStrip> strips;
  std::vector<ViewStep> steps;
  std::optional<std::size_t> violation;  // the step that the finding is about
  std::vector<std::string> notes;        // what is not shown, a sentence each
};

// Without a finding, or with one that is about no mapping, all that is mapped is meant, as far as there is room. A
// finding that DmaSan did not raise is the last step.
BufferView view_of(const Timeline& timeline, const Finding* finding);

// Who did it: the frame that called the API, or that touched the memory. Null: the device, or nobody knows.
const SourceFrame* who_of(const Timeline& timeline, const TimelineEvent& event);

}  // namespace dmafuzz

#endif
