// SPDX-License-Identifier: GPL-2.0-only
//
// See scsi_disk.h. Numbers of commands, pages and sense codes are the standards'.
#include "driver/models/scsi_disk.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace dmafuzz {

// Key, code and qualifier.
enum ScsiDisk::Sense : uint32_t {
  kLengthWrong = 0x051a00,
  kUnknownCommand = 0x052000,
  kOutOfRange = 0x052100,
  kUnknownField = 0x052400,
  kNoSuchUnit = 0x052500,
  kWasReset = 0x062900,
  kProtected = 0x072700,
};

namespace {

enum Command : uint8_t {
  kTestReady = 0x00,
  kRequestSense = 0x03,
  kRead6 = 0x08,
  kWrite6 = 0x0a,
  kInquiry = 0x12,
  kModeSense6 = 0x1a,
  kStartStop = 0x1b,
  kReadCapacity10 = 0x25,
  kRead10 = 0x28,
  kWrite10 = 0x2a,
  kFlush10 = 0x35,
  kWriteSame10 = 0x41,
  kUnmap = 0x42,
  kModeSense10 = 0x5a,
  kRead16 = 0x88,
  kWrite16 = 0x8a,
  kFlush16 = 0x91,
  kWriteSame16 = 0x93,
  kServiceIn = 0x9e,
  kReportUnits = 0xa0,
  kMaintenanceIn = 0xa3,
  kRead12 = 0xa8,
  kWrite12 = 0xaa,
};
constexpr uint32_t kMostCleared = 1 << 16;  // blocks
constexpr uint32_t kMostUnmaps = 8;

uint64_t big(std::span<const uint8_t> bytes) {
  uint64_t value = 0;
  for (const uint8_t b : bytes) value = value << 8 | b;
  return value;
}

void put(std::vector<uint8_t>& out, size_t at, size_t n, uint64_t value) {
  for (size_t i = 0; i < n; ++i) out[at + i] = static_cast<uint8_t>(value >> 8 * (n - 1 - i));
}

void put_text(std::vector<uint8_t>& out, size_t at, size_t n, std::string_view text) {
  std::memset(&out[at], ' ', n);
  std::memcpy(&out[at], text.data(), std::min(n, text.size()));
}

// Where a command says which blocks: its groups have them at places of their own.
struct Blocks {
  uint64_t first, count;
};
Blocks blocks_of(std::span<const uint8_t> cdb) {
  switch (cdb[0] >> 5) {
    case 0:
      return {big(cdb.subspan(1, 3)) & 0x1fffff, cdb[4] ? cdb[4] : 256u};
    case 4:
      return {big(cdb.subspan(2, 8)), big(cdb.subspan(10, 4))};
    case 5:
      return {big(cdb.subspan(2, 4)), big(cdb.subspan(6, 4))};
    default:
      return {big(cdb.subspan(2, 4)), big(cdb.subspan(7, 2))};
  }
}

}  // namespace

void ScsiDisk::reset(const Kind& kind) {
  kind_ = kind;
  store_.reset();
  lose_power();
}

void ScsiDisk::lose_power() {
  attention_ = true;
  sense_ = {};
}

ScsiDisk::Status ScsiDisk::refuse(Sense sense) {
  sense_ = {0x70};
  sense_[2] = static_cast<uint8_t>(sense >> 16);
  sense_[7] = 10;
  sense_[12] = static_cast<uint8_t>(sense >> 8);
  sense_[13] = static_cast<uint8_t>(sense);
  return kCheck;
}

