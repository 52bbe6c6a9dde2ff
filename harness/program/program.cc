// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The operation table, built from shims/backend/ops.def, and the canonical form of operations and configurations.
// ops.def says which fields there are; here is what values they take and what the text form calls them.
#include "program/program.h"

#include <algorithm>
#include <array>

namespace dmafuzz {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::string_view kAllocKinds[] = {"kmalloc", "kmalloc_dma", "pages",    "pages_dma32", "pages_dma",
                                            "vmalloc", "cache",       "resource", "static",      "stack"};
constexpr std::string_view kCheckKinds[] = {"once", "twice"};
constexpr std::string_view kMapKinds[] = {"single", "page", "phys", "resource", "iova"};
constexpr std::string_view kSyncKinds[] = {"single", "range"};
constexpr std::string_view kSgKinds[] = {"table", "chained", "from_pages", "append"};
constexpr std::string_view kSgMapKinds[] = {"sg", "sgtable"};
constexpr std::string_view kCohKinds[] = {"coherent", "wc", "managed", "pages", "noncoherent", "noncontiguous"};
constexpr std::string_view kPoolKinds[] = {"plain", "managed"};
constexpr std::string_view kMaskKinds[] = {"streaming", "coherent", "both"};
constexpr std::string_view kQueryKinds[] = {"max_mapping_size",   "opt_mapping_size", "merge_boundary", "required_mask",
                                            "addressing_limited", "can_mmap",         "need_sync"};
static_assert(std::size(kAllocKinds) == DMAF_ALLOC_KINDS && std::size(kMapKinds) == DMAF_MAP_KINDS);
static_assert(std::size(kCheckKinds) == DMAF_CHECK_KINDS);
static_assert(std::size(kSyncKinds) == DMAF_SYNC_KINDS && std::size(kSgKinds) == DMAF_SG_KINDS);
static_assert(std::size(kSgMapKinds) == DMAF_SG_MAP_KINDS && std::size(kCohKinds) == DMAF_COH_KINDS);
static_assert(std::size(kPoolKinds) == DMAF_POOL_KINDS && std::size(kMaskKinds) == DMAF_MASK_KINDS);
static_assert(std::size(kQueryKinds) == DMAF_QUERY_KINDS);

constexpr std::string_view kDirs[] = {"bidirectional", "to_device", "from_device", "none"};
constexpr std::string_view kFlags[] = {"atomic",    "unchecked",  "zero",  "wrong_size",
                                       "wrong_dir", "wrong_call", "stale", "wrong_dev"};
constexpr std::string_view kAttrs[] = {"weak_ordering",    "write_combine",      "no_kernel_mapping", "skip_cpu_sync",
                                       "force_contiguous", "alloc_single_pages", "no_warn",           "privileged"};
constexpr std::string_view kPaths[] = {"direct", "offset", "bounce", "restricted", "pool", "iommu", "iommu_lazy"};
static_assert(std::size(kPaths) == DMAF_PATHS);

constexpr char kLetters[DMAF_CLASSES] = {0, 'b', 'm', 's', 'c', 'p', 'k'};

static_assert(std::size(kFlags) == 8);
// The binary form has no room for the others where there is a gap.
constexpr std::uint8_t kFlagsBesideGap = 0x3f;

constexpr std::uint16_t bit(unsigned cls) {
  return static_cast<std::uint16_t>(1u << cls);
}

// Classes that an operation on "any" object can mean: what the CPU can touch, what can be synced, what the device sees.
constexpr std::uint16_t any_classes(unsigned code) {
  switch (code) {
    case DMAF_OP_FILL:
    case DMAF_OP_CHECK:
    case DMAF_OP_CACHE_EVICT:
      return bit(DMAF_BUF) | bit(DMAF_COH) | bit(DMAF_BLK);
    case DMAF_OP_SYNC_CPU:
    case DMAF_OP_SYNC_DEV:
      return bit(DMAF_MAP) | bit(DMAF_SG) | bit(DMAF_COH);
    case DMAF_OP_DEV_READ:
    case DMAF_OP_DEV_WRITE:
      return bit(DMAF_MAP) | bit(DMAF_SG) | bit(DMAF_COH) | bit(DMAF_BLK);
    default:
      return 0;
  }
}

constexpr Words kind_words(unsigned code) {
  switch (code) {
    case DMAF_OP_ALLOC:
      return kAllocKinds;
    case DMAF_OP_CHECK:
      return kCheckKinds;
    case DMAF_OP_MAP:
      return kMapKinds;
    case DMAF_OP_SYNC_CPU:
    case DMAF_OP_SYNC_DEV:
      return kSyncKinds;
    case DMAF_OP_SG_ALLOC:
      return kSgKinds;
    case DMAF_OP_SG_MAP:
      return kSgMapKinds;
    case DMAF_OP_COH_ALLOC:
      return kCohKinds;
    case DMAF_OP_POOL_CREATE:
      return kPoolKinds;
    case DMAF_OP_SET_MASK:
      return kMaskKinds;
    case DMAF_OP_QUERY:
      return kQueryKinds;
    default:
      return {};
  }
}

constexpr OpInfo make_info(unsigned code, std::string_view name, unsigned makes, unsigned takes, unsigned fields) {
  OpInfo info = {};
  info.name = name;
  info.makes = static_cast<std::uint8_t>(makes);
  info.takes = static_cast<std::uint8_t>(takes);
  info.fields = static_cast<std::uint16_t>(fields);
  info.classes = any_classes(code);
  info.kinds = kind_words(code);
  // Ranges stop at the largest object, so that nobody needs more room than that to carry an access out. Allocations
  // may ask for more: that is how they are refused.
  info.max_off = info.max_len = DMAF_OBJECT_MAX;
  info.max_val = 0xffff;
  info.len_key = "len";
  info.val_key = "val";
  switch (code) {
    case DMAF_OP_ALLOC:
    case DMAF_OP_COH_ALLOC:
      info.max_len = 0xffffffff;
      info.dir_optional = true;
      break;
    case DMAF_OP_FILL:
    case DMAF_OP_DEV_WRITE:
      info.val_key = "seed";
      break;
    case DMAF_OP_CHECK:
    case DMAF_OP_SYNC_CPU:
    case DMAF_OP_SYNC_DEV:
      info.kind_optional = true;
      break;
    case DMAF_OP_SG_ALLOC:
      info.val_key = "count";
      info.max_val = DMAF_SG_MAX;
      break;
    case DMAF_OP_POOL_CREATE:
      info.off_key = "align";
      info.len_key = "size";
      info.val_key = "boundary";
      info.val_is_order = true;
      info.max_off = info.max_len = 0xffffffff;
      info.max_val = 31;
      break;
    case DMAF_OP_SET_MASK:
      info.val_key = "bits";
      info.max_val = 64;
      break;
    case DMAF_OP_SET_MAX_SEG:
      info.len_key = "size";
      info.max_len = 0xffffffff;
      break;
    case DMAF_OP_SET_BOUNDARY:
      info.val_key = "boundary";
      info.val_is_order = true;
      info.max_val = 63;
      break;
    case DMAF_OP_SET_MIN_ALIGN:
      info.val_key = "align";
      info.val_is_order = true;
      info.max_val = 12;
      break;
    case DMAF_OP_FAIL_ALLOC:
      info.val_key = "nth";
      break;
    case DMAF_OP_PASS_TIME:
      info.len_key = "ns";
      info.max_len = 0xffffffff;
      break;
    default:
      break;
  }
  return info;
}

constexpr OpInfo kOps[] = {
#define DMAF_OP(name, text, makes, takes, fields) make_info(DMAF_OP_##name, text, DMAF_##makes, DMAF_##takes, fields),
#include "backend/ops.def"
};
static_assert(std::size(kOps) == DMAF_OP_COUNT);

// A field that ops.def marks as used must have somewhere to come from and somewhere to go.
constexpr bool table_is_sound() {
  for (const OpInfo& info : kOps) {
    if (info.has(DMAF_HAS_KIND) != !info.kinds.empty() || info.kinds.size() > 16) return false;
    if (info.has(DMAF_HAS_CLS) != (info.takes == DMAF_ANY) || info.has(DMAF_HAS_CLS) != (info.classes != 0))
      return false;
  }
  return true;
}
static_assert(table_is_sound());

// Keeps what is in range and folds the rest into it.
template <class T>
constexpr T reduce(T value, T max) {
  return value <= max ? value : static_cast<T>(value % (max + T{1}));
}

unsigned reduce_class(unsigned cls, std::uint16_t allowed) {
  if (cls < DMAF_CLASSES && (allowed >> cls & 1)) return cls;
  unsigned nth = cls % static_cast<unsigned>(__builtin_popcount(allowed));
  for (; nth; --nth) allowed &= static_cast<std::uint16_t>(allowed - 1);
  return static_cast<unsigned>(__builtin_ctz(allowed));
}

std::uint8_t reduce_mask_bits(std::uint8_t bits) {
  if (bits >= 24 && bits <= 64) return bits;
  return bits == 0 ? 64 : static_cast<std::uint8_t>(24 + bits % 41);
}

}  // namespace

