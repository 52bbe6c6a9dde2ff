// SPDX-License-Identifier: GPL-2.0-only
//
// Target virtio_ring: bytes are a driver, its queue, and what the device on the other side does. README.md says what
// the model demands.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dmasan/dmasan.h"
#include "engine/rerun.h"
#include "hostile.h"
#include "queue.h"

namespace {

using namespace dmafuzz;

constexpr unsigned kSizes[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 3, 5, 7, 12, 100, 255, 513, 1000, 1023};
constexpr unsigned kAligns[] = {4096, 64, 4, 16};
constexpr uint32_t kMostSlots = 280;  // of bounce buffers that a queue may take
constexpr unsigned kMostChurn = 64;

class Run {
 public:
  explicit Run(ByteTarget& target) : t_(target), q_(target), hostile_(q_) {}

  // As programs do: some run again with other fresh memory, for check info-leak.
  void operator()(std::span<const uint8_t> input) {
    const auto begin = [](InfoLeak::Run run) {
      dmasan().info_leak().begin(run);
      trace().mute(run == InfoLeak::Run::kSecond);
    };
    twice_ = runs_again(input);
    begin(twice_ ? InfoLeak::Run::kFirst : InfoLeak::Run::kNone);
    fill_ = 0;
    run({input.data(), input.size()});
    if (!twice_) return;
    begin(InfoLeak::Run::kSecond);
    fill_ = 1;
    run({input.data(), input.size()});
    begin(InfoLeak::Run::kNone);
  }

 private:
  void run(InputBytes in) {
    churned_ = 0;
    lifted_ = lift(in);
    if (open(in)) {
      while (!in.empty() && q_.is_open()) step(in);
      t_.no_more_failures();
      if (q_.is_open()) close(in);
    }
    hostile_.end();
    q_.finish();
    t_.end();
  }

  // Four bytes that no mutation comes upon, and a fifth: inputs of corpora/virtio_ring/regressions that show what is
  // known begin so.
  static uint8_t lift(InputBytes& in) {
    InputBytes ahead = in;
    if (ahead.u32() != 0x7466696c) return 0;
    in = ahead;
    return in.u8();
  }

  bool open(InputBytes& in) {
    Queue::Config c;
    const uint8_t path = in.u8(), features = in.u8(), flags = in.u8(), size = in.u8(), more = in.u8();
    c.device.path = path % DMAF_PATHS;
    c.device.coherent = !(path & 8);
    c.device.dense = path >> 4 & 1;
    c.device.fill = static_cast<dmaf_u8>(path + fill_);
    c.setup.mask_bits = path & 0x20 ? 32 : 64;
    c.setup.features = features;
    c.setup.flags = flags;
    c.setup.num = kSizes[size % std::size(kSizes)];
    c.setup.align = kAligns[more >> 4 & 3];
    c.degree = static_cast<Degree>(more % 3);
    c.callback_style = more / 3 % 3;
    // Memory of the transport's own is of split queues, and outside of the DMA API.
    c.lifted = lifted_;
    const bool given_packed = lifted_ & static_cast<uint8_t>(Known::kGivenPacked);
    if (features & KERNEL_VRING_PACKED && !given_packed) c.setup.flags &= ~KERNEL_VRING_GIVEN;
    if (c.setup.flags & KERNEL_VRING_GIVEN) c.setup.features &= ~KERNEL_VRING_PLATFORM;
    if (c.setup.flags & KERNEL_VRING_GIVEN && c.setup.num & (c.setup.num - 1)) c.setup.num = 16;
    if (!(c.setup.features & KERNEL_VRING_PLATFORM)) {
      c.device.path = DMAF_PATH_DIRECT;
      c.device.coherent = 1;
    }
    // Memory of a device's own is where the platform put it, whatever mask the driver sets.
    if (c.device.path == DMAF_PATH_POOL) c.setup.mask_bits = 32;
    c.device.mask_bits = c.device.coherent_mask_bits = static_cast<dmaf_u8>(c.setup.mask_bits);
    return open(c);
  }

  bool open(const Queue::Config& c) {
    t_.op("open path {} coherent {} features {:#x} flags {:#x}", c.device.path, c.device.coherent, c.setup.features,
          c.setup.flags);
    t_.op("  size {} align {} degree {} callback {}", c.setup.num, c.setup.align, static_cast<uint64_t>(c.degree),
          c.callback_style);
    if (!q_.open(c)) return false;
    hostile_.begin();
    // Of whatever else leaks nothing is seen then: README.md.
    if (q_.packed() && q_.indirect() && !q_.lifted(Known::kTableIds)) {
      twice_ = false;
      dmasan().info_leak().begin(InfoLeak::Run::kNone);
    }
    return true;
  }

