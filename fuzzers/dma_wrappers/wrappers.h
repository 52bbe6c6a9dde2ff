// SPDX-License-Identifier: GPL-2.0-only
// The wrappers of the DMA API that this build has, and where each need not agree with the C API (docs/wrappers.md).
#ifndef DMAFUZZ_FUZZERS_DMA_WRAPPERS_H
#define DMAFUZZ_FUZZERS_DMA_WRAPPERS_H

#include <span>

#include "engine/lockstep.h"
#include "host.h"

namespace dmafuzz {

inline std::span<const Lockstep::Wrapper> wrappers() {
  static constexpr Lockstep::Wrapper kWrappers[] = {
      // Allocates nothing, holds nothing: it agrees in everything.
      {&dmaf_backend_cxx, false},
#ifdef DMAFUZZ_RUST
      // Keeps a box and a devres node for many an object.
      {&dmaf_backend_rust, true},
#endif
  };
  return kWrappers;
}

}  // namespace dmafuzz

#endif