dmaf_config default_config() {
  dmaf_config config = {};
  config.coherent = 1;
  config.mask_bits = 64;
  config.coherent_mask_bits = 64;
  return config;
}

void Program::clear() {
  config = default_config();
  lawful = true;
  ops.clear();
}

bool operator==(const Program& a, const Program& b) {
  return a.lawful == b.lawful && same_config(a.config, b.config) && a.ops.size() == b.ops.size() &&
         std::equal(a.ops.begin(), a.ops.end(), b.ops.begin(), same_op);
}

const OpInfo& op_info(unsigned code) {
  return kOps[code];
}
std::span<const OpInfo> op_table() {
  return kOps;
}
std::span<const std::string_view> dir_words() {
  return kDirs;
}
std::span<const std::string_view> flag_words() {
  return kFlags;
}
std::span<const std::string_view> attr_words() {
  return kAttrs;
}
std::span<const std::string_view> path_words() {
  return kPaths;
}

char class_letter(unsigned cls) {
  return cls < DMAF_CLASSES ? kLetters[cls] : '\0';
}

void canonicalise(dmaf_op& op) {
  op.code = static_cast<dmaf_u8>(op.code % DMAF_OP_COUNT);
  const OpInfo& info = kOps[op.code];
  op.cls = info.has(DMAF_HAS_CLS) ? static_cast<dmaf_u8>(reduce_class(op.cls, info.classes)) : 0;
  op.h = handle_class(op) != DMAF_NONE ? op.h % DMAF_HANDLES : 0;
  op.src = info.has(DMAF_HAS_SRC) ? op.src % DMAF_HANDLES : 0;
  op.kind = info.has(DMAF_HAS_KIND) ? static_cast<dmaf_u8>(op.kind % info.kinds.size()) : 0;
  op.dir = info.has(DMAF_HAS_DIR) ? op.dir & 3 : 0;
  op.flags = info.has(DMAF_HAS_FLAGS) ? op.flags : 0;
  if (info.has(DMAF_HAS_GAP)) op.flags &= kFlagsBesideGap;
  op.attrs = info.has(DMAF_HAS_ATTRS) ? op.attrs & DMAF_A_ALL : 0;
  op.off = info.has(DMAF_HAS_OFF) ? reduce<dmaf_u32>(op.off, info.max_off) : 0;
  op.len = info.has(DMAF_HAS_LEN) ? reduce<dmaf_u32>(op.len, info.max_len) : 0;
  op.val = info.has(DMAF_HAS_VAL) ? reduce<dmaf_u16>(op.val, info.max_val) : 0;
  op.gap = info.has(DMAF_HAS_GAP) ? static_cast<dmaf_u16>(reduce<dmaf_u16>(op.gap, kGapMax) / kGapUnit * kGapUnit) : 0;
}

