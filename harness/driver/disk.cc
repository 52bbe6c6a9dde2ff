// SPDX-License-Identifier: GPL-2.0-only
//
// See disk.h.
#include "driver/disk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "driver/raise_kept.h"
#include "engine/trace.h"
#include "host_bus.h"

namespace dmafuzz {
namespace {

DiskUser* g_user = nullptr;

const char* op_name(unsigned op) {
  static constexpr const char* kNames[] = {"read", "write", "flush", "discard", "write of zeroes"};
  return kNames[op];
}

const char* done_name(unsigned op) {
  static constexpr const char* kNames[] = {"disk-read", "disk-written", "disk-flushed", "disk-discarded",
                                           "disk-zeroed"};
  return kNames[op];
}

void fill(std::vector<uint8_t>& out, size_t n, uint32_t seed) {
  out.resize(n);
  uint64_t x = seed * 0x9e3779b97f4a7c15u + 1;
  for (size_t i = 0; i + 8 <= n; i += 8) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    std::memcpy(&out[i], &x, 8);
  }
}

}  // namespace

void DiskUser::reset() {
  g_user = this;
  open_ = false;
  busy_ = 0;
  used_ = 0;
  pages_.clear();
}

void DiskUser::open() {
  if (open_ || kernel_block_registered() <= 0) return;
  const int result = kernel_block_open();
  trace().event("disk-open", static_cast<uint64_t>(result), 0, 0);
  open_ = result == 0;
}

void DiskUser::close() {
  if (!open_) return;
  kernel_block_close();
  open_ = false;
}

void DiskUser::unplug() {
  if (open_) kernel_block_unplug();
}

bool DiskUser::changes(const Request& r) {
  return r.op != KERNEL_BLOCK_READ && r.op != KERNEL_BLOCK_FLUSH;
}

bool DiskUser::submit(const LifeOp& op, bool demanding) {
  struct kernel_block_info info = {};
  if (!open_ || kernel_block_info(&info) || !info.block || info.sectors < 2 * (info.block / kSector)) return false;
  kernel_block_io io = {};
  switch (static_cast<LifeCode>(op.code)) {
    case LifeCode::kDiskRead:
      io.op = KERNEL_BLOCK_READ;
      break;
    case LifeCode::kDiskWrite:
      io.op = KERNEL_BLOCK_WRITE;
      break;
    case LifeCode::kDiskFlush:
      io.op = KERNEL_BLOCK_FLUSH;
      break;
    case LifeCode::kDiskDiscard:
      if (!info.discard) return false;
      io.op = KERNEL_BLOCK_DISCARD;
      break;
    default:
      if (!info.write_zeroes) return false;
      io.op = KERNEL_BLOCK_ZERO;
      break;
  }
  if (used_ == requests_.size()) requests_.emplace_back();
  Request& r = requests_[used_];
  std::vector<uint8_t> room = std::move(r.bytes);
  room.clear();
  r = {.op = io.op, .bytes = std::move(room)};
  if (io.op != KERNEL_BLOCK_FLUSH) {
    const uint64_t blocks = info.sectors * kSector / info.block;
    const uint64_t n = std::clamp<uint64_t>(op.a / info.block, 1, blocks);
    r.start = op.b * kSector / info.block % (blocks - n + 1) * info.block;
    r.end = r.start + n * info.block;
  }
  if (io.op == KERNEL_BLOCK_WRITE) fill(r.bytes, r.end - r.start, op.c);
  for (size_t i = 0; i < used_; ++i) {
    Request& other = requests_[i];
    if (other.ended || other.end <= r.start || r.end <= other.start || !(changes(r) || changes(other))) continue;
    other.alone = r.alone = false;
  }
  r.must_succeed = demanding && !(info.read_only && changes(r));
  io.token = static_cast<unsigned>(used_++);
  io.flags = (op.flags & kFua ? KERNEL_BLOCK_FUA : 0u) | (op.flags & kPlug ? KERNEL_BLOCK_PLUG : 0u);
  io.segments = op.x;
  io.offset = op.flags & kUnaligned ? op.c * 36 + 4 : 0;
  io.bytes = static_cast<unsigned>(r.end - r.start);
  io.sector = r.start / kSector;
  ++busy_;
  io.bytes_to_write = r.bytes.data();
  const int result = kernel_block_submit(&io);
  trace().event("disk-submitted", io.op, io.bytes, static_cast<uint64_t>(result));
  if (result) {
    r.ended = true;
    --busy_;
  }
  return true;
}

