// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// See life_mutate.h. Most of what a driver does it does while it is up, so a life that lost its beginning gets it back,
// and what is put in is mostly traffic and, where the device is not faithful, the device's doing.
#include "life/life_mutate.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "life/life.h"
#include "program/random.h"

namespace dmafuzz {
namespace {

constexpr std::uint32_t kLengths[] = {14, 59, 60, 61, 64, 127, 128, 256, 1023, 1024, 1499, 1500, 1514, 1518, 4096};
constexpr std::uint32_t kEdges[] = {0,      1,      2,       3,          7,          8,          0x10,   0x7f,   0x80,
                                    0xff,   0x100,  0x3ff,   0x7ff,      0x800,      0xfff,      0x1000, 0x3fff, 0x7fff,
                                    0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, ~0u};
// Ranges of codes are picked from as they lie here; traffic and the device come often.
constexpr LifeCode kTraffic[] = {LifeCode::kTransmit, LifeCode::kTransmit, LifeCode::kWire,     LifeCode::kWire,
                                 LifeCode::kAct,      LifeCode::kTime,     LifeCode::kInterrupt};
constexpr LifeCode kDisk[] = {LifeCode::kDiskRead,    LifeCode::kDiskRead,   LifeCode::kDiskWrite, LifeCode::kDiskWrite,
                              LifeCode::kDiskFlush,   LifeCode::kDiskZero,   LifeCode::kAct,       LifeCode::kTime,
                              LifeCode::kDiskDiscard, LifeCode::kDiskControl};
constexpr LifeCode kCopies[] = {LifeCode::kCopy, LifeCode::kCopy,       LifeCode::kCopy, LifeCode::kCopyTerminate,
                                LifeCode::kOpen, LifeCode::kCopyStatus, LifeCode::kAct,  LifeCode::kCopyRelease};
constexpr LifeCode kFile[] = {LifeCode::kFileWrite, LifeCode::kFileWrite, LifeCode::kFileWrite, LifeCode::kFileRead,
                              LifeCode::kFileRead,  LifeCode::kFileRead,  LifeCode::kTime,      LifeCode::kInterrupt};
constexpr std::uint32_t kDiskLengths[] = {512, 1024, 4096, 4608, 8192, 12288, 16384, 65536, 131072, 1u << 20};
constexpr LifeCode kHostile[] = {LifeCode::kAnswer, LifeCode::kAnswer, LifeCode::kWrite,
                                 LifeCode::kWrite,  LifeCode::kChange, LifeCode::kStorm};

// What the driver is for.
std::span<const LifeCode> g_use = kTraffic;

bool of_network(LifeCode code) {
  return (code >= LifeCode::kTransmit && code <= LifeCode::kTxTimeout) || code == LifeCode::kWire;
}

bool of_disk(LifeCode code) {
  return code >= LifeCode::kDiskRead && code <= LifeCode::kDiskControl;
}

std::uint32_t number(Random& random, std::uint32_t max) {
  switch (random.below(4)) {
    case 0:
      return random.below(16) % (max == ~0u ? max : max + 1);
    case 1:
      return random.pick(kEdges) % (max == ~0u ? max : max + 1);
    case 2:
      return 1u << random.below(32);
    default:
      return static_cast<std::uint32_t>(random.next());
  }
}

std::uint8_t use(Random& random) {
  return static_cast<std::uint8_t>(g_use[random.below(static_cast<std::uint32_t>(g_use.size()))]);
}

LifeOp random_op(Random& random, const LifeConfig& config) {
  LifeOp op = {};
  const bool hostile = config.degree != static_cast<std::uint8_t>(Degree::kFaithful);
  switch (random.below(hostile ? 5 : 3)) {
    case 0:
      op.code = static_cast<std::uint8_t>(random.below(static_cast<unsigned>(LifeCode::kCount)));
      break;
    case 1:
    case 2:
      op.code = use(random);
      break;
    default:
      op.code = static_cast<std::uint8_t>(random.pick(kHostile));
      break;
  }
  if (g_use.data() != kTraffic && of_network(static_cast<LifeCode>(op.code))) op.code = use(random);
  const LifeInfo& info = life_info(op.code);
  op.flags = random.one_in(3) ? static_cast<std::uint8_t>(random.next()) : 0;
  if (info.x.max) op.x = static_cast<std::uint16_t>(number(random, info.x.max));
  if (info.a.max) op.a = number(random, info.a.max);
  if (info.b.max) op.b = number(random, info.b.max);
  if (info.c.max) op.c = random.below(64);
  const auto code = static_cast<LifeCode>(op.code);
  if (code == LifeCode::kTransmit || code == LifeCode::kWire) {
    op.a = random.pick(kLengths);
    if (random.one_in(2)) op.b = 0;
    if (random.one_in(2)) op.x = 0;
    // TCP, IPv6 or both (make_frame()).
    if (random.one_in(3)) op.c |= (1 + random.below(3)) << 30;
  }
  if (of_disk(code)) {
    if (info.a.max) op.a = random.pick(kDiskLengths);
    if (random.one_in(2)) op.b = random.below(4096);
    if (code != LifeCode::kDiskControl) op.x = static_cast<std::uint16_t>(random.below(33));
  }
  if (code == LifeCode::kCopy && random.one_in(2)) op.a = random.below(300);
  if (code == LifeCode::kFileWrite || code == LifeCode::kFileRead) {
    op.a = random.pick(kLengths);
    if (random.one_in(2)) op.b = random.below(16);
  }
  // Registers are words as a rule, and soon to be read.
  if (code == LifeCode::kAnswer) {
    op.x = static_cast<std::uint16_t>(op.x & ~3u);
    op.a = random.one_in(2) ? 0 : random.below(64);
    op.c = random.below(4);
  }
  if (code == LifeCode::kChange) op.c = random.below(128);
  if (code == LifeCode::kFailAlloc) op.x = static_cast<std::uint16_t>(random.below(128));
  if (code == LifeCode::kFailMap) op.x = static_cast<std::uint16_t>(random.below(16));
  canonicalise(op);
  return op;
}

void change(LifeOp& op, Random& random) {
  const LifeInfo& info = life_info(op.code);
  const auto edit = [&](std::uint32_t old, std::uint32_t max) {
    switch (random.below(4)) {
      case 0:
        return old + 1;
      case 1:
        return old - 1;
      case 2:
        return old ^ 1u << random.below(32);
      default:
        return number(random, max);
    }
  };
  switch (random.below(5)) {
    case 0:
      if (info.x.max) op.x = static_cast<std::uint16_t>(edit(op.x, info.x.max));
      break;
    case 1:
      if (info.a.max) op.a = edit(op.a, info.a.max);
      break;
    case 2:
      if (info.b.max) op.b = edit(op.b, info.b.max);
      break;
    case 3:
      if (info.c.max) op.c = edit(op.c, info.c.max);
      break;
    default:
      op.flags = static_cast<std::uint8_t>(op.flags ^ 1u << random.below(8));
      break;
  }
  canonicalise(op);
}

void change_device(LifeConfig& config, Random& random) {
  switch (random.below(7)) {
    case 0:
    case 1:
      config.degree = static_cast<std::uint8_t>(random.below(static_cast<unsigned>(Degree::kCount)));
      break;
    case 2:
      config.path ^= 1;
      break;
    case 3:
      config.noncoherent ^= 1;
      break;
    case 4:
    case 5:
      config.variant ^= 1u << random.below(32);
      break;
    default:
      config.fill = static_cast<std::uint8_t>(random.next());
      break;
  }
  canonicalise(config);
}

LifeOp plain(LifeCode code) {
  LifeOp op = {};
  op.code = static_cast<std::uint8_t>(code);
  return op;
}

bool is(const LifeOp& op, LifeCode code) {
  return op.code == static_cast<std::uint8_t>(code);
}

bool has(const Life& life, LifeCode code) {
  return std::ranges::any_of(life.ops, [&](const LifeOp& op) { return is(op, code); });
}

// How all lives start, if they all start alike.
std::optional<LifeConfig> g_start;

// Most that a driver does it does while it is up, so a life that lost its beginning gets it back; and what one process
// found from where the driver is up is of use to one that loads it, and the other way round.
void mend_start(Life& life, Random& random) {
  constexpr auto kUp = static_cast<std::uint8_t>(Start::kUp);
  if (g_start) {
    life = started_as(std::move(life), *g_start);
  } else if (life.config.start == kUp) {
    life.config.start = static_cast<std::uint8_t>(Start::kUnloaded);
  }
  if (life.config.start == kUp) return;
  if (!has(life, LifeCode::kOpen) && !random.one_in(8)) life.ops.insert(life.ops.begin(), plain(LifeCode::kOpen));
  if (!has(life, LifeCode::kLoad) && !random.one_in(32)) life.ops.insert(life.ops.begin(), plain(LifeCode::kLoad));
}

std::size_t store(const Life& life, std::uint8_t* out, std::size_t max_size) {
  std::memcpy(out, &life.config, sizeof life.config);
  const std::size_t room = (max_size - sizeof life.config) / sizeof(LifeOp);
  const std::size_t count = std::min(room, life.ops.size());
  if (count) std::memcpy(out + sizeof life.config, life.ops.data(), count * sizeof(LifeOp));
  return sizeof life.config + count * sizeof(LifeOp);
}

void mutate_once(Life& life, Random& random) {
  const auto at = [&] { return life.ops.begin() + random.below(static_cast<std::uint32_t>(life.ops.size())); };
  switch (random.below(8)) {
    case 0:
    case 1:
    case 2:
      if (life.ops.size() < kMaxLifeOps) {
        // Mostly after the driver is up.
        const auto size = static_cast<std::uint32_t>(life.ops.size());
        const std::uint32_t where = size > 2 && !random.one_in(8) ? random.between(2, size) : random.below(size + 1);
        life.ops.insert(life.ops.begin() + where, random_op(random, life.config));
      }
      break;
    case 3:
      if (!life.ops.empty()) life.ops.erase(at());
      break;
    case 4:
      if (!life.ops.empty() && life.ops.size() < kMaxLifeOps) {
        const LifeOp copy = *at();
        life.ops.insert(at(), copy);
      }
      break;
    case 5:
      if (!life.ops.empty()) std::iter_swap(at(), at());
      break;
    case 6:
      if (random.one_in(4)) change_device(life.config, random);
      [[fallthrough]];
    default:
      if (!life.ops.empty()) change(*at(), random);
      break;
  }
}

}  // namespace

void start_lives_as(const std::optional<LifeConfig>& config) {
  g_start = config;
}

void live_with_disks() {
  g_use = kDisk;
}

void live_with_copies() {
  g_use = kCopies;
}

void live_with_files() {
  g_use = kFile;
}

std::size_t mutate_life(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  if (max_size < sizeof(LifeConfig) + sizeof(LifeOp)) return size;
  static Life life;  // one OS thread; keeps its room
  Random random(seed);
  decode_life({data, size}, life);
  for (unsigned n = 1 + random.below(4); n; --n) mutate_once(life, random);
  mend_start(life, random);
  if (life.ops.size() > kMaxLifeOps) life.ops.resize(kMaxLifeOps);
  return store(life, data, max_size);
}

std::size_t crossover_lives(const std::uint8_t* data1, std::size_t size1, const std::uint8_t* data2, std::size_t size2,
                            std::uint8_t* out, std::size_t max_size, unsigned seed) {
  if (max_size < sizeof(LifeConfig) + sizeof(LifeOp)) return 0;
  static Life a, b;
  Random random(seed);
  decode_life({data1, size1}, a);
  decode_life({data2, size2}, b);
  const std::uint32_t keep = random.below(static_cast<std::uint32_t>(a.ops.size()) + 1);
  const std::uint32_t from = random.below(static_cast<std::uint32_t>(b.ops.size()) + 1);
  a.ops.resize(keep);
  a.ops.insert(a.ops.end(), b.ops.begin() + from, b.ops.end());
  if (g_start) a = started_as(std::move(a), *g_start);
  if (a.ops.size() > kMaxLifeOps) a.ops.resize(kMaxLifeOps);
  return store(a, out, max_size);
}

}  // namespace dmafuzz
