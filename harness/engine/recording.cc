// SPDX-License-Identifier: GPL-2.0-only
//
// See recording.h. Looking changes nothing: memory is read behind AddressSanitizer's and DmaSan's back.
#include "engine/recording.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "device/device.h"
#include "dmasan/dmasan.h"
#include "engine/trace.h"
#include "memory/raw.h"

namespace dmafuzz {
namespace {

uint64_t mix(uint64_t sum, uint64_t value) {
  sum = (sum ^ value) * 0x9e3779b97f4a7c15;
  return sum ^ sum >> 32;
}

// The parts of [0, size) that are looked at: all of it, or both ends.
template <typename Look>
void ends_of(size_t size, Look look) {
  if (size <= 2 * kLookedAt) {
    look(size_t{0}, size);
  } else {
    look(size_t{0}, kLookedAt);
    look(size - kLookedAt, kLookedAt);
  }
}

bool is_refusal(int32_t status) {
  return status == DMAF_ST_NOT_OFFERED || status == DMAF_ST_REFUSED_BY_TYPE;
}

}  // namespace

const char* aspect_name(Aspect aspect) {
  constexpr const char* kNames[] = {"result",
                                    "segments",
                                    "addresses",
                                    "bytes read",
                                    "bytes that the CPU would read",
                                    "bytes that the device would read",
                                    "mappings and their owners",
                                    "calls that reached the DMA core"};
  static_assert(std::size(kNames) == kAspects);
  return kNames[static_cast<size_t>(aspect)];
}

void Recording::begin(const Recording* reference, bool in_full) {
  reference_ = reference;
  ops_.clear();
  facts_.clear();
  in_full_ = in_full;
  refused_ = false;
  core_calls().clear();
  scratch_.resize(std::max<size_t>(scratch_.size(), kLookedAt));
}

void Recording::number(Aspect aspect, const char* name, uint64_t value) {
  uint64_t& hash = ops_.back().hash[static_cast<size_t>(aspect)];
  hash = mix(hash, value);
  if (in_full_) {
    facts_[facts_.size() - kAspects + static_cast<size_t>(aspect)].lines.push_back(
        fmt::format("{} {:#x}", name, value));
  }
}

void Recording::bytes(Aspect aspect, std::span<const uint8_t> bytes) {
  uint64_t& hash = ops_.back().hash[static_cast<size_t>(aspect)];
  hash = mix(hash, hash_bytes(bytes.data(), bytes.size()));
  if (in_full_) {
    auto& kept = facts_[facts_.size() - kAspects + static_cast<size_t>(aspect)].bytes;
    kept.insert(kept.end(), bytes.begin(), bytes.end());
  }
}

void Recording::look_as_cpu(std::span<const char> memory) {
  ends_of(memory.size(), [&](size_t at, size_t n) {
    for (size_t done = 0; done < n; done += kLookedAt) {
      const size_t part = std::min(n - done, kLookedAt);
      raw::copy(scratch_.data(), memory.data() + at + done, part);
      bytes(Aspect::kCpuBytes, {scratch_.data(), part});
    }
  });
}

void Recording::look_as_device(std::span<const dmaf_segment> segments) {
  for (const dmaf_segment& segment : segments) {
    ends_of(segment.len, [&](size_t at, size_t n) {
      for (size_t done = 0; done < n; done += kLookedAt) {
        const size_t part = std::min(n - done, kLookedAt);
        const size_t seen = device().look(segment.dma + at + done, scratch_.data(), part);
        bytes(Aspect::kDevBytes, {scratch_.data(), seen});
      }
    });
  }
}

// Whatever the order in which they were made.
void Recording::mappings() {
  uint64_t sum = 0;
  Recording::Facts* facts =
      in_full_ ? &facts_[facts_.size() - kAspects + static_cast<size_t>(Aspect::kMappings)] : nullptr;
  dmasan().registry().each([&](const Mapping& m) {
    uint64_t hash = mix(mix(mix(static_cast<uint64_t>(m.kind), m.dir), m.size), m.checked);
    std::string line;
    if (facts) line = fmt::format("{} {} bytes, direction {}", map_kind_name(m.kind), m.size, m.dir);
    dmasan().ownership().each_of(m.parts, m.dma, m.size, [&](const Piece& piece, uint32_t, uint32_t) {
      hash = mix(hash, piece.dma - m.dma);
      for (const ByteRuns::Run& run : piece.bytes.runs()) {
        hash = mix(hash, uint64_t{run.end} << 8 | run.state);
        if (facts)
          line += fmt::format(" ..{:#x}:{}", piece.dma - m.dma + run.end, run.state & kCpuOwned ? "cpu" : "dev");
      }
    });
    sum += hash;
    if (facts) facts->lines.push_back(std::move(line));
  });
  if (facts) std::ranges::sort(facts->lines);
  ops_.back().hash[static_cast<size_t>(Aspect::kMappings)] = sum;
}

void Recording::calls() {
  uint64_t& hash = ops_.back().hash[static_cast<size_t>(Aspect::kCalls)];
  for (const CoreCall& call : core_calls().calls()) {
    hash = mix(hash, hash_bytes(reinterpret_cast<const uint8_t*>(&call), sizeof call));
    if (in_full_) {
      facts_[facts_.size() - kAspects + static_cast<size_t>(Aspect::kCalls)].lines.push_back(describe(call));
    }
  }
  core_calls().clear();
}

bool Recording::after(const Executor::Step& step) {
  ops_.push_back({step.op, step.closing, step.result.status, step.result.value, {}});
  if (in_full_) facts_.resize(facts_.size() + kAspects);
  if (reference_ && is_refusal(step.result.status)) {
    const size_t i = ops_.size() - 1;
    refused_ = i >= reference_->ops_.size() || reference_->ops_[i].status != step.result.status;
    if (refused_) return false;
  }
  number(Aspect::kResult, "status", static_cast<uint64_t>(static_cast<int64_t>(step.result.status)));
  // How many entries a list takes hangs on which of its pages lie side by side.
  const bool entries = step.op.code == DMAF_OP_SG_ALLOC;
  number(entries ? Aspect::kSegments : Aspect::kResult, entries ? "entries" : "value", step.result.value);
  number(Aspect::kResult, "CPU address given", step.result.cpu != nullptr);
  number(Aspect::kAddresses, "CPU", reinterpret_cast<uint64_t>(step.result.cpu));
  for (uint32_t i = 0; i < step.result.nseg; ++i) {
    number(Aspect::kAddresses, "DMA", step.result.seg[i].dma);
    number(Aspect::kSegments, "length", step.result.seg[i].len);
  }
  bytes(Aspect::kSeen, step.seen);
  look_as_cpu(step.memory);
  look_as_device(step.segments);
  mappings();
  calls();
  return true;
}

}  // namespace dmafuzz
