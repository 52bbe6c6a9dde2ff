// SPDX-License-Identifier: GPL-2.0-only
//
// See copies.h.
#include "driver/copies.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cerrno>

#include "driver/raise_kept.h"
#include "engine/trace.h"
#include "host_bus.h"

namespace dmafuzz {
namespace {

CopyUser* g_user = nullptr;

}  // namespace

void CopyUser::reset() {
  g_user = this;
  open_ = held_ = 0;
  busy_ = 0;
  used_ = 0;
}

void CopyUser::open() {
  for (unsigned n = 0; n < kChannels; ++n) {
    if (kernel_copy_open(n) > 0) open_ |= 1u << n;
  }
  if (open_) trace().event("copy-open", open_, 0, 0);
}

void CopyUser::close() {
  for (unsigned n = 0; n < kChannels; ++n) {
    if (!(open_ & 1u << n)) continue;
    unsettle(n);
    kernel_copy_release(n);
  }
  open_ = held_ = 0;
}

void CopyUser::before_unbind() {
  unsettle();
  if (!kernel_copy_may_stay()) close();
}

void CopyUser::issue() {
  if (!open_) return;
  held_ = 0;
  kernel_copy_issue();
}

unsigned CopyUser::channel(unsigned n) const {
  if (!open_) return kChannels;
  uint32_t left = open_;
  for (n %= static_cast<unsigned>(std::popcount(open_)); n; --n) left &= left - 1;
  return static_cast<unsigned>(std::countr_zero(left));
}

bool CopyUser::take(const LifeOp& op, bool demanding) {
  const unsigned n = channel(op.x);
  if (n == kChannels) return false;
  switch (static_cast<LifeCode>(op.code)) {
    case LifeCode::kCopy:
      submit(op, n, demanding);
      return true;
    case LifeCode::kCopyTerminate: {
      unsettle(n);
      const int result = kernel_copy_terminate(n, op.flags & kPlug);
      trace().event("copy-terminate", n, static_cast<uint64_t>(result), 0);
      return true;
    }
    case LifeCode::kCopyRelease:
      unsettle(n);
      kernel_copy_release(n);
      open_ &= ~(1u << n);
      trace().event("copy-release", n, 0, 0);
      return true;
    case LifeCode::kCopyStatus:
      status(n);
      return true;
    default:
      return false;
  }
}

void CopyUser::submit(const LifeOp& op, unsigned channel, bool demanding) {
  if (used_ == copies_.size()) copies_.emplace_back();
  const auto token = static_cast<unsigned>(used_++);
  Copy& copy = copies_[token];
  copy.channel = channel;
  copy.seed = op.c;
  copy.ended = false;
  copy.must_succeed = demanding;
  if (op.flags & kPlug) held_ |= 1u << channel;
  ++busy_;
  const kernel_copy what = {.token = token,
                            .channel = channel,
                            .bytes = op.a,
                            .src_at = op.b & 0x7f,
                            .dst_at = op.b >> 8 & 0x7f,
                            .held = op.flags & kPlug ? 1u : 0u};
  const int result = kernel_copy_submit(&what);
  trace().event("copy", token, op.a, static_cast<uint64_t>(result));
  if (result == 0 || copy.ended) return;
  // It took no more, or memory ran out.
  copy.ended = true;
  --busy_;
}

void CopyUser::status(unsigned channel) {
  unsigned residue = 0;
  const int status = kernel_copy_status(channel, &residue);
  trace().event("copy-status", channel, static_cast<uint64_t>(status), residue);
  if (status == -ERANGE && faithful_) {
    raise_finding("data-mismatch",
                  fmt::format("{} says of a copy that more is left of it than there was to copy", kernel_driver.name));
  }
}

void CopyUser::unsettle() {
  for (size_t i = 0; i < used_; ++i) copies_[i].must_succeed = false;
}

void CopyUser::unsettle(unsigned channel) {
  for (size_t i = 0; i < used_; ++i) {
    if (copies_[i].channel == channel) copies_[i].must_succeed = false;
  }
}

void CopyUser::check_lost(const char* why) const {
  for (size_t i = 0; i < used_; ++i) {
    const Copy& copy = copies_[i];
    if (copy.ended || !copy.must_succeed || held_ & 1u << copy.channel) continue;
    raise_finding("request-lost", fmt::format("a copy of {} bytes on channel {} of {} never ended, {}",
                                              copy.bytes.size(), copy.channel, kernel_driver.name, why));
  }
}

const uint8_t* CopyUser::bytes(unsigned token, size_t n) {
  Copy& copy = copies_[token];
  copy.bytes.resize(n);
  uint32_t x = copy.seed * 0x9e3779b1u + 1;
  for (uint8_t& b : copy.bytes) {
    x = x * 1664525u + 1013904223u;
    b = static_cast<uint8_t>(x >> 24);
  }
  return copy.bytes.data();
}

void CopyUser::done(unsigned token, int error, std::span<const uint8_t> buffer, size_t at) {
  if (token >= used_ || copies_[token].ended) {
    raise_finding("request-ended-twice", fmt::format("{} told of a copy that had ended", kernel_driver.name));
  }
  Copy& copy = copies_[token];
  copy.ended = true;
  --busy_;
  trace().event("copied", token, static_cast<uint64_t>(error), hash_bytes(buffer.data(), buffer.size()));
  if (!faithful_) return;
  if (error && copy.must_succeed) {
    raise_finding("request-failed", fmt::format("a copy of {} bytes by {} failed with {} though nothing was in its way",
                                                copy.bytes.size(), kernel_driver.name, error));
  }
  // Beside it, whatever became of it.
  const auto untouched = [](uint8_t b) { return b == KERNEL_COPY_FILL; };
  if (!std::ranges::all_of(buffer.first(at), untouched) ||
      !std::ranges::all_of(buffer.subspan(at + copy.bytes.size()), untouched)) {
    raise_finding("data-mismatch", fmt::format("a copy of {} bytes by {} wrote beside its destination",
                                               copy.bytes.size(), kernel_driver.name));
  }
  if (error) return;
  const auto [want, got] = std::ranges::mismatch(copy.bytes, buffer.subspan(at, copy.bytes.size()));
  if (want == copy.bytes.end()) return;
  raise_finding("data-mismatch",
                fmt::format("of a copy of {} bytes by {} byte {} is {:#x}, not {:#x}", copy.bytes.size(),
                            kernel_driver.name, want - copy.bytes.begin(), *got, *want));
}

void CopyUser::dropped(unsigned token) {
  if (token >= used_ || copies_[token].ended) return;
  copies_[token].ended = true;
  --busy_;
}

}  // namespace dmafuzz

const unsigned char* host_copy_bytes(unsigned token, unsigned bytes) {
  return dmafuzz::g_user->bytes(token, bytes);
}

void host_copy_done(unsigned token, int error, const unsigned char* buffer, unsigned size, unsigned at) {
  if (dmafuzz::g_user) dmafuzz::g_user->done(token, error, {buffer, size}, at);
}

void host_copy_dropped(unsigned token) {
  if (dmafuzz::g_user) dmafuzz::g_user->dropped(token);
}
