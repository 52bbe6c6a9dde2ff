// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// See life.h.
#include "life/life.h"

#include <algorithm>

namespace dmafuzz {
namespace {

constexpr std::uint32_t kAny = ~0u;

// In the order of LifeCode.
constexpr LifeInfo kInfo[] = {
    {.name = "load"},
    {.name = "unload"},
    {.name = "unbind", .flags = kTransport},
    {.name = "bind"},
    {.name = "unplug"},
    {.name = "open"},
    {.name = "stop"},
    {.name = "transmit",
     .flags = kHold | kCsum | kGso | kUnaligned,
     .x = {"frags", 17},
     .a = {"len", 65535},
     .b = {"linear", 65535},
     .c = {"seed", kAny}},
    {.name = "mtu", .a = {"bytes", 65535}},
    {.name = "mac", .c = {"seed", kAny}},
    {.name = "rx_mode", .x = {"addresses", 64}, .a = {"flags", 0xffff}},
    {.name = "ioctl", .x = {"cmd", 0xffff}, .a = {"value", kAny}},
    {.name = "ethtool", .x = {"which", 23}, .a = {"value", kAny}},
    {.name = "tx_timeout"},
    {.name = "read_random", .x = {"nowait", 1}, .a = {"bytes", 1024}},
    {.name = "wire", .flags = kHold | kBroadcast, .a = {"len", 16384}, .c = {"seed", kAny}},
    {.name = "act"},
    {.name = "interrupt", .x = {"times", 16}},
    {.name = "answer",
     .x = {"register", 0xffff},
     .a = {"after", 0xffff},
     .b = {"value", kAny},
     .c = {"times", 0xffff},
     .hostile = true},
    {.name = "write", .x = {"mapping", 0xffff}, .a = {"off", kAny}, .b = {"value", kAny}, .hostile = true},
    {.name = "change",
     .x = {"mapping", 0xffff},
     .a = {"off", kAny},
     .b = {"value", kAny},
     .c = {"after", 0xffff},
     .hostile = true},
    {.name = "storm", .x = {"every", 0xffff}, .a = {"times", 64}},
    {.name = "time", .a = {"ms", 60000}},
    {.name = "fail_alloc", .x = {"after", 4096}},
    {.name = "disk_read",
     .flags = kHold | kUnaligned | kPlug,
     .x = {"segments", 256},
     .a = {"bytes", 1u << 20},
     .b = {"sector", kAny},
     .c = {"seed", kAny}},
    {.name = "disk_write",
     .flags = kHold | kUnaligned | kPlug | kFua,
     .x = {"segments", 256},
     .a = {"bytes", 1u << 20},
     .b = {"sector", kAny},
     .c = {"seed", kAny}},
    {.name = "disk_flush", .flags = kHold | kPlug},
    {.name = "disk_discard", .flags = kHold | kPlug, .a = {"bytes", 1u << 26}, .b = {"sector", kAny}},
    {.name = "disk_zero", .flags = kHold | kPlug, .a = {"bytes", 1u << 26}, .b = {"sector", kAny}},
    {.name = "disk_control", .flags = kHold, .x = {"which", 2}},
    {.name = "sleep", .flags = kHold, .x = {"how", 3}},
    {.name = "fail_map", .x = {"after", 4096}},
    {.name = "copy",
     .flags = kHold | kPlug,
     .x = {"channel", 31},
     .a = {"bytes", 1u << 17},
     .b = {"at", 0x7f7f},
     .c = {"seed", kAny}},
    {.name = "copy_terminate", .flags = kHold | kPlug, .x = {"channel", 31}},
    {.name = "copy_release", .flags = kHold, .x = {"channel", 31}},
    {.name = "copy_status", .flags = kHold | kPlug, .x = {"channel", 31}},
    {.name = "file_write", .flags = kHold, .a = {"bytes", 8192}, .b = {"at", 8192}, .c = {"seed", kAny}},
    {.name = "file_read", .flags = kHold, .a = {"bytes", 8192}, .b = {"at", 8192}},
};
static_assert(std::size(kInfo) == static_cast<std::size_t>(LifeCode::kCount));

constexpr std::string_view kDegrees[] = {"faithful", "faulty", "untrusted"};
constexpr std::string_view kFlags[] = {"hold", "csum", "gso", "unaligned", "broadcast", "transport", "plug", "fua"};
constexpr std::string_view kPaths[] = {"direct", "bounce"};
constexpr std::string_view kStarts[] = {"unloaded", "up"};

std::uint32_t fold(std::uint32_t value, std::uint32_t max) {
  if (value <= max) return value;
  return max == kAny ? value : value % (max + 1);
}

}  // namespace

bool operator==(const Life& a, const Life& b) {
  return std::memcmp(&a.config, &b.config, sizeof a.config) == 0 &&
         std::ranges::equal(a.ops, b.ops,
                            [](const LifeOp& x, const LifeOp& y) { return std::memcmp(&x, &y, sizeof x) == 0; });
}

const LifeInfo& life_info(unsigned code) {
  return kInfo[code];
}

std::span<const std::string_view> degree_words() {
  return kDegrees;
}

std::span<const std::string_view> life_flag_words() {
  return kFlags;
}

std::span<const std::string_view> life_path_words() {
  return kPaths;
}

std::span<const std::string_view> start_words() {
  return kStarts;
}

void canonicalise(LifeOp& op) {
  op.code = static_cast<std::uint8_t>(op.code % static_cast<unsigned>(LifeCode::kCount));
  const LifeInfo& info = kInfo[op.code];
  op.flags &= info.flags;
  op.x = static_cast<std::uint16_t>(fold(op.x, info.x.max));
  op.a = fold(op.a, info.a.max);
  op.b = fold(op.b, info.b.max);
  op.c = fold(op.c, info.c.max);
}

void canonicalise(LifeConfig& config) {
  config.degree = static_cast<std::uint8_t>(config.degree % std::size(kDegrees));
  config.path = static_cast<std::uint8_t>(config.path % std::size(kPaths));
  config.noncoherent &= 1;
  config.start = static_cast<std::uint8_t>(config.start % std::size(kStarts));
  std::ranges::fill(config.reserved, std::uint8_t{0});
}

Life started_as(Life life, const LifeConfig& start) {
  constexpr auto kUp = static_cast<std::uint8_t>(Start::kUp);
  if (start.start == kUp && life.config.start != kUp) {
    const auto open = std::ranges::find(life.ops, static_cast<std::uint8_t>(LifeCode::kOpen), &LifeOp::code);
    if (open != life.ops.end()) life.ops.erase(life.ops.begin(), open + 1);
  }
  life.config.start = start.start;
  life.config.path = start.path;
  life.config.noncoherent = start.noncoherent;
  if (start.start == kUp) life.config.variant = start.variant;
  return life;
}

void decode_life(std::span<const std::uint8_t> bytes, Life& out) {
  out.config = {};
  out.ops.clear();
  const std::size_t head = std::min(bytes.size(), sizeof out.config);
  if (head) std::memcpy(&out.config, bytes.data(), head);
  canonicalise(out.config);
  for (bytes = bytes.subspan(head); bytes.size() >= sizeof(LifeOp) && out.ops.size() < kMaxLifeOps;
       bytes = bytes.subspan(sizeof(LifeOp))) {
    LifeOp op;
    std::memcpy(&op, bytes.data(), sizeof op);
    canonicalise(op);
    out.ops.push_back(op);
  }
}

std::vector<std::uint8_t> encode_life(const Life& life) {
  std::vector<std::uint8_t> out(sizeof life.config + life.ops.size() * sizeof(LifeOp));
  std::memcpy(out.data(), &life.config, sizeof life.config);
  if (!life.ops.empty()) {
    std::memcpy(out.data() + sizeof life.config, life.ops.data(), life.ops.size() * sizeof(LifeOp));
  }
  return out;
}

}  // namespace dmafuzz
