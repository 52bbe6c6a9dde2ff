// SPDX-License-Identifier: GPL-2.0-only
// What the tests of the reference model share: short spellings of operations, results of an ordinary implementation,
// and promised bytes as text.
#ifndef DMAFUZZ_PROGRAM_TESTING_MODEL_FIXTURE_H
#define DMAFUZZ_PROGRAM_TESTING_MODEL_FIXTURE_H

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "program/model.h"
#include "program/testing/toy_backend.h"

namespace dmafuzz::testing {

inline constexpr uint64_t kBufferPhys = HOST_BANK_NORMAL_BASE + 0x10000;

inline dmaf_config device(dmaf_path path = DMAF_PATH_DIRECT, unsigned mask_bits = 64, bool coherent = true) {
  dmaf_config config{};
  config.path = static_cast<dmaf_u8>(path);
  config.mask_bits = config.coherent_mask_bits = static_cast<dmaf_u8>(mask_bits);
  config.coherent = coherent;
  return config;
}

inline dmaf_op make_op(dmaf_code code, unsigned h = 0) {
  dmaf_op op{};
  op.code = static_cast<dmaf_u8>(code);
  op.h = static_cast<dmaf_u8>(h);
  return op;
}

// An operation on a range of an object.
inline dmaf_op on(dmaf_code code, dmaf_class cls, unsigned h, uint32_t off, uint32_t len, unsigned val = 0) {
  dmaf_op op = make_op(code, h);
  op.cls = static_cast<dmaf_u8>(cls);
  op.off = off;
  op.len = len;
  op.val = static_cast<dmaf_u16>(val);
  return op;
}

inline dmaf_op alloc(unsigned h, uint32_t len, unsigned kind = DMAF_ALLOC_KMALLOC, unsigned flags = 0) {
  dmaf_op op = make_op(DMAF_OP_ALLOC, h);
  op.len = len;
  op.kind = static_cast<dmaf_u8>(kind);
  op.flags = static_cast<dmaf_u8>(flags);
  return op;
}

inline dmaf_op map(unsigned h, unsigned src, dmaf_dir dir, uint32_t off, uint32_t len, unsigned attrs = 0) {
  dmaf_op op = make_op(DMAF_OP_MAP, h);
  op.src = static_cast<dmaf_u8>(src);
  op.dir = static_cast<dmaf_u8>(dir);
  op.off = off;
  op.len = len;
  op.attrs = static_cast<dmaf_u8>(attrs);
  return op;
}

inline dmaf_op coherent(unsigned h, uint32_t len, unsigned kind = DMAF_COH_COHERENT,
                        dmaf_dir dir = DMAF_BIDIRECTIONAL) {
  dmaf_op op = make_op(DMAF_OP_COH_ALLOC, h);
  op.len = len;
  op.kind = static_cast<dmaf_u8>(kind);
  op.dir = static_cast<dmaf_u8>(dir);
  return op;
}

inline dmaf_op with_kind(dmaf_op op, unsigned kind) {
  op.kind = static_cast<dmaf_u8>(kind);
  return op;
}

class ModelFixture : public ::testing::Test {
 protected:
  void SetUp() override { begin(device()); }

  void begin(const dmaf_config& config, const TreeFacts& facts = toy_facts()) {
    model_.set_facts(facts);
    model_.begin(config);
    next_phys_ = kBufferPhys;
  }

  // An operation with the result of an ordinary implementation: memory one after the other, DMA address = physical.
  dmaf_result good(const dmaf_op& op) {
    dmaf_result r{};
    const auto object = [&](uint64_t len) {
      const uint64_t phys = next_phys_;
      next_phys_ += (len + 0x1ffff) & ~uint64_t{0xffff};
      r.cpu = reinterpret_cast<void*>(HOST_LINEAR_BASE + phys);
      return phys;
    };
    segments_.clear();
    switch (op.code) {
      case DMAF_OP_ALLOC:
        buffers_[op.h] = object(op.len);
        break;
      case DMAF_OP_COH_ALLOC:
        segments_.push_back({object(op.len), op.len});
        break;
      case DMAF_OP_POOL_ALLOC:
        segments_.push_back({object(64), pool_len_});
        break;
      case DMAF_OP_POOL_CREATE:
        pool_len_ = op.len;
        break;
      case DMAF_OP_MAP:
        segments_.push_back({buffers_[op.src] + op.off, op.len});
        break;
      case DMAF_OP_SG_ALLOC:
        list_ = op;
        r.value = op.val;
        break;
      case DMAF_OP_SG_MAP:
        for (unsigned i = 0; i < list_.val; i++)
          segments_.push_back({buffers_[list_.src] + list_.off + i * (list_.len + list_.gap), list_.len});
        break;
      default:
        break;
    }
    r.seg = segments_.data();
    r.nseg = static_cast<dmaf_u32>(segments_.size());
    return r;
  }
  Verdict apply(const dmaf_op& op, const dmaf_result& r) { return model_.after(op, r); }
  void run(const dmaf_op& op) {
    ASSERT_TRUE(model_.runnable(op)) << int{op.code};
    const Verdict v = apply(op, good(op));
    ASSERT_TRUE(v.ok()) << model_.describe(v);
  }
  void fail(const dmaf_op& op, int status = -12) {
    dmaf_result r{};
    r.status = status;
    const Verdict v = apply(op, r);
    EXPECT_TRUE(v.ok()) << model_.describe(v);
  }
  Outcome outcome(const dmaf_op& op) { return model_.before(op).outcome; }

  // The promise of one byte: "7" for pattern seed 7 at its own offset, "0" for zero, "?" for none, "!" for another.
  std::string byte(Side side, dmaf_class cls, unsigned h, uint32_t off, int64_t pattern_off = -1) {
    uint8_t value = 0, known = 0;
    if (!model_.expand(side, cls, h, off, 1, &value, &known)) return "none";
    if (!known) return "?";
    std::string out;
    model_.each_expected(side, cls, h, off, 1, [&](uint32_t, uint32_t, ByteSource source) {
      if (source.kind == ByteSource::kZero) {
        out = "0";
      } else {
        const auto at = static_cast<uint32_t>(pattern_off < 0 ? off : pattern_off);
        out = value == dmaf_pattern(source.seed, at) ? std::to_string(source.seed) : "!";
      }
    });
    return out;
  }
  std::string cpu(unsigned h, uint32_t off, int64_t at = -1) { return byte(Side::kCpu, DMAF_BUF, h, off, at); }
  std::string dev(unsigned h, uint32_t off, int64_t at = -1) { return byte(Side::kDevice, DMAF_MAP, h, off, at); }

  Model model_;
  uint64_t next_phys_ = 0;
  uint64_t buffers_[DMAF_HANDLES] = {};
  uint64_t pool_len_ = 0;
  dmaf_op list_{};
  std::vector<dmaf_segment> segments_;
};

}  // namespace dmafuzz::testing

#endif
