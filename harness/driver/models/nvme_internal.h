// SPDX-License-Identifier: GPL-2.0-only
//
// Between the files of the NVMe model: statuses as they stand in a completion, phase bit left out.
#ifndef DMAFUZZ_DRIVER_MODELS_NVME_INTERNAL_H
#define DMAFUZZ_DRIVER_MODELS_NVME_INTERNAL_H

#include <cstdint>

namespace dmafuzz::nvme {

inline constexpr uint32_t kNoRetry = 0x4000;
enum Status : uint32_t {
  kOk = 0,
  kInvalidOpcode = 1 | kNoRetry,
  kInvalidField = 2 | kNoRetry,
  kTransferError = 4,
  kInvalidNamespace = 0xb | kNoRetry,
  kListTooShort = 0xf | kNoRetry,
  kInvalidDescriptor = 0x11 | kNoRetry,
  kInvalidOffset = 0x13 | kNoRetry,
  kOutOfRange = 0x80 | kNoRetry,
  kInvalidCompletionQueue = 0x100 | kNoRetry,
  kInvalidQueue = 0x101 | kNoRetry,
  kInvalidQueueSize = 0x102 | kNoRetry,
  kTooManyEvents = 0x105 | kNoRetry,
  kInvalidVector = 0x108 | kNoRetry,
  kNotDeletable = 0x10c | kNoRetry,
};

inline constexpr uint64_t kPage = 4096;
inline constexpr uint64_t kDisk = 64ull << 20;  // bytes
inline constexpr uint32_t kNamespace = 1;

inline uint64_t pair(uint32_t low, uint32_t high) {
  return low | uint64_t{high} << 32;
}

}  // namespace dmafuzz::nvme

#endif
