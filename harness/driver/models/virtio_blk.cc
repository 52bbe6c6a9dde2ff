// SPDX-License-Identifier: GPL-2.0-only
//
// See virtio_blk.h. Names of features, types and fields are the specification's.
#include "driver/models/virtio_blk.h"

#include <algorithm>
#include <cstring>

namespace dmafuzz {
namespace {

constexpr unsigned kSizeMax = 1, kSegMax = 2, kGeometry = 4, kRo = 5, kBlkSize = 6, kFlushFeature = 9, kTopology = 10,
                   kConfigWce = 11, kMq = 12, kDiscardFeature = 13, kWriteZeroesFeature = 14, kSecureErase = 16;

enum Type : uint32_t { kIn = 0, kOut = 1, kFlush = 4, kGetId = 8, kDiscard = 11, kWriteZeroes = 13, kErase = 14 };
constexpr uint8_t kOk = 0, kError = 1, kUnsupported = 2;

constexpr uint32_t kPieceSize = 8192;
constexpr uint32_t kMostCleared = 1 << 16;  // sectors
constexpr unsigned kGrowsAfter = 6;
constexpr char kSerial[20] = "dmafuzz-disk-01";

struct Header {
  uint32_t type, priority;
  uint64_t sector;
};
struct Range {
  uint64_t sector;
  uint32_t sectors, flags;
};
static_assert(sizeof(Header) == 16 && sizeof(Range) == 16);

}  // namespace

void VirtioBlk::reset() {
  disk_.reset();
  grown_ = false;
  lose_power();
}

void VirtioBlk::lose_power() {
  served_ = 0;
  VirtioDevice::reset();
}

VirtioDevice::Kind VirtioBlk::kind() const {
  Kind kind = {2, 0x010000, variant(kBlkQueues) ? kQueues : 1, 0, std::vector<uint8_t>(72)};
  uint64_t& f = kind.features;
  f |= bit(kGeometry) | bit(kBlkSize) | bit(kTopology);
  if (!variant(kBlkUnpromising)) f |= bit(kSegMax);
  if (variant(kBlkSmallParts)) f |= bit(kSizeMax);
  if (!variant(kBlkNoCache)) f |= bit(kFlushFeature);
  if (variant(kBlkCacheMode)) f |= bit(kConfigWce);
  if (!variant(kBlkNoExtras)) f |= bit(kDiscardFeature) | bit(kWriteZeroesFeature);
  if (variant(kBlkErase)) f |= bit(kSecureErase);
  if (variant(kBlkQueues)) f |= bit(kMq);
  if (variant(kBlkReadOnly)) f |= bit(kRo);
  const auto put = [&](size_t at, auto value) { std::memcpy(&kind.config[at], &value, sizeof value); };
  put(0, capacity());
  put(8, kPieceSize);
  put(12, pieces());
  put(16, uint16_t{64});  // cylinders, heads, sectors
  put(18, uint8_t{64});
  put(19, uint8_t{32});
  put(20, uint32_t{variant(kBlkBig) ? 4096u : 512u});
  put(24, uint8_t{variant(kBlkBig) ? uint8_t{0} : uint8_t{3}});  // blocks are of this many sectors, as a power of two
  put(26, uint16_t{1});
  put(28, uint32_t{8});
  put(32, uint8_t{1});
  put(34, uint16_t{kQueues});
  put(36, kMostCleared);
  put(40, uint32_t{variant(kBlkManyRanges) ? 8u : 1u});
  put(44, uint32_t{8});
  put(48, kMostCleared);
  put(52, uint32_t{1});
  put(56, uint8_t{1});
  put(60, kMostCleared);
  put(64, uint32_t{1});
  put(68, uint32_t{8});
  return kind;
}

bool VirtioBlk::act() {
  if (!backwards()) return VirtioDevice::act();
  for (unsigned queue = 0; queue < kQueues; ++queue) {
    std::vector<VringChain>& waiting = waiting_[queue];
    for (VringChain chain; take(queue, chain);) waiting.push_back(chain);
    if (waiting.empty()) continue;
    const VringChain last = waiting.back();
    waiting.pop_back();
    use(queue, last, serve(queue, last));
    done(queue);
    return true;
  }
  return false;
}

uint32_t VirtioBlk::serve(unsigned, const VringChain& chain) {
  const auto writable = [](const VringSegment& s) { return s.writable && s.length; };
  const auto status_at = std::find_if(chain.segments.rbegin(), chain.segments.rend(), writable);
  if (status_at == chain.segments.rend()) {
    broken("a request without room for its status");
    return 0;
  }
  answer_.clear();
  const uint8_t status = perform(chain, answer_);
  // What comes before the status, then the status: it is the last byte that there is room for.
  if (!answer_.empty() && scatter(chain, answer_) != answer_.size()) return 0;
  if (!world_->write(status_at->address + status_at->length - 1, &status, 1)) return 0;
  if (variant(kBlkGrows) && ++served_ == kGrowsAfter) {
    grown_ = true;
    reconfigure(kind().config);
  }
  return static_cast<uint32_t>(answer_.size() + 1);
}

uint8_t VirtioBlk::perform(const VringChain& chain, std::vector<uint8_t>& data) {
  if (!gather(chain, bytes_)) return kError;
  if (bytes_.size() < sizeof(Header)) {
    broken("a request without a whole header");
    return kError;
  }
  // Of memory: without the header and the status.
  if (has(kSegMax) && chain.segments.size() > pieces() + 2) broken("more pieces of memory than it said that it takes");
  if (has(kSizeMax) &&
      std::ranges::any_of(chain.segments, [](const VringSegment& s) { return s.length > kPieceSize; })) {
    broken("a longer piece of memory than it said that it takes");
  }
  Header h;
  std::memcpy(&h, bytes_.data(), sizeof h);
  const auto given = std::span<const uint8_t>(bytes_).subspan(sizeof h);
  const uint64_t space = room(chain) - 1;
  const auto lies_within = [&](uint64_t n) {
    return n % kSector == 0 && n / kSector <= capacity() && h.sector <= capacity() - n / kSector;
  };
  switch (h.type) {
    case kIn:
      if (!space || space > (8u << 20) || !lies_within(space)) return kError;
      data.resize(space);
      disk_.read(h.sector * kSector, data);
      return kOk;
    case kOut:
      if (given.empty() || !lies_within(given.size()) || variant(kBlkReadOnly)) return kError;
      disk_.write(h.sector * kSector, given);
      return kOk;
    case kFlush:
      return has(kFlushFeature) ? kOk : kUnsupported;
    case kGetId:
      if (space < sizeof kSerial) return kError;
      data.assign(kSerial, kSerial + sizeof kSerial);
      return kOk;
    case kDiscard:
      return has(kDiscardFeature) ? clear(h.type, given) : kUnsupported;
    case kWriteZeroes:
      return has(kWriteZeroesFeature) ? clear(h.type, given) : kUnsupported;
    case kErase:
      return has(kSecureErase) ? clear(h.type, given) : kUnsupported;
    default:
      return kUnsupported;
  }
}

uint8_t VirtioBlk::clear(uint32_t type, std::span<const uint8_t> ranges) {
  const size_t most = type == kDiscard && variant(kBlkManyRanges) ? 8 : 1;
  if (ranges.empty() || ranges.size() % sizeof(Range) || ranges.size() / sizeof(Range) > most) return kError;
  if (variant(kBlkReadOnly)) return kError;
  for (; !ranges.empty(); ranges = ranges.subspan(sizeof(Range))) {
    Range r;
    std::memcpy(&r, ranges.data(), sizeof r);
    // That it may unmap is said of zeroes only.
    if (r.flags & ~(type == kWriteZeroes ? 1u : 0u)) return kUnsupported;
    if (r.sectors > kMostCleared || r.sector > capacity() || r.sectors > capacity() - r.sector) return kError;
    disk_.clear(r.sector * kSector, r.sectors * kSector);
  }
  return kOk;
}

}  // namespace dmafuzz