  // Without looking only where nothing but the driver's own memory is at stake: README.md.
  void close(InputBytes& in) {
    const auto& s = q_.config().setup;
    const bool forgets =
        !(s.features & (KERNEL_VRING_PLATFORM | KERNEL_VRING_INDIRECT)) || q_.lifted(Known::kForgetMapped);
    q_.close(!(forgets && in.flag()));
  }

  static uint32_t length(uint8_t how) {
    if (how < 160) return 1 + how;
    if (how < 240) return 1u << how % 13;
    return how < 250 ? 4097 + how : 8192;
  }

  void add(InputBytes& in) {
    const uint8_t how = in.u8(), n = in.u8();
    Queue::Add a;
    a.atomic = how & 0x10;
    a.shape.chained = how >> 5 & 1;
    switch (how % 8) {
      case 0:
        a.how = KERNEL_VRING_ADD_OUT;
        break;
      case 1:
        a.how = KERNEL_VRING_ADD_IN;
        break;
      case 2:
        a.how = q_.config().setup.flags & KERNEL_VRING_CONTEXT ? KERNEL_VRING_ADD_IN_CONTEXT : KERNEL_VRING_ADD_IN;
        break;
      case 3:
        a.how = kernel_vring_has_cache_clean() ? KERNEL_VRING_ADD_IN_CLEAN : KERNEL_VRING_ADD_IN;
        break;
      case 4:
        a.how = kernel_vring_premaps_buffers() ? KERNEL_VRING_ADD_OUT_MAPPED : KERNEL_VRING_ADD_OUT;
        break;
      case 5:
        a.how = kernel_vring_premaps_buffers() ? KERNEL_VRING_ADD_IN_MAPPED : KERNEL_VRING_ADD_IN;
        break;
      default:
        a.how = KERNEL_VRING_ADD_SGS;
    }
    // Without tables a buffer has no more pieces than the queue has descriptors: the kernel warns of more.
    const unsigned most = q_.indirect() ? KERNEL_VRING_PIECES : std::min<unsigned>(q_.num(), KERNEL_VRING_PIECES);
    unsigned count = 0;
    if (a.how == KERNEL_VRING_ADD_SGS) {
      a.shape.lists_out = n % 4;
      a.shape.lists_in = n / 4 % 4;
      const unsigned lists = a.shape.lists_out + a.shape.lists_in;
      uint16_t pieces = in.u16();
      for (unsigned i = 0; i < lists; ++i, pieces >>= 3) {
        unsigned k = pieces & 7;
        if (k > most - count) k = most - count;
        a.shape.pieces[i] = static_cast<unsigned char>(k);
        count += k;
      }
      if (!count) {
        a.shape.lists_out = 1;
        a.shape.lists_in = 0;
        a.shape.pieces[0] = count = 1;
      }
    } else {
      const bool out = a.how == KERNEL_VRING_ADD_OUT || a.how == KERNEL_VRING_ADD_OUT_MAPPED;
      a.shape.lists_out = out;
      a.shape.lists_in = !out;
      count = 1 + n % std::min(most, n & 0x80 ? most : 4u);
      a.shape.pieces[0] = static_cast<unsigned char>(count);
    }
    uint8_t first = in.u8();
    const uint8_t second = count > 1 ? in.u8() : 0;
    uint32_t slots = q_.slots();
    for (unsigned i = 0; i < count; ++i) {
      a.shape.length[i] = length(first);
      slots += a.shape.length[i] / 2048 + 2;
      first = static_cast<uint8_t>(first + second);
    }
    if ((slots > kMostSlots && q_.outstanding()) || !q_.room_for(count)) return;
    q_.add(a);
  }

