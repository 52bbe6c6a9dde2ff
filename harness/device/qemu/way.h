// SPDX-License-Identifier: GPL-2.0-only
//
// How QEMU's devices can be had on this machine (docs/qemu-devices.md): by our module, which sees each byte of their
// DMA, or by any QEMU as it is, with an IOMMU in front of the device.
#ifndef DMAFUZZ_DEVICE_QEMU_WAY_H_
#define DMAFUZZ_DEVICE_QEMU_WAY_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace dmafuzz {

enum class QemuWay : uint8_t { kNone, kModule, kStock };

struct QemuChoice {
  QemuWay way = QemuWay::kNone;
  std::string modules;  // of kModule: the folder that QEMU is told of
  std::string why;      // of kNone: what is missing; of kStock: why it is not the module
};

// `folder`: where the build put the module, or a word why not (build-module). The environment may ask for one way:
// DMAFUZZ_QEMU=module or DMAFUZZ_QEMU=stock; without it the module is taken where it can be. Runs nothing: whether QEMU
// comes up shows when it is started.
QemuChoice choose_qemu(const std::filesystem::path& folder);

// What is not seen without the module, for people.
inline constexpr std::string_view kLostWithoutModule =
    "DMA is held against what is mapped by page, not by byte; syncs and blocks of pools are not; what a device puts "
    "off "
    "it does at once";

}  // namespace dmafuzz

#endif  // DMAFUZZ_DEVICE_QEMU_WAY_H_
