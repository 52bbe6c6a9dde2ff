// SPDX-License-Identifier: GPL-2.0-only
//
// The commands of the administrator's queue. By the NVM Express Base Specification 1.4, chapter 5.
#include <algorithm>
#include <cstring>
#include <string_view>

#include "driver/models/nvme.h"
#include "driver/models/nvme_internal.h"

namespace dmafuzz {

using namespace nvme;

namespace {

enum Opcode : uint8_t {
  kDeleteSubmission = 0,
  kCreateSubmission = 1,
  kGetLog = 2,
  kDeleteCompletion = 4,
  kCreateCompletion = 5,
  kIdentify = 6,
  kAbort = 8,
  kSetFeature = 9,
  kGetFeature = 0xa,
  kAsyncEvent = 0xc,
  kKeepAlive = 0x18,
  kDoorbellBuffers = 0x7c,
};

constexpr uint8_t kWriteCache = 6, kQueueCount = 7, kEventConfig = 0xb, kHostMemoryBuffer = 0xd;
constexpr uint32_t kMaxQueueSize = 64, kMaxEvents = 4;
constexpr uint32_t kMaxPieces = 64;

template <typename T>
void put(std::array<uint8_t, kPage>& page, size_t at, T value) {
  std::memcpy(&page[at], &value, sizeof value);
}

void put_text(std::array<uint8_t, kPage>& page, size_t at, size_t n, std::string_view text) {
  std::memset(&page[at], ' ', n);
  std::memcpy(&page[at], text.data(), std::min(n, text.size()));
}

}  // namespace

uint32_t Nvme::administer(const Command& c, uint32_t& result, bool& later) {
  switch (c[0] & 0xff) {
    case kDeleteSubmission:
      return delete_queue(c, false);
    case kCreateSubmission:
      return create_submission(c);
    case kGetLog:
      return give_log(c);
    case kDeleteCompletion:
      return delete_queue(c, true);
    case kCreateCompletion:
      return create_completion(c);
    case kIdentify:
      return give_identity(c);
    case kAbort:
      result = 1;  // it was too late
      return kOk;
    case kSetFeature:
      return set_feature(c, result);
    case kGetFeature:
      return get_feature(c, result);
    case kAsyncEvent:
      // Answered when something happens, which it never does.
      if (events_ >= kMaxEvents) return kTooManyEvents;
      ++events_;
      later = true;
      return kOk;
    case kKeepAlive:
      return kOk;
    case kDoorbellBuffers:
      if (!has(kShadowDoorbells)) return kInvalidOpcode;
      shadows_ = pair(c[6], c[7]);
      shadow_events_ = pair(c[8], c[9]);
      return (shadows_ | shadow_events_) % kPage ? kInvalidField : kOk;
    default:
      return kInvalidOpcode;
  }
}

uint32_t Nvme::create_completion(const Command& c) {
  const uint32_t queue = c[10] & 0xffff, size = (c[10] >> 16) + 1, vector = c[11] >> 16;
  const uint64_t base = pair(c[6], c[7]);
  if (!queue || queue >= kQueues || completions_[queue].on) return kInvalidQueue;
  if (size < 2 || size > kMaxQueueSize) return kInvalidQueueSize;
  if (vector >= kQueues) return kInvalidVector;
  if (!(c[11] & 1)) return kInvalidField;
  if (base % kPage) return kInvalidOffset;
  completions_[queue] = {
      .on = true, .base = base, .size = size, .vector = vector, .phase = true, .interrupts = (c[11] & 2) != 0};
  return kOk;
}

uint32_t Nvme::create_submission(const Command& c) {
  const uint32_t queue = c[10] & 0xffff, size = (c[10] >> 16) + 1, completion = c[11] >> 16;
  const uint64_t base = pair(c[6], c[7]);
  if (!queue || queue >= kQueues || submissions_[queue].on) return kInvalidQueue;
  if (size < 2 || size > kMaxQueueSize) return kInvalidQueueSize;
  if (!completion || completion >= kQueues || !completions_[completion].on) return kInvalidCompletionQueue;
  if (!(c[11] & 1)) return kInvalidField;
  if (base % kPage) return kInvalidOffset;
  submissions_[queue] = {.on = true, .base = base, .size = size, .completion = completion};
  return kOk;
}

uint32_t Nvme::delete_queue(const Command& c, bool completion) {
  const uint32_t queue = c[10] & 0xffff;
  if (!queue || queue >= kQueues) return kInvalidQueue;
  if (!completion) {
    if (!submissions_[queue].on) return kInvalidQueue;
    submissions_[queue] = {};
    return kOk;
  }
  if (!completions_[queue].on) return kInvalidQueue;
  const auto uses = [&](const Submission& s) { return s.on && s.completion == queue; };
  if (std::ranges::any_of(submissions_, uses)) return kNotDeletable;
  completions_[queue] = {};
  return kOk;
}

uint32_t Nvme::give_identity(const Command& c) {
  std::array<uint8_t, kPage> page = {};
  const uint32_t space = c[1];
  switch (c[10] & 0xff) {
    case 0: {  // namespace
      if (space != kNamespace) return kInvalidNamespace;
      for (const size_t at : {0u, 8u, 16u}) put<uint64_t>(page, at, blocks());
      put<uint8_t>(page, 33, has(kNoExtras) ? 0 : 1 | 8);  // what was discarded reads as zeroes
      put<uint64_t>(page, 120, 0x0100'0000'5e5a'0202);     // EUI-64
      put<uint8_t>(page, 130, has(kBigBlocks) ? 12 : 9);
      break;
    }
    case 1:  // controller
      put<uint16_t>(page, 0, 0x1d0c);
      put_text(page, 4, 20, "DMAFUZZ1");
      put_text(page, 24, 40, "dmafuzz model");
      put_text(page, 64, 8, "1");
      put<uint8_t>(page, 77, has(kSmallTransfers) ? 1 : 8);  // pages of one transfer, as a power of two
      put<uint16_t>(page, 78, 1);
      put<uint32_t>(page, 80, 0x10400);
      put<uint8_t>(page, 111, 1);
      put<uint16_t>(page, 256, has(kShadowDoorbells) ? 0x100 : 0);
      put<uint8_t>(page, 258, 3);
      put<uint8_t>(page, 259, kMaxEvents - 1);
      put<uint16_t>(page, 266, 0x157);
      put<uint16_t>(page, 268, 0x175);
      if (has(kHostMemory)) {
        put<uint32_t>(page, 272, 64);  // pages that it would like, and that it must have
        put<uint32_t>(page, 276, 16);
        put<uint16_t>(page, 336, kMaxPieces);
      }
      put<uint8_t>(page, 512, 0x66);
      put<uint8_t>(page, 513, 0x44);
      put<uint32_t>(page, 516, 1);
      put<uint16_t>(page, 520, has(kNoExtras) ? 0 : 4 | 8);  // discards, writes of zeroes
      put<uint8_t>(page, 525, has(kNoCache) ? 0 : 1);
      put<uint32_t>(page, 536, has(kLists) ? 1 : 0);
      put_text(page, 768, 0, "");
      std::memcpy(&page[768], "nqn.2014-08.org.nvmexpress:uuid:dmafuzz", 39);
      break;
    case 2:  // namespaces after this one
      if (space >= 0xfffffffe) return kInvalidNamespace;
      if (space < kNamespace) put<uint32_t>(page, 0, kNamespace);
      break;
    case 3:  // what names a namespace
      if (space != kNamespace) return kInvalidNamespace;
      page[0] = 1;
      page[1] = 8;
      put<uint64_t>(page, 4, 0x0100'0000'5e5a'0202);
      break;
    default:
      return kInvalidField;
  }
  return transfer(c, page.data(), page.size(), true);
}

uint32_t Nvme::give_log(const Command& c) {
  const uint64_t size = (uint64_t{c[10] >> 16 | (c[11] & 0xffff) << 16} + 1) * 4;
  const uint32_t which = c[10] & 0xff;
  if (which < 1 || which > 3 || size > 64 * 1024) return kInvalidField;
  std::vector<uint8_t> log(size);
  if (which == 2 && size > 6) {  // health: 30 degrees, all of its spare blocks
    log[1] = 303 & 0xff;
    log[2] = 303 >> 8;
    log[3] = 100;
  }
  return transfer(c, log.data(), log.size(), true);
}

uint32_t Nvme::set_feature(const Command& c, uint32_t& result) {
  switch (c[10] & 0xff) {
    case kQueueCount: {
      const uint32_t asked = std::min({c[11] & 0xffff, c[11] >> 16, kQueues - 2});
      result = asked | asked << 16;
      return kOk;
    }
    case kHostMemoryBuffer:
      return take_host_memory(c);
    case kWriteCache:
    case kEventConfig:
      return kOk;
    default:
      return kInvalidField;
  }
}

uint32_t Nvme::get_feature(const Command& c, uint32_t& result) {
  switch (c[10] & 0xff) {
    case kWriteCache:
      result = has(kNoCache) ? 0 : 1;
      return kOk;
    case kQueueCount:
      result = (kQueues - 2) | (kQueues - 2) << 16;
      return kOk;
    default:
      return kInvalidField;
  }
}

uint32_t Nvme::take_host_memory(const Command& c) {
  if (!has(kHostMemory)) return kInvalidField;
  host_memory_.clear();
  if (!(c[11] & 1)) return kOk;
  const uint64_t list = pair(c[13] & ~15u, c[14]);
  if (c[15] > kMaxPieces) return kInvalidField;
  for (uint32_t i = 0; i < c[15]; ++i) {
    uint32_t entry[4];
    if (!world_->read(list + i * sizeof entry, entry, sizeof entry)) return kTransferError;
    const Piece piece = {.dma = pair(entry[0], entry[1]), .size = entry[2] * kPage};
    if (piece.dma % kPage) return kInvalidField;
    if (piece.size) host_memory_.push_back(piece);
  }
  for (const Piece& piece : host_memory_) {
    const uint64_t mark = piece.dma;
    world_->write(piece.dma, &mark, sizeof mark);
    world_->write(piece.dma + piece.size - sizeof mark, &mark, sizeof mark);
  }
  return kOk;
}

// Its own notes, one here and one there.
void Nvme::use_host_memory() {
  if (host_memory_.empty()) return;
  const Piece& piece = host_memory_[served_ % host_memory_.size()];
  const uint64_t at = piece.dma + served_ * 64 % piece.size;
  uint64_t note;
  if (world_->read(at, &note, sizeof note)) world_->write(at, &++note, sizeof note);
}

}  // namespace dmafuzz