  // Rounds of one small buffer each, to come round the ring.
  void churn(InputBytes& in) {
    unsigned rounds = std::min<unsigned>(in.u8() & 63, kMostChurn - churned_);
    const uint8_t how = in.u8();
    churned_ += rounds;
    if (q_.lifted(Known::kLong)) rounds *= 1100;
    for (unsigned i = 0; i < rounds && (q_.room_for(2) || q_.lifted(Known::kLong)); ++i) {
      Queue::Add a;
      const unsigned pieces = 1 + (how & 1) * (q_.num() > 1);
      a.how = how & 2 ? KERNEL_VRING_ADD_IN : KERNEL_VRING_ADD_OUT;
      a.shape.lists_out = a.how == KERNEL_VRING_ADD_OUT;
      a.shape.lists_in = !a.shape.lists_out;
      a.shape.pieces[0] = static_cast<unsigned char>(pieces);
      a.shape.length[0] = a.shape.length[1] = 1 + (how >> 4);
      q_.add(a);
      if (how & 4) q_.kick(false, false);
      q_.fetch(2);
      q_.complete(0, 3);
      if (how & 8) q_.signal();
      q_.get(false);
    }
  }

  void device(InputBytes& in, uint8_t code) {
    q_.fetch(code & 0x40 ? ~0u : 1 + (code >> 4 & 3));
    const uint8_t how = in.u8();
    uint32_t n = how & 7;
    const uint32_t length = how & 0x40 ? in.u8() * (how & 0x20 ? 64u : 1u) : ~0u;
    if (q_.in_order() && how & 8) {
      q_.complete_batch(n + 1, length);
    } else {
      // Each at once, from one or the other end.
      for (; n && q_.fetched(); --n) q_.complete(how & 8 ? static_cast<unsigned>(q_.fetched() - 1) : 0, length);
    }
    if (how & 0x80) q_.signal();
  }

  void reset(InputBytes& in) {
    const uint8_t how = in.u8();
    if (!q_.room_for(6)) return;
    unsigned num = ~0u;
    if (how & 1) num = how & 2 ? kSizes[in.u8() % std::size(kSizes)] : std::max(1u, q_.num() / 2);
    if ((how & 0xe0) == 0xe0) num = 0;
    // Buffers that wait for what comes of it are no more than the queue has room for.
    q_.reset(num, (how & 0x1c) == 0x1c, (how & 0x1c) == 0x18);
  }

  void step(InputBytes& in) {
    const uint8_t code = in.u8();
    if (q_.dead()) return close(in);
    switch (code % 16) {
      case 0:
      case 1:
      case 2:
        return add(in);
      case 3:
      case 4:
      case 5:
        return device(in, code);
      case 6: {
        unsigned most = code & 0x10 ? ~0u : 1;
        while (most-- && q_.get(code & 0x20, code & 0x40)) {
        }
        return;
      }
      case 7:
        return q_.kick((code & 0xf0) == 0xf0, code & 0x10);
      case 8:
        return q_.disable_callbacks();
      case 9:
        return q_.enable_callbacks(static_cast<Queue::Enable>((code >> 4) % 3));
      case 10:
        return q_.ask_for_kick(static_cast<VringDevice::Kick>((code >> 4) % 3), code >> 6);
      case 11:
        if (code & 0x80) return q_.signal();
        return q_.interrupt();
      case 12:
        return churn(in);
      case 13:
        return reset(in);
      case 14:
        if (code & 0x80) return q_.set_broken(code & 0x40, code & 0x20);
        if (code & 0x40) return q_.hog(code & 0x20 ? 0 : 1 + (code >> 4 & 1) * 3);
        t_.op("fail_alloc");
        return t_.fail_alloc(1 + in.below(24));
      default:
        return code & 0x80 ? hostile(in, code) : again(in);
    }
  }

  void hostile(InputBytes& in, uint8_t code) {
    Hostile::Poke p;
    p.where = in.u8();
    p.what = in.u8();
    p.value = in.u16();
    if (code & 0x40) return hostile_.poke_later(p, in.u8());
    if (code & 0x20) return hostile_.use(p);
    hostile_.poke(p);
  }

  // The queue goes, and another one comes for the same device.
  void again(InputBytes& in) {
    Queue::Config c = q_.config();
    if (!q_.room_for(6)) return;
    close(in);
    c.setup.features ^= in.u8() & (KERNEL_VRING_INDIRECT | KERNEL_VRING_EVENT_IDX);
    open(c);
  }

  ByteTarget& t_;
  Queue q_;
  Hostile hostile_;
  uint8_t lifted_ = 0, fill_ = 0;
  bool twice_ = false;
  unsigned churned_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static ByteTarget target(DMAFUZZ_TARGET);
  static Run run(target);
  run(std::span(data, size));
  return 0;
}
