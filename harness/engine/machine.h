// SPDX-License-Identifier: GPL-2.0-only
//
// The machine that inputs run on: the userspace kernel booted once, its state saved, and brought back after each input
// byte for byte (design D5).
#ifndef DMAFUZZ_ENGINE_MACHINE_H
#define DMAFUZZ_ENGINE_MACHINE_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dmafuzz {

class Machine {
 public:
  // Boots the kernel, calls `prepare` if given, and saves what they left. Once a process.
  void boot(void (*prepare)() = nullptr);
  bool booted() const { return booted_; }
  // What the machine is now is what each reset() takes it back to, from now on: for programs whose inputs start with
  // more than a booted kernel. What is mapped for the device stays mapped. `record` gives the kernel's record of a page
  // (struct page), which lies outside of its data.
  void snapshot(std::span<char> (*record)(uint64_t pfn));
  // Takes back all that the input did: kernel data, memory, caches, time; the device is closed.
  void reset();
  // Bytes that reset() copies whatever the input did.
  size_t data_size() const;

 private:
  void save();

  bool booted_ = false;
  char* data_ = nullptr;
  char* lazy_ = nullptr;
  bool entries_ = false;  // dma-debug had some at the snapshot
  // Records of pages, and what was in them.
  struct Record {
    char* at;
    const char* saved;
    size_t size;
  };
  std::vector<Record> records_;
};

Machine& machine();

}  // namespace dmafuzz

#endif