bool DiskUser::control(const LifeOp& op) {
  trace().event("disk-control", op.x, static_cast<uint64_t>(kernel_block_control(op.x)), 0);
  return true;
}

void DiskUser::unsettle() {
  for (size_t i = 0; i < used_; ++i) requests_[i].must_succeed = false;
}

template <typename Do>
void DiskUser::each_sector(const Request& r, Do&& what) {
  for (uint64_t at = r.start; at < r.end; at += kSector) {
    what(pages_[at / kPage], static_cast<unsigned>(at % kPage / kSector), at - r.start);
  }
}

void DiskUser::write(const Request& r, const uint8_t* bytes) {
  each_sector(r, [&](Page& page, unsigned sector, uint64_t at) {
    uint8_t* to = &page.bytes[sector * kSector];
    if (bytes) {
      std::memcpy(to, bytes + at, kSector);
    } else {
      std::memset(to, 0, kSector);
    }
    page.unsure &= static_cast<uint8_t>(~(1u << sector));
  });
}

void DiskUser::forget(const Request& r) {
  each_sector(r, [](Page& page, unsigned sector, uint64_t) { page.unsure |= static_cast<uint8_t>(1u << sector); });
}

void DiskUser::verify(const Request& r) {
  if (r.bytes.size() != r.end - r.start) {
    raise_finding("data-mismatch", fmt::format("a read of {} bytes brought {}", r.end - r.start, r.bytes.size()));
  }
  each_sector(r, [&](const Page& page, unsigned sector, uint64_t at) {
    if (page.unsure & 1u << sector) return;
    const auto wanted = std::span(page.bytes).subspan(sector * kSector, kSector);
    const auto got = std::span(r.bytes).subspan(at, kSector);
    const auto [a, b] = std::ranges::mismatch(got, wanted);
    if (a == got.end()) return;
    raise_finding("data-mismatch",
                  fmt::format("a read of {} bytes from sector {} brought {:#04x} at byte {}, where {:#04x} was written",
                              r.end - r.start, r.start / kSector, *a, at + static_cast<uint64_t>(a - got.begin()), *b));
  });
}

void DiskUser::data(unsigned token, std::span<const uint8_t> bytes) {
  if (Request* r = request(token)) r->bytes.insert(r->bytes.end(), bytes.begin(), bytes.end());
}

void DiskUser::done(unsigned token, int error) {
  if (!request(token)) return;
  Request& r = *request(token);
  trace().event(error ? "disk-failed" : done_name(r.op), token, r.end - r.start,
                error ? static_cast<uint64_t>(error) : hash_bytes(r.bytes.data(), r.bytes.size()));
  if (r.ended) raise_finding("request-ended-twice", fmt::format("a {} ended twice", op_name(r.op)));
  r.ended = true;
  --busy_;
  if (!faithful_) return;
  if (error) {
    if (r.must_succeed) {
      raise_finding("request-failed", fmt::format("a {} of {} bytes from sector {} failed ({}) on a device that is by "
                                                  "the book",
                                                  op_name(r.op), r.end - r.start, r.start / kSector, error));
    }
    if (changes(r)) forget(r);
  } else if (r.op == KERNEL_BLOCK_READ) {
    if (r.alone) verify(r);
  } else if (!r.alone || r.op == KERNEL_BLOCK_DISCARD) {
    if (changes(r)) forget(r);
  } else if (changes(r)) {
    write(r, r.op == KERNEL_BLOCK_WRITE ? r.bytes.data() : nullptr);
  }
}

void DiskUser::check_lost(const char* why) const {
  if (!busy_) return;
  const auto lost = std::ranges::find(requests_, false, &Request::ended);
  raise_finding("request-lost",
                fmt::format("{} requests never ended {}, the first a {} of {} bytes from sector {}", busy_, why,
                            op_name(lost->op), lost->end - lost->start, lost->start / kSector));
}

}  // namespace dmafuzz

void host_block_data(unsigned token, const unsigned char* bytes, unsigned n) {
  if (dmafuzz::g_user) dmafuzz::g_user->data(token, {bytes, n});
}

void host_block_done(unsigned token, int error) {
  if (dmafuzz::g_user) dmafuzz::g_user->done(token, error);
}