void canonicalise(dmaf_config& config) {
  config.path = static_cast<dmaf_u8>(config.path % DMAF_PATHS);
  config.coherent &= 1;
  config.mask_bits = reduce_mask_bits(config.mask_bits);
  config.coherent_mask_bits = reduce_mask_bits(config.coherent_mask_bits);
  if (config.boundary_order != 0 && (config.boundary_order < 12 || config.boundary_order > 32))
    config.boundary_order = static_cast<dmaf_u8>(12 + config.boundary_order % 21);
  config.min_align_order = reduce<dmaf_u8>(config.min_align_order, 12);
  config.dense &= 1;
  if (config.line_order != 0 && (config.line_order < 5 || config.line_order > 7))
    config.line_order = static_cast<dmaf_u8>(5 + config.line_order % 3);
  std::memset(config.reserved, 0, sizeof config.reserved);
}

bool is_canonical(const dmaf_op& op) {
  dmaf_op copy = op;
  canonicalise(copy);
  return same_op(copy, op);
}

unsigned handle_class(const dmaf_op& op) {
  const OpInfo& info = kOps[op.code];
  if (info.makes != DMAF_NONE) return info.makes;
  return info.takes == DMAF_ANY ? op.cls : info.takes;
}

unsigned source_class(const dmaf_op& op) {
  const OpInfo& info = kOps[op.code];
  return info.has(DMAF_HAS_SRC) ? info.takes : static_cast<unsigned>(DMAF_NONE);
}

}  // namespace dmafuzz
