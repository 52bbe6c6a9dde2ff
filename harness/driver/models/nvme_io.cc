// SPDX-License-Identifier: GPL-2.0-only
//
// The commands that move data, and how they say where in memory it is. By the NVM Express Base Specification 1.4,
// chapters 4.3, 4.4 and 6.
#include <algorithm>
#include <cstring>

#include "driver/models/nvme.h"
#include "driver/models/nvme_internal.h"

namespace dmafuzz {

using namespace nvme;

namespace {

enum Opcode : uint8_t { kFlush = 0, kWrite = 1, kRead = 2, kWriteZeroes = 8, kManage = 9 };

// Descriptor types of scatter-gather lists, in the upper half of the last byte.
constexpr unsigned kData = 0, kMore = 2, kLast = 3;
constexpr uint64_t kDescriptor = 16;
constexpr unsigned kMaxLists = 64;

}  // namespace

uint32_t Nvme::move(uint64_t dma, uint8_t* bytes, size_t n, bool to_host) {
  const bool done = to_host ? world_->write(dma, bytes, n) : world_->read(dma, bytes, n);
  return done ? uint32_t{kOk} : uint32_t{kTransferError};
}

uint32_t Nvme::transfer(const Command& c, uint8_t* bytes, size_t n, bool to_host) {
  switch (c[0] >> 14 & 3) {
    case 0:
      return by_pages(c, bytes, n, to_host);
    case 1:
      return has(kLists) ? by_list(c, bytes, n, to_host) : uint32_t{kInvalidField};
    default:
      return kInvalidField;
  }
}

// The first page may be entered in the middle. What follows is the second page, or a list of pages, whose last entry
// leads on to another list if there is more.
uint32_t Nvme::by_pages(const Command& c, uint8_t* bytes, size_t n, bool to_host) {
  const uint64_t first = pair(c[6], c[7]);
  if (first % 4) return kInvalidOffset;
  const size_t head = std::min<size_t>(n, kPage - first % kPage);
  if (const uint32_t status = move(first, bytes, head, to_host)) return status;
  bytes += head;
  n -= head;
  if (!n) return kOk;
  uint64_t at = pair(c[8], c[9]);
  if (n <= kPage) return at % kPage ? uint32_t{kInvalidOffset} : move(at, bytes, n, to_host);
  uint64_t entries[kPage / 8];
  while (n) {
    if (at % 8) return kInvalidOffset;
    const size_t pages = (n + kPage - 1) / kPage, room = (kPage - at % kPage) / 8;
    const bool more = pages > room;
    const size_t count = more ? room : pages;
    if (!world_->read(at, entries, count * 8)) return kTransferError;
    for (size_t i = 0; i < count - more; ++i) {
      const size_t part = std::min<size_t>(n, kPage);
      if (entries[i] % kPage) return kInvalidOffset;
      if (const uint32_t status = move(entries[i], bytes, part, to_host)) return status;
      bytes += part;
      n -= part;
    }
    if (more) at = entries[count - 1];
  }
  return kOk;
}

uint32_t Nvme::by_list(const Command& c, uint8_t* bytes, size_t n, bool to_host) {
  std::vector<uint8_t> list(kDescriptor);
  std::memcpy(list.data(), &c[6], kDescriptor);
  for (unsigned lists = 0; lists < kMaxLists; ++lists) {
    uint64_t next = 0, next_size = 0;
    for (size_t at = 0; at + kDescriptor <= list.size(); at += kDescriptor) {
      uint64_t dma;
      uint32_t size;
      std::memcpy(&dma, &list[at], sizeof dma);
      std::memcpy(&size, &list[at + 8], sizeof size);
      const unsigned type = list[at + 15] >> 4;
      if (type == kData) {
        const size_t part = std::min<size_t>(n, size);
        if (part) {
          if (const uint32_t status = move(dma, bytes, part, to_host)) return status;
        }
        bytes += part;
        n -= part;
      } else if ((type == kMore || type == kLast) && at + kDescriptor == list.size()) {
        next = dma;
        next_size = size;
      } else {
        return kInvalidDescriptor;
      }
    }
    if (!next_size) return n ? uint32_t{kListTooShort} : uint32_t{kOk};
    if (next_size % kDescriptor || next_size > kPage) return kInvalidDescriptor;
    list.resize(next_size);
    if (!world_->read(next, list.data(), list.size())) return kTransferError;
  }
  return kInvalidDescriptor;
}

uint32_t Nvme::discard(const Command& c) {
  const uint32_t count = (c[10] & 0xff) + 1;
  uint32_t ranges[256][4];
  if (const uint32_t status = transfer(c, reinterpret_cast<uint8_t*>(ranges), count * sizeof ranges[0], false)) {
    return status;
  }
  if (!(c[11] & 4)) return kOk;
  for (uint32_t i = 0; i < count; ++i) {
    const uint64_t start = pair(ranges[i][2], ranges[i][3]), n = ranges[i][1];
    if (start > blocks() || n > blocks() - start) return kOutOfRange;
    disk_.clear(start * block(), n * block());
  }
  return kOk;
}

uint32_t Nvme::serve(const Command& c) {
  ++served_;
  use_host_memory();
  const uint8_t opcode = c[0] & 0xff;
  if (c[1] != kNamespace && opcode != kFlush) return kInvalidNamespace;
  if (opcode == kFlush) return kOk;
  if (opcode == kManage) return has(kNoExtras) ? uint32_t{kInvalidOpcode} : discard(c);
  const uint64_t start = pair(c[10], c[11]), n = (c[12] & 0xffff) + 1;
  if (start > blocks() || n > blocks() - start) return kOutOfRange;
  const uint64_t at = start * block(), bytes = n * block();
  const uint64_t most = has(kSmallTransfers) ? 2 * kPage : 256 * kPage;
  switch (opcode) {
    case kRead:
      if (bytes > most) return kInvalidField;
      buffer_.resize(bytes);
      disk_.read(at, buffer_);
      return transfer(c, buffer_.data(), bytes, true);
    case kWrite: {
      if (bytes > most) return kInvalidField;
      buffer_.resize(bytes);
      if (const uint32_t status = transfer(c, buffer_.data(), bytes, false)) return status;
      disk_.write(at, buffer_);
      return kOk;
    }
    case kWriteZeroes:
      if (has(kNoExtras)) return kInvalidOpcode;
      disk_.clear(at, bytes);
      return kOk;
    default:
      return kInvalidOpcode;
  }
}

}  // namespace dmafuzz