ScsiDisk::Status ScsiDisk::execute(std::span<const uint8_t> cdb, unsigned lun, std::span<const uint8_t> out,
                                   std::vector<uint8_t>& in) {
  in.clear();
  if (cdb[0] == kInquiry) return inquire(cdb, lun, in);
  if (lun) return refuse(kNoSuchUnit);
  if (cdb[0] == kReportUnits) {
    in.assign(16, 0);
    in[3] = 8;
    return kGood;
  }
  if (attention_ && cdb[0] != kRequestSense) {
    attention_ = false;
    return refuse(kWasReset);
  }
  switch (cdb[0]) {
    case kTestReady:
    case kStartStop:
    case kFlush10:
    case kFlush16:
      return kGood;
    case kRequestSense:
      in.assign(18, 0);
      in[0] = 0x70;
      in[7] = 10;
      return kGood;
    case kModeSense6:
    case kModeSense10:
      return mode_sense(cdb, in);
    case kReadCapacity10:
    case kServiceIn:
      if (cdb[0] == kServiceIn && (cdb[1] & 0x1f) != 0x10) return refuse(kUnknownField);
      return capacity(cdb, in);
    case kRead6:
    case kWrite6:
    case kRead10:
    case kWrite10:
    case kRead12:
    case kWrite12:
    case kRead16:
    case kWrite16:
      return transfer(cdb, out, in);
    case kWriteSame10:
    case kWriteSame16:
      return kind_.no_extras ? refuse(kUnknownCommand) : write_same(cdb, out);
    case kUnmap:
      return kind_.no_extras ? refuse(kUnknownCommand) : unmap(out);
    case kMaintenanceIn: {
      // Which of the commands it knows that were asked for by themselves.
      if ((cdb[1] & 0x1f) != 0x0c || !(cdb[2] & 7)) return refuse(kUnknownField);
      const bool same = cdb[3] == kWriteSame10 || cdb[3] == kWriteSame16;
      in.assign(4, 0);
      in[1] = same && !kind_.no_extras ? 3 : 1;
      return kGood;
    }
    default:
      return refuse(kUnknownCommand);
  }
}

ScsiDisk::Status ScsiDisk::inquire(std::span<const uint8_t> cdb, unsigned lun, std::vector<uint8_t>& in) {
  if (cdb[1] & 1) return vital(cdb[2], in);
  in.assign(36, 0);
  in[0] = lun ? 0x7f : 0;
  in[2] = 5;  // SPC-3
  in[3] = 2;
  in[4] = 31;
  in[7] = 2;  // queues commands
  put_text(in, 8, 8, "dmafuzz");
  put_text(in, 16, 16, "disk");
  put_text(in, 32, 4, "1");
  return kGood;
}

// Vital product data.
ScsiDisk::Status ScsiDisk::vital(uint8_t page, std::vector<uint8_t>& in) {
  in.assign(4, 0);
  in[1] = page;
  switch (page) {
    case 0x00:
      in.insert(in.end(), {0x00, 0x80, 0x83, 0xb0, 0xb1});
      if (!kind_.no_extras) in.push_back(0xb2);
      break;
    case 0x80:
      in.resize(4 + 8);
      put_text(in, 4, 8, "00000001");
      break;
    case 0x83:
      // One name: of the vendor's, in ASCII.
      in.resize(8 + 16);
      in[4] = 2;
      in[5] = 1;
      in[7] = 16;
      put_text(in, 8, 16, "dmafuzz disk 1");
      break;
    case 0xb0:
      in.resize(64);
      put(in, 8, 4, 2048);
      if (kind_.no_extras) break;
      put(in, 20, 4, kMostCleared);
      put(in, 24, 4, kMostUnmaps);
      put(in, 28, 4, 8);
      put(in, 36, 8, kMostCleared);
      break;
    case 0xb1:
      in.resize(64);
      put(in, 4, 2, 1);  // does not turn
      break;
    default:
      // Provisioned thinly: unmaps, by both ways, and reads zeroes then.
      if (page != 0xb2 || kind_.no_extras) {
        in.clear();
        return refuse(kUnknownField);
      }
      in.resize(8);
      in[5] = 0x80 | 0x40 | 0x20 | 0x04;
      in[6] = 2;
      break;
  }
  put(in, 2, 2, in.size() - 4);
  return kGood;
}

