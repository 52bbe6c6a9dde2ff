// SPDX-License-Identifier: GPL-2.0-only
//
// The body of an exported test: the operations of a plan as statements, what each must come to, and how everything
// that is held is given back, whether they all came to it or not.
#ifndef DMAFUZZ_EXPORT_BODY_H
#define DMAFUZZ_EXPORT_BODY_H

#include <set>
#include <string>
#include <vector>

#include "export/plan.h"

namespace dmafuzz {

// A case of a KUnit suite, or a module of its own. They differ in how they say that something is not as it must be.
enum class ExportForm { kKunit, kModule };

// Functions that the body may call, defined before it in the same file (helpers.h).
enum class Helper {
  kFill,          // fill_pattern(at, len, seed, first)
  kMatching,      // matching(at, len, seed, first)
  kZeroes,        // zeroes(at, len)
  kRead,          // read_bytes(at, len)
  kDevice,        // device_view(dev, dma)
  kFillList,      // fill_list(dev, sgl, nents, off, len, seed, first)
  kMatchingList,  // matching_list(dev, sgl, nents, off, len, seed, first)
  kZeroesList,    // zeroes_list(dev, sgl, nents, off, len)
};

struct Body {
  std::string declarations;       // of variables, indented
  std::string statements;         // indented, from the first operation to the return
  std::set<std::string> headers;  // "linux/slab.h"
  std::set<Helper> helpers;
  bool expects = false;     // of a module: expect_all() is called
  bool own_masks = false;   // streaming and coherent mask are set apart
  bool limits = false;      // dev->dma_parms is needed
  bool has_driver = false;  // the program unbinds or binds it
};

Body write_body(const Plan& plan, const ExportTree& tree, ExportForm form, std::string_view name);

}  // namespace dmafuzz

#endif
