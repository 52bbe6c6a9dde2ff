// SPDX-License-Identifier: GPL-2.0-only
//
// See virtio_net.h. Names of features and commands are the specification's.
#include "driver/models/virtio_net.h"

#include <algorithm>
#include <cstring>

namespace dmafuzz {
namespace {

constexpr unsigned kCsum = 0, kGuestCsum = 1, kCtrlGuestOffloads = 2, kMtu = 3, kMac = 5, kGuestTso4 = 7,
                   kGuestTso6 = 8, kGuestEcn = 9, kHostTso4 = 11, kHostTso6 = 12, kHostEcn = 13, kMrgRxbuf = 15,
                   kStatus = 16, kCtrlVq = 17, kCtrlRx = 18, kCtrlVlan = 19, kGuestAnnounce = 21, kMq = 22,
                   kCtrlMacAddr = 23, kVqNotfCoal = 52, kNotfCoal = 53, kGuestUso4 = 54, kGuestUso6 = 55, kHostUso = 56;

constexpr uint8_t kNeedsCsum = 1, kDataValid = 2;
constexpr uint16_t kLargeMtu = 9000;
constexpr uint8_t kOk = 0, kError = 1;
constexpr size_t kMaxSent = 65535 + 14;

struct Header {
  uint8_t flags, gso_type;
  uint16_t hdr_len, gso_size, csum_start, csum_offset, num_buffers;
};
static_assert(sizeof(Header) == 12);

}  // namespace

VirtioDevice::Kind VirtioNet::kind() const {
  Kind kind = {1, 0x020000, 2 * pairs(), 0, std::vector<uint8_t>(24)};
  uint64_t& f = kind.features;
  const auto offer = [&](std::initializer_list<unsigned> bits) {
    for (const unsigned b : bits) f |= bit(b);
  };
  if (!variant(kNetNoMergeable)) offer({kMrgRxbuf});
  if (!variant(kNetNoStatus)) offer({kStatus});
  if (!variant(kNetNoMac)) offer({kMac});
  if (!variant(kNetNoOffloads)) offer({kCsum, kHostTso4, kHostTso6, kHostEcn, kHostUso});
  if (variant(kNetGuestOffloads)) offer({kGuestCsum, kGuestTso4, kGuestTso6, kGuestEcn, kGuestUso4, kGuestUso6});
  if (variant(kNetMtu)) offer({kMtu});
  if (!variant(kNetNoControl)) {
    kind.queues++;
    offer({kCtrlVq, kCtrlRx, kCtrlVlan, kCtrlMacAddr, kGuestAnnounce});
    if (variant(kNetPairs)) offer({kMq});
    if (variant(kNetGuestOffloads)) offer({kCtrlGuestOffloads});
    if (variant(kNetCoalesce)) offer({kNotfCoal, kVqNotfCoal});
  }
  const uint8_t mac[] = {0x02, 0x00, 0x5e, 0x1a, 0xf4, 0x01};
  std::memcpy(&kind.config[0], mac, sizeof mac);
  kind.config[6] = 1;  // the link is up
  kind.config[8] = static_cast<uint8_t>(pairs());
  std::memcpy(&kind.config[10], &kLargeMtu, 2);
  return kind;
}

VirtioDevice::When VirtioNet::when(unsigned queue) const {
  if (queue == 2 * pairs()) return When::kAtOnce;  // a driver waits for the answer
  return queue % 2 ? When::kInTurn : When::kNotNow;
}

uint32_t VirtioNet::serve(unsigned queue, const VringChain& chain) {
  if (queue == 2 * pairs()) return control(chain);
  if (room(chain)) broken("a frame to be sent that it is to write");
  if (!gather(chain, bytes_)) return 0;
  if (bytes_.size() < kHeader + 14 || bytes_.size() > kHeader + kMaxSent) {
    broken("a frame of an impossible length");
    return 0;
  }
  Header h;
  std::memcpy(&h, bytes_.data(), sizeof h);
  const auto frame = std::span<const uint8_t>(bytes_).subspan(kHeader);
  const uint8_t segments = h.gso_type & 0x7f;
  const bool may_segment =
      (segments == 1 && has(kHostTso4)) || (segments == 4 && has(kHostTso6)) || (segments == 5 && has(kHostUso));
  if (h.flags & ~kNeedsCsum || (h.flags && !has(kCsum))) broken("a frame with flags that were not negotiated");
  if (segments && (!may_segment || !(h.flags & kNeedsCsum) || !h.gso_size)) broken("segments that were not negotiated");
  if (h.flags & kNeedsCsum && size_t{h.csum_start} + h.csum_offset + 2 > frame.size()) {
    broken("a checksum beyond the frame");
  }
  world_->sent(frame, h.flags & kNeedsCsum || segments);
  return 0;
}

bool VirtioNet::receive(std::span<const uint8_t> frame) {
  // What is longer than a frame on the wire is several that were put together, as its header says.
  const bool merged = frame.size() > (has(kMtu) ? kLargeMtu + 14u : 1514u);
  if (merged && !(has(kGuestCsum) && has(kGuestUso4))) return false;
  Header h = {};
  if (has(kGuestCsum)) h.flags = kDataValid;
  if (merged) h = {kNeedsCsum, 5, 42, 1400, 34, 6, 0};
  bytes_.resize(kHeader);
  bytes_.insert(bytes_.end(), frame.begin(), frame.end());
  // Buffers until it has room.
  uint64_t space = 0;
  size_t count = 0;
  for (; space < bytes_.size(); ++count) {
    if (count == left_.size()) {
      VringChain chain;
      if (!fetch(0, chain)) return false;
      left_.push_back(chain);
    }
    const uint64_t here = room(left_[count]);
    if (here < kHeader) {
      broken("a buffer that has no room for the header");
      return false;
    }
    space += here;
    // Without merging, what is larger than the buffer is dropped, and the buffer is there for the next.
    if (space < bytes_.size() && !has(kMrgRxbuf)) return false;
  }
  h.num_buffers = static_cast<uint16_t>(count);
  std::memcpy(bytes_.data(), &h, sizeof h);
  auto rest = std::span<const uint8_t>(bytes_);
  for (size_t i = 0; i < count; ++i) {
    const uint32_t written = scatter(left_[i], rest);
    rest = rest.subspan(written);
    use(0, left_[i], written);
  }
  left_.erase(left_.begin(), left_.begin() + static_cast<std::ptrdiff_t>(count));
  done(0);
  return rest.empty();
}

bool VirtioNet::is_known(uint8_t group, uint8_t command, size_t length) const {
  switch (group) {
    case 0:  // what to receive
      return has(kCtrlRx) && command <= 1 && length == 1;
    case 1:  // addresses
      return command == 0 ? has(kCtrlRx) && length >= 8 : command == 1 && has(kCtrlMacAddr) && length == 6;
    case 2:  // VLANs
      return has(kCtrlVlan) && command <= 1 && length == 2;
    case 3:  // it was announced
      return has(kGuestAnnounce) && command == 0 && length == 0;
    case 4:  // pairs of queues
      return has(kMq) && command == 0 && length == 2;
    case 5:  // what it may do to what it receives
      return has(kCtrlGuestOffloads) && command == 0 && length == 8;
    case 6:  // moderation: of all to transmit, all to receive, one
      return (command <= 1 && has(kNotfCoal) && length == 8) || (command == 2 && has(kVqNotfCoal) && length == 12);
    default:
      return false;
  }
}

uint32_t VirtioNet::control(const VringChain& chain) {
  if (!gather(chain, bytes_)) return 0;
  if (bytes_.size() < 2 || !room(chain)) {
    broken("a command without a name or without room for its answer");
    return 0;
  }
  const bool known = is_known(bytes_[0], bytes_[1], bytes_.size() - 2);
  const uint8_t answer[] = {known ? kOk : kError};
  return scatter(chain, answer);
}

}  // namespace dmafuzz