ScsiDisk::Status ScsiDisk::mode_sense(std::span<const uint8_t> cdb, std::vector<uint8_t>& in) {
  const uint8_t page = cdb[2] & 0x3f;
  if ((page != 0x08 && page != 0x3f) || cdb[3]) return refuse(kUnknownField);
  const bool small = cdb[0] == kModeSense6;
  const size_t header = small ? 4 : 8;
  in.assign(header + 20, 0);
  // Forced writes are known to it; it may be protected from any.
  in[small ? 2 : 3] = static_cast<uint8_t>(0x10 | (kind_.read_only ? 0x80 : 0));
  in[header] = 0x08;
  in[header + 1] = 18;
  in[header + 2] = kind_.no_cache ? 0 : 4;
  if (small) {
    in[0] = static_cast<uint8_t>(in.size() - 1);
  } else {
    put(in, 0, 2, in.size() - 2);
  }
  return kGood;
}

ScsiDisk::Status ScsiDisk::capacity(std::span<const uint8_t> cdb, std::vector<uint8_t>& in) const {
  if (cdb[0] == kReadCapacity10) {
    in.assign(8, 0);
    put(in, 0, 4, blocks() - 1);
    put(in, 4, 4, block());
    return kGood;
  }
  in.assign(32, 0);
  put(in, 0, 8, blocks() - 1);
  put(in, 8, 4, block());
  if (!kind_.no_extras) in[14] = 0xc0;  // provisioned thinly, reads zeroes
  return kGood;
}

ScsiDisk::Status ScsiDisk::transfer(std::span<const uint8_t> cdb, std::span<const uint8_t> out,
                                    std::vector<uint8_t>& in) {
  const auto [first, count] = blocks_of(cdb);
  if (first > blocks() || count > blocks() - first) return refuse(kOutOfRange);
  const uint64_t at = first * block(), n = count * block();
  // Of reads and writes of a group the one that is greater by two writes.
  if (!(cdb[0] & 2)) {
    in.resize(n);
    store_.read(at, in);
    return kGood;
  }
  if (kind_.read_only) return refuse(kProtected);
  if (out.size() < n) return refuse(kLengthWrong);
  store_.write(at, out.first(n));
  return kGood;
}

ScsiDisk::Status ScsiDisk::write_same(std::span<const uint8_t> cdb, std::span<const uint8_t> out) {
  auto [first, count] = blocks_of(cdb);
  if (kind_.read_only) return refuse(kProtected);
  if (!count || count > kMostCleared) return refuse(kUnknownField);
  if (first > blocks() || count > blocks() - first) return refuse(kOutOfRange);
  if (out.size() < block()) return refuse(kLengthWrong);
  const auto one = out.first(block());
  if (std::ranges::all_of(one, [](uint8_t b) { return b == 0; })) {
    store_.clear(first * block(), count * block());
    return kGood;
  }
  for (; count; --count, ++first) store_.write(first * block(), one);
  return kGood;
}

ScsiDisk::Status ScsiDisk::unmap(std::span<const uint8_t> out) {
  constexpr size_t kHeader = 8, kDescriptor = 16;
  if (kind_.read_only) return refuse(kProtected);
  if (out.size() < kHeader) return refuse(kLengthWrong);
  const size_t n = big(out.subspan(2, 2)) / kDescriptor;
  if (n > kMostUnmaps || out.size() < kHeader + n * kDescriptor) return refuse(kLengthWrong);
  for (size_t i = 0; i < n; ++i) {
    const auto range = out.subspan(kHeader + i * kDescriptor, kDescriptor);
    const uint64_t first = big(range.first(8)), count = big(range.subspan(8, 4));
    if (count > kMostCleared || first > blocks() || count > blocks() - first) return refuse(kOutOfRange);
    store_.clear(first * block(), count * block());
  }
  return kGood;
}

}  // namespace dmafuzz
