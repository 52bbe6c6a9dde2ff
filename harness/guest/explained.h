// SPDX-License-Identifier: GPL-2.0-only
//
// Differences between a real kernel and userspace that somebody looked into and wrote down, with the reason:
// corpora/dma_api/guest-differences.toml. Each entry names one difference, in the words of `dmafuzz confirm`; anything
// else that the same program comes to is a difference as any other.
#ifndef DMAFUZZ_GUEST_EXPLAINED_H
#define DMAFUZZ_GUEST_EXPLAINED_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "guest/verdict.h"

namespace dmafuzz {

// Where a program ran in a guest.
struct GuestPlace {
  std::string tree;   // the kernel's release: "7.3.4"
  std::string path;   // as programs name it: "direct"
  std::string iommu;  // "intel", "virtio"; empty on paths without one
};

struct Explanation {
  std::string program;                     // its file, from the corpus's folder on: "seeds/mask31-zones.dma"
  std::vector<std::string> trees;          // series: "7.3"; empty: all
  std::vector<std::string> paths, iommus;  // empty: all
  std::string operation;                   // GuestVerdict::where; empty: at the end of the program
  std::string what;                        // GuestVerdict::what
  std::string why;
};

class Explanations {
 public:
  Explanations() = default;
  // Throws std::runtime_error with `file` and line if it is not what the comment in that file says.
  Explanations(std::string_view text, const std::string& file);

  // Those of a program that hold there, by what they say of themselves.
  std::vector<const Explanation*> of(std::string_view program, const GuestPlace& place) const;
  bool empty() const { return all_.empty(); }

 private:
  std::vector<Explanation> all_;
};

// Whether a verdict is the difference that is explained.
bool explains(const Explanation& explanation, const GuestVerdict& verdict);

}  // namespace dmafuzz

#endif
