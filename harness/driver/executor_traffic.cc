// SPDX-License-Identifier: GPL-2.0-only
//
// See executor.h: frames, on their way to the wire and from it.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "driver/executor.h"
#include "driver/raise_kept.h"
#include "driver/stages.h"
#include "engine/trace.h"
#include "host_bus.h"

namespace dmafuzz {
namespace {

constexpr uint32_t kMinFrame = 14, kMinHeaders = 42, kMinOnWire = 60, kFcs = 4;

// Of a frame's seed.
constexpr uint32_t kTcp = 1u << 31, kIpv6 = 1u << 30;

// The header has no options, and acknowledges.
void make_tcp(uint8_t* header) {
  header[12] = 0x50;
  header[13] = 0x10;
}

void make_ipv6(std::vector<uint8_t>& out, bool tcp) {
  const uint16_t payload = static_cast<uint16_t>(std::min<size_t>(out.size() - 54, 0xffff));
  out[12] = 0x86;
  out[13] = 0xdd;
  uint8_t ip[] = {0x60, 0, 0, 0, 0, 0, 17, 64};
  ip[4] = static_cast<uint8_t>(payload >> 8);
  ip[5] = static_cast<uint8_t>(payload);
  if (tcp) ip[6] = 6;
  std::memcpy(&out[14], ip, sizeof ip);
  out[22] = out[38] = 0xfd;  // unique local addresses
  if (tcp) return make_tcp(&out[54]);
  out[58] = ip[4];
  out[59] = ip[5];
}

}  // namespace

void make_frame(std::vector<uint8_t>& out, uint32_t len, uint32_t seed, const uint8_t to[6]) {
  out.resize(std::max(len, kMinFrame));
  uint32_t x = seed * 0x9e3779b1u + 1;
  for (uint8_t& b : out) {
    x = x * 1664525u + 1013904223u;
    b = static_cast<uint8_t>(x >> 24);
  }
  std::memcpy(out.data(), to, 6);
  out[6] = 0x02;  // locally administered, unicast
  out[12] = 0x08;
  out[13] = 0x00;
  const bool tcp = seed & kTcp && out.size() >= 74;
  if (seed & kIpv6 && out.size() >= 74) return make_ipv6(out, tcp);
  if (out.size() < 42) return;
  const uint16_t total = static_cast<uint16_t>(std::min<size_t>(out.size() - 14, 0xffff));
  const uint16_t datagram = static_cast<uint16_t>(total - 20);
  // 10.0.0.1 to 10.0.0.2, not in fragments.
  uint8_t ip[] = {0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};
  ip[2] = static_cast<uint8_t>(total >> 8);
  ip[3] = static_cast<uint8_t>(total);
  if (tcp) ip[9] = 6;
  std::memcpy(&out[14], ip, sizeof ip);
  uint32_t sum = 0;
  for (unsigned i = 14; i < 34; i += 2) sum += static_cast<uint32_t>(out[i] << 8 | out[i + 1]);
  sum = ~((sum & 0xffff) + (sum >> 16));
  out[24] = static_cast<uint8_t>(sum >> 8);
  out[25] = static_cast<uint8_t>(sum);
  if (tcp) return make_tcp(&out[34]);
  out[38] = static_cast<uint8_t>(datagram >> 8);
  out[39] = static_cast<uint8_t>(datagram);
}

void LifeExecutor::transmit(const LifeOp& op) {
  struct kernel_net_stats stats = {};
  kernel_net_stats(&stats);
  const uint32_t len = std::clamp(op.a, kMinFrame, op.flags & kGso ? 65535 : stats.mtu + kMinFrame);
  static constexpr uint8_t kTo[6] = {0x02, 0xaa, 0xbb, 0xcc, 0xdd, 0xee};
  make_frame(frame_, len, op.c, kTo);
  kernel_net_packet packet = {};
  packet.bytes = frame_.data();
  packet.len = static_cast<unsigned>(frame_.size());
  packet.linear = op.b ? std::clamp<unsigned>(op.b, kMinFrame, packet.len) : packet.len;
  packet.frags = op.x;
  packet.mss = 1000;
  packet.flags = (op.flags & kCsum ? KERNEL_NET_CSUM : 0u) | (op.flags & kGso ? KERNEL_NET_GSO : 0u) |
                 (op.flags & kUnaligned ? KERNEL_NET_UNALIGNED : 0u);
  // Devices that look into frames drop one whose headers are cut off.
  const bool may_be_dropped = model_->outside() && len < kMinHeaders;
  // Before the call: the device may send it at once.
  on_its_way_.push_back({frame_, !(op.flags & (kCsum | kGso)),
                         stats.carrier && !stats.queue_stopped && !failing_ && !may_be_dropped,
                         (op.flags & kGso) != 0});
  const int result = kernel_net_transmit(&packet);
  trace().event("transmit", len, static_cast<uint64_t>(result), 0);
  look_for_frame(dev_, frame_);
  // Refused, or kept for later: it may still come.
  if (result != 0 && !on_its_way_.empty()) on_its_way_.back().sure = false;
}

namespace {

// A short frame is padded by the driver or on the wire.
bool is_sent_as(std::span<const uint8_t> given, std::span<const uint8_t> frame) {
  if (frame.size() < given.size() || !std::ranges::equal(given, frame.first(given.size()))) return false;
  const auto rest = frame.subspan(given.size());
  return rest.empty() || (frame.size() <= kMinOnWire && std::ranges::all_of(rest, [](uint8_t b) { return b == 0; }));
}

size_t first_difference(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  return static_cast<size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

}  // namespace

void LifeExecutor::sent(std::span<const uint8_t> frame, bool rewritten) {
  trace().event("sent", frame.size(), hash_bytes(frame.data(), frame.size()), rewritten);
  if (!faithful()) return;
  const auto fits = [&](const Frame& given) {
    if (given.whole && !rewritten) return is_sent_as(given.bytes, frame);
    // Checksums and segments are the device's; the header before them is not.
    const bool segment = given.cut && model_->outside() && frame.size() >= kMinFrame;
    return (segment || frame.size() >= given.bytes.size()) &&
           std::ranges::equal(frame.first(kMinFrame), std::span(given.bytes).first(kMinFrame));
  };
  // A device of another process sends the segments of a frame one by one, and does not say so.
  const bool goes_on = model_->outside() && frame.size() >= kMinFrame && !cut_header_.empty() &&
                       std::ranges::equal(frame.first(kMinFrame), cut_header_);
  if (goes_on && (on_its_way_.empty() || !fits(on_its_way_.front()))) return;
  while (!on_its_way_.empty() && !on_its_way_.front().sure && !fits(on_its_way_.front())) on_its_way_.pop_front();
  if (on_its_way_.empty()) {
    raise_finding("traffic-differs",
                  fmt::format("{} had the device send {} bytes that nobody gave it", kernel_driver.name, frame.size()));
  }
  const Frame& given = on_its_way_.front();
  if (!fits(given)) {
    raise_finding("traffic-differs",
                  fmt::format("the device read {} bytes where the stack sent {}, first difference at {}", frame.size(),
                              given.bytes.size(), first_difference(frame, given.bytes)));
  }
  if (given.cut && model_->outside()) cut_header_.assign(given.bytes.begin(), given.bytes.begin() + kMinFrame);
  // Which of two alike it was cannot be told; nor which at all, if the device was to change it.
  if (!given.sure) {
    for (Frame& later : on_its_way_) later.sure &= given.whole && !rewritten && later.bytes != given.bytes;
  }
  on_its_way_.pop_front();
}

void LifeExecutor::wire(const LifeOp& op) {
  struct kernel_net_stats stats = {};
  uint8_t to[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  if (!(op.flags & kBroadcast) && loaded_ && !unplugged_ && kernel_net_stats(&stats) == 0)
    std::memcpy(to, stats.mac, 6);
  make_frame(frame_, std::max(op.a, kMinOnWire), op.c, to);
  if (unplugged_) return;
  // Before: the driver may poll while the device writes.
  to_be_received_.push_back({frame_, true, opened_ && !failing_});
  const bool taken = model_->receive(frame_);
  trace().event("wire", frame_.size(), taken, 0);
  if (!taken && !to_be_received_.empty()) to_be_received_.pop_back();
}

void LifeExecutor::received(std::span<const uint8_t> frame) {
  trace().event("received", frame.size(), hash_bytes(frame.data(), frame.size()), 0);
  reached(Stage::kReceives);
  if (!faithful()) return;
  // Frames may be dropped on the way when memory runs out.
  const auto fits = [&](const Frame& came) {
    const bool more = frame.size() == came.bytes.size() + kFcs && keeps_fcs_;
    return std::ranges::equal(came.bytes, more ? frame.first(came.bytes.size()) : frame);
  };
  while (!to_be_received_.empty() && !(demanding() && to_be_received_.front().sure) && !fits(to_be_received_.front())) {
    to_be_received_.pop_front();
  }
  if (to_be_received_.empty()) {
    raise_finding("traffic-differs",
                  fmt::format("the stack got {} bytes that did not come from the wire", frame.size()));
  }
  const Frame& came = to_be_received_.front();
  if (!fits(came)) {
    raise_finding("traffic-differs",
                  fmt::format("the stack got {} bytes where {} came from the wire, first difference at {}",
                              frame.size(), came.bytes.size(), first_difference(frame, came.bytes)));
  }
  // Which of two alike it was cannot be told.
  if (!came.sure) {
    for (Frame& later : to_be_received_) later.sure &= later.bytes != came.bytes;
  }
  to_be_received_.pop_front();
}

// The driver may have reset its device: what was under way may be gone.
void LifeExecutor::unsettle() {
  for (Frame& frame : on_its_way_) frame.sure = false;
  for (Frame& frame : to_be_received_) frame.sure = false;
}

bool LifeExecutor::traffic_under_way() const {
  const auto sure = [](const Frame& frame) { return frame.sure; };
  return std::ranges::any_of(on_its_way_, sure) || std::ranges::any_of(to_be_received_, sure);
}

// All is quiet: of an interface that is up, nothing may be left on the way.
void LifeExecutor::check_traffic() {
  if (!demanding() || !opened_) return;
  const auto sure = [](const Frame& frame) { return frame.sure; };
  const auto lost = [](const char* where, std::ptrdiff_t count) {
    if (count) raise_finding("traffic-lost", fmt::format("{} frames {} {}", count, where, kernel_driver.name));
  };
  lost("were never sent that were handed to", std::ranges::count_if(on_its_way_, sure));
  lost("never reached the stack that lie in the memory of", std::ranges::count_if(to_be_received_, sure));
}

}  // namespace dmafuzz

void host_net_received(const unsigned char* bytes, unsigned len, unsigned) {
  if (auto* running = dmafuzz::LifeExecutor::running()) running->received({bytes, len});
}
