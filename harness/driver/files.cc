// SPDX-License-Identifier: GPL-2.0-only
//
// See files.h.
#include "driver/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "driver/raise_kept.h"
#include "engine/trace.h"
#include "host_bus.h"

namespace dmafuzz {

void FileUser::reset() {
  held_.assign(KERNEL_FILE_BYTES, kUnknown);
}

void FileUser::cleared() {
  std::ranges::fill(held_, int16_t{0});
}

void FileUser::forget() {
  std::ranges::fill(held_, kUnknown);
}

bool FileUser::take(const LifeOp& op, bool demanding) {
  const auto code = static_cast<LifeCode>(op.code);
  if ((code != LifeCode::kFileWrite && code != LifeCode::kFileRead) || !kernel_file_there()) return false;
  if (code == LifeCode::kFileWrite) {
    write(op, demanding);
  } else {
    read(op, demanding);
  }
  return true;
}

void FileUser::check_result(const char* what, const LifeOp& op, long result, bool demanding) const {
  if (result > static_cast<long>(op.a)) {
    raise_finding("data-mismatch",
                  fmt::format("{} says of a {} of {} bytes that it was {}", kernel_driver.name, what, op.a, result));
  }
  if (!demanding) return;
  const bool beyond = op.b >= KERNEL_FILE_BYTES;
  const long full = op.code == static_cast<uint8_t>(LifeCode::kFileWrite) ? -ENOSPC : 0;
  const long wanted = !op.a ? 0 : beyond ? full : std::min<long>(op.a, KERNEL_FILE_BYTES - op.b);
  if (result == wanted) return;
  raise_finding("request-failed",
                fmt::format("a {} of {} bytes at {} by {} came to {}, not {}, though nothing was in its way", what,
                            op.a, op.b, kernel_driver.name, result, wanted));
}

void FileUser::write(const LifeOp& op, bool demanding) {
  bytes_.resize(op.a);
  uint32_t x = op.c * 0x9e3779b1u + 1;
  for (uint8_t& b : bytes_) {
    x = x * 1664525u + 1013904223u;
    b = static_cast<uint8_t>(x >> 24);
  }
  const long result = kernel_file_write(bytes_.data(), op.a, op.b);
  trace().event(result > 0 ? "file-written" : "file-not-written", op.b, op.a, static_cast<uint64_t>(result));
  check_result("write", op, result, demanding);
  if (op.b >= held_.size()) return;
  // Of a write that failed, any byte may have arrived.
  const size_t touched = std::min<size_t>(result < 0 ? op.a : static_cast<size_t>(result), held_.size() - op.b);
  for (size_t i = 0; i < touched; ++i) held_[op.b + i] = result < 0 ? kUnknown : bytes_[i];
}

void FileUser::read(const LifeOp& op, bool demanding) {
  bytes_.assign(op.a, KERNEL_FILE_FILL);
  const long result = kernel_file_read(bytes_.data(), op.a, op.b);
  trace().event(result > 0 ? "file-read" : "file-not-read", op.b, static_cast<uint64_t>(result),
                hash_bytes(bytes_.data(), bytes_.size()));
  check_result("read", op, result, demanding);
  const size_t came = result < 0 ? 0 : static_cast<size_t>(result);
  if (!std::ranges::all_of(bytes_.begin() + static_cast<long>(came), bytes_.end(),
                           [](uint8_t b) { return b == KERNEL_FILE_FILL; })) {
    raise_finding("data-mismatch", fmt::format("a read of {} bytes by {} came to {} and wrote beyond them", op.a,
                                               kernel_driver.name, result));
  }
  if (!faithful_) return;
  for (size_t i = 0; i < came && op.b + i < held_.size(); ++i) {
    const int16_t want = held_[op.b + i];
    if (want == kUnknown || want == bytes_[i]) continue;
    raise_finding("data-mismatch", fmt::format("of a read of {} bytes at {} by {} byte {} is {:#x}, not {:#x}", op.a,
                                               op.b, kernel_driver.name, i, bytes_[i], want));
  }
}

}  // namespace dmafuzz
