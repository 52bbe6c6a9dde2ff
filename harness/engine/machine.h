// SPDX-License-Identifier: GPL-2.0-only
//
// The machine that inputs run on: the userspace kernel booted once, its state saved, and brought back after each input
// byte for byte (design D5).
#ifndef DMAFUZZ_ENGINE_MACHINE_H
#define DMAFUZZ_ENGINE_MACHINE_H

#include <cstddef>

namespace dmafuzz {

class Machine {
 public:
  // Boots the kernel, calls `prepare` if given, and saves what they left. Once a process.
  void boot(void (*prepare)() = nullptr);
  bool booted() const { return booted_; }
  // Takes back all that the input did: kernel data, memory, caches, device, time.
  void reset();
  // Bytes that reset() copies whatever the input did.
  size_t data_size() const;

 private:
  bool booted_ = false;
  char* data_ = nullptr;
  char* lazy_ = nullptr;
};

Machine& machine();

}  // namespace dmafuzz

#endif
